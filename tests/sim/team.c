/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "team.h"

#include "invariant.h"
#include "mutation.h"
#include "router.h"
#include "world.h"

static enum place place_of(const struct team *t, const struct team_group *g) {
        return PLACE_GROUP_1 + (enum place)(g - t->groups);
}

static bool is_in(const struct team *t, const struct team_group *g, const struct router *r) {
        return r->place == place_of(t, g);
}

struct team_group *team_group_of(const struct router *r) {
        if (!r->team || (r->place != PLACE_GROUP_1 && r->place != PLACE_GROUP_2))
                return NULL;
        return &r->team->groups[r->place - PLACE_GROUP_1];
}

static struct router *first_of(const struct team *t, const struct team_group *g) {
        for (unsigned k = 0; k < t->n; k++)
                if (is_in(t, g, t->members[k]))
                        return t->members[k];
        return NULL;
}

bool team_is_first(const struct router *r) {
        const struct team_group *g = team_group_of(r);

        return g && first_of(r->team, g) == r;
}

void team_init(struct team *t, uint64_t seed) {
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++) {
                struct team_group *g = &t->groups[k];

                vrrp_group_init(&g->group, seed + k);
                g->hold_at = USEC_INFINITY;
                g->busy = g->unsettled = false;
        }
}

void team_join(struct team *t, struct router *r, enum place place) {
        t->members[t->n++] = r;
        r->team = t;
        r->place = place;
        r->params.grouped = team_group_of(r);
}

/* In step */

static struct vrrp_group_sum add_up(const struct team *t, const struct team_group *g) {
        struct vrrp_group_sum sum = {};

        for (unsigned k = 0; k < t->n; k++)
                if (is_in(t, g, t->members[k]))
                        vrrp_group_add(&sum, &t->members[k]->instance);
        return sum;
}

static bool give_orders(
                struct team *t, const struct team_group *g, const struct vrrp_group_sum *sum) {
        usec_t now = router_clock(t->members[0]);
        bool any = false;

        for (unsigned k = 0; k < t->n; k++) {
                struct router *r = t->members[k];
                struct vrrp_input in;

                if (!is_in(t, g, r) || !vrrp_group_order(&g->group, sum, &r->instance, now, &in))
                        continue;
                any = true;
                router_feed(r, &in);
        }
        return any;
}

/* The process may die on the way; then there is nothing to settle. */
static void settle(struct team *t, struct team_group *g) {
        struct router *first = first_of(t, g);
        struct vrrp_group_sum sum = add_up(t, g);

        g->unsettled = false;
        if (!first)
                return;
        g->busy = true;
        for (int k = 0; k < VRRP_GROUP_ROUNDS_MAX && router_runs(first) && give_orders(t, g, &sum);
                        k++)
                sum = add_up(t, g);
        g->busy = false;
        if (!router_runs(first))
                return;
        (void) vrrp_group_settle(&g->group, &sum, router_clock(first));
        g->kept = g->group.state;
        mutation_spoils_group(&g->group);
        g->hold_at = vrrp_group_deadline(&g->group, &sum);
        router_arm(first);
        invariant_group(t, place_of(t, g));
}

void team_settle(struct team *t) {
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++)
                if (t->groups[k].unsettled)
                        settle(t, &t->groups[k]);
}

static bool had_masters(const struct team *t, const struct team_group *g) {
        for (unsigned k = 0; k < t->n; k++)
                if (is_in(t, g, t->members[k]) && t->members[k]->has_saved &&
                                t->members[k]->saved.state == VRRP_STATE_MASTER)
                        return true;
        return false;
}

void team_restore(struct team *t, bool restored) {
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++) {
                struct team_group *g = &t->groups[k];
                enum vrrp_state kept = g->kept;

                if (!had_masters(t, g) || mutation_settles_early())
                        settle(t, g);
                if (restored)
                        g->group.state = g->kept = kept;
        }
}

static void share(struct team *t, struct team_group *g, const struct router *except,
                const struct vrrp_input *in) {
        g->busy = true;
        for (unsigned k = 0; k < t->n; k++)
                if (is_in(t, g, t->members[k]) && t->members[k] != except)
                        router_feed(t->members[k], in);
        g->busy = false;
}

void team_follow(struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before,
                const struct vrrp_effects *effects) {
        struct team_group *g = team_group_of(r);
        struct vrrp_input also;

        if (!g || g->busy)
                return;
        if (vrrp_group_share(in, effects, &also))
                share(r->team, g, r, &also);
        if (vrrp_group_concerns(before, &r->instance) || g->hold_at <= router_clock(r))
                g->unsettled = true;
}

