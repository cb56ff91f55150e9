/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/schedule.h"

#include <criterion/criterion.h>

Test(check_schedule, is_due_every_interval_after_its_phase) {
        struct check_schedule s = { .phase_usec = 1000, .interval_usec = 100 };

        cr_expect_eq(check_schedule_next(&s, 1000), 1100);
        cr_expect_eq(check_schedule_next(&s, 1099), 1100);
        cr_expect_eq(check_schedule_next(&s, 1100), 1200);
}

Test(check_schedule, leaves_out_what_it_has_missed) {
        struct check_schedule s = { .phase_usec = 1000, .interval_usec = 100 };

        cr_expect_eq(check_schedule_next(&s, 123456), 123500);
}

Test(check_schedule, never_waits_longer_than_an_interval) {
        struct check_schedule s = { .phase_usec = 1050, .interval_usec = 100 };

        cr_expect_eq(check_schedule_next(&s, 0), 50);
        cr_expect_eq(check_schedule_next(&s, 50), 150);
        cr_expect_eq(check_schedule_next(&s, 949), 950);
        cr_expect_eq(check_schedule_next(&s, 950), 1050);
        cr_expect_eq(check_schedule_next(&s, 1049), 1050);
}

Test(check_schedule, spreads_many_within_one_interval) {
        cr_expect_eq(check_schedule_spread(5, USEC_PER_SEC, 0, 3), 5);
        cr_expect_eq(check_schedule_spread(5, USEC_PER_SEC, 2, 3), 5 + 2 * CHECK_SPREAD_USEC);
        cr_expect_eq(check_schedule_spread(0, USEC_PER_SEC, 999, 1000), 999000);
        cr_expect_lt(check_schedule_spread(0, 10, 9999, 10000), USEC_PER_SEC);
}
