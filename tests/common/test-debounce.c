/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/debounce.h"

#include <criterion/criterion.h>

static struct debounce down(void) {
        return (struct debounce){ .up_delay = 50, .down_delay = 20, .due = USEC_INFINITY };
}

static struct debounce up(void) {
        struct debounce d = down();

        d.active = true;
        d.up = true;
        return d;
}

Test(debounce, believes_at_once_while_it_is_not_active) {
        struct debounce d = down();

        cr_expect_not(debounce_feed(&d, false, 100));
        cr_expect(debounce_feed(&d, true, 101));
        cr_expect(debounce_feed(&d, false, 102));
        cr_expect_not(d.up);
        cr_expect_eq(d.due, USEC_INFINITY);
}

Test(debounce, believes_what_has_lasted) {
        struct debounce d = up();

        cr_expect_not(debounce_feed(&d, false, 100));
        cr_expect_eq(d.due, 120);
        cr_expect_not(debounce_tick(&d, 119));
        cr_expect(d.up);
        cr_expect(debounce_tick(&d, 120));
        cr_expect_not(d.up);
        cr_expect_eq(d.due, USEC_INFINITY);

        cr_expect_not(debounce_feed(&d, true, 200));
        cr_expect_not(debounce_tick(&d, 249));
        cr_expect(debounce_tick(&d, 250));
        cr_expect(d.up);
}

Test(debounce, what_returns_in_time_was_never_away) {
        struct debounce d = up();

        cr_expect_not(debounce_feed(&d, false, 100));
        cr_expect_not(debounce_feed(&d, true, 110));
        cr_expect_eq(d.due, USEC_INFINITY);
        cr_expect_not(debounce_tick(&d, 130));
        cr_expect(d.up);
        cr_expect_not(debounce_feed(&d, false, 115));
        cr_expect_eq(d.due, 135, "it begins anew");
}

Test(debounce, being_told_again_does_not_begin_anew) {
        struct debounce d = up();

        cr_expect_not(debounce_feed(&d, false, 100));
        cr_expect_not(debounce_feed(&d, false, 115));
        cr_expect_eq(d.due, 120);
        cr_expect(debounce_feed(&d, false, 125), "late news counts as the clock does");
}

Test(debounce, has_no_delay_where_there_is_none) {
        struct debounce d = up();

        d.down_delay = 0;
        cr_expect(debounce_feed(&d, false, 100));
        cr_expect_not(d.up);
}

Test(debounce, can_be_told_what_to_believe) {
        struct debounce d = up();

        (void) debounce_feed(&d, false, 100);
        cr_expect_not(debounce_set(&d, true));
        cr_expect_eq(d.due, USEC_INFINITY);
        cr_expect(debounce_set(&d, false));
}

Test(debounce, goes_on_where_another_was) {
        struct debounce d = down();

        debounce_restore(&d, true, 115);
        cr_expect_not(debounce_feed(&d, false, 110));
        cr_expect_eq(d.due, 115, "the rest of the delay, and no new one");
        cr_expect(debounce_tick(&d, 115));

        debounce_restore(&d, true, 115);
        cr_expect(debounce_feed(&d, false, 130), "it was over meanwhile");
        cr_expect_not(d.up);

        debounce_restore(&d, true, 115);
        cr_expect_not(debounce_feed(&d, true, 130), "it returned meanwhile");
        cr_expect_eq(d.due, USEC_INFINITY);

        debounce_restore(&d, false, USEC_INFINITY);
        cr_expect_not(debounce_feed(&d, true, 130));
        cr_expect_eq(d.due, 180, "it changed while nobody looked");
}
