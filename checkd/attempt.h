/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A try by one socket: what the kinds that talk to a server themselves have in common. One descriptor, one
 * deadline, one end. The kind embeds it as its first member and says what to do when the socket is ready;
 * whatever happens there or in the start, saying check_attempt_end() is enough: who began the try is told
 * later, from the loop, and the kind's memory is freed.
 *
 * Each step (connecting, one whole answer) has connect_timeout, however the other side drips: so the number
 * of steps of a kind bounds its tries. */

#include "checkd/kind.h"
#include "checkd/socket.h"
#include "common/macro.h"

struct check_attempt {
        struct check_engine *engine;           /* borrowed */
        const struct check_checker_conf *conf; /* borrowed, changed by check_attempt_rebase() */
        int fd;
        sd_event_source *io, *deadline;
        usec_t begun_usec; /* CLOCK_MONOTONIC */
        bool over;         /* the outcome is there */
        struct check_outcome outcome;
        check_done_t done;
        void *userdata;

        /* The socket is ready for what was waited for. */
        void (*ready)(struct check_attempt *a, uint32_t events);
        /* The deadline has passed; NULL: that is bad. */
        void (*late)(struct check_attempt *a);
};

/* Memory for a try, @n bytes beginning with a struct check_attempt; NULL for want of it. @late may be NULL. */
void *check_attempt_new(size_t n, void (*ready)(struct check_attempt *a, uint32_t events),
                void (*late)(struct check_attempt *a));

/* Set up @a, which is new, with a socket to the target: from here on it has a deadline.
 * Where there is no socket the try is over already. -errno: nothing has been done. */
int check_attempt_begin(struct check_attempt *a, struct check_engine *e,
                const struct check_checker_conf *c, int type, int protocol, check_done_t done,
                void *userdata);
/* The same with a socket that is there, or none. */
int check_attempt_adopt(struct check_attempt *a, struct check_engine *e,
                const struct check_checker_conf *c, int fd, check_done_t done, void *userdata);

/* Connect to port @port. Failing is an end. */
void check_attempt_connect(struct check_attempt *a, uint16_t port);

/* Wait for @events of the socket; a new step, which has its own connect_timeout, if @step. */
void check_attempt_wait(struct check_attempt *a, uint32_t events, bool step);

/* This is how it ends. Only the first counts. */
_printf_(3, 4) void check_attempt_end(
                struct check_attempt *a, enum check_result result, const char *format, ...);
/* It ends because of @error (positive) of connecting, sending, receiving. */
void check_attempt_fail(struct check_attempt *a, int error);

/* Milliseconds since the begin. */
double check_attempt_age_msec(const struct check_attempt *a);

/* As in struct check_kind, for kinds that hold no more than @a. */
void check_attempt_cancel(struct check_try *t);
void check_attempt_rebase(struct check_try *t, const struct check_checker_conf *c);
