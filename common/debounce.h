/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thing that is up or down, and is believed only after it has been so for a time: an interface that flaps, a
 * process that is restarted. Delays count from when it is steady; what returns within its delay has never been
 * away.
 *
 * A value: no clock, no memory, no log. Times are of any one clock. */

#include <stdbool.h>

#include "common/usec.h"

struct debounce {
        usec_t up_delay, down_delay; /* 0: at once */
        bool active;                 /* delays count; until then it is believed at once */
        bool up;                     /* what is believed */
        usec_t due;                  /* when the opposite will be; USEC_INFINITY: nothing waits */
};

#define DEBOUNCE_INIT                                                                              \
        { .due = USEC_INFINITY }

/* Believe it now, without a delay. Returns whether that is news. */
bool debounce_set(struct debounce *d, bool up);

/* It is seen to be @up. Returns whether what is believed has changed. */
bool debounce_feed(struct debounce *d, bool up, usec_t now);

/* Go on where another process was: what it believed, and what it waited for (on the same clock). Then feed. */
void debounce_restore(struct debounce *d, bool up, usec_t due);

/* Time has passed. Returns whether what is believed has changed. */
bool debounce_tick(struct debounce *d, usec_t now);
