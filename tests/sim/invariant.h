/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must hold in every run. Judged from outside: from what routers hear, say and hold, by
 * rules written down here a second time, not from what the core thinks.
 *
 * For one router, after every step:
 *   transitions_are_told_once   STATE_CHANGED effects form one chain, across processes
 *   only_masters_speak          and priority 0 is the last word of one
 *   addresses_only_on_masters   a running process that is not master holds none, one that is does
 *   takeover_is_never_early     not before the down interval after the last advert that the RFC says
 *                               to accept
 *   nopreempt_is_honoured       not before it after any advert
 *   preempt_delay_is_honoured   the same while the delay runs
 *   resignation_is_honoured     the same after RESIGN
 *   the_superseded_give_way     who finds a peer's advert newer than its own last word does not go
 *                               on as master
 *   the_better_stays            of two masters that hear each other the lower one yields, by priority
 *                               and then by address, and nobody else does
 *   timers_end                  after TIMER the next deadline lies ahead
 *
 * For a sync group, whenever its process waits again:
 *   members_agree               all are MASTER, or all are BACKUP, FAULT, MAINTENANCE; but for those that
 *                               have come to masters and are still on their way
 *   never_half_a_master         and if they are not MASTER, none holds an address
 *   newcomers_move_nobody       a master gives way, or fails, for a member that has given way itself, has
 *                               heard one that it must follow, or has a fault, and for no other
 *   newcomers_follow            one that hears a router that it must follow is on its way no longer
 * and for a reload that changes who belongs to which:
 *   reloads_move_nobody         a master that is still configured stays one, unless its group has a fault
 *                               or was there before and not MASTER; nobody leaves a state and comes back
 *
 * For the network. It is whole when all links work, losing and reordering nothing and delaying
 * by at most D; all processes run and have done so for an advert interval (one that resumed on
 * weak evidence yields to anybody for so long); and nothing from before is still under way. Let
 * r be the greatest error of a clock, 0.05; I the longest advert interval announced; DOWN the
 * longest Active_Down_Interval with I, which contains the skew; J the lateness of timers. When
 * it has been whole for (DOWN + J) / (1 - r) + 2 D:
 *   one_master                  never two holders of an address for longer than 2 D + J (a preempting
 *                               one speaks, and the other yields when it hears that)
 *   always_one                  never none while a router is healthy
 * and when a preempt_delay and another two such times have passed:
 *   the_best_is_master          nobody who preempts has a higher priority than the master
 *   nothing_moves               no transition happens by itself
 *   members_agree_finally       nobody is on its way any more
 * Sync groups may collide, so these are judged when they have come to rest, which must be soon
 * (teams_come_to_rest). */

#include <stdbool.h>

#include "vrrpd/effect.h"
#include "vrrpd/input.h"
#include "vrrpd/instance.h"
#include "team.h"

struct router;
struct world;

/* A process of @r starts that knows nothing of another one but for having been @told. */
void invariant_started(struct router *r, enum vrrp_state told);
void invariant_step(struct router *r, const struct vrrp_input *in,
                const struct vrrp_instance *before, const struct vrrp_effects *effects);
void invariant_carried_out(struct router *r);

/* After the members of the group at @place have been fed. */
void invariant_group(const struct team *t, enum place place);

/* What the routers of a machine were before a reload. Then, when they have their new places, and when the
 * wake-up is over. */
struct regrouping {
        enum place places[TEAM_MEMBERS_MAX];
        enum vrrp_state states[TEAM_MEMBERS_MAX];
        usec_t since[TEAM_MEMBERS_MAX];
};

struct regrouping invariant_before_regrouping(const struct team *t);
void invariant_regroup(const struct team *t, const struct regrouping *before);
void invariant_regrouped(const struct team *t, const struct regrouping *before);

/* Once, when all is still. */
void invariant_members_agree(struct world *w);

/* After every event. */
void invariant_check(struct world *w);

/* The router that has the address of @lan; NULL when none or several have. */
struct router *invariant_holder(struct world *w, unsigned lan);
unsigned invariant_count_holders(const struct world *w, unsigned lan);

/* How many networks there are. */
unsigned invariant_lans(const struct world *w);

/* Once, when all is still. */
void invariant_best_is_master(struct world *w);

/* The longest that @local on any router's clock takes. */
usec_t invariant_slowest(usec_t local);

/* The longest Active_Down_Interval in the network, and the times named above. */
usec_t invariant_down_max(const struct world *w);
usec_t invariant_settling(const struct world *w);
usec_t invariant_stilling(const struct world *w);
