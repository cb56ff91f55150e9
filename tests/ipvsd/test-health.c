/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/health.h"

#include <criterion/criterion.h>
#include <limits.h>

#define UP(change)                                                                                 \
        { .kind = "MISC_CHECK", .state = IPVS_CHECK_UP, .weight_change = (change) }
#define DOWN(why)                                                                                  \
        { .kind = "TCP_CHECK", .state = IPVS_CHECK_DOWN, .weight_change = 5, .reason = why }
#define UNKNOWN                                                                                    \
        { .kind = "TCP_CHECK" }
#define ALPHA                                                                                      \
        { .kind = "TCP_CHECK", .alpha = true }

Test(health, a_server_without_checks_is_good) {
        cr_expect_null(ipvs_health_fault(NULL, 0));
        cr_expect_eq(ipvs_health_weight(3, NULL, 0), 3);
}

Test(health, all_checks_are_required) {
        struct ipvs_check checks[] = { UP(0), DOWN("HTTP 503"), DOWN("timeout") };

        cr_expect_eq(ipvs_health_fault(checks, 3), &checks[1]);
        cr_expect_str_eq(ipvs_health_reason(&checks[1]), "HTTP 503");
        cr_expect_null(ipvs_health_fault(checks, 1));
}

Test(health, unknown_is_good_except_with_alpha) {
        struct ipvs_check good[] = { UNKNOWN, UP(0) }, bad[] = { UP(0), ALPHA };

        cr_expect_null(ipvs_health_fault(good, 2));
        cr_expect_eq(ipvs_health_fault(bad, 2), &bad[1]);
        cr_expect_str_eq(ipvs_health_reason(&bad[1]), "not checked yet");
}

Test(health, changes_of_weight_add_up_within_bounds) {
        struct ipvs_check checks[] = { UP(5), UP(-2), DOWN("x"), UNKNOWN };
        struct ipvs_check much[] = { UP(INT_MAX), UP(INT_MAX) }, little[] = { UP(INT_MIN) };

        cr_expect_eq(ipvs_health_weight(10, checks, 4), 13,
                        "that of a failed check does not count");
        cr_expect_eq(ipvs_health_weight(10, much, 2), INT_MAX);
        cr_expect_eq(ipvs_health_weight(10, little, 1), 0);
}

Test(health, what_was_told_of_the_server_is_believed_of_its_checks) {
        struct ipvs_check checks[] = { UP(0), UP(0) };

        ipvs_health_assume(checks, 2, false, "gone");
        cr_expect_eq(ipvs_health_fault(checks, 2), &checks[0]);
        cr_expect_str_eq(checks[0].reason, "gone");
        cr_expect_eq(checks[1].state, IPVS_CHECK_UP);
        ipvs_health_assume(checks, 2, true, "back");
        cr_expect_null(ipvs_health_fault(checks, 2));
        ipvs_health_assume(NULL, 0, false, "nothing to change");
}

Test(health, words_go_both_ways) {
        for (enum ipvs_check_state s = 0; s < _IPVS_CHECK_STATE_MAX; s++)
                cr_expect_eq(ipvs_check_state_from_string(ipvs_check_state_to_string(s)), s);
        cr_expect_eq(ipvs_check_state_from_string("up"), _IPVS_CHECK_STATE_MAX);
}
