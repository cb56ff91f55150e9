/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "calm.h"

#include "chaos.h"
#include "invariant.h"
#include "network.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"
#include "world.h"

static void wait(struct world *w, usec_t duration) {
        world_run(w, w->now + duration);
}

/* Whether a team keeps back, by chance, after it has yielded. */
static bool is_any_held(const struct world *w) {
        for (unsigned k = 0; k < w->n_teams; k++) {
                const struct team *t = &w->teams[k];

                for (unsigned g = 0; router_runs(t->members[0]) && g < TEAM_GROUPS_MAX; g++)
                        if (router_clock(t->members[0]) < t->groups[g].group.hold_until)
                                return true;
        }
        return false;
}

/* Teams may become master at the same moment and yield to each other, and try again after a while, one
 * sooner than the other by chance: in all but one of some hundred million cases before this many times
 * are over. */
#define COLLISIONS_MAX 12

static void come_to_rest(struct world *w) {
        usec_t quiet = invariant_stilling(w), moved_at;
        int k = 0;

        w->settled_at = USEC_INFINITY;
        world_run(w, w->whole_since);
        do {
                moved_at = w->moved_at;
                wait(w, quiet);
        } while (!world_has_failed(w) && (moved_at != w->moved_at || is_any_held(w)) &&
                        ++k < COLLISIONS_MAX);
        if (k == COLLISIONS_MAX)
                world_fail(w, "teams_come_to_rest", "they yield to each other again and again");
        w->settled_at = w->now;
        wait(w, 1);
}

void calm_settle(struct world *w) {
        w->still = false;
        if (w->n_teams > 0)
                come_to_rest(w);
        else {
                w->settled_at = w->whole_since + invariant_settling(w);
                world_run(w, w->settled_at + invariant_stilling(w));
        }
        world_trace(w, "-- all is still");
        invariant_best_is_master(w);
        invariant_members_agree(w);
        w->still = true;
        wait(w, 2 * network_interval(w));
}

/* Something is done that people will notice. */
static void disturb(struct world *w) {
        w->still = false;
        w->settled_at = USEC_INFINITY;
}

static void be_whole_again(struct world *w, struct router *r) {
        w->whole_since = w->now + invariant_slowest(r->params.start_delay + network_interval(w));
        calm_settle(w);
}

/* How long @o waits for its master; in a group, until the last member is ready. */
static usec_t waiting(struct router *o, bool resigned) {
        usec_t longest = 0;
        struct router *p;

        for (unsigned k = 0; (p = router_peer(o, k)); k++)
                if (p == o || (team_group_of(o) && p->place == o->place))
                        longest = MAX(longest,
                                        resigned ? vrrp_instance_skew(&p->instance)
                                                 : vrrp_instance_down_interval(&p->instance));
        return longest;
}

/* The shortest time in which one of the healthy routers but @r takes over: after a resignation
 * its skew, after a silence its whole down interval. USEC_INFINITY: there is none. */
static usec_t succession(struct world *w, struct router *r, bool resigned) {
        usec_t shortest = USEC_INFINITY;
        unsigned candidates = 0;

        for (unsigned k = 0; k < w->n_routers; k++) {
                struct router *o = &w->routers[k];

                if (o->lan != r->lan || o == r || !router_is_healthy(o))
                        continue;
                shortest = MIN(shortest, waiting(o, resigned));
                candidates++;
        }
        /* Several sync groups may collide. */
        return w->n_teams > 0 && candidates > 1 ? USEC_INFINITY : shortest;
}

/* @r has given up; its successor holds the address in time. */
static void expect_successor(struct world *w, struct router *r, usec_t in) {
        bool succeeded = false;

        if (in == USEC_INFINITY)
                return;
        wait(w, invariant_slowest(in + w->jitter_max) + 2 * w->delay_max);
        for (unsigned k = 0; k < w->n_routers; k++)
                succeeded |= w->routers[k].lan == r->lan && &w->routers[k] != r &&
                                router_is_master(&w->routers[k]);
        if (!succeeded)
                world_fail(w, "successors_come_in_time", "nobody succeeds %s", r->name);
}

/* Nobody notices anything until the network would be at rest again anyway. */
static void expect_nothing(struct world *w, const struct router *r, bool held) {
        wait(w, invariant_settling(w));
        if (r->addresses != held)
                world_fail(w, "nothing_moves", "%s has %s its address", r->name,
                                held ? "lost" : "got");
}

