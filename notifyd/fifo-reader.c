/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/script.h"

#define PAUSE_MIN_USEC USEC_PER_SEC
#define PAUSE_MAX_USEC (60 * USEC_PER_SEC)
#define HEALTHY_USEC (60 * USEC_PER_SEC) /* one that ran for so long is started again soon */

struct fifo_reader {
        struct process_runner *runner;
        const char *key;
        char *path;
        bool wanted;
        struct script script;
        char *command;           /* of what runs or is to run */
        struct process *process; /* until gone() */
        bool ended;              /* by us: no reason for words or a pause */
        struct process_result result;
        sd_event_source *timer; /* when it is to be started again */
        usec_t started_usec;    /* CLOCK_MONOTONIC */
        unsigned failures;      /* in a row */
};

/* All that two runs may differ in, as far as the file says. */
static char *describe(const struct conf_script *c, const struct global_conf *g) {
        const char *user = c->user ? c->user : g->script_user, *group = c->group;
        char *text = NULL;

        if (!c->user)
                group = g->script_group;
        return asprintf(&text, "%s\n%s\n%s\n%d", c->command, user ? user : "", group ? group : "",
                               c->supplementary || g->script_supplementary) < 0
                        ? NULL
                        : text;
}

static void start_later(struct fifo_reader *r, usec_t pause) {
        (void) sd_event_source_set_time_relative(r->timer, pause);
        (void) sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static usec_t next_pause(struct fifo_reader *r) {
        usec_t pause = PAUSE_MIN_USEC;

        if (usec_sub(usec_now(CLOCK_MONOTONIC), r->started_usec) >= HEALTHY_USEC)
                r->failures = 0;
        for (unsigned i = 0; i < r->failures && pause < PAUSE_MAX_USEC; i++)
                pause *= 2;
        r->failures++;
        return MIN(pause, PAUSE_MAX_USEC);
}

static void complain(struct fifo_reader *r, const char *what) {
        usec_t pause = next_pause(r);

        log_emit(LOG_WARNING, NULL, LOG_FIELDS({ "MAINSTAY_SCRIPT", r->key }),
                        "%s: %s; started again in %g s", r->key, what,
                        (double) pause / (double) USEC_PER_SEC);
        start_later(r, pause);
}

static void on_result(struct process *p, const struct process_result *result, void *userdata) {
        struct fifo_reader *r = userdata;

        r->result = *result;
}

static void on_gone(struct process *p, void *userdata) {
        struct fifo_reader *r = userdata;
        char text[PROCESS_TEXT_MAX];

        r->process = NULL;
        if (r->result.warning[0])
                log_warning("%s: %s", r->key, r->result.warning);
        if (!r->wanted)
                return;
        if (r->ended)
                start_later(r, 0);
        else
                complain(r, process_result_format(&r->result, text, sizeof(text)));
}

static const struct process_ops reader_ops = { .result = on_result, .gone = on_gone };

static void start(struct fifo_reader *r) {
        char *append[] = { r->path, NULL };
        int error;

        r->ended = false;
        r->result = (struct process_result){};
        r->started_usec = usec_now(CLOCK_MONOTONIC);
        r->script.hold_open = r->path;
        error = script_start(&r->script, r->runner, r->key, append, NULL, USEC_INFINITY,
                        &reader_ops, r, &r->process);
        if (error < 0)
                complain(r, strerrordesc_np(-error));
        else if (error > 0)
                complain(r, r->script.problem);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        struct fifo_reader *r = userdata;

        if (r->wanted && !r->process)
                start(r);
        return 0;
}

static void end(struct fifo_reader *r) {
        if (!r->process)
                return;
        r->ended = true;
        process_end(r->process);
}

/* A run of a predecessor under our key. */
static void adopt(struct fifo_reader *r, const char *known) {
        r->process = process_claim(r->runner, r->key, &reader_ops, r);
        r->started_usec = usec_now(CLOCK_MONOTONIC);
        if (!r->process)
                return;
        r->command = strdup(known ? known : "");
        if (!r->command || !known)
                end(r);
}

int fifo_reader_new(sd_event *event, struct process_runner *runner, const char *key,
                const char *path, const char *known, struct fifo_reader **ret) {
        _cleanup_(fifo_reader_freep) struct fifo_reader *r = malloc(sizeof(*r));
        int error;

        if (!r)
                return -ENOMEM;
        *r = (struct fifo_reader){ .runner = runner, .key = key, .path = strdup(path) };
        if (!r->path)
                return -ENOMEM;
        error = sd_event_add_time(event, &r->timer, CLOCK_MONOTONIC, 0, USEC_PER_MSEC, on_timer, r);
        if (error < 0)
                return error;
        (void) sd_event_source_set_priority(r->timer, DAEMON_PRIORITY_TIMER);
        (void) sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
        adopt(r, known);
        *ret = TAKE_PTR(r);
        return 0;
}

struct fifo_reader *fifo_reader_free(struct fifo_reader *r) {
        if (!r)
                return NULL;
        if (r->process)
                process_forget(r->process);
        (void) sd_event_source_disable_unref(r->timer);
        script_done(&r->script);
        free(r->command);
        free(r->path);
        free(r);
        return NULL;
}

void fifo_reader_set(struct fifo_reader *r, const struct conf_script *conf,
                const struct global_conf *global) {
        _cleanup_free_ char *command = conf ? describe(conf, global) : NULL;
        bool same = r->command && command && streq(r->command, command);

        r->wanted = command;
        if (command)
                script_rebase(&r->script, conf, global);
        if (r->process && same && !r->ended)
                return;
        free(r->command);
        r->command = TAKE_PTR(command);
        end(r);
        if (r->wanted && !r->process)
                start_later(r, 0);
}

void fifo_reader_disable(struct fifo_reader *r) {
        r->wanted = false;
        r->ended = true;
}

void fifo_reader_restart(struct fifo_reader *r) {
        end(r);
}

bool fifo_reader_runs(const struct fifo_reader *r) {
        return r->process;
}

const char *fifo_reader_command(const struct fifo_reader *r) {
        return r->command ? r->command : "";
}
