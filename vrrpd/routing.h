/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Routing: what the kernel tells of routes and rules (rtnetlink(7)), as far as it may concern ours. It is listened
 * to only while there is one of ours, because others may change theirs by the thousand.
 *
 * The kernel removes routes without a word when their interface goes down or their source address goes: it is said
 * which interface or address that was, and there are many that no route of ours has to do with. Where the kernel had
 * to drop notices, anything may have happened. Owner: struct vrrpd. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "vrrpd/held.h"
#include "vrrpd/link.h"
#include "vrrpd/route.h"
#include "vrrpd/rule.h"

struct vrrp_routing;

struct vrrp_routing_ops {
        /* A route of our protocol was removed by somebody. */
        void (*route_removed)(const struct vrrp_route *r, const struct vrrp_link_origin *origin,
                        void *userdata);
        /* Somebody put @r in the place of what was there. */
        void (*route_replaced)(const struct vrrp_route *r, const struct vrrp_link_origin *origin,
                        void *userdata);
        void (*rule_removed)(const struct vrrp_rule *r, const struct vrrp_link_origin *origin,
                        void *userdata);
        /* The kernel itself removed a route of our protocol, @r or a part of it. */
        void (*route_expired)(const struct vrrp_route *r, void *userdata);
        /* An interface or its addresses are not what they were. */
        void (*upset)(const struct vrrp_upset *upset, void *userdata);
        /* Once for all news of a wake-up, last: interfaces or addresses have come, and what could not be put on may
         * go now. */
        void (*stirred)(void *userdata);
        /* Any route or rule may be gone. */
        void (*unsure)(void *userdata);
};

int vrrp_routing_new(sd_event *event, int64_t priority, const struct vrrp_routing_ops *ops,
                void *userdata, struct vrrp_routing **ret);
struct vrrp_routing *vrrp_routing_free(struct vrrp_routing *r);
DEFINE_CLEANUP_FUNC(struct vrrp_routing *, vrrp_routing_free);

/* Listen from now on, or no more. 0 or -errno. */
int vrrp_routing_listen(struct vrrp_routing *r, bool on);
