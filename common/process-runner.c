/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All runs of a daemon: their list, their records, their output, the adoption of a predecessor's. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <utlist.h>

#include "common/log.h"
#include "common/macro.h"
#include "common/process-run.h"

#define OUTPUTS_MAX 256U /* pipes that outlive their runs, kept open by started daemons */

static void log_line(const char *tag, const char *line, void *userdata) {
        log_emit(LOG_INFO, LOG_MESSAGE_SCRIPT_OUTPUT, LOG_FIELDS({ "MAINSTAY_SCRIPT", tag }),
                        "%s: %s", tag, line);
}

static void output_link_free(struct output_link *l) {
        if (l->process)
                l->process->output = NULL;
        DL_DELETE(l->runner->outputs, l);
        l->runner->n_outputs--;
        (void) process_output_free(l->output);
        free(l);
}

static void on_output_end(struct process_output *o, void *userdata) {
        output_link_free(userdata);
}

static const struct process_output_ops output_ops = { .line = log_line, .end = on_output_end };

/* Too many started daemons hold our pipes: the oldest that belongs to no run any more is given up. */
static void make_room_for_output(struct process_runner *r) {
        struct output_link *l;

        if (r->n_outputs < OUTPUTS_MAX)
                return;
        DL_FOREACH (r->outputs, l) {
                if (!l->process) {
                        output_link_free(l);
                        return;
                }
        }
}

int process_runner_read_output(struct process *p, int fd) {
        struct process_runner *r = p->runner;
        struct output_link *l;
        int error;

        make_room_for_output(r);
        l = malloc(sizeof(*l));
        if (!l) {
                (void) close(fd);
                return -ENOMEM;
        }
        *l = (struct output_link){ .runner = r, .process = p };
        error = process_output_new(
                        r->event, fd, p->record.tag, &r->lines, &output_ops, l, &l->output);
        if (error < 0) {
                free(l);
                return error;
        }
        DL_APPEND(r->outputs, l);
        r->n_outputs++;
        p->output = l;
        return 0;
}

void process_runner_drain_output(struct process *p) {
        if (p->output)
                process_output_drain(p->output->output);
}

/* Nothing is left of the run. */
void process_runner_finished(struct process *p) {
        struct process_runner *r = p->runner;

        process_record_remove(r->record_dir, p->record.pid);
        (void) process_free(p);
        if (!r->processes && r->ended) {
                void (*ended)(void *) = r->ended;

                r->ended = NULL;
                ended(r->ended_userdata);
        }
}

void process_runner_insert(struct process *p) {
        DL_APPEND(p->runner->processes, p);
        p->runner->n++;
}

/* A run that cannot be recorded is run all the same: a full file system must not blind the checks. */
void process_runner_record(struct process *p) {
        struct process_runner *r = p->runner;
        int error;

        error = process_record_write(r->record_dir, &p->record);
        if (error < 0 && !r->record_failed)
                log_warning("cannot record running scripts in %s: %s", r->record_dir,
                                strerrordesc_np(-error));
        r->record_failed = error < 0;
}

/* A run of a predecessor. Its time limit stands, counted from its start. */
static int adopt_record(struct process_runner *r, struct process_record *record) {
        _cleanup_(process_freep) struct process *p = NULL;
        int error;

        error = process_new(r, &p);
        if (error < 0)
                return error;
        p->adopted = true;
        p->record = *record;
        *record = (struct process_record){};
        p->main_alive = process_record_main_alive(&p->record);
        if (p->main_alive) {
                error = process_watch(p);
                /* Looked at again, now that the descriptor holds on to it. */
                if (error >= 0 || error == -ESRCH)
                        p->main_alive = process_record_main_alive(&p->record);
                else
                        return error;
        }
        if (!p->main_alive) {
                p->exit_source = sd_event_source_disable_unref(p->exit_source);
                p->phase = PROCESS_LEFTOVER;
                if (p->record.deadline == USEC_INFINITY ||
                                !process_record_group_alive(&p->record)) {
                        process_record_remove(r->record_dir, p->record.pid);
                        return 0;
                }
        }
        error = process_watch_clock(p);
        if (error < 0)
                return error;
        process_runner_insert(TAKE_PTR(p));
        return 0;
}

static int adopt_all(struct process_runner *r) {
        struct process_record *records = NULL;
        size_t n = 0, torn = 0;
        int error;

        error = process_record_read_all(r->record_dir, &records, &n, &torn);
        if (error < 0)
                return error;
        for (size_t i = 0; i < n; i++) {
                int k = error < 0 ? 0 : adopt_record(r, &records[i]);

                error = error < 0 ? error : k;
                process_record_done(&records[i]);
        }
        free(records);
        if (torn > 0)
                log_warning("%zu torn records of running scripts in %s were ignored", torn,
                                r->record_dir);
        return error;
}

int process_runner_new(sd_event *event, const char *record_dir, struct process_runner **ret) {
        _cleanup_(process_runner_freep) struct process_runner *r = NULL;
        int error;

        r = malloc(sizeof(*r));
        if (!r)
                return -ENOMEM;
        *r = (struct process_runner){ .event = sd_event_ref(event) };
        process_origin_read(&r->origin);
        (void) signal(SIGCHLD, SIG_DFL); /* ignored, it would take the results of our children */
        process_budget_init(&r->lines, PROCESS_OUTPUTS_BURST, PROCESS_OUTPUTS_PER_SEC,
                        usec_now(CLOCK_MONOTONIC));
        r->record_dir = strdup(record_dir);
        if (!r->record_dir)
                return -ENOMEM;
        if (mkdir(record_dir, 0700) < 0 && errno != EEXIST)
                return -errno;
        error = adopt_all(r);
        if (error < 0)
                return error;
        *ret = TAKE_PTR(r);
        return 0;
}

struct process_runner *process_runner_free(struct process_runner *r) {
        if (!r)
                return NULL;
        while (r->processes)
                (void) process_free(r->processes);
        while (r->outputs)
                output_link_free(r->outputs);
        (void) sd_event_unref(r->event);
        free(r->record_dir);
        free(r);
        return NULL;
}

void process_runner_end(struct process_runner *r, usec_t grace_usec, void (*done)(void *userdata),
                void *userdata) {
        struct process *p;

        if (!r->processes) {
                done(userdata);
                return;
        }
        r->ended = done;
        r->ended_userdata = userdata;
        DL_FOREACH (r->processes, p)
                process_begin_end(p, grace_usec);
}

struct process *process_claim(struct process_runner *r, const char *tag,
                const struct process_ops *ops, void *userdata) {
        struct process *p;

        DL_FOREACH (r->processes, p) {
                if (!p->main_alive || p->ops || !streq(p->record.tag, tag))
                        continue;
                p->ops = ops;
                p->userdata = userdata;
                return p;
        }
        return NULL;
}
