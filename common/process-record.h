/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is written down about a run, so that a successor finds it: one file DIRECTORY/PID each.
 *
 * A process id alone says nothing, it may belong to somebody else by now; together with the start time
 * (proc(5), stat field 22) it is unique until the next boot. A process group whose leader has ended is known
 * by its members: same group and session, none older than the leader was. */

#include <stdbool.h>
#include <sys/types.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct process_record {
        pid_t pid;            /* of the main process, and of its group */
        pid_t session;        /* its session when it was started: the daemon's */
        uint64_t start_ticks; /* since boot */
        usec_t timeout_usec;  /* the limit that the deadline comes from */
        usec_t deadline;      /* CLOCK_MONOTONIC; USEC_INFINITY: none */
        char *tag;
};

void process_record_done(struct process_record *r);

/* Describe the child @pid of ours, which has just been forked, and whose time runs from now. Returns 0 or -errno; on 0 free with _done(). */
int process_record_init(struct process_record *r, pid_t pid, usec_t timeout_usec, const char *tag);

int process_record_write(const char *directory, const struct process_record *r);
void process_record_remove(const char *directory, pid_t pid);

/* Read all; what is torn or of another format is removed. @ret is an array to be freed after its records.
 * A missing directory has none. */
int process_record_read_all(const char *directory, struct process_record **ret, size_t *ret_n,
                size_t *ret_torn);

/* Is the main process still the one that was recorded? Zombies are gone. */
bool process_record_main_alive(const struct process_record *r);

/* Main process gone: are there others of its group? Reads all of /proc. */
bool process_record_group_alive(const struct process_record *r);
