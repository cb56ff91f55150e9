/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When a check is due: at a phase, and every interval after it, from start to start. The times stand on a
 * grid, so neither a late wake-up nor a restart of the daemon shifts them, and checks that were spread stay
 * so. A value; all times are CLOCK_MONOTONIC. */

#include "common/usec.h"

#define CHECK_SPREAD_USEC (10 * USEC_PER_MSEC)

struct check_schedule {
        usec_t phase_usec;    /* one of the due times */
        usec_t interval_usec; /* > 0 */
};

/* The first due time after @now. */
usec_t check_schedule_next(const struct check_schedule *s, usec_t now);

/* When the @i-th of @n checks that begin at @now should first be due: one after the other, but all within
 * @interval. */
usec_t check_schedule_spread(usec_t now, usec_t interval, unsigned i, unsigned n);
