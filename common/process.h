/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes of others that a daemon runs: check scripts, notify scripts. The one place that starts any.
 *
 * A *run* is one program with its own process group, identity, environment and time limit. Its output
 * goes to the journal, line by line, bounded in length and rate. Everything that may block (finding the
 * program, opening it, executing it from a dead network file system) happens in the child, so only the
 * run hangs, and its time limit ends it.
 *
 * At the limit the whole group gets SIGTERM and two seconds later SIGKILL, also what the main process
 * left running in it. What left the group (a daemon that was started, setsid(2)) is nobody's business.
 *
 * Runs survive the daemon: each is recorded before its program starts, and a successor adopts what still
 * runs and ends it in time. Output after the daemon's end is lost, but never kills the writer.
 *
 * The interface passes plain values one way and results the other, so a runner in a process of its own
 * could stand behind it. */

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/process-identity.h"
#include "common/usec.h"

#define PROCESS_RUNS_MAX 4096U                     /* at a time in one runner, leftovers included */
#define PROCESS_KILL_AFTER_USEC (2 * USEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define PROCESS_TEXT_MAX 256U
#define PROCESS_ARGS_MAX 512U

struct process;
struct process_runner;

struct process_spec {
        const char *tag; /* the name of the run's owner: MAINSTAY_SCRIPT= and in front of its output */
        char *const *argv; /* a program without a slash is searched in PATH */
        bool file_test;    /* run nothing: succeed if argv[0] can be opened for reading */
        const char *inspect; /* path whose owners and modes are checked if the run is root's; NULL: the program */
        bool secure;                             /* refuse when that check fails, else only warn */
        const struct process_identity *identity; /* NULL: the daemon's own */
        char *const *environment; /* "NAME=value" beside the inherited ones, or NULL */
        usec_t timeout_usec;      /* USEC_INFINITY: none */
        const char *hold_open; /* FIFO whose writing end the program inherits, so that it has a writer for
                                * as long as the program lives; NULL: none */
};

enum process_outcome {
        PROCESS_EXITED,   /* status: exit status */
        PROCESS_SIGNALED, /* status: signal number */
        PROCESS_TIMEOUT,  /* still running after its time; it is being ended */
        PROCESS_FAILED,   /* a file_test that failed; text */
        PROCESS_NOT_RUN,  /* the program was never executed; text says why */
        PROCESS_UNSEEN,   /* an adopted run has ended, how is not known */
        _PROCESS_OUTCOME_MAX,
};

struct process_result {
        enum process_outcome outcome;
        int status;
        usec_t timeout_usec;            /* the limit, for the words */
        char text[PROCESS_TEXT_MAX];    /* "cannot run /x: No such file or directory", or "" */
        char warning[PROCESS_TEXT_MAX]; /* what is wrong with the file although it was run, or "" */
};

static inline bool process_result_good(const struct process_result *r) {
        return r->outcome == PROCESS_EXITED && r->status == 0;
}

/* In words: "exit status 1", "killed by SIGSEGV", "timeout after 2 s". Writes at most @n bytes to @buf
 * (PROCESS_TEXT_MAX suffices) and returns it. */
const char *process_result_format(const struct process_result *r, char *buf, size_t n);

struct process_ops {
        /* How the run went; told once, at its end or its time limit. */
        void (*result)(struct process *p, const struct process_result *r, void *userdata);
        /* The main process has ended, after result(). From here on @p is not the caller's any more. */
        void (*gone)(struct process *p, void *userdata);
};

/* Whatever this process does to its own limits, priority and processors later, its runs are run as it is run now.
 * @record_dir is made if it is missing and holds one file for each run. Runs of a predecessor are adopted:
 * they keep their time limit. Returns 0 or -errno; a torn record is removed and counted out. */
int process_runner_new(sd_event *event, const char *record_dir, struct process_runner **ret);

/* Leave everything running and recorded, for a successor. No callback comes any more. */
struct process_runner *process_runner_free(struct process_runner *r);
DEFINE_CLEANUP_FUNC(struct process_runner *, process_runner_free);

/* End all runs: SIGTERM now, SIGKILL after @grace_usec. @done is called when nothing is left of them,
 * perhaps before this returns. */
void process_runner_end(struct process_runner *r, usec_t grace_usec, void (*done)(void *userdata),
                void *userdata);

/* Start a run. @spec is borrowed for the call, @ops and @userdata until gone(). Never calls back before
 * it returns. Returns 0; -EAGAIN, -ENOMEM, ... when there is no room for a process just now, which says
 * nothing about the program; what is wrong with that comes as a result. */
int process_start(struct process_runner *r, const struct process_spec *spec,
                const struct process_ops *ops, void *userdata, struct process **ret);

/* The run of @tag that nobody listens to, adopted or forgotten, and whose main process lives; or NULL. It becomes
 * the caller's: @ops are called as for a run that was started here, but a result that was told is not told again. */
struct process *process_claim(struct process_runner *r, const char *tag,
                const struct process_ops *ops, void *userdata);

/* End a run before its time. Its owner is told as usual (the outcome is what the signal made of it). */
void process_end(struct process *p);

/* Forget a run: the owner hears nothing more, the run goes on to its end or its limit. */
void process_forget(struct process *p);

pid_t process_pid(const struct process *p);
