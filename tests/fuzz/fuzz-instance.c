/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sequences of inputs to one instance, or to a sync group of two, on a simulated machine (tests/sim/router.h), judged by
 * the simulator's invariants. The first bytes are the parameters; then each byte is something that happens, to the second
 * member where its highest bit is set, with the bytes behind it for details. Who belongs together may change, too. With FUZZ_TRACE in the environment the story is told. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/macro.h"
#include "tests/sim/invariant.h"
#include "tests/sim/world.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct world world;

struct bytes {
        const uint8_t *p;
        size_t n;
};

/* The next byte; 0 behind the end. */
static uint8_t take(struct bytes *b) {
        if (b->n == 0)
                return 0;
        b->n--;
        return *b->p++;
}

static usec_t take_time(struct bytes *b) {
        return (usec_t) take(b) * 20 * USEC_PER_MSEC;
}

static struct vrrp_params take_params(struct bytes *b) {
        uint8_t flags = take(b);
        uint8_t version = flags & 1 ? 3 : 2;
        uint8_t priority = take(b);

        return (struct vrrp_params){
                .family = AF_INET,
                .version = version,
                .vrid = 51,
                .preempt = flags & 2,
                .start_master = flags & 4,
                .lower_prio_no_advert = flags & 8,
                .higher_prio_send_advert = flags & 16,
                .priority = priority > 0 ? priority : 1,
                .advert_interval = vrrp_timing_announced(version, take_time(b)),
                .down_timer_adverts = (uint8_t) (1 + take(b) % 8),
                .preempt_delay = take_time(b),
                .start_delay = flags & 32 ? take_time(b) : 0,
                .garp_master_delay = take_time(b),
                .garp_master_repeat = 1,
                .garp_master_refresh = flags & 64 ? USEC_PER_SEC + take_time(b) : 0,
                .garp_master_refresh_repeat = 1,
                .garp_lower_prio_repeat = flags & 128,
                .garp_lower_prio_delay = USEC_PER_SEC,
        };
}

/* An advert of another router arrives. VRRPv2 routers with another interval are not heard. */
static void hear(struct router *r, struct bytes *b) {
        uint8_t priority = take(b), host = take(b);
        struct vrrp_packet p = {
                .version = r->params.version,
                .vrid = r->params.vrid,
                .priority = priority,
                .interval = r->params.advert_interval,
                .source = { .family = AF_INET, .in.s_addr = htonl(0x0a000000U + host) },
                .destination = { .family = AF_INET, .in.s_addr = htonl(0xe0000012) },
                .ttl = VRRP_TTL,
                .addresses = &r->address,
                .n_addresses = 1,
        };
        struct packet packet = {};

        if (host == r->id + 1)
                return; /* that is we */
        if (p.version == 3 && host & 0x80)
                p.interval = vrrp_timing_announced(3, take_time(b));
        packet.n = (size_t) vrrp_packet_build(&p, packet.bytes, sizeof(packet.bytes));
        router_receive(r, &packet);
}

/* What a successor finds in the runtime directory may be anything that can be written there. */
static void lie(struct router *r, struct bytes *b) {
        struct vrrp_saved *s = &r->saved;

        if (r->process != PROCESS_DEAD)
                return;
        *s = (struct vrrp_saved) VRRP_SAVED_INIT;
        s->state = (enum vrrp_state)(take(b) % _VRRP_STATE_MAX);
        s->since = take_time(b) << take(b) % 40;
        s->preempt_at = take_time(b) << take(b) % 40;
        s->announce_at = take_time(b) << take(b) % 40;
        s->start_at = take_time(b) << take(b) % 40;
        s->master_interval = take_time(b) << take(b) % 40;
        s->master_priority = (uint64_t) take(b) << take(b) % 8;
        s->master.family = take(b) % 3 ? AF_INET : AF_INET6;
        s->resigned = take(b) & 1;
        s->demoted = take(b) & 1;
        s->maintenance = take(b) & 1;
        r->last_sent = take_time(b) << take(b) % 40;
        r->has_saved = true;
        r->addresses = false;
        /* The invariants take the liar's word for what was told before. */
        invariant_started(r, s->state);
        r->oracle.timer_unknown = r->oracle.was_lied_to = true;
}

static void start(struct router *r) {
        if (r->process != PROCESS_DEAD)
                return;
        router_start(r);
}

static void fail(struct router *r, struct bytes *b) {
        struct vrrp_input in = { .type = VRRP_INPUT_EFFECT_FAILED };

        in.effect_failed.effect = (enum vrrp_effect_type)(take(b) % _VRRP_EFFECT_TYPE_MAX);
        in.effect_failed.error = -(1 + take(b) % 100);
        router_feed(r, &in);
}

static void lose(struct router *r, struct bytes *b) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADDRESS_LOST };

        in.address_lost.n = take(b);
        r->addresses_due = r->addresses_due || r->addresses;
        r->addresses = false;
        router_feed(r, &in);
}

