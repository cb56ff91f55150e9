/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/schedule.h"

#include <assert.h>

#include "common/macro.h"

usec_t check_schedule_next(const struct check_schedule *s, usec_t now) {
        assert(s->interval_usec > 0);
        if (now < s->phase_usec)
                return s->phase_usec -
                                (s->phase_usec - now - 1) / s->interval_usec * s->interval_usec;
        return s->phase_usec + ((now - s->phase_usec) / s->interval_usec + 1) * s->interval_usec;
}

usec_t check_schedule_spread(usec_t now, usec_t interval, unsigned i, unsigned n) {
        return now + i * MIN(CHECK_SPREAD_USEC, interval / MAX(n, 1U));
}
