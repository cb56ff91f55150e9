/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The journal's native protocol (systemd.journal-fields(7), "Native Journal Protocol") over a
 * non-blocking datagram socket. sd_journal_send() is not used because it waits when journald hangs.
 *
 * A message is one datagram: KEY=VALUE lines; values are made one line here, so the binary form is
 * never needed. What is longer than LOG_LINE_MAX is cut. */

#include "common/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log-queue.h"
#include "common/usec.h"

#define LOG_LINE_MAX 2048
#define LOG_DATAGRAM_MAX 8192
#define LOG_LATE_USEC USEC_PER_SEC /* less is not worth a word */

static struct {
        const char *identifier;
        int max_level;
        int journal_fd; /* -1: write to stderr */
        uint64_t dropped;
        uint64_t dropped_reported;

        struct log_queue waiting;
        usec_t waiting_since; /* CLOCK_BOOTTIME: when the first of them had to */
        unsigned came_late;   /* since then */
        void (*on_waiting)(void *userdata);
        void *userdata;
} logger = { .identifier = "mainstay", .max_level = LOG_INFO, .journal_fd = -1 };

/* Is stderr the journal's stream? systemd.exec(5), $JOURNAL_STREAM. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long dev, ino;
        struct stat st;

        if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
                return false;
        if (fstat(STDERR_FILENO, &st) < 0)
                return false;
        return st.st_dev == dev && st.st_ino == ino;
}

static int journal_connect(int fd) {
        static const struct sockaddr_un address = { .sun_family = AF_UNIX,
                .sun_path = "/run/systemd/journal/socket" };

        return connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
}

static int journal_open(void) {
        _cleanup_close_ int fd = -1;
        int r;

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = journal_connect(fd);
        if (r < 0)
                return r;
        return TAKE_FD(fd);
}

void log_open(const char *identifier) {
        int fd;

        logger.identifier = identifier;
        if (logger.journal_fd >= 0)
                (void) close(TAKE_FD(logger.journal_fd));
        if (!stderr_is_journal())
                return;
        fd = journal_open();
        logger.journal_fd = MAX(fd, -1);
}

int log_fd(void) {
        return logger.journal_fd;
}

void log_set_max_level(int level) {
        logger.max_level = level;
}

uint64_t log_dropped(void) {
        return logger.dropped;
}

static void one_line(char *s) {
        for (; *s; s++)
                if ((unsigned char) *s < ' ')
                        *s = ' ';
}

/* Append KEY=VALUE\n; a field that does not fit is left out whole. */
static void datagram_add(char *buf, size_t *n, const char *key, const char *value) {
        size_t left = LOG_DATAGRAM_MAX - *n;
        int r;

        r = snprintf(buf + *n, left, "%s=%s", key, value);
        if (r < 0 || (size_t) r + 1 >= left)
                return;
        one_line(buf + *n);
        *n += (size_t) r;
        buf[(*n)++] = '\n';
}

static size_t datagram_make(char *buf, int level, const char *message_id,
                const struct log_field *fields, const char *text) {
        char priority[2] = { (char) ('0' + level), 0 };
        size_t n = 0;

        datagram_add(buf, &n, "PRIORITY", priority);
        datagram_add(buf, &n, "SYSLOG_IDENTIFIER", logger.identifier);
        datagram_add(buf, &n, "MESSAGE", text);
        if (message_id)
                datagram_add(buf, &n, "MESSAGE_ID", message_id);
        for (; fields && fields->key; fields++)
                if (fields->value)
                        datagram_add(buf, &n, fields->key, fields->value);
        return n;
}

static int journal_send(const void *buf, size_t n) {
        if (send(logger.journal_fd, buf, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
                return 0;
        return -errno;
}

/* When journald's socket is another one now, the same socket of ours is connected to that: the loop knows it. */
static int journal_try(const void *buf, size_t n) {
        int r = journal_send(buf, n);

        if (r != -ECONNREFUSED && r != -ENOTCONN && r != -EPIPE)
                return r;
        r = journal_connect(logger.journal_fd);
        return r < 0 ? r : journal_send(buf, n);
}

/* It will come late, and say when it was said. */
static int keep(char *buf, size_t n) {
        bool first = logger.waiting.lines == 0;
        char usec[24];
        int r;

        if (!logger.on_waiting)
                return -ENOBUFS;
        (void) snprintf(usec, sizeof(usec), "%" PRIusec, usec_now(CLOCK_REALTIME));
        datagram_add(buf, &n, "MAINSTAY_SAID_USEC", usec);
        r = log_queue_add(&logger.waiting, buf, n);
        if (r < 0)
                return r;
        if (!first)
                return 0;
        logger.waiting_since = usec_now(CLOCK_BOOTTIME);
        logger.came_late = 0;
        logger.on_waiting(logger.userdata);
        return 0;
}

static int deliver(int level, const char *message_id, const struct log_field *fields,
                const char *text) {
        char buf[LOG_DATAGRAM_MAX];
        size_t n;

        if (logger.journal_fd < 0) {
                /* Not ours to make non-blocking: stderr is shared with whoever started us. */
                (void) dprintf(STDERR_FILENO, "%s: %s\n", logger.identifier, text);
                return 0;
        }
        n = datagram_make(buf, level, message_id, fields, text);
        if (logger.waiting.lines == 0 && journal_try(buf, n) >= 0)
                return 0;
        return keep(buf, n);
}

static void report_dropped(void) {
        char text[128];
        uint64_t n = logger.dropped - logger.dropped_reported;

        if (n == 0)
                return;
        (void) snprintf(text, sizeof(text),
                        "%" PRIu64 " messages were lost here while the journal did not read", n);
        if (deliver(LOG_WARNING, NULL, NULL, text) >= 0)
                logger.dropped_reported = logger.dropped;
}

static void report_late(void) {
        usec_t late = usec_sub(usec_now(CLOCK_BOOTTIME), logger.waiting_since);
        char text[192];

        if (late < LOG_LATE_USEC)
                return;
        (void) snprintf(text, sizeof(text),
                        "the journal did not read for %.1f s: the %u messages before this one came late, "
                        "and were said when their MAINSTAY_SAID_USEC says",
                        (double) late / USEC_PER_SEC, logger.came_late);
        (void) deliver(LOG_NOTICE, NULL, NULL, text);
}

int log_continue(unsigned most) {
        const void *line;
        size_t n;
        int r;

        while ((line = log_queue_first(&logger.waiting, &n))) {
                if (most-- == 0)
                        return 1;
                r = journal_try(line, n);
                if (r < 0)
                        return r;
                log_queue_drop_first(&logger.waiting);
                logger.came_late++;
                if (logger.waiting.lines == 0) {
                        report_late(); /* first: a line that has to wait begins the count anew */
                        report_dropped();
                }
        }
        return 0;
}

void log_on_waiting(void (*waiting)(void *userdata), void *userdata) {
        logger.on_waiting = waiting;
        logger.userdata = userdata;
        if (waiting)
                return;
        logger.dropped += logger.waiting.lines;
        log_queue_done(&logger.waiting);
}

uint64_t log_untold(void) {
        return logger.waiting.lines + logger.dropped - logger.dropped_reported;
}

void log_emit(int level, const char *message_id, const struct log_field *fields, const char *format,
                ...) {
        char text[LOG_LINE_MAX];
        va_list ap;

        if (level > logger.max_level)
                return;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        one_line(text);

        report_dropped();
        if (deliver(level, message_id, fields, text) < 0)
                logger.dropped++;
}
