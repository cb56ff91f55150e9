/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "router.h"

#include <stdio.h>
#include <string.h>

#include "invariant.h"
#include "mutation.h"
#include "team.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"
#include "world.h"

void router_init(struct router *r, struct world *w, unsigned id, const struct vrrp_params *params) {
        *r = (struct router){
                .world = w,
                .id = id,
                .params = *params,
                .priority = params->priority,
                .link_up = true,
                .keeps_sockets = true,
                .last_sent = USEC_INFINITY,
                .crash_after = -1,
                .address = { .family = AF_INET, .in.s_addr = htonl(0x0a000064) },
        };
        (void) snprintf(r->name, sizeof(r->name), "r%u", (id + 1) % 100);
        r->params.source =
                        (struct ip_addr){ .family = AF_INET, .in.s_addr = htonl(0x0a000001 + id) };
}

usec_t router_clock(const struct router *r) {
        int64_t t = (int64_t) r->world->now;

        return r->clock_offset + (usec_t) (t + t * r->clock_ppm / 1000000);
}

usec_t router_when(const struct router *r, usec_t local) {
        usec_t t;

        if (local <= router_clock(r))
                return r->world->now;
        t = (local - r->clock_offset) * 1000000 / (usec_t) (1000000 + r->clock_ppm);
        return MAX(t + 1, r->world->now);
}

struct router *router_peer(struct router *r, unsigned k) {
        if (!r->team)
                return k == 0 ? r : NULL;
        return k < r->team->n ? r->team->members[k] : NULL;
}

static void for_all(struct router *r, void (*act)(struct router *peer)) {
        struct router *p;

        for (unsigned k = 0; (p = router_peer(r, k)); k++)
                act(p);
}

static bool is_fit(const struct router *r) {
        return router_runs(r) && r->place != PLACE_NOWHERE && r->link_up && r->faults == 0 &&
                        !r->instance.maintenance;
}

bool router_is_healthy(const struct router *r) {
        if (!team_group_of(r))
                return is_fit(r);
        for (unsigned k = 0; k < r->team->n; k++)
                if (r->team->members[k]->place == r->place && !is_fit(r->team->members[k]))
                        return false;
        return true;
}

/* Timers are a little late, as real ones are. */
void router_arm(struct router *r) {
        usec_t own = vrrp_instance_deadline(&r->instance);
        usec_t deadline = team_is_first(r) ? MIN(own, team_group_of(r)->hold_at) : own;
        struct event e = { .type = EVENT_WAKE, .router = r->id, .generation = ++r->generation };

        if (deadline == USEC_INFINITY)
                return;
        e.at = router_when(r, deadline) + random_below(&r->world->random, r->world->jitter_max);
        world_add_event(r->world, &e);
}

static void send_advert(struct router *r, const struct vrrp_effect *e) {
        struct vrrp_packet p = {
                .version = r->params.version,
                .vrid = r->params.vrid,
                .priority = e->send_advert.priority,
                .interval = e->send_advert.interval,
                .source = r->params.source,
                .destination = { .family = AF_INET, .in.s_addr = htonl(0xe0000012) },
                .ttl = VRRP_TTL,
                .addresses = &r->address,
                .n_addresses = 1,
        };
        struct packet packet = {};
        int n;

        n = vrrp_packet_build(&p, packet.bytes, sizeof(packet.bytes));
        if (n < 0) {
                world_fail(r->world, "adverts_can_be_built", "%s", r->name);
                return;
        }
        packet.n = (size_t) n;
        r->last_sent = router_clock(r);
        if (e->send_advert.interval > r->params.advert_interval)
                r->world->stretched = true;
        if (!r->link_up)
                return;
        for (unsigned k = 0; k < e->send_advert.count; k++)
                world_send(r->world, r, &packet);
}

