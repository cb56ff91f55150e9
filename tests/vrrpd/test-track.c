/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "common/macro.h"
#include "vrrpd/track.h"

TestSuite(track);

struct tracked {
        const char *what;
        struct vrrp_track track;
        int delta;
        unsigned int fault;
};

#define STATE(w, r, v)                                                                             \
        { .kind = VRRP_TRACK_STATE, .weight = w, .reverse = r, .verdict = VRRP_TRACK_##v }
#define FILE_(w, r, n)                                                                             \
        {                                                                                          \
                .kind = VRRP_TRACK_VALUE, .weight = w, .reverse = r, .verdict = VRRP_TRACK_GOOD,   \
                .value = n                                                                         \
        }

static struct tracked cases[] = {
        { "a positive weight adds while good", STATE(20, false, GOOD), 20, 0 },
        { "and not while bad", STATE(20, false, BAD), 0, 0 },
        { "a negative weight subtracts while bad", STATE(-20, false, BAD), -20, 0 },
        { "and not while good", STATE(-20, false, GOOD), 0, 0 },
        { "reverse turns the sign of a positive one", STATE(20, true, GOOD), -20, 0 },
        { "but not its condition", STATE(20, true, BAD), 0, 0 },
        { "reverse turns the sign of a negative one", STATE(-20, true, BAD), 20, 0 },
        { "but not its condition", STATE(-20, true, GOOD), 0, 0 },
        { "weight 0 is a fault while bad", STATE(0, false, BAD), 0, VRRP_FAULT_TRACKER },
        { "and none while good", STATE(0, false, GOOD), 0, 0 },
        { "weight 0 reverse is a fault while good", STATE(0, true, GOOD), 0, VRRP_FAULT_TRACKER },
        { "and none while bad", STATE(0, true, BAD), 0, 0 },
        { "nobody has reported: a weight counts 0", STATE(20, false, UNKNOWN), 0, 0 },
        { "whatever its sign", STATE(-20, false, UNKNOWN), 0, 0 },
        { "and weight 0 is a fault", STATE(0, false, UNKNOWN), 0, VRRP_FAULT_TRACKER_UNKNOWN },
        { "turned round or not", STATE(0, true, UNKNOWN), 0, VRRP_FAULT_TRACKER_UNKNOWN },
        { "a file adds its number times the weight", FILE_(3, false, 7), 21, 0 },
        { "or subtracts it", FILE_(-3, false, 7), -21, 0 },
        { "a negative number as well", FILE_(3, false, -7), -21, 0 },
        { "reverse turns the sign", FILE_(3, true, 7), -21, 0 },
        { "253 is the most", FILE_(1, false, 253), 253, 0 },
        { "more counts as that", FILE_(1, false, 254), 253, 0 },
        { "however much more", FILE_(254, false, 2147483647), 253, 0 },
        { "-253 is the least", FILE_(1, false, -253), -253, 0 },
        { "-254 is a fault", FILE_(1, false, -254), -254, VRRP_FAULT_TRACKER },
        { "and so is less", FILE_(254, false, -2147483647 - 1), -254, VRRP_FAULT_TRACKER },
        { "weight 0: any number but 0 is a fault", FILE_(0, false, 1), 0, VRRP_FAULT_TRACKER },
        { "negative too", FILE_(0, false, -1), 0, VRRP_FAULT_TRACKER },
        { "0 is none", FILE_(0, false, 0), 0, 0 },
        { "reverse: 0 is a fault", FILE_(0, true, 0), 0, VRRP_FAULT_TRACKER },
        { "and others are none", FILE_(0, true, 1), 0, 0 },
};

ParameterizedTestParameters(track, one_tracker) {
        return cr_make_param_array(struct tracked, cases, ARRAY_SIZE(cases));
}

ParameterizedTest(struct tracked *c, track, one_tracker) {
        cr_assert_eq(vrrp_track_delta(&c->track), c->delta, "%s: is %d", c->what,
                        vrrp_track_delta(&c->track));
        cr_assert_eq(vrrp_track_fault(&c->track), c->fault, "%s", c->what);
}

Test(track, a_tracker_may_have_a_fault_of_its_own) {
        struct vrrp_track t = STATE(0, false, BAD);

        t.fault = VRRP_FAULT_INTERFACE;
        cr_assert_eq(vrrp_track_fault(&t), VRRP_FAULT_INTERFACE);
        t.verdict = VRRP_TRACK_GOOD;
        cr_assert_eq(vrrp_track_fault(&t), 0);
}

Test(track, shares_and_faults_of_all_trackers_come_together) {
        struct vrrp_track tracks[] = {
                STATE(-20, false, BAD),
                STATE(30, false, GOOD),
                STATE(0, false, BAD),
                STATE(0, false, UNKNOWN),
                FILE_(2, false, -100),
        };
        struct vrrp_track_sum sum = vrrp_track_sum(tracks, ARRAY_SIZE(tracks));

        cr_assert_eq(sum.delta, -190);
        cr_assert_eq(sum.faults, VRRP_FAULT_TRACKER | VRRP_FAULT_TRACKER_UNKNOWN);
        sum = vrrp_track_sum(NULL, 0);
        cr_assert_eq(sum.delta, 0);
        cr_assert_eq(sum.faults, 0);
}

Test(track, the_priority_never_leaves_1_to_254) {
        for (int base = 1; base <= 254; base++)
                for (int delta = -600; delta <= 600; delta++) {
                        int p = vrrp_track_priority((uint8_t) base, delta);

                        cr_assert(p >= 1 && p <= 254, "%d%+d", base, delta);
                        if (base + delta >= 1 && base + delta <= 254)
                                cr_assert_eq(p, base + delta);
                }
        cr_assert_eq(vrrp_track_priority(106, -20), 86);
}

Test(track, an_owner_is_never_moved) {
        cr_assert_eq(vrrp_track_priority(255, -100), 255);
        cr_assert_eq(vrrp_track_priority(255, 100), 255);
}

Test(track, a_silent_tracker_is_waited_for_but_not_for_ever) {
        cr_assert_eq(vrrp_track_grace(2 * USEC_PER_SEC, 3, USEC_PER_SEC), 17 * USEC_PER_SEC);
}

Test(track, every_fault_has_one_word_both_ways) {
        char text[VRRP_FAULTS_TEXT_MAX];

        for (unsigned int f = 1; f < VRRP_FAULT_ALL; f <<= 1) {
                const char *word = vrrp_fault_to_string((enum vrrp_fault) f);

                cr_assert_not_null(word);
                cr_assert_eq(vrrp_fault_from_string(word), f);
        }
        cr_assert_null(vrrp_fault_to_string(VRRP_FAULT_ALL));
        cr_assert_eq(vrrp_fault_from_string("tired"), 0);
        cr_assert_str_eq(vrrp_faults_format(0, text, sizeof(text)), "");
        cr_assert_str_eq(vrrp_faults_format(VRRP_FAULT_TRACKER | VRRP_FAULT_INTERFACE, text,
                                         sizeof(text)),
                        "tracker,interface");
        cr_assert_str_eq(vrrp_faults_format(VRRP_FAULT_ALL, text, 12), "tracker,tra");
        cr_assert_lt(strlen(vrrp_faults_format(VRRP_FAULT_ALL, text, sizeof(text))),
                        sizeof(text) - 1, "all of them fit");
}

Test(track, what_is_ignored_counts_nothing) {
        struct vrrp_track t = { .weight = -20, .verdict = VRRP_TRACK_BAD };

        cr_expect_eq(vrrp_track_delta(&t), -20);
        t.ignored = true;
        cr_expect_eq(vrrp_track_delta(&t), 0);
        t.weight = 0;
        cr_expect_eq(vrrp_track_fault(&t), 0);
        t.verdict = VRRP_TRACK_UNKNOWN;
        cr_expect_eq(vrrp_track_fault(&t), 0);
}
