/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "chaos.h"

#include "invariant.h"
#include "network.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"
#include "world.h"

enum accident {
        ACCIDENT_CUT,
        ACCIDENT_MEND,
        ACCIDENT_LOSS,
        ACCIDENT_PRIORITY,
        ACCIDENT_FAULT,
        ACCIDENT_CLEAR,
        ACCIDENT_LINK_DOWN,
        ACCIDENT_LINK_UP,
        ACCIDENT_CRASH,
        ACCIDENT_CRASH_MIDWAY,
        ACCIDENT_TORN_STATE,
        ACCIDENT_PLANNED_RESTART,
        ACCIDENT_STOP,
        ACCIDENT_POWER_LOSS,
        ACCIDENT_PAUSE,
        ACCIDENT_FREEZE,
        ACCIDENT_ABANDON,
        ACCIDENT_RESIGN,
        ACCIDENT_MAINTENANCE,
        ACCIDENT_ADDRESS_LOST,
        ACCIDENT_EFFECT_FAILED,
        ACCIDENT_RELOAD,
        ACCIDENT_REGROUP,
        ACCIDENT_EARLY_TIMER,
        _ACCIDENT_MAX,
};

static const char *const accident_words[_ACCIDENT_MAX] = {
        [ACCIDENT_CUT] = "links are cut",
        [ACCIDENT_MEND] = "links are mended",
        [ACCIDENT_LOSS] = "packets are lost, delayed, doubled",
        [ACCIDENT_PRIORITY] = "has another priority",
        [ACCIDENT_FAULT] = "has a fault",
        [ACCIDENT_CLEAR] = "has no fault any more",
        [ACCIDENT_LINK_DOWN] = "loses its link",
        [ACCIDENT_LINK_UP] = "gets its link back",
        [ACCIDENT_CRASH] = "crashes",
        [ACCIDENT_CRASH_MIDWAY] = "will crash while it does something",
        [ACCIDENT_TORN_STATE] = "crashes and its saved state is torn",
        [ACCIDENT_PLANNED_RESTART] = "is restarted",
        [ACCIDENT_STOP] = "is stopped",
        [ACCIDENT_POWER_LOSS] = "loses power",
        [ACCIDENT_PAUSE] = "is paused",
        [ACCIDENT_FREEZE] = "is frozen with its machine",
        [ACCIDENT_ABANDON] = "crashes for good",
        [ACCIDENT_RESIGN] = "is told to resign",
        [ACCIDENT_MAINTENANCE] = "goes into maintenance or comes out",
        [ACCIDENT_ADDRESS_LOST] = "loses its address",
        [ACCIDENT_EFFECT_FAILED] = "is told that an effect failed",
        [ACCIDENT_RELOAD] = "reads another configuration",
        [ACCIDENT_REGROUP] = "reads that others belong together",
        [ACCIDENT_EARLY_TIMER] = "wakes up early",
};

static bool chance(struct world *w, unsigned percent) {
        return random_chance(&w->random, percent);
}

/* Short enough that nobody notices, or long. */
static usec_t absence(struct world *w) {
        usec_t interval = network_interval(w);

        return chance(w, 50) ? random_between(&w->random, interval / 10, interval * 2)
                             : random_between(&w->random, interval, interval * 12);
}

static void cut_links(struct world *w) {
        for (unsigned from = 0; from < w->n_routers; from++)
                for (unsigned to = 0; to < w->n_routers; to++)
                        w->cut[from][to] = chance(w, 50);
}

static void mend_links(struct world *w) {
        for (unsigned from = 0; from < w->n_routers; from++)
                for (unsigned to = 0; to < w->n_routers; to++)
                        w->cut[from][to] = false;
}

static void disturb_links(struct world *w) {
        w->loss_percent = (unsigned) random_below(&w->random, 50);
        w->duplication_percent = (unsigned) random_below(&w->random, 20);
        w->delay_max = 1 + random_below(&w->random, network_interval(w) / 2);
        w->fifo = chance(w, 50);
}

static void go_away(struct router *r) {
        router_kill(r);
        router_start_later(r, absence(r->world));
}