static void reconfigure(struct router *r, struct bytes *b) {
        struct vrrp_params p = take_params(b);

        p.version = r->params.version;
        if (p.version == 2) /* or adverts that wait in the socket would not be heard */
                p.advert_interval = r->params.advert_interval;
        p.source = r->params.source;
        p.start_delay = r->params.start_delay; /* counts at the start only */
        p.grouped = r->params.grouped;
        p.start_master = p.start_master && !p.grouped;
        router_reconfigure(r, &p);
        r->oracle.timer_unknown = true;
}

/* The types whose data the core does not look at, or that the machine would send at another time. */
static void feed_oddly(struct router *r, uint8_t choice) {
        static const enum vrrp_input_type types[] = {
                VRRP_INPUT_START,
                VRRP_INPUT_TIMER,
                VRRP_INPUT_RESUME,
                VRRP_INPUT_RESIGN,
                VRRP_INPUT_PREPARE_RESTART,
                VRRP_INPUT_SEND_ANNOUNCEMENTS,
                VRRP_INPUT_GROUP_MASTER,
                VRRP_INPUT_GROUP_BACKUP,
                VRRP_INPUT_GROUP_LOWER,
        };

        r->oracle.odd = true;
        if (r->instance.state != VRRP_STATE_INIT)
                router_feed_type(r, types[choice % ARRAY_SIZE(types)]);
        r->oracle.odd = false;
        r->oracle.timer_unknown = true;
}

static void stop(struct router *r) {
        if (!router_runs(r))
                return;
        router_feed_machine(r, VRRP_INPUT_STOP);
        router_power_off(r);
}

/* Both go to other groups, by themselves, or away; or come back. */
static void regroup(struct router *first, struct bytes *b) {
        uint8_t choice = take(b);
        enum place places[TEAM_MEMBERS_MAX];

        for (unsigned k = 0; k < TEAM_MEMBERS_MAX; k++)
                places[k] = (enum place)(choice >> 2 * k) % _PLACE_MAX;
        if (first->team)
                team_regroup(first->team, places);
}

#define REGROUP 0x78 /* to 0x7f, and with the highest bit */

static void happen(struct router *first, struct bytes *b) {
        uint8_t what = take(b);
        struct router *r = (what & 0x80 ? router_peer(first, 1) : NULL) ?: first;

        if ((what & REGROUP) == REGROUP) {
                regroup(first, b);
                return;
        }
        switch (what % 20) {
        case 0:
        case 1: world_run(&world, world.now + take_time(b)); break;
        case 2:
        case 3:
        case 4: hear(r, b); break;
        case 5: router_set_priority(r, (uint8_t) (1 + take(b) % 254)); break;
        case 6:
                router_set_faults(r,
                                take(b) & VRRP_FAULT_ALL & ~(unsigned) VRRP_FAULT_INTERFACE &
                                                ~(unsigned) VRRP_FAULTS_GROUP);
                break;
        case 7: router_set_link(r, take(b) & 1); break;
        case 8: router_set_maintenance(r, take(b) & 1); break;
        case 9: router_kill(r); break;
        case 10: start(r); break;
        case 11: router_pause(r, take(b) & 1 ? PROCESS_PAUSED : PROCESS_FROZEN); break;
        case 12: router_go_on(r); break;
        case 13: stop(r); break;
        case 14: lie(r, b); break;
        case 15: fail(r, b); break;
        case 16: lose(r, b); break;
        case 17: reconfigure(r, b); break;
        case 18: feed_oddly(r, take(b)); break;
        default: r->crash_after = take(b) % 8; break;
        }
}

/* @first and one more, on another network. Returns @first. */
static struct router *make_team(struct router *first, struct bytes *b) {
        struct vrrp_params params = take_params(b);
        struct router *second = world_add_router(&world, &params);
        struct team *t = &world.teams[world.n_teams++];

        second->lan = 1;
        second->keeps_sockets = first->keeps_sockets;
        team_join(t, first, PLACE_GROUP_1);
        team_join(t, second, PLACE_GROUP_1);
        for (unsigned k = 0; k < t->n; k++) {
                t->members[k]->params.start_master = false;
                t->members[k]->crash_away = USEC_PER_SEC;
        }
        return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        struct bytes b = { .p = data, .n = MIN(n, 2000U) };
        struct vrrp_params params;
        struct router *r;
        uint8_t machine;

        world_init(&world, 1, getenv("FUZZ_TRACE") ? stdout : NULL);
        world.delay_max = world.jitter_max = 1;
        world.interval = USEC_PER_SEC;
        params = take_params(&b);
        r = world_add_router(&world, &params);
        machine = take(&b);
        r->keeps_sockets = machine & 1;
        if (machine & 2)
                r = make_team(r, &b);
        r->crash_away = USEC_PER_SEC;
        router_start(r);
        while (b.n > 0 && !world_has_failed(&world)) {
                happen(r, &b);
                world_settle(&world);
        }

        if (!world_has_failed(&world))
                return 0;
        (void) fprintf(stderr, "%s\n", world.failure);
        abort();
}
