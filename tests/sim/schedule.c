/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "schedule.h"

#include "calm.h"
#include "chaos.h"
#include "network.h"
#include "world.h"

static void trace_network(const struct world *w) {
        for (unsigned k = 0; k < w->n_routers; k++) {
                const struct router *r = &w->routers[k];
                const struct vrrp_params *p = &r->params;

                world_trace(w, "%s%s%s: v%u priority %u interval %gs x%u%s%s preempt_delay %gs clock %+d ppm%s",
                                r->team && r->lan > 0 ? "and " : "", r->name,
                                r->team && r->lan == 0 ? " with a group" : "", p->version,
                                p->priority, (double) p->advert_interval / (double) USEC_PER_SEC,
                                p->down_timer_adverts, p->start_master ? " state-master" : "",
                                p->preempt ? "" : " nopreempt",
                                (double) p->preempt_delay / (double) USEC_PER_SEC, r->clock_ppm,
                                r->keeps_sockets ? "" : " no-descriptor-store");
        }
}

void schedule_run(struct world *w, uint64_t seed, FILE *trace) {
        usec_t chaos;

        world_init(w, seed, trace);
        network_make(w);
        trace_network(w);

        chaos = random_between(&w->random, 5, 40) * network_interval(w);
        chaos_plan(w, chaos);
        world_run(w, w->now + chaos);
        if (!world_has_failed(w))
                chaos_repair(w);
        if (!world_has_failed(w))
                calm_settle(w);
        for (int k = 0; k < 5 && !world_has_failed(w); k++)
                calm_act(w);
}
