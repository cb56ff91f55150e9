/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/stranger.h"

#include <criterion/criterion.h>

/* One service with one server of @weight; none: without it. */
static struct ipvs_table table(int weight) {
        struct ipvs_table_service *s;
        struct ipvs_table t = {};

        cr_assert_eq(ipvs_table_add_service(&t,
                                     &(struct ipvs_table_service){ .family = AF_INET,
                                                     .fwmark = 7,
                                                     .scheduler = "rr" },
                                     &s),
                        0);
        if (weight >= 0)
                cr_assert_eq(ipvs_table_add_server(s,
                                             &(struct ipvs_table_server){ .addr.family = AF_INET,
                                                             .weight = weight }),
                                0);
        ipvs_table_sort(&t);
        return t;
}

static struct ipvs_stranger stranger;

/* @there is in the kernel, @weight is wanted. */
static size_t look(int weight, struct ipvs_table there) {
        struct ipvs_table wanted = table(weight);
        struct ipvs_plan plan;
        size_t n;

        cr_assert_eq(ipvs_plan_diff(&wanted, &there, NULL, &plan), 0);
        n = ipvs_stranger_look(&stranger, &wanted, &plan);
        ipvs_plan_done(&plan);
        ipvs_table_done(&wanted);
        ipvs_table_done(&there);
        return n;
}

static void settle(int weight) {
        struct ipvs_table t = table(weight);

        ipvs_stranger_settle(&stranger, &t);
        cr_expect_eq(t.n_services, 0, "taken over");
}

static void forget(void) {
        ipvs_stranger_done(&stranger);
}

TestSuite(stranger, .fini = forget);

Test(stranger, is_nobody_at_first) {
        cr_expect_eq(look(1, table(5)), 0);
}

Test(stranger, is_who_changed_what_was_well) {
        settle(1);
        cr_expect_eq(look(1, table(1)), 0);
        cr_expect_eq(look(1, table(5)), 1);
        settle(1);
        cr_expect_eq(look(1, (struct ipvs_table){}), 0, "he goes on: it is told once");
        cr_expect_eq(look(1, table(1)), 0);
        cr_expect_eq(look(1, (struct ipvs_table){}), 2);
}

Test(stranger, is_not_who_wants_something_else) {
        settle(1);
        cr_expect_eq(look(2, table(1)), 0);
        cr_expect_eq(look(-1, table(1)), 0, "a server less");
        settle(-1);
        cr_expect_eq(look(1, table(-1)), 0, "a server more");
}

Test(stranger, is_not_blamed_for_what_did_not_succeed) {
        settle(1);
        ipvs_stranger_unsettle(&stranger);
        cr_expect_eq(look(1, table(5)), 0);
}
