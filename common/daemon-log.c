/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages that the journal could not take are sent from the loop, after everything else and a few at a time. When
 * a thousand routers change in one wake-up there are more of them than the journal's socket holds. */

#include <errno.h>
#include <limits.h>

#include "common/daemon-private.h"
#include "common/log.h"

#define LOG_IN_A_ROW 32
#define LOG_RETRY_USEC USEC_PER_SEC /* while there is no journal at all */

static void on_waiting(void *userdata) {
        const struct daemon *d = userdata;

        (void) sd_event_source_set_enabled(d->private->log_writable, SD_EVENT_ON);
}

/* Without a journal the socket is writable all the time. */
static int on_writable(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct daemon_private *p = ((struct daemon *) userdata)->private;
        int r = log_continue(LOG_IN_A_ROW);

        if (r > 0 || r == -EAGAIN)
                return 0;
        (void) sd_event_source_set_enabled(s, SD_EVENT_OFF);
        if (r == 0)
                return 0;
        (void) sd_event_source_set_time_relative(p->log_retry, LOG_RETRY_USEC);
        return sd_event_source_set_enabled(p->log_retry, SD_EVENT_ONESHOT);
}

static int on_retry(sd_event_source *s, usec_t now, void *userdata) {
        on_waiting(userdata);
        return 0;
}

int daemon_log_start(struct daemon *d) {
        struct daemon_private *p = d->private;
        int r;

        if (log_fd() < 0)
                return 0;
        r = sd_event_add_time_relative(d->event, &p->log_retry, CLOCK_MONOTONIC, 0, 0, on_retry, d);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(p->log_retry, SD_EVENT_OFF);
        r = sd_event_add_io(d->event, &p->log_writable, log_fd(), EPOLLOUT, on_writable, d);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(p->log_writable, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(p->log_writable, DAEMON_PRIORITY_SAVE);
        log_on_waiting(on_waiting, d);
        return 0;
}

uint64_t daemon_log_end(void) {
        (void) log_continue(UINT_MAX);
        return log_untold();
}

void daemon_log_stop(struct daemon *d) {
        (void) log_continue(UINT_MAX);
        log_on_waiting(NULL, NULL);
        d->private->log_writable = sd_event_source_disable_unref(d->private->log_writable);
        d->private->log_retry = sd_event_source_disable_unref(d->private->log_retry);
}
