/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "node.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct vrrp_instance node;
struct vrrp_params params = {
        .family = AF_INET,
        .version = 3,
        .vrid = 51,
        .priority = 100,
        .advert_interval = USEC_PER_SEC,
        .down_timer_adverts = 3,
        .preempt = true,
        .garp_master_delay = 5 * USEC_PER_SEC,
        .garp_master_repeat = 5,
        .garp_master_refresh_repeat = 1,
        .garp_lower_prio_delay = 5 * USEC_PER_SEC,
        .garp_lower_prio_repeat = 5,
        .source = { .family = AF_INET, .in.s_addr = 0x0100000a },
};

static usec_t now;
static char text[16384];

static usec_t usec(double seconds) {
        return (usec_t) llround(seconds * (double) USEC_PER_SEC);
}

struct ip_addr host_addr(unsigned host) {
        struct ip_addr a;
        char name[32];

        (void) snprintf(name, sizeof(name), "10.0.0.%u", host);
        cr_assert_eq(ip_addr_parse(name, &a), 0);
        return a;
}

static void step(const struct vrrp_input *in) {
        char effects[VRRP_EFFECTS_TEXT_MAX];
        struct vrrp_effects e;
        size_t used;

        vrrp_instance_step(&node, in, now, &e);
        if (e.n == 0)
                return;
        used = strlen(text);
        (void) snprintf(text + used, sizeof(text) - used, "[%.3f] %s > %s\n",
                        (double) now / (double) USEC_PER_SEC, vrrp_input_type_to_string(in->type),
                        vrrp_effects_format(&e, effects, sizeof(effects)));
}

const char *trace(void) {
        return text;
}

void trace_forget(void) {
        text[0] = '\0';
}

void run(double seconds) {
        usec_t until = usec(seconds);

        while (vrrp_instance_deadline(&node) <= until) {
                usec_t deadline = vrrp_instance_deadline(&node);

                now = deadline > now ? deadline : now;
                feed(VRRP_INPUT_TIMER);
                cr_assert(vrrp_instance_deadline(&node) > now, "a timer that never ends");
        }
        now = until;
}

void run_on(double seconds) {
        run((double) now / (double) USEC_PER_SEC + seconds);
}

void sleep_until(double seconds) {
        now = usec(seconds);
}

void node_init(void) {
        vrrp_instance_init(&node, &params);
}

void node_start(void) {
        node_init();
        feed(VRRP_INPUT_START);
}

void feed(enum vrrp_input_type type) {
        step(&(struct vrrp_input){ .type = type });
}

static void feed_advert(enum vrrp_input_type type, unsigned prio, unsigned host, double interval,
                usec_t received) {
        struct vrrp_input in = { .type = type };

        in.advert.advert = (struct vrrp_advert){
                .version = params.version,
                .vrid = params.vrid,
                .priority = (uint8_t) prio,
                .interval = usec(interval),
                .source = host_addr(host),
        };
        in.advert.received = received;
        step(&in);
}

static double own_interval(void) {
        return (double) params.advert_interval / (double) USEC_PER_SEC;
}

void hears(unsigned prio, unsigned host) {
        feed_advert(VRRP_INPUT_ADVERT, prio, host, own_interval(), now);
}

void hears_interval(unsigned prio, unsigned host, double interval) {
        feed_advert(VRRP_INPUT_ADVERT, prio, host, interval, now);
}

void heard(unsigned prio, unsigned host, double received) {
        feed_advert(VRRP_INPUT_ADVERT, prio, host, own_interval(), usec(received));
}

void finds(unsigned prio, unsigned host, double received) {
        feed_advert(VRRP_INPUT_SUPERSEDED, prio, host, own_interval(), usec(received));
}

void faults(unsigned int set, unsigned int cleared) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };

        in.fault.set = set;
        in.fault.cleared = cleared;
        step(&in);
}

void priority(uint8_t effective) {
        struct vrrp_input in = { .type = VRRP_INPUT_PRIORITY };

        in.priority.priority = effective;
        step(&in);
}

void maintenance(bool on) {
        struct vrrp_input in = { .type = VRRP_INPUT_MAINTENANCE };

        in.maintenance.on = on;
        step(&in);
}

void reconfigure(bool addresses_changed) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };

        in.reconfigure.params = params;
        in.reconfigure.priority = params.priority;
        in.reconfigure.addresses_changed = addresses_changed;
        step(&in);
}

void address_lost(uint32_t n) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADDRESS_LOST };

        in.address_lost.n = n;
        step(&in);
}

void effect_failed(enum vrrp_effect_type effect, int error) {
        struct vrrp_input in = { .type = VRRP_INPUT_EFFECT_FAILED };

        in.effect_failed.effect = effect;
        in.effect_failed.error = error;
        step(&in);
}

void restart(double away, enum vrrp_evidence evidence) {
        struct vrrp_input in = { .type = VRRP_INPUT_RESTORE };

        in.restore.saved = vrrp_instance_save(&node);
        in.restore.evidence = evidence;
        now += usec(away);
        node_init();
        step(&in);
}
