/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which step is tried when: each test is a course of a check, told result by result. */

#include "checkd/course.h"

#include <criterion/criterion.h>
#include <limits.h>

#define S USEC_PER_SEC

/* Grid at 100 s, 110 s, ... */
static struct check_course course(unsigned n_steps, unsigned retry, bool fast) {
        struct check_course c;

        check_course_init(&c, n_steps, 10 * S, 3 * S, retry, fast);
        c.schedule.phase_usec = 100 * S;
        return c;
}

/* Feed the results in @results, '+' or '-', and expect the steps in @steps to be those tried. */
static void walk(struct check_course *c, const char *results, const char *steps) {
        for (; *results; results++, steps++) {
                cr_expect_eq(c->step, (unsigned) (*steps - '0'), "step %u, wanted %c, before %s",
                                c->step, *steps, results);
                (void) check_course_feed(c, *results == '+');
        }
}

Test(course, of_one_step_is_up_with_the_first_good_result) {
        struct check_course c = course(1, 3, false);

        cr_expect(check_course_feed(&c, true));
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
        cr_expect_eq(check_course_next(&c, 104 * S), 110 * S);
}

Test(course, needs_no_second_failure_at_the_very_first) {
        struct check_course c = course(1, 3, false);

        cr_expect(check_course_feed(&c, false));
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        cr_expect_eq(check_course_next(&c, 104 * S), 110 * S);
}

Test(course, tries_again_after_the_pause_before_it_is_down) {
        struct check_course c = course(1, 2, false);

        walk(&c, "+-", "00");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
        cr_expect_eq(check_course_next(&c, 111 * S), 114 * S);
        walk(&c, "-", "0");
        cr_expect_eq(check_course_next(&c, 115 * S), 118 * S);
        walk(&c, "-", "0");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        cr_expect_eq(check_course_next(&c, 119 * S), 120 * S);
}

Test(course, breathes_between_retries_that_have_no_pause) {
        struct check_course c;

        check_course_init(&c, 1, 10 * S, 0, UINT_MAX, false);
        c.schedule.phase_usec = 100 * S;
        walk(&c, "+-", "00");
        cr_expect_gt(check_course_next(&c, 111 * S), 111 * S);
        cr_expect_lt(check_course_next(&c, 111 * S), 112 * S);
}

Test(course, returns_to_the_grid_when_a_retry_is_good) {
        struct check_course c = course(1, 2, false);

        walk(&c, "+-+", "000");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
        cr_expect_eq(check_course_next(&c, 114 * S), 120 * S);
}

Test(course, never_overlaps_tries_that_take_longer_than_the_interval) {
        struct check_course c = course(1, 0, false);

        walk(&c, "+", "0");
        cr_expect_eq(check_course_next(&c, 137 * S), 140 * S);
}

Test(course, of_several_steps_needs_a_whole_round_to_come_up) {
        struct check_course c = course(3, 1, false);

        walk(&c, "++", "01");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UNKNOWN);
        cr_expect_eq(check_course_next(&c, 101 * S), 110 * S);
        walk(&c, "+", "2");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
        walk(&c, "++++", "0120");
}

Test(course, without_pauses_when_recovery_is_fast) {
        struct check_course c = course(3, 1, true);

        walk(&c, "+", "0");
        cr_expect_eq(check_course_next(&c, 101 * S), 101 * S);
        walk(&c, "++", "12");
        cr_expect_eq(check_course_next(&c, 101 * S), 110 * S, "once up there is no hurry");
}

Test(course, tries_the_failed_step_alone_and_then_all) {
        struct check_course c = course(3, 1, false);

        walk(&c, "+++", "012");
        walk(&c, "+--", "011");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        cr_expect_eq(check_course_next(&c, 109 * S), 112 * S, "the larger of the two pauses");
        cr_expect_eq(check_course_next(&c, 101 * S), 110 * S, "the larger of the two pauses");
        walk(&c, "--+", "111");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        walk(&c, "++", "01");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        walk(&c, "+", "2");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
}

Test(course, begins_the_round_again_when_it_fails_within) {
        struct check_course c = course(3, 1, true);

        walk(&c, "++-", "012");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        walk(&c, "+++", "201");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
        walk(&c, "+", "2");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
}

Test(course, forgives_a_step_when_it_is_good_again) {
        struct check_course c = course(2, 1, false);

        walk(&c, "++", "01");
        walk(&c, "-+-+", "0011");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
}

Test(course, keeps_a_presumed_state_until_the_next_result) {
        struct check_course c = course(1, 5, false);

        check_course_presume(&c, CHECK_STATE_UP);
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
        cr_expect(check_course_feed(&c, false), "that one decides alone");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
}

Test(course, goes_on_where_a_predecessor_stopped) {
        struct check_course c = course(3, 2, false);

        check_course_restore(&c, CHECK_STATE_UP, false, 1, 2, false);
        cr_expect_eq(check_course_next(&c, 101 * S), 104 * S);
        walk(&c, "--", "22");
        cr_expect_eq(c.verdict.state, CHECK_STATE_DOWN);
}

Test(course, sets_right_what_makes_no_sense) {
        struct check_course c = course(3, 2, false);

        check_course_restore(&c, CHECK_STATE_UP, false, 99, 99, true);
        cr_expect_eq(c.step, 0);
        cr_expect_not(c.alone);
        cr_expect_eq(c.verdict.against, 2);
        check_course_restore(&c, CHECK_STATE_DOWN, false, 0, 2, false);
        cr_expect_eq(c.step, 0, "a round is never resumed in its midst");
}

Test(course, bears_the_largest_number_of_retries) {
        struct check_course c = course(1, UINT_MAX, false);

        walk(&c, "+--", "000");
        cr_expect_eq(c.verdict.state, CHECK_STATE_UP);
}
