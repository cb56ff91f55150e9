/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The child's half of common/process: from fork(2) to the program, or to the words why not. */

#include "common/process-options.h"
#include "common/process.h"

enum process_report_kind {
        PROCESS_REPORT_WARNING, /* the program runs all the same */
        PROCESS_REPORT_NOT_RUN,
        PROCESS_REPORT_FAILED, /* a file test */
};

/* What the child tells its parent: one datagram. */
struct process_report {
        enum process_report_kind kind;
        char text[PROCESS_TEXT_MAX];
};

struct process_child {
        const struct process_spec *spec;
        char *const *environment;            /* all of it */
        const struct process_origin *origin; /* how it is run: as the daemon was at first */
        int output_fd;                       /* becomes stdout and stderr */
        int status_fd; /* SOCK_SEQPACKET: a byte comes when the run is recorded, reports go */
};

/* Waits for the byte, becomes the program. */
void process_child_run(const struct process_child *c) __attribute__((noreturn));
