/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>

#include "vrrpd/timing.h"

TestSuite(timing);

Test(timing, the_skew_of_v2_is_a_share_of_a_second) {
        cr_assert_eq(vrrp_timing_skew(2, 100, USEC_PER_SEC), 609375);
        cr_assert_eq(vrrp_timing_skew(2, 100, 10 * USEC_PER_SEC), 609375);
        cr_assert_eq(vrrp_timing_skew(2, 255, USEC_PER_SEC), 3906);
}

Test(timing, the_skew_of_v3_is_a_share_of_the_interval) {
        cr_assert_eq(vrrp_timing_skew(3, 100, USEC_PER_SEC), 609375);
        cr_assert_eq(vrrp_timing_skew(3, 100, 100 * USEC_PER_MSEC), 60937);
        cr_assert_eq(vrrp_timing_skew(3, 100, 10 * USEC_PER_MSEC), 6093);
        cr_assert_eq(vrrp_timing_skew(3, 1, 10 * USEC_PER_MSEC), 9960);
}

Test(timing, the_down_interval_is_three_adverts_and_the_skew) {
        cr_assert_eq(vrrp_timing_down(2, 100, USEC_PER_SEC, 3), 3609375);
        cr_assert_eq(vrrp_timing_down(3, 100, 10 * USEC_PER_MSEC, 3), 36093);
        cr_assert_eq(vrrp_timing_down(3, 200, VRRP_V3_INTERVAL_MAX, 100), 4103957812);
}

Test(timing, a_higher_priority_never_waits_longer) {
        for (unsigned p = 1; p < 255; p++)
                cr_assert_gt(vrrp_timing_down(3, (uint8_t) p, 10 * USEC_PER_MSEC, 3),
                                vrrp_timing_down(3, (uint8_t) (p + 1), 10 * USEC_PER_MSEC, 3));
}

Test(timing, what_is_announced_is_rounded_and_bounded) {
        cr_assert_eq(vrrp_timing_announced(2, 1400000), USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_announced(2, 1500000), 2 * USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_announced(2, 0), USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_announced(2, 1000 * USEC_PER_SEC), 255 * USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_announced(3, 14999), 10000);
        cr_assert_eq(vrrp_timing_announced(3, 15000), 20000);
        cr_assert_eq(vrrp_timing_announced(3, 1), 10000);
        cr_assert_eq(vrrp_timing_announced(3, 100 * USEC_PER_SEC), 40950000);
        cr_assert_eq(vrrp_timing_announced(3, USEC_INFINITY), 40950000);
}

Test(timing, a_planned_restart_asks_for_ten_intervals_within_bounds) {
        cr_assert_eq(vrrp_timing_stretched(3, 10 * USEC_PER_MSEC), 300 * USEC_PER_MSEC);
        cr_assert_eq(vrrp_timing_stretched(3, 50 * USEC_PER_MSEC), 500 * USEC_PER_MSEC);
        cr_assert_eq(vrrp_timing_stretched(3, 100 * USEC_PER_MSEC), USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_stretched(3, 500 * USEC_PER_MSEC), USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_stretched(3, USEC_PER_SEC), USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_stretched(3, 2 * USEC_PER_SEC), 2 * USEC_PER_SEC);
        cr_assert_eq(vrrp_timing_stretched(2, USEC_PER_SEC), USEC_PER_SEC);
}
