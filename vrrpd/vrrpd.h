/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon: owner of everything.
 *
 *         packets  -> port   -> hear     \                       / apply -> sender, holdings, announcer
 *         timers   -> vrrpd               > router -> instance ->
 *         netlink  -> link   -> track    /   (one election)      \ news  -> log, events, bus
 *
 * Every input goes to a router's election (vrrpd/instance.h), whose effects are carried out in two steps:
 * at once into queues, and at the end of the wake-up, by vrrpd_settle(), out of them: all adverts in one
 * system call, then the news are recorded, then all addresses in one batch behind their record (and between the
 * closing and the opening of the firewall), then all announcements; after that the journal and the bus are told. A
 * thousand routers change hands together. */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "common/daemon.h"
#include "vrrpd/announce.h"
#include "vrrpd/deadlines.h"
#include "vrrpd/firewall.h"
#include "vrrpd/holding.h"
#include "vrrpd/keeper.h"
#include "vrrpd/last-advert.h"
#include "vrrpd/link.h"
#include "vrrpd/news.h"
#include "vrrpd/orders.h"
#include "vrrpd/receive.h"
#include "vrrpd/record.h"
#include "vrrpd/sender.h"
#include "vrrpd/stamp.h"
#include "vrrpd/store.h"
#include "vrrpd/sysctl.h"
#include "vrrpd/vmac.h"

struct vrrp_link_policy;
struct vrrp_lookout;
struct vrrp_port;
struct vrrp_router;
struct vrrp_routing;
struct vrrp_statics;
struct vrrp_sync;
struct vrrp_tracking;

struct vrrpd {
        struct daemon *daemon;
        sd_event *event;
        struct vrrp_stamp_clock clock; /* of this wake-up; clock.now is the elections' clock */
        sd_event_source *timer;        /* at the first deadline */
        sd_event_source *settler;
        sd_event_source *teller; /* of the news, when all is done */
        uint64_t wakeups;
        unsigned reads;            /* of ports, since anything of lower priority had its turn */
        sd_event_source *breather; /* after a flood: lets ports be read again */
        bool unsettled;            /* something waits for vrrpd_settle() */
        bool log_strays;           /* log_unknown_vrids */
        bool draining;             /* what is read came while no process of ours was there */
        bool syncs_unsettled;      /* so does one of the groups */
        bool regrouping;           /* a reload has begun that may change who belongs to which */
        bool uncounted;            /* the line of status is not true any more */

        struct vrrp_links *links;
        struct vrrp_link_policy *link_policy;
        struct receive_buffer *buffer;
        struct vrrp_sender *senders[2]; /* IPv4, IPv6; NULL: this kernel does not have it */
        struct vrrp_announcer *announcer;
        char *records[_VRRP_RECORD_MAX]; /* where they lie */
        struct vrrp_firewall *firewall;
        struct vrrp_sysctls *sysctls;
        struct vrrp_sysctl *igmp_off; /* disable_local_igmp */
        struct vrrp_vmacs *vmacs;
        struct vrrp_holdings *holdings; /* addresses */
        struct vrrp_holdings *routes, *rules;
        struct vrrp_routing *routing;
        struct vrrp_statics *statics;
        sd_event_source *retry; /* of routes, rules and static entries that could not be put on */
        usec_t restored_since;  /* how many were put back, of late */
        unsigned restored;
        struct vrrp_last_adverts *last_adverts;
        struct vrrp_store *store;
        struct vrrp_keeper *keeper;
        struct vrrp_orders *orders;
        struct vrrp_tracking *tracking;
        struct vrrp_lookout *lookout;
        struct vrrp_news news;

        struct vrrp_port *ports;     /* uthash */
        struct vrrp_router *routers; /* uthash by name, in the order of the configuration */
        struct vrrp_sync *syncs;     /* uthash by name, the groups, likewise */
        struct vrrp_deadlines deadlines;
        struct vrrp_router
                        *noted; /* those with something to be told of at the end of this wake-up */
};

extern const struct daemon_ops vrrpd_ops;

/* What every handler of an event source begins with. */
void vrrpd_wake(struct vrrpd *v);

/* @p was read. Packets come first, but a flood of them must stop neither the clock nor the rest: what is due
 * is done here, and after many readings in a row the port is left alone until all others had their turn. */
void vrrpd_after_read(struct vrrpd *v, struct vrrp_port *p);

/* Carry out what waits. Runs by itself after each event; by hand before the process ends. */
void vrrpd_settle(struct vrrpd *v);

/* The way out for @family, or NULL. */
struct vrrp_sender *vrrpd_sender(const struct vrrpd *v, int family);

/* The tables of what is held, in the order in which they are put on. */
#define VRRPD_TABLES(v) ((struct vrrp_holdings *const[]){ (v)->holdings, (v)->routes, (v)->rules })

struct vrrp_router *vrrpd_find_router(const struct vrrpd *v, const char *name);