static void stand_still(struct router *r, enum process how) {
        struct world *w = r->world;
        struct event e = { .type = EVENT_GO_ON, .router = r->id, .at = w->now + absence(w) };

        router_pause(r, how);
        e.generation = r->generation;
        world_add_event(w, &e);
}

static void abandon(struct router *r) {
        struct world *w = r->world;
        struct event e = { .type = EVENT_RELEASE, .router = r->id, .at = w->now + USEC_PER_SEC };

        router_kill(r);
        e.generation = r->generation;
        world_add_event(w, &e);
}

/* One file has the state of all. */
static void tear_state(struct router *r) {
        struct router *p;

        go_away(r);
        for (unsigned k = 0; (p = router_peer(r, k)); k++)
                p->has_saved = false;
}

static void stop(struct router *r) {
        struct router *p;

        router_feed_machine(r, VRRP_INPUT_STOP);
        for (unsigned k = 0; (p = router_peer(r, k)); k++) {
                p->socket_open = false;
                p->n_socket = 0;
        }
        go_away(r);
}

static void lose_address(struct router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADDRESS_LOST };

        if (!r->addresses)
                return;
        in.address_lost.n = 1;
        r->addresses = false;
        r->addresses_due = true;
        router_feed(r, &in);
}

static void fail_effect(struct router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_EFFECT_FAILED };

        in.effect_failed.effect = (enum vrrp_effect_type) random_below(
                        &r->world->random, _VRRP_EFFECT_TYPE_MAX);
        in.effect_failed.error = -1;
        router_feed(r, &in);
}

static void reload(struct router *r) {
        struct world *w = r->world;
        struct vrrp_params p = r->params;

        if (p.priority != VRRP_PRIORITY_OWNER && chance(w, 50))
                p.priority = (uint8_t) random_between(&w->random, 1, 254);
        if (p.version == 3 && chance(w, 30))
                p.advert_interval = w->interval * random_between(&w->random, 1, 2);
        router_reconfigure(r, &p);
}

void chaos_choose_places(struct world *w, enum place *ret) {
        for (unsigned k = 0; k < TEAM_MEMBERS_MAX; k++)
                ret[k] = chance(w, 60) ? PLACE_GROUP_1
                                       : (enum place) random_below(&w->random, _PLACE_MAX);
}

/* A router that comes may have a tracker that has not reported yet. */
static void regroup(struct router *r) {
        enum place places[TEAM_MEMBERS_MAX];
        struct world *w = r->world;

        if (!r->team)
                return;
        chaos_choose_places(w, places);
        for (unsigned k = 0; k < r->team->n; k++)
                if (r->team->members[k]->place == PLACE_NOWHERE && chance(w, 30))
                        r->team->members[k]->faults |= VRRP_FAULT_TRACKER_UNKNOWN;
        team_regroup(r->team, places);
}

/* What happens to a process, which must be there. */
static void strike_process(struct router *r, enum accident kind) {
        struct world *w = r->world;

        switch (kind) {
        case ACCIDENT_CRASH: go_away(r); break;
        case ACCIDENT_CRASH_MIDWAY:
                r->crash_after = (int) random_below(&w->random, 5);
                r->crash_away = absence(w);
                break;
        case ACCIDENT_TORN_STATE: tear_state(r); break;
        case ACCIDENT_PLANNED_RESTART:
                router_feed_machine(r, VRRP_INPUT_PREPARE_RESTART);
                go_away(r);
                break;
        case ACCIDENT_STOP: stop(r); break;
        case ACCIDENT_PAUSE: stand_still(r, PROCESS_PAUSED); break;
        case ACCIDENT_FREEZE: stand_still(r, PROCESS_FROZEN); break;
        case ACCIDENT_ABANDON: abandon(r); break;
        case ACCIDENT_RESIGN: router_feed_type(r, VRRP_INPUT_RESIGN); break;
        case ACCIDENT_MAINTENANCE: router_set_maintenance(r, !r->instance.maintenance); break;
        case ACCIDENT_ADDRESS_LOST: lose_address(r); break;
        case ACCIDENT_EFFECT_FAILED: fail_effect(r); break;
        case ACCIDENT_EARLY_TIMER: router_feed_type(r, VRRP_INPUT_TIMER); break;
        default: break;
        }
}

