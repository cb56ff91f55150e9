/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SMTP_CHECK: a mail server greets with 220, answers HELO with 250, and is told QUIT. RFC 5321 §4.
 *
 * An answer may have several lines (RFC 5321 §4.2.1), which keepalived takes for a failure. Each answer must
 * be complete within connect_timeout, in lines and numbers of lines that a mail server may use. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "checkd/attempt.h"

#define LINE_BYTES_MAX 1000U /* RFC 5321 §4.5.3.1.5: 512, and some are longer */
#define LINES_MAX 100U
#define READ_BYTES_MAX 4096U /* in one wake-up */

#define N_STAGES 4U /* each has connect_timeout */

enum smtp_stage {
        SMTP_CONNECTING,
        SMTP_GREETING, /* wants 220 */
        SMTP_HELLO,    /* wants 250 */
        SMTP_PARTING,  /* wants any answer, or the end of the connection */
};

struct smtp {
        struct check_attempt attempt;
        enum smtp_stage stage;
        char line[LINE_BYTES_MAX + 1]; /* that is being received */
        size_t n;
        unsigned lines; /* of this answer */
};

static const char *wanted(const struct smtp *s) {
        switch (s->stage) {
        case SMTP_CONNECTING: return NULL;
        case SMTP_GREETING: return "220";
        case SMTP_HELLO: return "250 to HELO";
        case SMTP_PARTING: return "221 to QUIT";
        }
        return NULL;
}

static void say(struct smtp *s, enum smtp_stage next, const char *what, const char *argument) {
        struct check_attempt *a = &s->attempt;
        char text[CHECK_TEXT_MAX + 64];
        int n = snprintf(text, sizeof(text), "%s%s%s\r\n", what, argument[0] ? " " : "", argument);

        if (n >= (int) sizeof(text) || send(a->fd, text, (size_t) n, MSG_NOSIGNAL) != n) {
                check_attempt_fail(a, errno);
                return;
        }
        s->stage = next;
        s->lines = 0;
        check_attempt_wait(a, EPOLLIN, true);
}

/* The server's own words, made fit for a line of ours. */
static void refuse(struct smtp *s) {
        char words[CHECK_TEXT_MAX / 2];

        (void) snprintf(words, sizeof(words), "%.100s", s->line);
        for (char *p = words; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
        check_attempt_end(&s->attempt, CHECK_BAD, "answered %s, wanted %s", words, wanted(s));
}

static void answered(struct smtp *s) {
        const char *name = check_conf_helo_name(s->attempt.conf);

        switch (s->stage) {
        case SMTP_CONNECTING: break;
        case SMTP_GREETING: say(s, SMTP_HELLO, "HELO", name); break;
        case SMTP_HELLO: say(s, SMTP_PARTING, "QUIT", ""); break;
        case SMTP_PARTING:
                check_attempt_end(&s->attempt, CHECK_GOOD, "answered in %.1f ms",
                                check_attempt_age_msec(&s->attempt));
                break;
        }
}

/* Does the line begin with the code that is wanted? Then a blank, the end, or "-" where more lines follow. */
static bool is_welcome(const struct smtp *s) {
        return s->stage == SMTP_PARTING ||
                        (strncmp(s->line, wanted(s), 3) == 0 && (strchr(" -", s->line[3]) != NULL));
}

static void take_line(struct smtp *s) {
        bool more;

        s->line[s->n] = '\0';
        if (s->n > 0 && s->line[s->n - 1] == '\r')
                s->line[s->n - 1] = '\0';
        s->n = 0;
        more = strlen(s->line) > 3 && s->line[3] == '-';
        if (!is_welcome(s))
                refuse(s);
        else if (++s->lines > LINES_MAX)
                check_attempt_end(&s->attempt, CHECK_BAD, "answered more than %u lines, wanted %s",
                                LINES_MAX, wanted(s));
        else if (!more)
                answered(s);
}

static void take_byte(struct smtp *s, char c) {
        if (c == '\n')
                take_line(s);
        else if (s->n == LINE_BYTES_MAX)
                check_attempt_end(&s->attempt, CHECK_BAD,
                                "answered a line of more than %u bytes, wanted %s", LINE_BYTES_MAX,
                                wanted(s));
        else
                s->line[s->n++] = c;
}

static void closed(struct smtp *s) {
        if (s->stage == SMTP_PARTING)
                answered(s);
        else
                check_attempt_end(&s->attempt, CHECK_BAD, "closed the connection, wanted %s",
                                wanted(s));
}

static void read_answer(struct smtp *s) {
        char buf[READ_BYTES_MAX];
        ssize_t n = recv(s->attempt.fd, buf, sizeof(buf), 0);

        if (n == 0)
                closed(s);
        if (n < 0 && errno != EAGAIN) {
                if (s->stage == SMTP_PARTING)
                        answered(s); /* it has closed before it read our QUIT */
                else
                        check_attempt_fail(&s->attempt, errno);
        }
        for (ssize_t i = 0; i < n && !s->attempt.over; i++)
                take_byte(s, buf[i]);
}

static void on_ready(struct check_attempt *a, uint32_t events) {
        struct smtp *s = (struct smtp *) a;
        int error;

        if (s->stage != SMTP_CONNECTING) {
                read_answer(s);
                return;
        }
        error = check_socket_error(a->fd);
        if (error > 0) {
                check_attempt_fail(a, error);
                return;
        }
        s->stage = SMTP_GREETING;
        check_attempt_wait(a, EPOLLIN, true);
}

static void on_late(struct check_attempt *a) {
        const struct smtp *s = (const struct smtp *) a;
        char words[CHECK_TEXT_MAX];

        check_socket_timeout_words(a->conf->connect_timeout_usec, words, sizeof(words));
        check_attempt_end(a, CHECK_BAD, "%s%s%s", words,
                        s->stage == SMTP_CONNECTING ? "" : ", wanted ", wanted(s) ?: "");
}

static int smtp_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        struct smtp *s = check_attempt_new(sizeof(*s), on_ready, on_late);
        int r;

        if (!s)
                return -ENOMEM;
        r = check_attempt_begin(&s->attempt, e, c, SOCK_STREAM, 0, done, userdata);
        if (r < 0) {
                check_attempt_cancel((struct check_try *) s);
                return r;
        }
        check_attempt_connect(&s->attempt, c->connect_port);
        check_attempt_wait(&s->attempt, EPOLLOUT, false);
        *ret = (struct check_try *) s;
        return 0;
}

static bool smtp_same(const struct check_checker_conf *a, const struct check_checker_conf *b) {
        return streq(check_conf_helo_name(a), check_conf_helo_name(b));
}

static usec_t smtp_limit(const struct check_checker_conf *c) {
        return N_STAGES * c->connect_timeout_usec;
}

const struct check_kind check_kind_smtp = {
        .name = "SMTP_CHECK",
        .start = smtp_start,
        .cancel = check_attempt_cancel,
        .rebase = check_attempt_rebase,
        .same = smtp_same,
        .limit = smtp_limit,
};
