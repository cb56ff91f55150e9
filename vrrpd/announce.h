/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Announcements: telling the neighbours, and the switches between, that an address is here now: for IPv4 by
 * gratuitous ARP (a broadcast request for one's own address, RFC 5227 §3), for IPv6 by an unsolicited
 * neighbour advertisement to all nodes (RFC 4861 §7.2.6), with Override and Router flag as RFC 9568 §6.4.2
 * wants it. keepalived sets the latter on machines that forward only; a host that hears an advertisement
 * without it drops its default router.
 *
 * Each address that may be announced has a struct vrrp_announcement in its owner, so that a takeover
 * needs no memory. Asked for, it waits in the queue of its pace. Without spacing a flush sends all
 * that is new, each address once, many in one system call, and 20 ms later each a second time, and so on; with
 * spacing (garp_interval, gna_interval) one leaves, and the next follows so much later. Each interface has a
 * pace of its own, or one that it shares with others (garp_group); the families do not wait for each other.
 *
 * Interfaces that have no ARP, or are not Ethernet, are passed over in silence. Owner: struct vrrpd. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/link.h"

struct vrrp_announcer;
struct vrrp_lane;

/* Pause between two messages, 0: none. */
struct vrrp_spacing {
        usec_t garp;
        usec_t gna;
};

/* Interfaces with a common pace. */
struct vrrp_spacing_group {
        struct vrrp_spacing spacing;
        char **interfaces;
        size_t n_interfaces;
};

struct vrrp_announcement {
        struct ip_addr addr;
        void *owner;

        /* The announcer's own. */
        struct vrrp_lane *lane;
        unsigned left; /* messages still to be sent; 0: it does not wait */
        bool said;     /* once already */
        struct vrrp_announcement *prev, *next;
};

/* An announcement of @owner could not be sent. May announce anew, but not free announcements. */
typedef void (*vrrp_announce_failed_t)(void *owner, int error, void *userdata);

/* Its timer runs at @priority of @event. */
int vrrp_announcer_new(sd_event *event, int64_t priority, vrrp_announce_failed_t failed,
                void *userdata, struct vrrp_announcer **ret);
/* All announcements must be gone. */
struct vrrp_announcer *vrrp_announcer_free(struct vrrp_announcer *a);
DEFINE_CLEANUP_FUNC(struct vrrp_announcer *, vrrp_announcer_free);

/* @spacing is that of interfaces in none of the @groups, which are read and not kept; of several groups with an
 * interface the first counts. What waits goes on waiting, at the new pace. -ENOMEM: all is as it was. */
int vrrp_announcer_set_spacing(struct vrrp_announcer *a, const struct vrrp_spacing *spacing,
                const struct vrrp_spacing_group *groups, size_t n_groups);

/* Make @n ready for @addr on @link (borrowed). Do not move it afterwards. 0 or -ENOMEM. */
int vrrp_announcement_init(struct vrrp_announcement *n, struct vrrp_announcer *a,
                struct vrrp_link *link, const struct ip_addr *addr, void *owner);
/* A zeroed one is fine. */
void vrrp_announcement_done(struct vrrp_announcement *n);

/* Send @repeat messages from the next flush on (not fewer than still wait), or none any more. Nothing
 * happens with a zeroed one. */
void vrrp_announcement_send(struct vrrp_announcement *n, unsigned repeat);
void vrrp_announcement_cancel(struct vrrp_announcement *n);

/* Send what is due at @now (CLOCK_MONOTONIC), and set the timer for the rest. */
void vrrp_announcer_flush(struct vrrp_announcer *a, usec_t now);
