/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/deadlines.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define N 1000

static struct vrrp_deadlines ds;
static struct vrrp_deadline d[N];

static void init(void) {
        cr_assert_eq(vrrp_deadlines_reserve(&ds, N), 0);
        for (size_t i = 0; i < N; i++)
                d[i] = (struct vrrp_deadline){ .at = USEC_INFINITY, .owner = &d[i] };
}

static void done(void) {
        vrrp_deadlines_done(&ds);
}

TestSuite(deadlines, .init = init, .fini = done);

/* Those that are set, by looking at each. */
static usec_t earliest(void) {
        usec_t min = USEC_INFINITY;

        for (size_t i = 0; i < N; i++)
                if (d[i].position > 0 && d[i].at < min)
                        min = d[i].at;
        return min;
}

Test(deadlines, none_is_infinitely_far) {
        cr_expect_eq(vrrp_deadlines_next(&ds), USEC_INFINITY);
        cr_expect_null(vrrp_deadlines_pop(&ds, USEC_INFINITY - 1));
}

Test(deadlines, the_earliest_comes_first_whatever_is_set_moved_and_taken_out) {
        srandom(7);
        for (unsigned round = 0; round < 20000; round++) {
                usec_t at = random() % 8 == 0 ? USEC_INFINITY : (usec_t) random() % 500;

                vrrp_deadlines_set(&ds, &d[random() % N], at);
                if (round % 7 == 0)
                        (void) vrrp_deadlines_pop(&ds, (usec_t) random() % 500);
                if (round % 50 == 0)
                        cr_assert_eq(vrrp_deadlines_next(&ds), earliest());
        }
        for (usec_t last = 0; ds.n > 0;) {
                struct vrrp_deadline *p = vrrp_deadlines_pop(&ds, USEC_INFINITY - 1);

                cr_assert_not_null(p);
                cr_assert_geq(p->at, last);
                cr_assert_eq(p->position, 0);
                last = p->at;
        }
}

Test(deadlines, nothing_is_due_before_its_time) {
        vrrp_deadlines_set(&ds, &d[0], 100);
        cr_expect_null(vrrp_deadlines_pop(&ds, 99));
        cr_expect_eq(vrrp_deadlines_pop(&ds, 100), &d[0]);
        cr_expect_null(vrrp_deadlines_pop(&ds, 100));
}