void chaos_strike(struct world *w, unsigned kind, struct router *r) {
        if (kind >= ACCIDENT_CRASH && kind != ACCIDENT_POWER_LOSS && kind != ACCIDENT_RELOAD &&
                        kind != ACCIDENT_REGROUP && !router_runs(r))
                return;
        world_trace(w, "-- %s: %s", r->name, accident_words[kind]);
        switch (kind) {
        case ACCIDENT_CUT: cut_links(w); break;
        case ACCIDENT_MEND: mend_links(w); break;
        case ACCIDENT_LOSS: disturb_links(w); break;
        case ACCIDENT_PRIORITY:
                router_set_priority(r, (uint8_t) random_between(&w->random, 1, 254));
                break;
        case ACCIDENT_FAULT:
                router_set_faults(r,
                                (r->faults | VRRP_FAULT_TRACKER) &
                                                ~(unsigned) VRRP_FAULT_TRACKER_UNKNOWN);
                break;
        case ACCIDENT_CLEAR:
                router_set_faults(r,
                                r->faults &
                                                ~(unsigned) (VRRP_FAULT_TRACKER |
                                                                VRRP_FAULT_TRACKER_UNKNOWN));
                break;
        case ACCIDENT_LINK_DOWN: router_set_link(r, false); break;
        case ACCIDENT_LINK_UP: router_set_link(r, true); break;
        case ACCIDENT_RELOAD: reload(r); break;
        case ACCIDENT_REGROUP: regroup(r); break;
        case ACCIDENT_POWER_LOSS:
                router_power_off(r);
                router_start_later(r, absence(w));
                break;
        default: strike_process(r, (enum accident) kind); break;
        }
}

void chaos_plan(struct world *w, usec_t duration) {
        uint64_t n = random_below(&w->random, 25);

        chaos_calm_links(w);
        if (chance(w, 50))
                disturb_links(w);
        for (unsigned k = 0; k < w->n_routers; k++)
                if (router_peer(&w->routers[k], 0) == &w->routers[k])
                        router_start_later(&w->routers[k],
                                        random_below(&w->random, 2 * network_interval(w)));
        for (uint64_t k = 0; k < n; k++) {
                struct event e = {
                        .type = EVENT_ACTION,
                        .at = w->now + random_below(&w->random, duration),
                        .action = (unsigned) random_below(&w->random, _ACCIDENT_MAX),
                        .router = (unsigned) random_below(&w->random, w->n_routers),
                };

                world_add_event(w, &e);
        }
}

void chaos_calm_links(struct world *w) {
        usec_t lag = network_interval(w) / 10;

        mend_links(w);
        w->fifo = true;
        w->loss_percent = w->duplication_percent = 0;
        w->delay_max = MIN(lag, 2 * USEC_PER_MSEC);
        w->jitter_max = MIN(lag, USEC_PER_MSEC);
}

static void repair(struct router *r) {
        struct world *w = r->world;

        r->crash_after = -1;
        router_go_on(r);
        if (r->process == PROCESS_DEAD)
                router_start(r);
        router_set_link(r, true);
        router_set_faults(r, chance(w, 80) ? 0 : r->faults & ~(unsigned) VRRP_FAULTS_UNKNOWN);
        if (r->instance.maintenance && chance(w, 80))
                router_set_maintenance(r, false);
}

/* In the end all machines have the same configuration. */
static void roll_out(struct world *w) {
        enum place places[TEAM_MEMBERS_MAX];

        chaos_choose_places(w, places);
        for (unsigned k = 0; k < w->n_teams; k++)
                team_regroup(&w->teams[k], places);
}

void chaos_repair(struct world *w) {
        usec_t start_delay = 0, under_way = w->delay_max;

        world_trace(w, "-- all is repaired");
        chaos_calm_links(w);
        for (unsigned k = 0; k < w->n_routers; k++) {
                repair(&w->routers[k]);
                start_delay = MAX(start_delay, w->routers[k].params.start_delay);
        }
        roll_out(w);
        w->whole_since = w->now + under_way + invariant_slowest(start_delay + network_interval(w));
}
