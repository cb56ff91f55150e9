/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tracker: one vrrp_script that somebody tracks. It runs the script when the schedule says, never twice
 * at a time, makes a state of the results and tells it: to the log, as an event, on the bus.
 *
 * A script that cannot run at all (missing, not executable, no such user) says nothing about what it is to
 * check. While nothing is known it leaves the tracker UNKNOWN, as keepalived drops such a script; of a
 * tracker whose state is known it is a failure, as there. */

#include <systemd/sd-event.h>
#include <uthash.h>

#include "checkd/conf.h"
#include "checkd/schedule.h"
#include "checkd/verdict.h"
#include "common/cleanup.h"
#include "common/process.h"
#include "common/script.h"
#include "common/usec.h"

struct checkd;

struct tracker {
        struct checkd *checkd; /* owner */
        UT_hash_handle hh;     /* by name */
        char *name;
        char *path;                           /* of the object on the bus */
        const struct check_script_conf *conf; /* of the configuration in force */
        struct script script;
        struct check_verdict verdict;
        struct check_schedule schedule;
        sd_event_source *timer;
        bool begun;              /* the timer runs */
        struct process *running; /* or NULL */

        usec_t state_since_usec;             /* CLOCK_REALTIME; 0: UNKNOWN */
        char state_reason[PROCESS_TEXT_MAX]; /* what decided the state */
        usec_t last_run_usec;                /* end of the last run, CLOCK_REALTIME; 0: none */
        char last_result[PROCESS_TEXT_MAX];
        uint64_t runs, failures;          /* since the start of the process */
        char complaint[PROCESS_TEXT_MAX]; /* what was last said to be wrong with the script itself */
};

/* Make a tracker of @conf in @c's table. It does nothing before it begins or resumes, but takes over the run
 * that a predecessor may have left. */
int tracker_new(struct checkd *c, const struct check_script_conf *conf, struct tracker **ret);
/* Ends its run and removes it from the table; nobody is told. */
struct tracker *tracker_free(struct tracker *t);
DEFINE_CLEANUP_FUNC(struct tracker *, tracker_free);

/* Start working: the first run is at @first (CLOCK_MONOTONIC). */
void tracker_begin(struct tracker *t, usec_t first);
/* Go on where a predecessor stopped, by the schedule it had. */
void tracker_resume(struct tracker *t);

/* The script's block in a new configuration. Its state stays; if it runs another command from now on, that
 * decides with its first result, at once. */
void tracker_reconfigure(struct tracker *t, const struct check_script_conf *conf,
                const struct global_conf *old_global);

/* No more runs; the one going on is not listened to any more. */
void tracker_stop(struct tracker *t);

struct tracker *tracker_find(const struct checkd *c, const char *name);
