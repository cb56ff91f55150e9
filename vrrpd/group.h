/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A sync group: virtual routers of one machine that are master together or not at all, so that a
 * packet which comes in by one finds its way out by another.
 *
 * Pure, as the elections of its members are: (group, what its members are, now) -> what one of them
 * is to be told. The owner feeds a member, adds all members up, and asks for an order for each,
 * until there are none:
 *
 *         vrrp_group_share()       what concerned one member concerns the others as well
 *         vrrp_group_add()         each member, into one sum
 *         vrrp_group_order()       each member
 *         vrrp_group_settle()      when none has an order any more: has the group changed?
 *
 * Invariants, whenever it is settled: all members are MASTER or none is; all are in FAULT or none
 * is, and so with MAINTENANCE. It becomes master when every member has waited for its master in
 * vain (vrrp_instance_is_ready()), and is pulled down by the first member that yields or fails.
 *
 * Two machines that each hold the better half (crossed priorities) may become master at the same
 * moment, and each hear a better one in one of their members: both yield, and after the same wait
 * it would happen again, for ever. So a group that has yielded waits a few advert intervals more
 * than its members do, by chance, and with each time in a row by the chance of more. Whoever is
 * first is heard by the other's lower members, which is enough to hold that group back. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"
#include "vrrpd/input.h"
#include "vrrpd/instance.h"

struct vrrp_group {
        enum vrrp_state state;
        enum vrrp_reason reason;
        usec_t since;

        uint64_t seed;       /* of the chance; another one on each machine */
        usec_t yielded_at;   /* the last time; USEC_INFINITY: never */
        unsigned int yields; /* in a row, none much later than the one before */
        usec_t hold_until;   /* not master before; 0: no matter */
};

/* After so many in a row the chance grows no further: up to 2^4 - 1 intervals. */
#define VRRP_GROUP_YIELDS_MAX 4

/* What the members are, taken together. Zeroed: of none. */
struct vrrp_group_sum {
        size_t n;
        size_t n_state[_VRRP_STATE_MAX];
        size_t n_ready;
        size_t n_faulty;  /* with a fault of their own */
        size_t n_unknown; /* with nothing worse than a tracker of their own that has not reported */
        size_t n_maintenance; /* that the operator wants out */
        bool resigned;        /* a master's farewell is what some waited for */
        bool outranked;       /* a member has yielded to a better one */
        usec_t down_max;      /* the longest wait for a master, and between adverts */
        usec_t interval_max;

        /* Borrowed: the first that is what it is by itself, not by the group; one that is not MASTER
         * before one that is. NULL: none. */
        const struct vrrp_instance *cause;
};

void vrrp_group_init(struct vrrp_group *g, uint64_t seed);

void vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member);

/* What @member of @sum is to be told now, into @ret. Returns whether there is something. */
bool vrrp_group_order(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, usec_t now, struct vrrp_input *ret);

/* All have done as told. Returns whether the group is in another state than it was. */
bool vrrp_group_settle(struct vrrp_group *g, const struct vrrp_group_sum *sum, usec_t now);

/* When to ask again although no member moves; USEC_INFINITY: no need. */
usec_t vrrp_group_deadline(const struct vrrp_group *g, const struct vrrp_group_sum *sum);

/* Whether what a member has become from @before is the group's business at all. */
bool vrrp_group_concerns(const struct vrrp_instance *before, const struct vrrp_instance *after);

/* A member that was fed @in wanted @effects. Returns whether the others are to be fed @ret:
 * resigning and maintenance are the group's, and what a router of lower priority has taught the
 * switches may not be about one address alone. */
bool vrrp_group_share(const struct vrrp_input *in, const struct vrrp_effects *effects,
                struct vrrp_input *ret);
