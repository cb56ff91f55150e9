/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/attempt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "common/daemon.h"

#define ACCURACY_USEC (10 * USEC_PER_MSEC) /* sd-event's own would be a quarter of a second */

static struct check_attempt *attempt_free(struct check_attempt *a) {
        a->io = sd_event_source_disable_unref(a->io);
        a->deadline = sd_event_source_disable_unref(a->deadline);
        cleanup_closep(&a->fd);
        free(a);
        return NULL;
}

void *check_attempt_new(size_t n, void (*ready)(struct check_attempt *a, uint32_t events),
                void (*late)(struct check_attempt *a)) {
        struct check_attempt *a = calloc(1, n);

        if (!a)
                return NULL;
        a->fd = -1;
        a->ready = ready;
        a->late = late;
        return a;
}

static void tell(struct check_attempt *a) {
        a->done(&a->outcome, a->userdata);
        (void) attempt_free(a);
}

/* The one deadline also brings the end of what was over before it could wait. */
static int on_deadline(sd_event_source *s, uint64_t usec, void *userdata) {
        struct check_attempt *a = userdata;
        char words[CHECK_TEXT_MAX];

        if (!a->over && a->late)
                a->late(a);
        else if (!a->over) {
                check_socket_timeout_words(a->conf->connect_timeout_usec, words, sizeof(words));
                check_attempt_end(a, CHECK_BAD, "%s", words);
        }
        if (a->over)
                tell(a);
        return 0;
}

static int on_io(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct check_attempt *a = userdata;

        if (!a->over)
                a->ready(a, events);
        if (a->over)
                tell(a);
        return 0;
}

int check_attempt_adopt(struct check_attempt *a, struct check_engine *e,
                const struct check_checker_conf *c, int fd, check_done_t done, void *userdata) {
        int r;

        a->engine = e;
        a->conf = c;
        a->fd = fd;
        a->done = done;
        a->userdata = userdata;
        a->begun_usec = usec_now(CLOCK_MONOTONIC);
        r = sd_event_add_time(e->event, &a->deadline, CLOCK_MONOTONIC,
                        a->over ? 0 : usec_add(a->begun_usec, c->connect_timeout_usec),
                        ACCURACY_USEC, on_deadline, a);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(a->deadline, DAEMON_PRIORITY_TIMER);
        if (r < 0 || fd < 0)
                return r;
        r = sd_event_add_io(e->event, &a->io, fd, 0, on_io, a);
        return r < 0 ? r : sd_event_source_set_priority(a->io, DAEMON_PRIORITY_SOCKET);
}

int check_attempt_begin(struct check_attempt *a, struct check_engine *e,
                const struct check_checker_conf *c, int type, int protocol, check_done_t done,
                void *userdata) {
        char problem[CHECK_TEXT_MAX];
        int fd = check_socket_open(c, c->connect_ip.family, type, protocol, problem);

        if (fd < 0)
                check_attempt_end(a, CHECK_UNTRIED, "%s", problem);
        return check_attempt_adopt(a, e, c, fd, done, userdata);
}

void check_attempt_connect(struct check_attempt *a, uint16_t port) {
        union check_address target;
        socklen_t n = check_address_target(a->conf, port, &target);

        if (!a->over && connect(a->fd, &target.sa, n) < 0 && errno != EINPROGRESS)
                check_attempt_fail(a, errno);
}

void check_attempt_wait(struct check_attempt *a, uint32_t events, bool step) {
        if (a->over)
                return;
        (void) sd_event_source_set_io_events(a->io, events);
        if (step)
                (void) sd_event_source_set_time_relative(
                                a->deadline, a->conf->connect_timeout_usec);
}

void check_attempt_end(struct check_attempt *a, enum check_result result, const char *format, ...) {
        va_list ap;

        if (a->over)
                return;
        a->over = true;
        a->outcome.result = result;
        va_start(ap, format);
        (void) vsnprintf(a->outcome.text, sizeof(a->outcome.text), format, ap);
        va_end(ap);
        if (a->io)
                (void) sd_event_source_set_enabled(a->io, SD_EVENT_OFF);
        if (a->deadline)
                (void) sd_event_source_set_time(a->deadline, 0);
}

void check_attempt_fail(struct check_attempt *a, int error) {
        check_attempt_end(a, check_socket_own_want(error) ? CHECK_UNTRIED : CHECK_BAD, "%s",
                        check_socket_words(error));
}

double check_attempt_age_msec(const struct check_attempt *a) {
        return (double) (usec_now(CLOCK_MONOTONIC) - a->begun_usec) / (double) USEC_PER_MSEC;
}

void check_attempt_cancel(struct check_try *t) {
        (void) attempt_free((struct check_attempt *) t);
}

void check_attempt_rebase(struct check_try *t, const struct check_checker_conf *c) {
        ((struct check_attempt *) t)->conf = c;
}
