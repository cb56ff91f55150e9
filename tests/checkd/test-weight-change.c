/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/weight-change.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "common/macro.h"

Test(weight_change, an_exit_status_is_good_bad_or_a_weight) {
        int change = 99;

        cr_expect(check_misc_status_good(0, 10, &change));
        cr_expect_eq(change, 0);
        cr_expect_not(check_misc_status_good(1, 10, &change));
        cr_expect_eq(change, 0);
        cr_expect(check_misc_status_good(2, 10, &change));
        cr_expect_eq(change, -10, "2 is the weight 0");
        cr_expect(check_misc_status_good(12, 10, &change));
        cr_expect_eq(change, 0);
        cr_expect(check_misc_status_good(255, 0, &change));
        cr_expect_eq(change, 253);
}

Test(weight_change, numbers_in_files) {
        static const struct {
                const char *text;
                int64_t number;
        } good[] = { { "5", 5 }, { " -7 \n", -7 }, { "0x10\n", 16 }, { "010", 8 }, { "+3", 3 },
                { "9223372036854775807", INT64_MAX } };
        static const char *const bad[] = { "", "\n", "seven", "7 8", "7x", "9223372036854775808" };
        int64_t number = 99;

        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                cr_expect_eq(check_file_number(good[i].text, &number), 0, "%s", good[i].text);
                cr_expect_eq(number, good[i].number, "%s", good[i].text);
        }
        number = 99;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                cr_expect_eq(check_file_number(bad[i], &number), -EINVAL, "%s", bad[i]);
        cr_expect_eq(number, 99, "it is not touched");
}

static bool file(int64_t number, int weight, bool reverse, int *change) {
        *change = 99;
        return check_file_good(number, &(struct check_weight_conf){ weight, reverse }, change);
}

Test(weight_change, a_file_is_multiplied_with_its_weight) {
        int change;

        cr_expect(file(5, 3, false, &change));
        cr_expect_eq(change, 15);
        cr_expect(file(5, 3, true, &change));
        cr_expect_eq(change, -15);
        cr_expect(file(-5, -3, true, &change));
        cr_expect_eq(change, -15);
        cr_expect(file(0, 3, false, &change));
        cr_expect_eq(change, 0);
}

Test(weight_change, the_least_number_is_bad) {
        int change;

        cr_expect(file(-INT32_MAX, 1, false, &change));
        cr_expect_eq(change, -INT32_MAX);
        cr_expect_not(file(INT32_MIN, 1, false, &change));
        cr_expect_eq(change, 0);
        cr_expect_not(file(INT64_MIN, 1, false, &change));
        cr_expect_not(file(INT64_MAX, -2, false, &change));
        cr_expect_not(file(INT64_MAX, 2, true, &change));
        cr_expect(file(INT64_MAX, 2, false, &change));
        cr_expect_eq(change, INT32_MAX);
        cr_expect(file(INT64_MIN, 2, true, &change));
        cr_expect_eq(change, INT32_MAX);
}

Test(weight_change, without_a_weight_anything_but_0_is_bad) {
        int change;

        cr_expect(file(0, 0, false, &change));
        cr_expect_eq(change, 0);
        cr_expect_not(file(1, 0, false, &change));
        cr_expect_not(file(-1, 0, false, &change));
        cr_expect_not(file(0, 0, true, &change));
        cr_expect(file(7, 0, true, &change));
}
