/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/course.h"

#include <assert.h>
#include <limits.h>

#include "common/macro.h"

#define PAUSE_MIN_USEC (10 * USEC_PER_MSEC) /* there may be any number of retries */

void check_course_init(struct check_course *c, unsigned n_steps, usec_t interval,
                usec_t retry_interval, unsigned retry, bool fast_recovery) {
        assert(n_steps >= 1 && interval > 0);
        *c = (struct check_course){
                .n_steps = n_steps,
                .retry_interval_usec = retry_interval,
                .fast_recovery = fast_recovery,
                .schedule.interval_usec = interval,
        };
        check_verdict_init(&c->verdict, 1, retry < UINT_MAX ? retry + 1 : retry);
}

void check_course_restore(struct check_course *c, enum check_state state, bool provisional,
                unsigned against, unsigned step, bool alone) {
        check_verdict_restore(&c->verdict, state, provisional, against);
        c->step = step < c->n_steps ? step : 0;
        c->alone = alone && c->verdict.state != CHECK_STATE_UP;
        c->passed = 0;
        if (c->verdict.state != CHECK_STATE_UP && !c->alone)
                c->step = 0;
}

void check_course_presume(struct check_course *c, enum check_state state) {
        check_course_restore(c, state, true, 0, 0, false);
}

/* A good step on the way up: is the round complete? */
static bool complete_round(struct check_course *c) {
        bool alone = c->alone;

        c->alone = false;
        c->step = alone ? 0 : (c->step + 1) % c->n_steps;
        c->passed = alone && c->n_steps > 1 ? 0 : c->passed + 1;
        if (c->passed < c->n_steps)
                return false;
        c->passed = 0;
        return true;
}

bool check_course_feed(struct check_course *c, bool good) {
        bool changed;

        if (good && c->verdict.state == CHECK_STATE_UP) {
                c->step = (c->step + 1) % c->n_steps;
                return check_verdict_feed(&c->verdict, true);
        }
        if (good)
                return complete_round(c) && check_verdict_feed(&c->verdict, true);
        changed = check_verdict_feed(&c->verdict, false);
        c->passed = 0;
        c->alone = c->verdict.state == CHECK_STATE_DOWN;
        return changed;
}

usec_t check_course_next(const struct check_course *c, usec_t now) {
        const struct check_verdict *v = &c->verdict;
        usec_t grid = check_schedule_next(&c->schedule, now);

        if (v->state == CHECK_STATE_UP && v->against > 0)
                return usec_add(now, MAX(c->retry_interval_usec, PAUSE_MIN_USEC));
        if (c->passed > 0 && c->fast_recovery)
                return now;
        if (c->alone && c->n_steps > 1)
                return MAX(grid, usec_add(now, c->retry_interval_usec));
        return grid;
}