static void admit(struct team *t, struct team_group *g) {
        const struct vrrp_group_sum sum = add_up(t, g);

        g->busy = true;
        for (unsigned k = 0; k < t->n; k++) {
                struct vrrp_input in;

                if (is_in(t, g, t->members[k]) && t->members[k]->comes &&
                                vrrp_group_join(&g->group, &sum, &t->members[k]->instance, &in))
                        router_feed(t->members[k], &in);
        }
        g->busy = false;
        g->unsettled = true;
}

void team_admit(struct team *t) {
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++)
                admit(t, &t->groups[k]);
}

/* Reload */

static bool is_populated(const enum place *places, unsigned n, enum place place) {
        for (unsigned k = 0; k < n; k++)
                if (places[k] == place)
                        return true;
        return false;
}

/* A group that nobody is in is none, and another one when it is there again. */
static void forget_empty(struct team *t, const enum place *places) {
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++) {
                struct team_group *g = &t->groups[k];

                if (is_populated(places, t->n, place_of(t, g)))
                        continue;
                vrrp_group_init(&g->group, g->group.seed);
                g->kept = VRRP_STATE_INIT;
                g->hold_at = USEC_INFINITY;
        }
}

/* A group starts as master if all of it may. */
static void agree_on_start(struct team *t, enum place place) {
        bool all = true;

        for (unsigned k = 0; k < t->n; k++)
                if (t->members[k]->place == place)
                        all = all && router_is_ruling_owner(t->members[k]);
        for (unsigned k = 0; k < t->n; k++)
                if (t->members[k]->place == place)
                        t->members[k]->params.start_master = all;
}

static void read_places(struct team *t, const enum place *places) {
        for (unsigned k = 0; k < t->n; k++) {
                t->members[k]->place = places[k];
                t->members[k]->params.grouped = team_group_of(t->members[k]);
        }
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++)
                agree_on_start(t, PLACE_GROUP_1 + k);
}

/* The order of vrrpd/reload.c: those go who go, then the others have their new parameters, and at the end
 * they come to their groups. */
static void leave(struct team *t, const enum place *places) {
        const struct vrrp_input no_newcomer = { .type = VRRP_INPUT_GROUP_NEWCOMER };

        for (unsigned k = 0; k < t->n; k++) {
                struct router *r = t->members[k];
                enum place before = r->place;

                r->comes = places[k] != before;
                if (!r->comes)
                        continue;
                r->place = PLACE_ALONE;
                if (r->instance.newcomer)
                        router_feed(r, &no_newcomer);
                if (places[k] == PLACE_NOWHERE)
                        router_remove(r);
                r->place = before == PLACE_NOWHERE ? before : r->place;
        }
}

static void clear_group_faults(struct router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };

        in.fault.cleared = r->instance.faults & VRRP_FAULTS_GROUP;
        if (r->place == PLACE_ALONE && in.fault.cleared != 0)
                router_feed(r, &in);
}

/* An owner is not master at once where the others wait. */
static void add(struct router *r) {
        const struct team_group *g = team_group_of(r);

        if (g && g->group.state != VRRP_STATE_MASTER && g->group.state != VRRP_STATE_INIT)
                r->params.start_master = false;
        router_add(r);
}

static void reload(struct team *t, const enum place *places) {
        bool added[TEAM_MEMBERS_MAX];

        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++)
                t->groups[k].busy = true;
        leave(t, places);
        for (unsigned k = 0; k < t->n; k++)
                added[k] = t->members[k]->place == PLACE_NOWHERE && places[k] != PLACE_NOWHERE;
        read_places(t, places);
        forget_empty(t, places);
        for (unsigned k = 0; k < t->n; k++)
                if (added[k])
                        add(t->members[k]);
                else
                        router_tell_params(t->members[k]);
        for (unsigned k = 0; k < t->n; k++)
                clear_group_faults(t->members[k]);
        for (unsigned k = 0; k < TEAM_GROUPS_MAX; k++)
                t->groups[k].busy = false;
        team_admit(t);
}

void team_regroup(struct team *t, const enum place *places) {
        struct router *first = t->members[0];
        struct regrouping before;

        if (first->powered && first->process != PROCESS_RUNNING && first->process != PROCESS_DEAD)
                return; /* nobody reads it */
        if (!router_runs(first)) {
                read_places(t, places);
                forget_empty(t, places);
                return;
        }
        team_settle(t);
        before = invariant_before_regrouping(t);
        reload(t, places);
        if (router_runs(first))
                invariant_regroup(t, &before);
        team_settle(t);
        if (router_runs(first))
                invariant_regrouped(t, &before);
}
