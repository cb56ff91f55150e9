/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The program that reads a FIFO: notify_fifo_script and its kin. It is to run for as long as its FIFO is
 * written to; when it ends, it is started again, after a pause that grows.
 *
 * It outlives notifyd. It holds the FIFO open for writing, too (struct process_spec), so that it does not
 * see an end of the file when notifyd is restarted or killed, and nothing that is in the FIFO is lost. A
 * successor adopts it. */

#include <stdbool.h>

#include "common/cleanup.h"
#include "common/conf-global.h"
#include "common/conf-script.h"
#include "common/process.h"

struct fifo_reader;

/* @runner and @key ("notify_fifo_script") are borrowed, @path is copied. One of a predecessor is adopted if
 * it runs the command @known (borrowed, may be NULL), and ended otherwise. 0 or -ENOMEM. */
int fifo_reader_new(sd_event *event, struct process_runner *runner, const char *key,
                const char *path, const char *known, struct fifo_reader **ret);
/* Leaves it running, for a successor. */
struct fifo_reader *fifo_reader_free(struct fifo_reader *r);
DEFINE_CLEANUP_FUNC(struct fifo_reader *, fifo_reader_free);

/* Run @conf as @global says (both borrowed until the next call; NULL: run nothing). What runs already goes
 * on if it is the same. */
void fifo_reader_set(struct fifo_reader *r, const struct conf_script *conf,
                const struct global_conf *global);
/* Start nothing more; what runs is its runner's to end. */
void fifo_reader_disable(struct fifo_reader *r);
/* End what runs: it is started anew. */
void fifo_reader_restart(struct fifo_reader *r);

bool fifo_reader_runs(const struct fifo_reader *r);
/* What identifies the command that runs or is to run, to be kept for a successor. "": none. */
const char *fifo_reader_command(const struct fifo_reader *r);
