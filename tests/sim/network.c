/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "network.h"

#include "vrrpd/track.h"
#include "world.h"

/* So many seeds have sync groups. */
#define TEAMS_EVERY 5

static usec_t choose_interval(struct world *w, uint8_t version) {
        static const usec_t v3[] = { 10, 100, 500, 1000 }; /* milliseconds */

        if (version == 2)
                return random_between(&w->random, 1, 2) * USEC_PER_SEC;
        return v3[random_below(&w->random, ARRAY_SIZE(v3))] * USEC_PER_MSEC;
}

/* Equal ones are as frequent as they are troublesome. */
static uint8_t choose_priority(struct world *w) {
        if (random_chance(&w->random, 6))
                return VRRP_PRIORITY_OWNER;
        if (random_chance(&w->random, 40))
                return 100;
        return (uint8_t) random_between(&w->random, VRRP_PRIORITY_MIN, VRRP_PRIORITY_MAX);
}

static void vary(struct world *w, struct vrrp_params *p) {
        struct random *random = &w->random;

        p->priority = choose_priority(w);
        p->preempt = random_chance(random, 65);
        p->preempt_delay = p->preempt && random_chance(random, 25)
                        ? random_between(random, 1, 10) * p->advert_interval
                        : 0;
        p->start_delay = random_chance(random, 5) ? 3 * p->advert_interval : 0;
        p->start_master = random_chance(random, 50);
        if (p->start_master && p->priority == VRRP_PRIORITY_OWNER) {
                p->preempt = true;
                p->preempt_delay = 0;
        }
        p->lower_prio_no_advert = random_chance(random, 10);
        p->higher_prio_send_advert = random_chance(random, 10);
        p->garp_lower_prio_repeat = random_chance(random, 50) ? 5 : 0;
}

static struct router *add_router(struct world *w, struct vrrp_params p, bool mixed, bool exact) {
        struct router *r;

        if (mixed)
                p.advert_interval *= random_between(&w->random, 1, 2);
        vary(w, &p);
        r = world_add_router(w, &p);
        r->clock_offset = random_below(&w->random, 1000 * USEC_PER_SEC);
        r->clock_ppm = exact ? (int32_t) random_between(&w->random, 0, 100) - 50
                             : (int32_t) random_between(&w->random, 0, 100000) - 50000;
        r->keeps_sockets = random_chance(&w->random, 80);
        return r;
}

/* The members of a machine share its clock and its service manager. */
static void add_member(struct team *t, struct router *r) {
        struct router *first = t->n > 0 ? t->members[0] : r;

        r->lan = t->n;
        r->clock_offset = first->clock_offset;
        r->clock_ppm = first->clock_ppm;
        r->keeps_sockets = first->keeps_sockets;
        team_join(t, r, PLACE_GROUP_1);
}

/* A group starts as master if all of it may. */
static void agree_on_start(struct team *t) {
        bool all = true;

        for (unsigned k = 0; k < t->n; k++)
                all = all && router_is_ruling_owner(t->members[k]);
        for (unsigned k = 0; k < t->n; k++)
                t->members[k]->params.start_master = all;
}

/* Half of the machines after the first have the priorities of the one before, the other way round: each
 * has the better half. */
static void cross_priorities(const struct team *before, struct team *t) {
        for (unsigned k = 0; k < t->n; k++) {
                struct router *r = t->members[k];

                r->params.priority = before->members[t->n - 1 - k]->params.priority;
                r->priority = r->params.priority;
        }
}

static void make_teams(struct world *w, struct vrrp_params p, uint64_t n, bool mixed, bool exact) {
        unsigned members = (unsigned) random_between(&w->random, 2, n > 4 ? 2 : TEAM_MEMBERS_MAX);

        for (uint64_t k = 0; k < n; k++) {
                struct team *t = &w->teams[w->n_teams++];

                for (unsigned m = 0; m < members; m++)
                        add_member(t, add_router(w, p, mixed, exact));
                if (k > 0 && random_chance(&w->random, 50))
                        cross_priorities(t - 1, t);
                agree_on_start(t);
        }
}

void network_make(struct world *w) {
        struct random *random = &w->random;
        uint8_t version = random_chance(random, 40) ? 2 : 3;
        struct vrrp_params p = {
                .family = AF_INET,
                .version = version,
                .vrid = 51,
                .advert_interval = choose_interval(w, version),
                .down_timer_adverts = random_chance(random, 90)
                                ? 3
                                : (uint8_t) random_between(random, 2, 6),
                .garp_master_delay = 5 * USEC_PER_SEC,
                .garp_master_repeat = 5,
                .garp_master_refresh_repeat = 1,
        };
        bool mixed = version == 3 && random_chance(random, 20);
        bool exact = random_chance(random, 50);
        uint64_t n = random_chance(random, 2) ? random_between(random, 6, MACHINES_MAX)
                                              : random_between(random, 2, 5);

        w->interval = p.advert_interval;
        if (w->seed % TEAMS_EVERY == 0) {
                make_teams(w, p, n, mixed, exact);
                return;
        }
        for (uint64_t k = 0; k < n; k++)
                (void) add_router(w, p, mixed, exact);
}

usec_t network_interval(const struct world *w) {
        usec_t max = 0;

        for (unsigned k = 0; k < w->n_routers; k++)
                max = MAX(max, w->routers[k].params.advert_interval);
        return max;
}