static void carry_out(struct router *r, const struct vrrp_effect *e) {
        switch (e->type) {
        case VRRP_EFFECT_SEND_ADVERT: send_advert(r, e); break;
        case VRRP_EFFECT_ADD_ADDRESSES:
                r->addresses = true;
                r->addresses_due = false;
                break;
        case VRRP_EFFECT_REMOVE_ADDRESSES: r->addresses = mutation_keeps_addresses(r); break;
        case VRRP_EFFECT_ANNOUNCE:
        case VRRP_EFFECT_STATE_CHANGED:
        case VRRP_EFFECT_EVENT:
        case _VRRP_EFFECT_TYPE_MAX: break;
        }
}

void router_start_later(struct router *r, usec_t away) {
        struct event e = {
                .type = EVENT_START,
                .router = r->id,
                .generation = r->generation,
                .at = r->world->now + away,
        };

        world_add_event(r->world, &e);
}

/* State is saved before the effects are carried out; a process may die between any two of them.
 * Returns false when it did. */
static bool carry_all_out(struct router *r, const struct vrrp_effects *effects) {
        if (r->instance.revision != r->saved_revision && !r->adopting) {
                r->saved = vrrp_instance_save(&r->instance);
                r->saved_revision = r->instance.revision;
                r->has_saved = r->instance.state != VRRP_STATE_INIT;
        }
        for (size_t k = 0; k < effects->n; k++) {
                if (r->crash_after == 0) {
                        world_trace(r->world, "%s dies after %zu effects", r->name, k);
                        router_kill(r);
                        router_start_later(r, r->crash_away);
                        return false;
                }
                if (r->crash_after > 0)
                        r->crash_after--;
                carry_out(r, &effects->items[k]);
        }
        return true;
}

static void trace_step(const struct router *r, const struct vrrp_input *in,
                const struct vrrp_effects *effects) {
        char text[VRRP_EFFECTS_TEXT_MAX], source[IP_ADDR_STRLEN];

        if (!r->world->trace || effects->n == 0)
                return;
        vrrp_effects_format(effects, text, sizeof(text));
        if (in->type == VRRP_INPUT_ADVERT || in->type == VRRP_INPUT_SUPERSEDED)
                world_trace(r->world, "%s %s %s %u > %s", r->name,
                                vrrp_input_type_to_string(in->type),
                                ip_addr_format(&in->advert.advert.source, source),
                                in->advert.advert.priority, text);
        else
                world_trace(r->world, "%s %s > %s", r->name, vrrp_input_type_to_string(in->type),
                                text);
}

void router_feed(struct router *r, const struct vrrp_input *in) {
        struct vrrp_instance before = r->instance;
        struct vrrp_effects effects;

        if (!router_runs(r) || r->place == PLACE_NOWHERE || mutation_hides(r, in))
                return;
        vrrp_instance_step(&r->instance, in, router_clock(r), &effects);
        mutation_spoils(r, in, &before);
        r->world->steps++;

        trace_step(r, in, &effects);
        invariant_step(r, in, &before, &effects);
        if (!carry_all_out(r, &effects))
                return;
        invariant_carried_out(r);
        router_arm(r);
        if (r->team)
                team_follow(r, in, &before, &effects);
}

void router_feed_machine(struct router *r, enum vrrp_input_type type) {
        struct router *p;

        for (unsigned k = 0; (p = router_peer(r, k)); k++)
                router_feed_type(p, type);
}

void router_feed_type(struct router *r, enum vrrp_input_type type) {
        router_feed(r, &(struct vrrp_input){ .type = type });
}

static struct vrrp_packet_rules rules_of(const struct router *r) {
        return (struct vrrp_packet_rules){
                .version = r->params.version,
                .vrid = r->params.vrid,
                .family = AF_INET,
                .interval = r->params.advert_interval,
                .addresses = &r->address,
                .n_addresses = 1,
        };
}

