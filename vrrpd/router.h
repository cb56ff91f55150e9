/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A router: one vrrp_instance of the configuration at work. It binds the pure election to what it needs
 * of the machine: interface, port, addresses, trackers. It decides nothing itself.
 *
 * Everything but the election and the counters follows from the configuration (vrrpd/setup.h) and is
 * made anew when that changes. Owner: struct vrrpd. */

#include <uthash.h>

#include "vrrpd/conf.h"
#include "vrrpd/deadlines.h"
#include "vrrpd/instance.h"
#include "vrrpd/packet.h"
#include "vrrpd/sequence.h"
#include "vrrpd/setup.h"

struct vrrpd;
struct vrrp_port;
struct vrrp_sync;

/* When dropped packets of a kind were told of last, and how many there had been. */
struct vrrp_packet_telling {
        usec_t at; /* 0: never */
        uint64_t n;
};

struct vrrp_router {
        UT_hash_handle hh; /* by name */
        char *name;
        char *path; /* on the bus */
        struct vrrpd *vrrpd;
        const struct vrrp_instance_conf
                        *conf;    /* in force; borrowed from the daemon's configuration */
        uint8_t ordered_priority; /* by the operator, instead of the configured one; 0: none */

        struct vrrp_instance instance;
        struct vrrp_deadline deadline;
        struct vrrp_port *port; /* NULL: it is shut out, see @port_faults */
        unsigned port_faults;   /* enum vrrp_fault */
        struct vrrp_setup *setup;
        bool comes; /* to its group, by the last reload; at a start all do but earlier masters */
        struct vrrp_sync *sync; /* whose member it is; NULL: it is by itself */

        int last_advert;               /* slot in vrrpd.last_adverts */
        struct vrrp_sequence sequence; /* of adverts with authentication header */
        bool old_checksum; /* a peer of unicast computes checksums as very old versions did */
        unsigned revision_kept;
        usec_t transition_realtime;
        char reason[160];     /* why the present state was entered, in words */
        bool untold;          /* its first FAULT, for want of any report, has not been told of */
        const char *farewell; /* "STOP", "DELETED": the state word of its last transition, else NULL */

        struct vrrp_packet_counters packets;
        struct vrrp_packet_telling dropped[_VRRP_PACKET_RESULT_MAX];
        unsigned notes_logged; /* oddities of packets (enum vrrp_packet_result bits) in this state */
        uint64_t adverts_sent;
        uint64_t adverts_received;
        uint64_t became_master;
        uint64_t released_master;
        uint64_t resignations_sent;
        uint64_t resignations_received;
        uint64_t conflicts;

        /* What its election hears of at the end of the wake-up. */
        bool noted; /* is in vrrpd.noted */
        struct vrrp_router *next_noted;
        int failures[_VRRP_EFFECT_TYPE_MAX]; /* -errno by kind of effect */
        uint32_t lost;                       /* addresses that somebody removed */
};

/* Make the router of @conf, in INIT, in the table of @v. Its election is told what it must know before
 * START or RESTORE. What the machine lacks is a fault of the router, no error. */
int vrrp_router_new(
                struct vrrpd *v, const struct vrrp_instance_conf *conf, struct vrrp_router **ret);
/* Addresses that it holds are given up with the next commit, or stay if there is none. */
struct vrrp_router *vrrp_router_free(struct vrrp_router *r);
DEFINE_CLEANUP_FUNC(struct vrrp_router *, vrrp_router_free);

/* Give the election @in and carry out, or queue, what it wants. */
void vrrp_router_feed(struct vrrp_router *r, const struct vrrp_input *in);
void vrrp_router_feed_plain(struct vrrp_router *r, enum vrrp_input_type type);

/* Compare what the election believes of source, priority and faults with how things are, and tell it the
 * differences. */
void vrrp_router_refresh(struct vrrp_router *r);

/* Before what the trackers add: the operator's, else the configured one. */
uint8_t vrrp_router_base_priority(const struct vrrp_router *r);

/* The same name, another configuration. @conf is in force from now on. -ENOMEM: nothing has changed. */
int vrrp_router_reconfigure(struct vrrp_router *r, const struct vrrp_instance_conf *conf);

/* Can @conf be had by reconfiguring, or is it a new router of the old name? */
bool vrrp_router_is_same(const struct vrrp_router *r, const struct vrrp_instance_conf *conf);

/* Does it track @l, speak by it or have addresses on it? */
bool vrrp_router_uses_link(const struct vrrp_router *r, const struct vrrp_link *l);

/* @l has another MAC address: announce anew what neighbours look for there. */
void vrrp_router_link_rehoused(struct vrrp_router *r, const struct vrrp_link *l);

/* An effect of kind @type could not be carried out; somebody removed the address of @c. The election hears of
 * it from vrrp_router_tell_noted(), at the end of the wake-up. */
void vrrp_router_note_failure(struct vrrp_router *r, enum vrrp_effect_type type, int error);
void vrrp_router_note_loss(struct vrrp_router *r, const struct vrrp_claim *c);
void vrrp_router_tell_noted(struct vrrp_router *r);

/* The faults as phrases ("interface eth0 is down"), told one by one. */
void vrrp_router_describe_faults(const struct vrrp_router *r,
                void (*phrase)(const char *text, void *userdata), void *userdata);
