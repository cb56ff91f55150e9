/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Time is a count of microseconds. Where a clock is meant, the parameter's name or comment says which;
 * cores never read one, they are told. */

#include <inttypes.h>
#include <stdint.h>
#include <time.h>

typedef uint64_t usec_t;

#define USEC_INFINITY UINT64_MAX
#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_CENTISEC UINT64_C(10000)
#define NSEC_PER_USEC UINT64_C(1000)
#define PRIusec PRIu64

static inline usec_t usec_from_timespec(const struct timespec *ts) {
        return (usec_t) ts->tv_sec * USEC_PER_SEC + (usec_t) ts->tv_nsec / NSEC_PER_USEC;
}

static inline usec_t usec_now(clockid_t clock) {
        struct timespec ts = {};

        (void) clock_gettime(clock, &ts);
        return usec_from_timespec(&ts);
}

/* a + b and a - b, saturating at USEC_INFINITY and 0. */
static inline usec_t usec_add(usec_t a, usec_t b) {
        return a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

static inline usec_t usec_sub(usec_t a, usec_t b) {
        return a == USEC_INFINITY ? a : a > b ? a - b : 0;
}