/* Returns whether @packet is a good one; a bad one cannot come from a router of ours. */
static bool parse(struct router *r, const struct packet *packet, struct vrrp_advert *ret) {
        struct vrrp_packet_rules rules = rules_of(r);
        struct vrrp_rx rx = { .self = r->params.source };
        int result;

        result = vrrp_packet_parse(packet->bytes, packet->n, &rx, &rules, ret);
        if (result != 0)
                world_fail(r->world, "adverts_are_understood", "%s finds one %s", r->name,
                                vrrp_packet_result_to_string((enum vrrp_packet_result) result));
        return result == 0;
}

/* Take the oldest packet out of the socket and feed it. */
static void read_one(struct router *r, enum vrrp_input_type type) {
        struct vrrp_input in = { .type = type };
        struct packet packet = r->socket[0];

        r->n_socket--;
        memmove(r->socket, r->socket + 1, r->n_socket * sizeof(packet));
        in.advert.received = r->socket_gaps ? router_clock(r) : packet.received;
        if (parse(r, &packet, &in.advert.advert))
                router_feed(r, &in);
}

static void read_all(struct router *r) {
        while (r->n_socket > 0 && router_runs(r) && !world_has_failed(r->world))
                read_one(r, VRRP_INPUT_ADVERT);
        r->socket_gaps = false;
}

void router_receive(struct router *r, const struct packet *packet) {
        struct packet *p;

        if (!r->powered || !r->link_up || !r->socket_open || r->process == PROCESS_FROZEN)
                return;
        if (r->n_socket == SOCKET_PACKETS_MAX) {
                r->socket_gaps = true;
                return;
        }
        p = &r->socket[r->n_socket++];
        *p = *packet;
        p->received = router_clock(r);
        if (router_runs(r))
                read_all(r);
}

void router_wake(struct router *r) {
        if (router_runs(r))
                router_feed_type(r, VRRP_INPUT_TIMER);
}

/* What the machine knows is told before the first role is taken. */
static void tell_facts(struct router *r) {
        struct vrrp_input in;

        mutation_blinds(r);
        r->saved_revision = r->instance.revision;
        in = (struct vrrp_input){ .type = VRRP_INPUT_PRIORITY };
        in.priority.priority = r->priority;
        router_feed(r, &in);
        in = (struct vrrp_input){ .type = VRRP_INPUT_FAULT };
        in.fault.set = r->faults;
        router_feed(r, &in);
        in = (struct vrrp_input){ .type = VRRP_INPUT_MAINTENANCE };
        in.maintenance.on = !r->cold && r->saved.maintenance;
        router_feed(r, &in);
}

/* Whether somebody's advert lies in the socket that came at least @silence after @last_sent. */
static bool is_superseded(struct router *r, usec_t last_sent, usec_t silence) {
        struct vrrp_advert advert;

        for (size_t k = 0; k < r->n_socket; k++)
                if ((last_sent == USEC_INFINITY || r->socket[k].received >= last_sent + silence) &&
                                parse(r, &r->socket[k], &advert) && advert.priority > 0)
                        return true;
        return false;
}

/* What is newer than our last word was sent while nobody could hear it. */
static void drain(struct router *r) {
        if (r->cold || !r->kept)
                return;
        while (r->n_socket > 0 && router_runs(r) && !world_has_failed(r->world)) {
                usec_t received = r->socket[0].received;
                bool newer = r->saved.last_sent == USEC_INFINITY || received > r->saved.last_sent;

                if (r->instance.state == VRRP_STATE_MASTER && !newer) {
                        r->n_socket--;
                        memmove(r->socket, r->socket + 1, r->n_socket * sizeof(r->socket[0]));
                } else
                        read_one(r, VRRP_INPUT_SUPERSEDED);
        }
}

