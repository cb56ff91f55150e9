/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/verdict.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>

#include "common/macro.h"

static const char *const state_names[_CHECK_STATE_MAX] = {
        [CHECK_STATE_UNKNOWN] = "UNKNOWN",
        [CHECK_STATE_UP] = "UP",
        [CHECK_STATE_DOWN] = "DOWN",
};

const char *check_state_to_string(enum check_state s) {
        return state_names[s];
}

enum check_state check_state_from_string(const char *s) {
        enum check_state state;

        for (state = 0; state < _CHECK_STATE_MAX; state++)
                if (s && streq(s, state_names[state]))
                        break;
        return state;
}

void check_verdict_init(struct check_verdict *v, unsigned rise, unsigned fall) {
        assert(rise >= 1 && fall >= 1);
        *v = (struct check_verdict){ .rise = rise, .fall = fall, .provisional = true };
}

/* How many contradictions the state stands. */
static unsigned patience(const struct check_verdict *v) {
        return v->provisional ? 1 : v->state == CHECK_STATE_UP ? v->fall : v->rise;
}

void check_verdict_restore(struct check_verdict *v, enum check_state state, bool provisional,
                unsigned against) {
        check_verdict_init(v, v->rise, v->fall);
        if (state == CHECK_STATE_UNKNOWN || state >= _CHECK_STATE_MAX)
                return;
        v->state = state;
        v->provisional = provisional;
        v->against = MIN(against, patience(v) - 1);
        v->last_good = (state == CHECK_STATE_UP) == (v->against == 0);
        v->in_a_row = v->against;
}

bool check_verdict_feed(struct check_verdict *v, bool good) {
        enum check_state says = good ? CHECK_STATE_UP : CHECK_STATE_DOWN;

        v->in_a_row = v->last_good != good       ? 1
                        : v->in_a_row < UINT_MAX ? v->in_a_row + 1
                                                 : UINT_MAX;
        v->last_good = good;

        v->against = says == v->state ? 0 : v->against + 1;
        if (v->against < patience(v)) {
                v->provisional = false;
                return false;
        }
        v->state = says;
        v->against = 0;
        v->provisional = false;
        return true;
}

void check_verdict_tune(struct check_verdict *v, unsigned rise, unsigned fall) {
        assert(rise >= 1 && fall >= 1);
        v->rise = rise;
        v->fall = fall;
        v->against = MIN(v->against, patience(v) - 1);
}

void check_verdict_reconsider(struct check_verdict *v) {
        v->provisional = true;
        v->against = 0;
}

unsigned check_verdict_counter(const struct check_verdict *v) {
        if (v->state == CHECK_STATE_UNKNOWN)
                return v->rise - 1;
        if (v->state == CHECK_STATE_UP)
                return v->rise + v->fall - 1 - v->against;
        return v->against;
}
