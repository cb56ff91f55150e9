/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "team.h"

#include "invariant.h"
#include "mutation.h"
#include "router.h"

#define ROUNDS_MAX 4

void team_init(struct team *t, uint64_t seed) {
        vrrp_group_init(&t->group, seed);
        t->hold_at = USEC_INFINITY;
        t->busy = false;
}

void team_join(struct team *t, struct router *r) {
        t->members[t->n++] = r;
        r->team = t;
}

static struct vrrp_group_sum add_up(const struct team *t) {
        struct vrrp_group_sum sum = {};

        for (unsigned k = 0; k < t->n; k++)
                vrrp_group_add(&sum, &t->members[k]->instance);
        return sum;
}

static bool give_orders(struct team *t, const struct vrrp_group_sum *sum) {
        usec_t now = router_clock(t->members[0]);
        bool any = false;

        for (unsigned k = 0; k < t->n; k++) {
                struct vrrp_input in;

                if (!vrrp_group_order(&t->group, sum, &t->members[k]->instance, now, &in))
                        continue;
                any = true;
                router_feed(t->members[k], &in);
        }
        return any;
}

/* The process may die on the way; then there is nothing to settle. */
void team_settle(struct team *t) {
        struct router *first = t->members[0];
        struct vrrp_group_sum sum = add_up(t);

        t->busy = true;
        for (int k = 0; k < ROUNDS_MAX && router_runs(first) && give_orders(t, &sum); k++)
                sum = add_up(t);
        t->busy = false;
        if (!router_runs(first))
                return;
        (void) vrrp_group_settle(&t->group, &sum, router_clock(first));
        mutation_spoils_group(&t->group);
        t->hold_at = vrrp_group_deadline(&t->group, &sum);
        router_arm(first);
        invariant_team(t);
}

static void share(struct team *t, const struct router *except, const struct vrrp_input *in) {
        t->busy = true;
        for (unsigned k = 0; k < t->n; k++)
                if (t->members[k] != except)
                        router_feed(t->members[k], in);
        t->busy = false;
}

void team_follow(struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before,
                const struct vrrp_effects *effects) {
        struct team *t = r->team;
        struct vrrp_input also;

        if (t->busy)
                return;
        if (vrrp_group_share(in, effects, &also))
                share(t, r, &also);
        if (vrrp_group_concerns(before, &r->instance) || t->hold_at <= router_clock(r))
                team_settle(t);
}
