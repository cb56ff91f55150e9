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

#define LOG_LINE_MAX 2048
#define LOG_DATAGRAM_MAX 8192

static struct {
        const char *identifier;
        int max_level;
        int journal_fd; /* -1: write to stderr */
        uint64_t dropped;
        uint64_t dropped_reported;
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

static int journal_connect(void) {
        static const struct sockaddr_un address = { .sun_family = AF_UNIX,
                .sun_path = "/run/systemd/journal/socket" };
        _cleanup_close_ int fd = -1;

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

void log_open(const char *identifier) {
        logger.identifier = identifier;
        if (logger.journal_fd >= 0)
                (void) close(TAKE_FD(logger.journal_fd));
        if (stderr_is_journal())
                logger.journal_fd = MAX(journal_connect(), -1);
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

static int journal_send(int level, const char *message_id, const struct log_field *fields,
                const char *text) {
        char buf[LOG_DATAGRAM_MAX], priority[2] = { (char) ('0' + level), 0 };
        size_t n = 0;

        datagram_add(buf, &n, "PRIORITY", priority);
        datagram_add(buf, &n, "SYSLOG_IDENTIFIER", logger.identifier);
        datagram_add(buf, &n, "MESSAGE", text);
        if (message_id)
                datagram_add(buf, &n, "MESSAGE_ID", message_id);
        for (; fields && fields->key; fields++)
                if (fields->value)
                        datagram_add(buf, &n, fields->key, fields->value);

        if (send(logger.journal_fd, buf, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
                return 0;
        return -errno;
}

/* journald was restarted: its socket is another one now. */
static int journal_resend(int level, const char *message_id, const struct log_field *fields,
                const char *text) {
        int fd;

        fd = journal_connect();
        if (fd < 0)
                return fd;
        (void) close(logger.journal_fd);
        logger.journal_fd = fd;
        return journal_send(level, message_id, fields, text);
}

static void deliver(int level, const char *message_id, const struct log_field *fields,
                const char *text) {
        int r;

        if (logger.journal_fd < 0) {
                /* Not ours to make non-blocking: stderr is shared with whoever started us. */
                (void) dprintf(STDERR_FILENO, "%s: %s\n", logger.identifier, text);
                return;
        }

        r = journal_send(level, message_id, fields, text);
        if (r == -ECONNREFUSED || r == -ENOTCONN || r == -EPIPE)
                r = journal_resend(level, message_id, fields, text);
        if (r < 0)
                logger.dropped++;
}

static void report_dropped(void) {
        char text[128];
        uint64_t n = logger.dropped - logger.dropped_reported;

        (void) snprintf(text, sizeof(text),
                        "%" PRIu64 " messages were lost here while the journal did not read", n);
        if (journal_send(LOG_WARNING, NULL, NULL, text) >= 0)
                logger.dropped_reported = logger.dropped;
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

        if (logger.journal_fd >= 0 && logger.dropped != logger.dropped_reported)
                report_dropped();
        deliver(level, message_id, fields, text);
}
