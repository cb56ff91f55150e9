/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/words.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "vrrpd/track.h"

#define S USEC_PER_SEC

static struct ip_addr addr(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

/* A backup of priority 90 that heard 192.0.2.2 (100) at 10 s. */
static struct vrrp_instance backup(void) {
        struct vrrp_params p = { .family = AF_INET,
                .version = 2,
                .vrid = 1,
                .priority = 90,
                .advert_interval = S,
                .down_timer_adverts = 3 };
        struct vrrp_instance i;

        vrrp_instance_init(&i, &p);
        i.since = 5 * S;
        i.master = addr("192.0.2.2");
        i.master_priority = 100;
        i.heard = 10 * S;
        return i;
}

static const char *why(enum vrrp_reason reason, const struct vrrp_instance *before,
                const struct vrrp_input *in) {
        static char text[160];
        struct vrrp_effect e = { .type = VRRP_EFFECT_STATE_CHANGED };

        e.state_changed.reason = reason;
        e.state_changed.faults = VRRP_FAULT_INTERFACE;
        return vrrp_words_transition(&e, before, in, 13609 * USEC_PER_MSEC, text, sizeof(text));
}

static struct vrrp_input advert(const char *source, uint8_t priority) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADVERT };

        in.advert.advert.source = addr(source);
        in.advert.advert.priority = priority;
        return in;
}

Test(words, a_silent_master_is_named_and_so_is_the_time) {
        struct vrrp_input in = { .type = VRRP_INPUT_TIMER };
        struct vrrp_instance i = backup();

        cr_expect_str_eq(why(VRRP_REASON_MASTER_DOWN, &i, &in),
                        "the MASTER 192.0.2.2 has been silent for 3.609 s");
        i.master = (struct ip_addr){};
        i.heard = USEC_INFINITY;
        i.since = 10 * S;
        cr_expect_str_eq(why(VRRP_REASON_MASTER_DOWN, &i, &in),
                        "no MASTER has been heard for 3.609 s");
        cr_expect_str_eq(why(VRRP_REASON_MASTER_RESIGNED, &i, &in), "the MASTER has resigned");
}

Test(words, the_better_router_is_named_and_why_it_is_better) {
        struct vrrp_instance i = backup();
        struct vrrp_input in = advert("192.0.2.3", 100);

        cr_expect_str_eq(why(VRRP_REASON_HIGHER_PRIORITY, &i, &in),
                        "192.0.2.3 has priority 100, this router has 90");
        in = advert("192.0.2.3", 90);
        cr_expect_str_eq(why(VRRP_REASON_HIGHER_PRIORITY, &i, &in),
                        "192.0.2.3 has the same priority 90 and the higher address");
        cr_expect_str_eq(why(VRRP_REASON_SUPERSEDED, &i, &in),
                        "192.0.2.3 (priority 90) took over while this router could not speak");
}

Test(words, every_reason_has_some) {
        struct vrrp_input in = advert("192.0.2.3", 100);
        struct vrrp_instance i = backup();

        for (int reason = VRRP_REASON_NONE + 1; reason < _VRRP_REASON_MAX; reason++) {
                cr_expect_str_neq(vrrp_words_reason((enum vrrp_reason) reason), "");
                cr_expect_str_neq(why((enum vrrp_reason) reason, &i, &in), "");
        }
}

Test(words, every_event_has_some) {
        char text[160];

        for (int type = 0; type < _VRRP_EVENT_TYPE_MAX; type++) {
                struct vrrp_event e = { .type = (enum vrrp_event_type) type,
                        .ip = addr("192.0.2.3"),
                        .priority = 7,
                        .value = 1,
                        .error = -5,
                        .usec = S };

                cr_expect_str_neq(vrrp_words_event(&e, text, sizeof(text)), "", "%d", type);
        }
}

Test(words, they_fit_into_little_room) {
        struct vrrp_input in = advert("192.0.2.3", 100);
        struct vrrp_instance i = backup();
        struct vrrp_effect e = { .type = VRRP_EFFECT_STATE_CHANGED };
        char text[10];

        e.state_changed.reason = VRRP_REASON_HIGHER_PRIORITY;
        cr_expect_str_eq(vrrp_words_transition(&e, &i, &in, 0, text, sizeof(text)), "192.0.2.3");
}