/* How long a master may be silent so that nobody misses it: what peers wait for, less the
 * interval that may have gone by already, on clocks that go wrong; and less the time of
 * listening, for one that keeps no sockets. */
static usec_t unnoticed_one(const struct router *r) {
        usec_t announced = vrrp_instance_advert_interval(&r->instance);
        usec_t own = r->params.advert_interval;
        usec_t waited = announced * r->params.down_timer_adverts * 90 / 100;
        usec_t spent = invariant_slowest(own) + r->world->delay_max + r->world->jitter_max;

        if (!r->keeps_sockets)
                spent += invariant_slowest(own);
        return waited > spent ? waited - spent : 0;
}

static usec_t unnoticed(struct router *r) {
        usec_t shortest = USEC_INFINITY;
        struct router *p;

        for (unsigned k = 0; (p = router_peer(r, k)); k++)
                shortest = MIN(shortest, unnoticed_one(p));
        return shortest;
}

/* Another process goes on, soon enough. */
static void act_restart(struct world *w, struct router *r, bool planned) {
        bool held = r->addresses;
        usec_t away;

        world_trace(w, "-- %s: process %s", r->name, planned ? "is restarted" : "is killed");
        if (planned)
                router_feed_machine(r, VRRP_INPUT_PREPARE_RESTART);
        away = unnoticed(r);
        if (away == 0)
                return;
        router_kill(r);
        router_start_later(r, random_below(&w->random, away));
        expect_nothing(w, r, held);
        be_whole_again(w, r);
}

static void act_short_pause(struct world *w, struct router *r) {
        bool held = r->addresses;
        struct event e = { .type = EVENT_GO_ON, .router = r->id };
        usec_t away = unnoticed(r);

        if (away == 0)
                return;
        world_trace(w, "-- %s: is paused for a moment", r->name);
        router_pause(r, PROCESS_PAUSED);
        e.generation = r->generation;
        e.at = w->now + random_below(&w->random, away);
        world_add_event(w, &e);
        expect_nothing(w, r, held);
}

/* Long enough that a peer takes over; the one who comes back must bear it. */
static void act_long_absence(struct world *w, struct router *r, bool pause) {
        usec_t in = succession(w, r, false);

        world_trace(w, "-- %s: %s for long", r->name, pause ? "is paused" : "is gone");
        disturb(w);
        if (pause)
                router_pause(r, PROCESS_PAUSED);
        else
                router_kill(r);
        if (in != USEC_INFINITY)
                wait(w, 2 * invariant_settling(w) + random_below(&w->random, USEC_PER_SEC));
        if (pause)
                router_go_on(r);
        else
                router_start(r);
        be_whole_again(w, r);
}

static void act_power_loss(struct world *w, struct router *r) {
        usec_t in = succession(w, r, false);

        world_trace(w, "-- %s: loses power", r->name);
        disturb(w);
        router_power_off(r);
        expect_successor(w, r, in);
        wait(w, random_below(&w->random, 4 * network_interval(w)));
        router_start(r);
        be_whole_again(w, r);
}

static void act_stop(struct world *w, struct router *r) {
        usec_t in = succession(w, r, true);

        world_trace(w, "-- %s: is stopped", r->name);
        disturb(w);
        router_feed_machine(r, VRRP_INPUT_STOP);
        router_power_off(r);
        expect_successor(w, r, in);
        router_start(r);
        be_whole_again(w, r);
}

static void act_fault(struct world *w, struct router *r) {
        usec_t in = succession(w, r, true);

        world_trace(w, "-- %s: has a fault", r->name);
        disturb(w);
        router_set_faults(r, VRRP_FAULT_TRACKER);
        expect_successor(w, r, in);
        wait(w, random_below(&w->random, 4 * network_interval(w)));
        router_set_faults(r, 0);
        be_whole_again(w, r);
}

static void act_resign(struct world *w, struct router *r) {
        usec_t in = succession(w, r, true);

        world_trace(w, "-- %s: is told to resign", r->name);
        disturb(w);
        router_feed_type(r, VRRP_INPUT_RESIGN);
        expect_successor(w, r, in);
        be_whole_again(w, r);
}

