/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A kind of check: how one try is made. When tries are due, what several of them mean, who is told: that is
 * probe.c, for all kinds alike.
 *
 * A try never blocks, ends by itself in bounded time, and holds a bounded amount of memory, whatever the
 * other side does. */

#include <systemd/sd-event.h>

#include "checkd/conf.h"

#define CHECK_TEXT_MAX 256U

enum check_result {
        CHECK_GOOD,
        CHECK_BAD,
        CHECK_UNTRIED, /* our own want (no socket, no such source address, a script that cannot run):
                        * says nothing about the server; no verdict is fed, the words are shown */
};

struct check_outcome {
        enum check_result result;
        bool cannot_run; /* UNTRIED, and not by chance (a script that is missing): as bad, once the
                                    * state is known */
        int weight_change;         /* misc_dynamic, FILE_CHECK */
        char text[CHECK_TEXT_MAX]; /* in words, always: "connected in 0.4 ms", "HTTP 503, wanted 200" */
};

struct conf;
struct curl_loop;
struct file_watch;
struct file_watch_ops;
struct mounts;
struct process_runner;

/* What tries share; owned by checkd. */
struct check_engine {
        sd_event *event;
        struct process_runner *runner;
        struct mounts *mounts;
        struct curl_loop *curl;  /* made when first needed; NULL until then */
        const struct conf *conf; /* in force; borrowed */
};

struct check_try; /* each kind has its own, beginning with nothing in common */

/* The try is over, and its kind frees it when this returns. */
typedef void (*check_done_t)(const struct check_outcome *o, void *userdata);

struct check_kind {
        const char *name; /* "TCP_CHECK" */

        /* How many steps a whole check has: tries of it take them one after the other (the urls of
         * HTTP_GET). NULL: one. */
        unsigned (*n_steps)(const struct check_checker_conf *c);

        /* Begin a try of step @step. @done comes later, never before this returns, and exactly once
         * unless cancelled. -errno: it could not be begun, for want of our own. @e outlives the try,
         * @c does until it is cancelled or rebased. */
        int (*start)(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                        check_done_t done, void *userdata, struct check_try **ret);
        /* End it now and free it; @done does not come. Never called from within @done. */
        void (*cancel)(struct check_try *t);

        /* A reload: @c, which asks the same (same() and what all kinds have in common), takes the place
         * of what start() was given, which is freed soon. NULL: the try is cancelled, and made again. */
        void (*rebase)(struct check_try *t, const struct check_checker_conf *c);

        /* Do both ask the same of the same? Only what is the kind's own; probe.c compares what all have
         * in common (addresses, ports, timeouts, schedule). NULL: yes. */
        bool (*same)(const struct check_checker_conf *a, const struct check_checker_conf *b);

        /* What is asked, in words, for Target. NULL: "ADDRESS port PORT". */
        void (*describe)(const struct check_checker_conf *c, char *buf, size_t n);

        /* How long a try may take, for TimeoutUsec. NULL: connect_timeout. */
        usec_t (*limit)(const struct check_checker_conf *c);

        /* For kinds whose news comes by itself (a file changes): ops->changed() when a try should be made
         * at once. It lasts over reloads, so what it needs of @c it keeps itself. NULL: none. */
        int (*watch)(struct check_engine *e, const struct check_checker_conf *c,
                        const struct file_watch_ops *ops, void *userdata, struct file_watch **ret);
};

extern const struct check_kind check_kind_tcp, check_kind_http, check_kind_ssl, check_kind_smtp,
                check_kind_dns, check_kind_udp, check_kind_ping, check_kind_misc, check_kind_file;

/* The kind of a configured checker; NULL: not implemented. */
const struct check_kind *check_kind_find(enum check_kind_conf k);