/* Take up the role that was saved, in silence. */
static void restore(struct router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_RESTORE };
        bool kept = r->keeps_sockets && r->socket_open;

        r->kept = kept;
        if (!kept)
                r->n_socket = 0;
        r->saved.last_sent = r->last_sent;
        r->comes = r->saved.state != VRRP_STATE_MASTER;
        in.restore.saved = r->saved;
        in.restore.evidence = !kept      ? VRRP_EVIDENCE_NONE
                        : r->socket_gaps ? VRRP_EVIDENCE_GAPS
                                         : VRRP_EVIDENCE_COMPLETE;
        r->socket_open = true;
        r->socket_gaps = false;
        r->superseded = kept && in.restore.evidence == VRRP_EVIDENCE_COMPLETE &&
                        r->saved.state == VRRP_STATE_MASTER &&
                        is_superseded(r, r->saved.last_sent, 1);
        router_feed(r, &in);
        if (mutation_trusts())
                router_feed_type(r, VRRP_INPUT_RESUME);
}

/* All have heard what was said while nobody listened. */
static void resume(struct router *r) {
        if (r->cold)
                return;
        if (r->kept && router_runs(r))
                router_feed_type(r, VRRP_INPUT_RESUME);
        if (r->superseded && router_is_master(r))
                world_fail(r->world, "the_superseded_give_way", "%s goes on as master", r->name);
}

/* Without saved state the kernel's addresses say what this router was. */
static void guess(struct router *r) {
        r->saved = (struct vrrp_saved) VRRP_SAVED_INIT;
        r->saved.state = VRRP_STATE_MASTER;
        r->last_sent = USEC_INFINITY;
        invariant_started(r, r->saved.state);
}

/* Nothing is left of an earlier process. */
static void begin_cold(struct router *r) {
        r->n_socket = 0;
        r->socket_open = true;
        r->socket_gaps = r->kept = r->superseded = false;
        r->comes = true;
        router_feed_type(r, VRRP_INPUT_START);
}

static void prepare_process(struct router *r) {
        if (r->place == PLACE_NOWHERE)
                r->addresses = r->has_saved = false; /* what is of no use any more is removed */
        r->cold = (!r->has_saved && !r->addresses) || mutation_forgets();
        r->powered = true;
        r->process = PROCESS_RUNNING;
        r->crash_after = -1;
        r->generation++;
        r->adopting = true;
        world_trace(r->world, "%s starts%s", r->name, r->cold ? "" : " and finds traces of itself");
        if (r->cold)
                invariant_started(r, VRRP_STATE_INIT);
        else if (!r->has_saved)
                guess(r);
        vrrp_instance_init(&r->instance, &r->params);
}

static void take_role(struct router *r) {
        r->adopting = false;
        r->oracle.behind = true;
        if (r->place == PLACE_NOWHERE)
                r->socket_open = false;
        else if (r->cold)
                begin_cold(r);
        else
                restore(r);
}

static void settle(struct router *r) {
        if (r->team && router_runs(r))
                team_settle(r->team);
}

static bool is_any_saved(struct router *r) {
        struct router *p;

        for (unsigned k = 0; (p = router_peer(r, k)); k++)
                if (p->has_saved)
                        return true;
        return false;
}

/* The order of vrrpd/adopt.c: all know the facts, all have a role, all have heard. */
void router_start(struct router *r) {
        bool restored = is_any_saved(r);

        for_all(r, prepare_process);
        if (r->team)
                team_init(r->team, random_next(&r->world->random));
        for_all(r, tell_facts);
        if (r->team)
                team_restore(r->team, restored);
        for_all(r, take_role);
        if (r->team)
                team_admit(r->team);
        settle(r);
        for_all(r, drain);
        settle(r);
        for_all(r, resume);
}

void router_add(struct router *r) {
        prepare_process(r);
        tell_facts(r);
        take_role(r);
}

void router_remove(struct router *r) {
        router_feed_type(r, VRRP_INPUT_STOP);
        if (!router_runs(r))
                return;
        r->generation++;
        r->socket_open = r->has_saved = false;
        r->n_socket = 0;
}

