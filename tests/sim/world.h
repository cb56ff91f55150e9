/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A network of routers that run the real core and the real packets on simulated machines: time,
 * clocks, links, kept sockets, saved state, processes that come and go. Everything random comes
 * from the seed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/macro.h"
#include "common/usec.h"
#include "event-queue.h"
#include "random.h"
#include "router.h"
#include "team.h"

#define MACHINES_MAX 7
#define ROUTERS_MAX (2 * MACHINES_MAX)
#define LANS_MAX TEAM_MEMBERS_MAX

struct world {
        uint64_t seed;
        struct random random;
        FILE *trace; /* borrowed; NULL: the story is not told */
        usec_t now;  /* the time that nobody in the network knows */
        struct event_queue queue;
        struct router routers[ROUTERS_MAX];
        unsigned n_routers;
        struct team teams
                        [MACHINES_MAX]; /* sync groups, all of which have members on all networks */
        unsigned n_teams;               /* 0: all are alone on the one network there is */
        usec_t interval;                /* of adverts; with VRRPv3 some have twice that */

        /* The network between them. */
        bool cut[ROUTERS_MAX][ROUTERS_MAX]; /* from, to */
        unsigned loss_percent;
        unsigned duplication_percent;
        usec_t delay_max;                         /* D */
        bool fifo;                                /* nothing overtakes anything */
        usec_t arrived[ROUTERS_MAX][ROUTERS_MAX]; /* the last packet, from, to */
        usec_t jitter_max;                        /* of timers */

        /* What the invariants know, see invariant.h. */
        usec_t whole_since; /* USEC_INFINITY: it is not whole */
        usec_t settled_at;  /* from then on nothing is disturbed and nothing should move */
        usec_t several_since[LANS_MAX]; /* more than one master there; USEC_INFINITY: not so */
        usec_t moved_at;                /* the last transition of anybody */
        bool stretched;                 /* somebody has announced a longer interval for a restart */
        bool still;                     /* no transition is allowed at all */
        char failure[256];              /* the first broken invariant, "" while none is */
        uint64_t steps;                 /* of the core */
};

/* An empty network of @seed; routers are added by world_add_router(). */
void world_init(struct world *w, uint64_t seed, FILE *trace);
struct router *world_add_router(struct world *w, const struct vrrp_params *params);

/* End the wake-up of all. */
void world_settle(struct world *w);

/* Let happen what happens until the time @until, or the first failure. */
void world_run(struct world *w, usec_t until);

/* Put @packet, sent by @from, on the wire. */
void world_send(struct world *w, const struct router *from, const struct packet *packet);

void world_add_event(struct world *w, const struct event *e);

/* One line of the trace, when there is one. */
void world_trace(const struct world *w, const char *format, ...) _printf_(2, 3);

/* The first failure counts; nothing happens after it. */
void world_fail(struct world *w, const char *invariant, const char *format, ...) _printf_(3, 4);

static inline bool world_has_failed(const struct world *w) {
        return w->failure[0] != '\0';
}
