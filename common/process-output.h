/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a process of others prints: a pipe that is read until its end, made into lines.
 *
 * It is always read, so the writer never waits for us; what is worth telling is bounded: a line by
 * PROCESS_LINE_MAX bytes, lines by two budgets, the writer's own and one that all share. What exceeds them
 * is counted and said in one line when there is budget again, or at the end. The pipe may outlive the run
 * (a daemon that a script has started keeps it): then it is read on. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/usec.h"

#define PROCESS_LINE_MAX 1024U
#define PROCESS_OUTPUT_BURST 100U        /* lines at once, of one run */
#define PROCESS_OUTPUT_PER_SEC 5U        /* and then */
#define PROCESS_OUTPUTS_BURST 500U       /* of all together: */
#define PROCESS_OUTPUTS_PER_SEC 50U      /* journald drops ours from 333 a second on */
#define PROCESS_OUTPUT_READ_BYTES 65536U /* per wake-up */

/* How many lines may still be told; fills up with time. */
struct process_budget {
        unsigned burst;
        unsigned per_sec;
        unsigned left;
        usec_t filled_usec;
};

void process_budget_init(struct process_budget *b, unsigned burst, unsigned per_sec, usec_t now);
/* Take one; false when there is none left. */
bool process_budget_take(struct process_budget *b, usec_t now);

struct process_output;

struct process_output_ops {
        void (*line)(const char *tag, const char *line, void *userdata);
        /* The last writer has closed it; @o is to be freed. */
        void (*end)(struct process_output *o, void *userdata);
};

/* Read @fd (taken over, non-blocking). @shared, @ops, @userdata are borrowed for its life. */
int process_output_new(sd_event *event, int fd, const char *tag, struct process_budget *shared,
                const struct process_output_ops *ops, void *userdata, struct process_output **ret);
struct process_output *process_output_free(struct process_output *o);
DEFINE_CLEANUP_FUNC(struct process_output *, process_output_free);

/* Read what is there now, at most PROCESS_OUTPUT_READ_BYTES, without waiting for the loop's turn. Does not
 * call end(). */
void process_output_drain(struct process_output *o);
