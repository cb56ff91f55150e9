/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What common/process.c (one run) and common/process-runner.c (all of them) share; nobody else's. */

#include "common/process-options.h"
#include "common/process-output.h"
#include "common/process-record.h"
#include "common/process.h"

enum process_phase {
        PROCESS_RUNNING,
        PROCESS_LEFTOVER, /* main process gone, others of its group are not; waits for the limit */
        PROCESS_ENDING,   /* SIGTERM was sent */
        PROCESS_KILLED,   /* SIGKILL was sent; the kernel has not let go of it yet */
};

struct process {
        struct process_runner *runner; /* owner */
        struct process *prev, *next;
        struct process_record record;
        const struct process_ops *ops; /* NULL: nobody wants to hear of it */
        void *userdata;

        enum process_phase phase;
        bool main_alive;
        bool adopted;
        bool told;
        int pidfd;
        int status_fd; /* what the child says before it is the program; -1: adopted */
        struct output_link *output;
        sd_event_source *exit_source;
        sd_event_source *timer;
};

/* A pipe being read; @process is NULL once the run is over. */
struct output_link {
        struct process_runner *runner;
        struct output_link *prev, *next;
        struct process *process;
        struct process_output *output;
};

struct process_runner {
        sd_event *event;
        char *record_dir;
        struct process_origin origin; /* of this process, for those that it starts */
        bool record_failed;           /* and said so */
        struct process *processes;
        size_t n;
        struct output_link *outputs; /* oldest first */
        size_t n_outputs;
        struct process_budget lines;

        void (*ended)(void *userdata); /* process_runner_end() */
        void *ended_userdata;
};

/* Allocate a run of @r, which is not yet in its list. */
int process_new(struct process_runner *r, struct process **ret);
struct process *process_free(struct process *p);
DEFINE_CLEANUP_FUNC(struct process *, process_free);

/* Watch the main process that p->record describes; its time limit. */
int process_watch(struct process *p);
int process_watch_clock(struct process *p);

/* SIGTERM now, SIGKILL @kill_after later, unless the run is ending already. */
void process_begin_end(struct process *p, usec_t kill_after);

void process_runner_insert(struct process *p);
/* Free @p, of which nothing is left. */
void process_runner_finished(struct process *p);
/* Read the output of @p from @fd (taken over). */
int process_runner_read_output(struct process *p, int fd);
/* Read what there is of it now. */
void process_runner_drain_output(struct process *p);
/* Write down that @p exists. */
void process_runner_record(struct process *p);
