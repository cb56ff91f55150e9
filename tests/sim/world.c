/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "invariant.h"
#include "chaos.h"

void world_init(struct world *w, uint64_t seed, FILE *trace) {
        /* Not the large parts: the queue and each router are made anew where they are used. */
        memset(&w->n_routers, 0, sizeof(*w) - offsetof(struct world, n_routers));
        event_queue_init(&w->queue);
        w->seed = seed;
        w->random.state = seed * UINT64_C(0x2545f4914f6cdd1d);
        w->trace = trace;
        w->whole_since = w->settled_at = USEC_INFINITY;
        for (unsigned lan = 0; lan < LANS_MAX; lan++)
                w->several_since[lan] = USEC_INFINITY;
        w->now = 1000 * USEC_PER_SEC; /* machines have been up for a while */
}

struct router *world_add_router(struct world *w, const struct vrrp_params *params) {
        struct router *r = &w->routers[w->n_routers];

        router_init(r, w, w->n_routers++, params);
        return r;
}

void world_trace(const struct world *w, const char *format, ...) {
        va_list ap;

        if (!w->trace)
                return;
        (void) fprintf(w->trace, "[%.3f] ",
                        (double) (w->now - 1000 * USEC_PER_SEC) / (double) USEC_PER_SEC);
        va_start(ap, format);
        (void) vfprintf(w->trace, format, ap);
        va_end(ap);
        (void) fputc('\n', w->trace);
}

void world_fail(struct world *w, const char *invariant, const char *format, ...) {
        char text[192];
        va_list ap;

        if (world_has_failed(w))
                return;
        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        (void) snprintf(w->failure, sizeof(w->failure), "%s: %s", invariant, text);
        world_trace(w, "BROKEN %s", w->failure);
}

void world_add_event(struct world *w, const struct event *e) {
        if (!event_queue_add(&w->queue, e))
                world_fail(w, "no_storms", "more than %d things are under way", EVENT_QUEUE_MAX);
}

static void send_to(struct world *w, const struct router *from, const struct router *to,
                const struct packet *packet) {
        usec_t *arrived = &w->arrived[from->id][to->id];
        struct event e = {
                .type = EVENT_PACKET,
                .router = to->id,
                .at = w->now + 1 + random_below(&w->random, w->delay_max),
                .packet = *packet,
        };

        if (random_chance(&w->random, w->loss_percent))
                return;
        if (w->fifo)
                e.at = MAX(e.at, *arrived);
        *arrived = MAX(e.at, *arrived);
        world_add_event(w, &e);
}

void world_send(struct world *w, const struct router *from, const struct packet *packet) {
        for (unsigned k = 0; k < w->n_routers; k++) {
                const struct router *to = &w->routers[k];

                if (to == from || to->lan != from->lan || !to->powered || w->cut[from->id][k])
                        continue;
                send_to(w, from, to, packet);
                if (random_chance(&w->random, w->duplication_percent))
                        send_to(w, from, to, packet);
        }
}

static void happen(struct world *w, const struct event *e) {
        struct router *r = &w->routers[e->router];

        if (e->type == EVENT_PACKET)
                router_receive(r, &e->packet);
        else if (e->type == EVENT_ACTION)
                chaos_strike(w, e->action, r);
        else if (e->generation != r->generation)
                return;
        else if (e->type == EVENT_WAKE)
                router_wake(r);
        else if (e->type == EVENT_START)
                router_start(r);
        else if (e->type == EVENT_GO_ON)
                router_go_on(r);
        else if (e->type == EVENT_RELEASE)
                router_release(r);
}

void world_settle(struct world *w) {
        for (unsigned k = 0; k < w->n_teams && !world_has_failed(w); k++)
                if (router_runs(w->teams[k].members[0]))
                        team_settle(&w->teams[k]);
}

#define STEPS_MAX 2000000

void world_run(struct world *w, usec_t until) {
        struct event e;

        world_settle(w);
        while (!world_has_failed(w) && event_queue_take(&w->queue, until, &e)) {
                w->now = MAX(w->now, e.at);
                happen(w, &e);
                world_settle(w);
                invariant_check(w);
                if (w->steps > STEPS_MAX)
                        world_fail(w, "no_storms", "more than %d steps", STEPS_MAX);
        }
        if (!world_has_failed(w))
                w->now = MAX(w->now, until);
}
