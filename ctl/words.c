/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/words.h"

#include <stdio.h>

#include "common/macro.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

const char *words_time(char *buf, size_t n, usec_t realtime_usec) {
        time_t seconds = (time_t) (realtime_usec / USEC_PER_SEC);
        struct tm tm;

        if (realtime_usec == 0 || !localtime_r(&seconds, &tm) ||
                        strftime(buf, n, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                (void) snprintf(buf, n, "-");
        return buf;
}

const char *words_time_exact(char *buf, size_t n, usec_t realtime_usec) {
        char time[32];

        (void) snprintf(buf, n, "%s.%03u", words_time(time, sizeof(time), realtime_usec),
                        (unsigned) (realtime_usec % USEC_PER_SEC / USEC_PER_MSEC));
        return buf;
}

const char *words_span(char *buf, size_t n, usec_t usec) {
        if (usec < USEC_PER_SEC)
                (void) snprintf(buf, n, "%" PRIusec " ms", usec / USEC_PER_MSEC);
        else if (usec < 10 * USEC_PER_SEC)
                (void) snprintf(buf, n, "%" PRIusec ".%" PRIusec " s", usec / USEC_PER_SEC,
                                usec % USEC_PER_SEC / (USEC_PER_SEC / 10));
        else if (usec < 2 * MINUTE)
                (void) snprintf(buf, n, "%" PRIusec " s", usec / USEC_PER_SEC);
        else if (usec < HOUR)
                (void) snprintf(buf, n, "%" PRIusec " min", usec / MINUTE);
        else if (usec < 2 * DAY)
                (void) snprintf(buf, n, "%" PRIusec " h %" PRIusec " min", usec / HOUR,
                                usec % HOUR / MINUTE);
        else
                (void) snprintf(buf, n, "%" PRIusec " days", usec / DAY);
        return buf;
}