static void kill_one(struct router *r) {
        r->process = PROCESS_DEAD;
        r->crash_after = -1;
        r->generation++;
        if (!r->keeps_sockets) {
                r->socket_open = false;
                r->n_socket = 0;
        }
}

void router_kill(struct router *r) {
        for_all(r, kill_one);
}

static void power_off_one(struct router *r) {
        kill_one(r);
        r->powered = r->addresses = r->socket_open = r->has_saved = false;
        r->n_socket = 0;
        r->last_sent = USEC_INFINITY;
}

void router_power_off(struct router *r) {
        for_all(r, power_off_one);
}

void router_pause(struct router *r, enum process how) {
        struct router *p;

        if (r->process != PROCESS_RUNNING)
                return;
        for (unsigned k = 0; (p = router_peer(r, k)); k++) {
                p->process = how;
                p->generation++;
        }
}

void router_tell_params(struct router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };

        in.reconfigure.params = r->params;
        in.reconfigure.priority = r->priority;
        router_feed(r, &in);
        mutation_blinds(r);
}

/* Whether somebody took over while it stood still, and it can know. */
static bool was_superseded(struct router *r) {
        usec_t silence = MAX(r->params.down_timer_adverts, 2) *
                        vrrp_instance_advert_interval(&r->instance);

        return !r->socket_gaps && router_is_master(r) &&
                        r->instance.adoption == VRRP_ADOPTION_NONE &&
                        is_superseded(r, r->last_sent, silence);
}

static void wake_up(struct router *r) {
        if (r->superseded && router_is_master(r))
                world_fail(r->world, "the_superseded_give_way", "%s fights", r->name);
        router_set_faults(r, r->faults);
        router_set_priority(r, r->priority);
        router_wake(r);
}

static void run_again(struct router *r) {
        r->process = PROCESS_RUNNING;
        r->generation++;
        r->superseded = was_superseded(r);
}

void router_go_on(struct router *r) {
        if (r->process != PROCESS_PAUSED && r->process != PROCESS_FROZEN)
                return;
        for_all(r, run_again);
        for_all(r, read_all);
        for_all(r, wake_up);
}

static void release_one(struct router *r) {
        if (r->process == PROCESS_DEAD)
                r->addresses = r->has_saved = false;
}

void router_release(struct router *r) {
        for_all(r, release_one);
}

void router_set_faults(struct router *r, unsigned int faults) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };

        in.fault.set = faults;
        in.fault.cleared = ~faults & ~(unsigned) VRRP_FAULTS_GROUP; /* those are its team's */
        r->faults = faults;
        if (router_runs(r))
                router_feed(r, &in);
}

void router_set_priority(struct router *r, uint8_t priority) {
        struct vrrp_input in = { .type = VRRP_INPUT_PRIORITY };

        if (r->params.priority == VRRP_PRIORITY_OWNER)
                return;
        in.priority.priority = r->priority = priority;
        if (router_runs(r))
                router_feed(r, &in);
}

void router_set_maintenance(struct router *r, bool on) {
        struct vrrp_input in = { .type = VRRP_INPUT_MAINTENANCE };

        in.maintenance.on = on;
        if (router_runs(r))
                router_feed(r, &in);
}

/* The kernel tells of the link, so it is a fault as well. */
void router_set_link(struct router *r, bool up) {
        r->link_up = up;
        if (!up && !router_runs(r))
                r->socket_gaps = true;
        router_set_faults(r,
                        up ? r->faults & ~(unsigned) VRRP_FAULT_INTERFACE
                           : r->faults | VRRP_FAULT_INTERFACE);
}

void router_reconfigure(struct router *r, const struct vrrp_params *params) {
        if (r->powered && (r->process == PROCESS_PAUSED || r->process == PROCESS_FROZEN))
                return; /* nobody reads it */
        r->params = *params;
        r->priority = params->priority;
        if (router_runs(r))
                router_tell_params(r);
}