/* The configuration is read again and is the same. */
static void act_reload(struct world *w) {
        world_trace(w, "-- all: read the same configuration");
        for (unsigned k = 0; k < w->n_routers; k++) {
                struct router *r = &w->routers[k];
                usec_t deadline = vrrp_instance_deadline(&r->instance);

                router_tell_params(r);
                if (vrrp_instance_deadline(&r->instance) != deadline)
                        world_fail(w, "nothing_moves", "%s has another deadline", r->name);
        }
        wait(w, invariant_settling(w));
}

/* On all machines, one after the other, soon or late. */
static void roll_out(struct world *w, const enum place *places) {
        for (unsigned k = 0; k < w->n_teams; k++) {
                team_regroup(&w->teams[k], places);
                wait(w, random_below(&w->random, 4 * network_interval(w)));
        }
}

static void act_change_groups(struct world *w, struct router *r) {
        enum place places[TEAM_MEMBERS_MAX];

        chaos_choose_places(w, places);
        world_trace(w, "-- all: read that others belong together");
        disturb(w);
        roll_out(w, places);
        be_whole_again(w, r);
}

/* Who holds an address goes on holding it, and the group has the new one as well before long. */
static void expect_one_more(struct world *w, const struct team *t, const struct router *added,
                const struct regrouping *before) {
        for (unsigned k = 0; k < t->n; k++)
                if (before->states[k] == VRRP_STATE_MASTER &&
                                t->members[k]->instance.since != before->since[k])
                        world_fail(w, "newcomers_move_nobody", "%s has moved for %s",
                                        t->members[k]->name, added->name);
        if (!router_is_master(added) && router_is_healthy(added))
                world_fail(w, "members_agree_finally", "%s is not master", added->name);
}

/* Until its tracker reports; and meanwhile another process goes on. */
static void keep_waiting(struct world *w, struct router *added) {
        if (unnoticed(added) > 0) {
                world_trace(w, "-- %s: process is killed", added->name);
                router_kill(added);
                router_start(added);
        }
        router_set_faults(added, added->faults & ~(unsigned) VRRP_FAULTS_UNKNOWN);
}

/* A router that nobody knew comes to the group that is master of the other networks. */
static void act_add_member(struct world *w, struct router *holder) {
        enum place places[TEAM_MEMBERS_MAX] = { PLACE_GROUP_1, PLACE_GROUP_1, PLACE_GROUP_1 };
        struct team *t = holder->team;
        unsigned lan = (holder->lan + 1) % t->n;
        bool waits = random_chance(&w->random, 50);
        struct regrouping before;

        world_trace(w, "-- all: have one router less");
        disturb(w);
        places[lan] = PLACE_NOWHERE;
        roll_out(w, places);
        be_whole_again(w, holder);
        holder = invariant_holder(w, holder->lan);
        if (world_has_failed(w) || !holder)
                return;

        world_trace(w, "-- all: have it again");
        disturb(w);
        places[lan] = PLACE_GROUP_1;
        t = holder->team;
        before = invariant_before_regrouping(t);
        if (waits)
                t->members[lan]->faults |= VRRP_FAULT_TRACKER_UNKNOWN;
        roll_out(w, places);
        if (waits)
                keep_waiting(w, t->members[lan]);
        be_whole_again(w, holder);
        if (!world_has_failed(w) && router_is_healthy(t->members[lan]))
                expect_one_more(w, t, t->members[lan], &before);
}

void calm_act(struct world *w) {
        unsigned lan = (unsigned) (w->seed % invariant_lans(w));
        struct router *holder = invariant_holder(w, lan);
        struct router *other = &w->routers[random_below(&w->random, w->n_routers)];

        if (!holder)
                return;
        if (!router_is_healthy(other))
                other = holder;
        switch (random_below(&w->random, w->n_teams > 0 ? 15 : 12)) {
        case 0: act_restart(w, holder, true); break;
        case 1: act_restart(w, holder, false); break;
        case 2: act_restart(w, other, false); break;
        case 3: act_short_pause(w, holder); break;
        case 4: act_long_absence(w, holder, true); break;
        case 5: act_long_absence(w, holder, false); break;
        case 6: act_power_loss(w, holder); break;
        case 7: act_stop(w, holder); break;
        case 8: act_fault(w, holder); break;
        case 9: act_resign(w, holder); break;
        case 10: act_reload(w); break;
        case 12: act_change_groups(w, holder); break;
        case 13:
        case 14: act_add_member(w, holder); break;
        default: wait(w, 5 * invariant_settling(w)); break;
        }
}
