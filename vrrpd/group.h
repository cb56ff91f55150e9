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
 *         vrrp_group_join()        who has come to a MASTER group
 *         vrrp_group_add()         each member, into one sum
 *         vrrp_group_order()       each member
 *         vrrp_group_settle()      when none has an order any more: has the group changed?
 *
 * Invariants, whenever it is settled: all members are MASTER or none is, newcomers excepted; all are
 * in FAULT or none is, and so with MAINTENANCE. It becomes master when every member has waited for
 * its master in vain (vrrp_instance_is_ready()), and is pulled down by the first member that yields
 * or fails.
 *
 * Members come and go when the configuration is read again, which by itself moves nobody who need
 * not move:
 *
 *     - A group is known by its name. One that was there goes on as what it is; a new one, which has
 *       no state yet, is MASTER if any of its members is.
 *     - A member that comes to a MASTER group and is not MASTER is a newcomer. The others stay what
 *       they are; it waits for its own master as RFC 9568 says, and is MASTER when that was in vain.
 *     - A newcomer that hears a router which it has to follow (equal or higher priority, or it must
 *       not preempt) cannot be MASTER, so that the group gives way, as keepalived's members share
 *       one state. What it heard before it came does not count: that router may just be giving way
 *       to a group of its own. One that is to be preempted, now or after preempt_delay, is waited for.
 *     - A newcomer in FAULT takes all into FAULT, as any member does: a link that is down, say. But
 *       that a tracker of its own has not reported yet is no failure, and moves nobody else.
 *     - A member that is MASTER and comes to a group that is not gives way: here, too, the many go on. One
 *       that owns its addresses and comes with the reload does not become MASTER first.
 *     - A member that goes keeps its state, but for a fault that it had from its group alone.
 *
 * A successor that finds members of a MASTER group in another state knows them for newcomers, be it
 * that its predecessor had them as such or that the file has changed in between.
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

/* So many times at most all members are asked until none has an order: faults, newcomers, faults that
 * were not counted while these were newcomers, maintenance, the role, and once more in case an election
 * did not do as it was told. */
#define VRRP_GROUP_ROUNDS_MAX 6

/* What the members are, taken together. Zeroed: of none. */
struct vrrp_group_sum {
        size_t n;
        size_t n_state[_VRRP_STATE_MAX];
        size_t n_ready;
        size_t n_faulty;  /* with a fault of their own */
        size_t n_unknown; /* with nothing worse than a tracker of their own that has not reported,
                             unless they are newcomers */
        size_t n_newcomers;
        size_t n_maintenance; /* that the operator wants out */
        bool resigned;        /* a master's farewell is what some waited for */
        bool outranked;       /* a member has yielded to a better one */
        usec_t down_max;      /* the longest wait for a master, and between adverts */
        usec_t interval_max;

        /* Borrowed: who is what it is by itself, not by the group; one that is not MASTER before one
         * that is, and then the one that moved last. NULL: none. */
        const struct vrrp_instance *cause;
};

void vrrp_group_init(struct vrrp_group *g, uint64_t seed);

void vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member);

/* Whether @member, who has come to the group by a reload, or has been found there by a successor, is a
 * newcomer from now on; then it is to be told @ret. @sum is of all members there are now. */
bool vrrp_group_join(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, struct vrrp_input *ret);

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
