/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/verdict.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

/* Results as they come: + good, - bad. The states after each of them: ? U D. */
struct row {
        unsigned rise, fall;
        char results[16];
        char states[16];
};

static char letter(enum check_state s) {
        return s == CHECK_STATE_UNKNOWN ? '?' : s == CHECK_STATE_UP ? 'U' : 'D';
}

static void feed_all(struct check_verdict *v, const char *results, char *ret_states) {
        for (; *results; results++) {
                (void) check_verdict_feed(v, *results == '+');
                *ret_states++ = letter(v->state);
        }
        *ret_states = '\0';
}

ParameterizedTestParameters(check_verdict, follows_rise_and_fall) {
        static struct row rows[] = {
                { 1, 1, "+-+-", "UDUD" },
                { 1, 1, "-+", "DU" },
                { 2, 3, "+", "U" },                   /* the first success suffices */
                { 2, 3, "-", "D" },                   /* the first failure is told at once */
                { 2, 3, "+---", "UUUD" },             /* fall failures in a row go down */
                { 2, 3, "+--+--+---", "UUUUUUUUUD" }, /* a success between makes them begin anew */
                { 2, 3, "-+-++", "DDDDU" },           /* rise successes in a row come up */
                { 5, 3, "+---++++-+++++", "UUUDDDDDDDDDDU" },
                { 1, 4, "---+----", "DDDUUUUD" },
        };

        return cr_make_param_array(struct row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct row *row, check_verdict, follows_rise_and_fall) {
        struct check_verdict v;
        char states[16];

        check_verdict_init(&v, row->rise, row->fall);
        feed_all(&v, row->results, states);
        cr_expect_str_eq(states, row->states, "rise %u fall %u %s: %s, not %s", row->rise,
                        row->fall, row->results, states, row->states);
}

/* The counter as keepalived's documentation describes it. */
struct counter {
        int rise, fall, n;
        bool known;
};

static bool counter_good(const struct counter *c) {
        return c->n >= c->rise;
}

static void counter_feed(struct counter *c, bool good) {
        bool was_good = counter_good(c);

        c->n += good ? 1 : -1;
        if (good && (was_good || counter_good(c)))
                c->n = c->rise + c->fall - 1;
        if (!good && (!was_good || !counter_good(c)))
                c->n = 0;
        c->known = true;
}

Test(check_verdict, counts_as_keepalived_does) {
        srandom(1);
        for (int run = 0; run < 2000; run++) {
                struct counter c = { .rise = 1 + (int) (random() % 5),
                        .fall = 1 + (int) (random() % 5) };
                struct check_verdict v;

                c.n = c.rise - 1;
                check_verdict_init(&v, (unsigned) c.rise, (unsigned) c.fall);
                for (int i = 0; i < 100; i++) {
                        bool good = random() % 2;

                        cr_assert_eq((int) check_verdict_counter(&v), c.n, "run %d step %d", run,
                                        i);
                        counter_feed(&c, good);
                        (void) check_verdict_feed(&v, good);
                        cr_assert_eq(v.state == CHECK_STATE_UP, counter_good(&c));
                }
        }
}

Test(check_verdict, tells_changes_only) {
        struct check_verdict v;

        check_verdict_init(&v, 1, 2);
        cr_expect(check_verdict_feed(&v, true), "UNKNOWN to UP");
        cr_expect_not(check_verdict_feed(&v, true));
        cr_expect_not(check_verdict_feed(&v, false));
        cr_expect(check_verdict_feed(&v, false), "UP to DOWN");
        cr_expect_not(check_verdict_feed(&v, false));
}

Test(check_verdict, knows_how_many_came_in_a_row) {
        struct check_verdict v;

        check_verdict_init(&v, 1, 3);
        cr_expect_eq(v.in_a_row, 0);
        (void) check_verdict_feed(&v, false);
        cr_expect_eq(v.in_a_row, 1);
        (void) check_verdict_feed(&v, false);
        cr_expect_eq(v.in_a_row, 2);
        (void) check_verdict_feed(&v, true);
        cr_expect_eq(v.in_a_row, 1);
}

Test(check_verdict, goes_on_where_its_predecessor_stopped) {
        struct check_verdict before, after;

        check_verdict_init(&before, 2, 3);
        (void) check_verdict_feed(&before, true);
        (void) check_verdict_feed(&before, false);
        (void) check_verdict_feed(&before, false);

        check_verdict_init(&after, 2, 3);
        check_verdict_restore(&after, before.state, before.provisional, before.against);
        cr_expect_eq(after.state, CHECK_STATE_UP);
        cr_expect(check_verdict_feed(&after, false), "the third failure in a row");
        cr_expect_eq(after.state, CHECK_STATE_DOWN);
        cr_expect_eq(after.in_a_row, 3);
}

Test(check_verdict, does_not_believe_everything_that_was_saved) {
        struct check_verdict v;

        check_verdict_init(&v, 2, 3);
        check_verdict_restore(&v, CHECK_STATE_UP, false, 4000000000U);
        cr_expect_eq(v.against, 2);
        check_verdict_restore(&v, _CHECK_STATE_MAX, false, 1);
        cr_expect_eq(v.state, CHECK_STATE_UNKNOWN);
        cr_expect_eq(v.against, 0);
        check_verdict_restore(&v, CHECK_STATE_UNKNOWN, false, 1);
        cr_expect(check_verdict_feed(&v, true), "UNKNOWN lets one result decide, always");
}

Test(check_verdict, does_not_change_state_when_the_limits_change) {
        struct check_verdict v;
        char states[16];

        check_verdict_init(&v, 2, 5);
        feed_all(&v, "+----", states);
        cr_expect_str_eq(states, "UUUUU");
        check_verdict_tune(&v, 2, 2);
        cr_expect_eq(v.state, CHECK_STATE_UP);
        cr_expect(check_verdict_feed(&v, false));
        cr_expect_eq(v.state, CHECK_STATE_DOWN);
}

Test(check_verdict, lets_the_first_result_of_another_script_decide) {
        struct check_verdict v;

        check_verdict_init(&v, 3, 3);
        (void) check_verdict_feed(&v, true);
        check_verdict_reconsider(&v);
        cr_expect_eq(v.state, CHECK_STATE_UP, "what is known stays");
        cr_expect(check_verdict_feed(&v, false));
        cr_expect_eq(v.state, CHECK_STATE_DOWN);

        check_verdict_reconsider(&v);
        cr_expect(check_verdict_feed(&v, true));

        check_verdict_reconsider(&v);
        cr_expect_not(check_verdict_feed(&v, true));
        cr_expect_not(check_verdict_feed(&v, false), "only the first one");
}

Test(check_state, has_a_word_both_ways) {
        for (enum check_state s = 0; s < _CHECK_STATE_MAX; s++)
                cr_expect_eq(check_state_from_string(check_state_to_string(s)), s);
        cr_expect_eq(check_state_from_string("up"), _CHECK_STATE_MAX);
        cr_expect_eq(check_state_from_string(NULL), _CHECK_STATE_MAX);
}
