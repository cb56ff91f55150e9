/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From single results to a state: the one place where rise and fall are counted, for all kinds of check.
 *
 * keepalived describes it as a counter from 0 to rise + fall - 1, good from rise on: a success while good
 * sets it to the top, a failure while bad to 0, and it starts at rise - 1, so that the first result decides
 * alone. The same arithmetic is kept here as what it means, the number of results in a row that contradict
 * the state: so it survives a change of rise and fall.
 *
 * A value: no clock, no memory, no log. */

#include <stdbool.h>

enum check_state {
        CHECK_STATE_UNKNOWN, /* no result yet */
        CHECK_STATE_UP,
        CHECK_STATE_DOWN,
        _CHECK_STATE_MAX,
};

/* "UNKNOWN", "UP", "DOWN": on the bus, in the log, everywhere. */
const char *check_state_to_string(enum check_state s);
/* _CHECK_STATE_MAX for any other word, NULL too. */
enum check_state check_state_from_string(const char *s);

struct check_verdict {
        unsigned rise; /* successes in a row that make DOWN UP, >= 1 */
        unsigned fall; /* failures in a row that make UP DOWN, >= 1 */
        enum check_state state;
        bool provisional; /* the next result decides alone */
        unsigned against; /* results in a row that contradict the state: < rise or < fall */

        bool last_good;    /* what the last result was, */
        unsigned in_a_row; /* and how many of the kind came in a row; 0: none yet */
};

void check_verdict_init(struct check_verdict *v, unsigned rise, unsigned fall);

/* Continue where a predecessor stopped; results in a row are counted from those that contradict the state. What makes no sense is set right: @against too large becomes the
 * largest possible, UNKNOWN or a state out of range is a start from the beginning. */
void check_verdict_restore(struct check_verdict *v, enum check_state state, bool provisional,
                unsigned against);

/* Take in one result. Returns whether the state changed. */
bool check_verdict_feed(struct check_verdict *v, bool good);

/* Other limits from now on. The state never changes by this: one more result is needed. */
void check_verdict_tune(struct check_verdict *v, unsigned rise, unsigned fall);

/* Something else is checked from now on (the script was changed): the state stays as it is known, and the
 * next result decides alone. */
void check_verdict_reconsider(struct check_verdict *v);

/* keepalived's counter, 0 ... rise + fall - 1. */
unsigned check_verdict_counter(const struct check_verdict *v);
