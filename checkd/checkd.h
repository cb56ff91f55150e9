/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* checkd: runs checks and says what they found. It changes nothing itself. */

#include "checkd/kind.h"
#include "checkd/tracker.h"
#include "checkd/verdict.h"
#include "common/daemon.h"

#define CHECKD_OBJECT_PATH "/org/mainstay/check1"

struct check_probe;
struct checker;
struct checker_run;
struct checker_store;
struct mounts;
struct process_table;
struct suspension;
struct turns;

struct checkd {
        struct daemon *daemon;
        struct process_runner *runner;
        struct mounts *mounts;
        struct turns *turns;
        struct tracker *trackers;        /* table by id */
        struct process_table *processes; /* NULL while none is tracked */
        sd_event_source *save_timer;     /* of trackers */

        struct check_engine engine;
        struct checker *checkers; /* table by name */
        unsigned n_checkers[_CHECK_STATE_MAX];
        struct check_probe *probes;  /* table by question */
        struct checker_store *store; /* what is saved of checkers */
        struct suspension *suspension;
        struct checker_run *runs; /* DL */
        unsigned n_runs;
};

extern const struct daemon_ops checkd_ops;

/* Something that is kept for a successor has changed: it is written soon, once for all changes. */
void checkd_save_soon(struct checkd *c);

/* The line in systemctl status: how many are up and down. */
void checkd_show_status(struct checkd *c);
