/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The course of a check: which of its steps is tried next, when, and what the results say together. Most
 * kinds have one step; HTTP_GET has one for each url.
 *
 * Tries stand on a grid, one for each delay_loop. While UP the steps take turns, and one that fails is tried
 * again after delay_before_retry, retry times, before that is DOWN. From then on the failed step is tried
 * alone, each delay_loop (or delay_before_retry, where that is longer and there are several), and once it is
 * good all are tried again from the first: a whole round without a failure makes it UP. The same round is
 * needed for the first UP; the very first failure needs no second. fast_recovery leaves out the pauses
 * within a round that may end in UP.
 *
 * A value: no clock, no memory, no log. Times are CLOCK_MONOTONIC. */

#include <stdbool.h>

#include "checkd/schedule.h"
#include "checkd/verdict.h"
#include "common/usec.h"

struct check_course {
        /* What the configuration says. */
        unsigned n_steps; /* >= 1 */
        usec_t retry_interval_usec;
        bool fast_recovery;

        struct check_schedule schedule;
        struct check_verdict verdict; /* rise 1, fall retry + 1 */
        unsigned step;                /* the next to try, < n_steps */
        unsigned passed;              /* steps of this round that were good: < n_steps */
        bool alone;                   /* this step failed: only it is tried, until it is good */
};

void check_course_init(struct check_course *c, unsigned n_steps, usec_t interval,
                usec_t retry_interval, unsigned retry, bool fast_recovery);

/* Continue where a predecessor stopped. What makes no sense is set right. */
void check_course_restore(struct check_course *c, enum check_state state, bool provisional,
                unsigned against, unsigned step, bool alone);

/* The state is @state already, but of something else: the next result decides alone. */
void check_course_presume(struct check_course *c, enum check_state state);

/* Take in the result of a try of c->step. Returns whether the state changed. */
bool check_course_feed(struct check_course *c, bool good);

/* When the next try is due, if the last one ended at @now and was fed, or if there was none. */
usec_t check_course_next(const struct check_course *c, usec_t now);
