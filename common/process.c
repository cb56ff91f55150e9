/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parent's half: runs, their time limits, their records.
 *
 * A run lives longer than its main process when that leaves others in its group; it then waits for the
 * time limit. The number of a group cannot become somebody else's while it has members, and once it has
 * none it is somebody else's only if a process of that number exists: group_remains() asks for both. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <utlist.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/process-child.h"
#include "common/process-environment.h"
#include "common/process-run.h"

#define DEATH_PATIENCE_USEC (10 * USEC_PER_SEC) /* until it is said that SIGKILL did not help */

/* --- the end of a run --- */

struct process *process_free(struct process *p) {
        struct process_runner *r;

        if (!p)
                return NULL;
        r = p->runner;
        if (p->prev) {
                DL_DELETE(r->processes, p);
                r->n--;
        }
        if (p->output)
                p->output->process = NULL;
        (void) sd_event_source_disable_unref(p->exit_source);
        (void) sd_event_source_disable_unref(p->timer);
        if (p->pidfd >= 0)
                (void) close(p->pidfd);
        if (p->status_fd >= 0)
                (void) close(p->status_fd);
        process_record_done(&p->record);
        free(p);
        return NULL;
}

/* Is something of our group left, although its leader is gone? A process of the leader's number would be
 * a stranger's: then ours ended, and the number was given out again. */
static bool group_remains(const struct process *p) {
        if (kill(p->record.pid, 0) >= 0 || errno != ESRCH)
                return false;
        return kill(-p->record.pid, 0) >= 0 || errno == EPERM;
}

static void signal_group(const struct process *p, int sig) {
        if (p->main_alive || group_remains(p))
                (void) kill(-p->record.pid, sig);
}

static void arm(struct process *p, usec_t at) {
        if (at == USEC_INFINITY) {
                (void) sd_event_source_set_enabled(p->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(p->timer, at);
        (void) sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

void process_begin_end(struct process *p, usec_t kill_after) {
        if (p->phase >= PROCESS_ENDING)
                return;
        p->phase = PROCESS_ENDING;
        signal_group(p, SIGTERM);
        arm(p, usec_add(usec_now(CLOCK_MONOTONIC), kill_after));
}

static void tell(struct process *p, const struct process_result *result) {
        if (p->told)
                return;
        p->told = true;
        if (p->ops && p->ops->result)
                p->ops->result(p, result, p->userdata);
}

static void on_time_limit(struct process *p) {
        struct process_result result = { .outcome = PROCESS_TIMEOUT,
                .timeout_usec = p->record.timeout_usec };

        process_begin_end(p, PROCESS_KILL_AFTER_USEC);
        tell(p, &result);
}

static void kill_run(struct process *p) {
        p->phase = PROCESS_KILLED;
        signal_group(p, SIGKILL);
        if (!p->main_alive) {
                process_runner_finished(p);
                return;
        }
        arm(p, usec_add(usec_now(CLOCK_MONOTONIC), DEATH_PATIENCE_USEC));
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        struct process *p = userdata;

        switch (p->phase) {
        case PROCESS_RUNNING: on_time_limit(p); break;
        case PROCESS_LEFTOVER:
                if (group_remains(p))
                        process_begin_end(p, PROCESS_KILL_AFTER_USEC);
                else
                        process_runner_finished(p);
                break;
        case PROCESS_ENDING: kill_run(p); break;
        case PROCESS_KILLED:
                log_emit(LOG_WARNING, NULL, LOG_FIELDS({ "MAINSTAY_SCRIPT", p->record.tag }),
                                "%s: process %d does not die although it was killed: the kernel "
                                "waits for something on its behalf",
                                p->record.tag, p->record.pid);
                break;
        }
        return 0;
}

/* The child's last words before it became the program, or did not. */
static void read_reports(const struct process *p, struct process_result *result) {
        struct process_report report;

        while (p->status_fd >= 0 &&
                        recv(p->status_fd, &report, sizeof(report), MSG_DONTWAIT) ==
                                        sizeof(report)) {
                char *to = report.kind == PROCESS_REPORT_WARNING ? result->warning : result->text;

                report.text[sizeof(report.text) - 1] = '\0';
                (void) snprintf(to, PROCESS_TEXT_MAX, "%s", report.text);
                if (report.kind == PROCESS_REPORT_NOT_RUN)
                        result->outcome = PROCESS_NOT_RUN;
                else if (report.kind == PROCESS_REPORT_FAILED)
                        result->outcome = PROCESS_FAILED;
        }
}

/* Take the dead main process's status. */
static void reap(struct process *p, struct process_result *result) {
        siginfo_t si = {};

        *result = (struct process_result){ .outcome = PROCESS_UNSEEN,
                .timeout_usec = p->record.timeout_usec };
        if (p->adopted || waitid(P_PIDFD, (id_t) p->pidfd, &si, WEXITED | WNOHANG) < 0)
                return;
        result->outcome = si.si_code == CLD_EXITED ? PROCESS_EXITED : PROCESS_SIGNALED;
        result->status = si.si_status;
        read_reports(p, result);
}

/* The main process is gone. What it has left in its group may go on until the limit. */
static void settle(struct process *p) {
        p->ops = NULL;
        if (!group_remains(p) ||
                        (p->phase == PROCESS_RUNNING && p->record.deadline == USEC_INFINITY) ||
                        p->phase == PROCESS_KILLED) {
                process_runner_finished(p);
                return;
        }
        if (p->phase == PROCESS_RUNNING)
                p->phase = PROCESS_LEFTOVER;
}

static int on_exit_of_main(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        struct process *p = userdata;
        struct process_result result;

        reap(p, &result);
        p->main_alive = false;
        (void) sd_event_source_set_enabled(s, SD_EVENT_OFF);
        process_runner_drain_output(p);
        tell(p, &result);
        if (p->ops && p->ops->gone)
                p->ops->gone(p, p->userdata);
        settle(p);
        return 0;
}

/* --- the start of a run --- */

int process_new(struct process_runner *r, struct process **ret) {
        struct process *p;

        p = malloc(sizeof(*p));
        if (!p)
                return -ENOMEM;
        *p = (struct process){ .runner = r, .main_alive = true, .pidfd = -1, .status_fd = -1 };
        *ret = p;
        return 0;
}

/* Watch the main process, which p->record describes, and the clock. */
int process_watch(struct process *p) {
        sd_event *event = p->runner->event;
        int r;

        p->pidfd = pidfd_open(p->record.pid, 0);
        if (p->pidfd < 0)
                return -errno;
        r = sd_event_add_io(event, &p->exit_source, p->pidfd, EPOLLIN, on_exit_of_main, p);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(p->exit_source, DAEMON_PRIORITY_SOCKET);
}

int process_watch_clock(struct process *p) {
        int r;

        r = sd_event_add_time(p->runner->event, &p->timer, CLOCK_MONOTONIC, p->record.deadline,
                        10 * USEC_PER_MSEC, on_timer, p);
        if (r < 0)
                return r;
        arm(p, p->record.deadline);
        return sd_event_source_set_priority(p->timer, DAEMON_PRIORITY_TIMER);
}

/* The two channels of a run, as both sides see them. */
struct channels {
        int output[2];
        int status[2];
};

static void channels_done(struct channels *c) {
        for (int i = 0; i < 2; i++) {
                if (c->output[i] >= 0)
                        (void) close(c->output[i]);
                if (c->status[i] >= 0)
                        (void) close(c->status[i]);
        }
}

static int channels_open(struct channels *c) {
        if (pipe2(c->output, O_CLOEXEC) < 0)
                return -errno;
        if (fcntl(c->output[0], F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, c->status) < 0)
                return -errno;
        return 0;
}

/* fork(2), not vfork(2): with that we would wait until the program is opened and mapped, and the file
 * system it lies on may be dead; and a child of another identity must not share our memory. */
static int fork_child(const struct process_origin *origin, const struct process_spec *spec,
                char *const *environment, const struct channels *c, pid_t *ret) {
        pid_t pid = -1;

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                process_child_run(&(struct process_child){
                                .spec = spec,
                                .environment = environment,
                                .origin = origin,
                                .output_fd = c->output[1],
                                .status_fd = c->status[1],
                });
        (void) setpgid(pid, pid); /* the child does so too; whoever comes first */
        *ret = pid;
        return 0;
}

/* The child waits for us; closing the channel ends it. */
static void abandon_child(pid_t pid) {
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
}

static int adopt_child(
                struct process *p, pid_t pid, const struct process_spec *spec, struct channels *c) {
        int r;

        r = process_record_init(&p->record, pid, spec->timeout_usec, spec->tag);
        if (r < 0)
                return r;
        r = process_watch(p) ?: process_watch_clock(p);
        if (r < 0)
                return r;
        p->status_fd = TAKE_FD(c->status[0]);
        return process_runner_read_output(p, TAKE_FD(c->output[0]));
}

static size_t count_arguments(char *const *argv) {
        size_t n = 0;

        while (argv[n])
                n++;
        return n;
}

int process_start(struct process_runner *r, const struct process_spec *spec,
                const struct process_ops *ops, void *userdata, struct process **ret) {
        _cleanup_(process_freep) struct process *p = NULL;
        _cleanup_(process_environment_freep) char **environment = NULL;
        _cleanup_(channels_done) struct channels c = { { -1, -1 }, { -1, -1 } };
        pid_t pid = -1;
        int error;

        if (r->n >= PROCESS_RUNS_MAX || r->ended)
                return -EAGAIN;
        if (count_arguments(spec->argv) > PROCESS_ARGS_MAX)
                return -E2BIG;
        error = process_new(r, &p) ?: process_environment_new(spec->environment, &environment)
                        ?: channels_open(&c) ?: fork_child(&r->origin, spec, environment, &c, &pid);
        if (error < 0)
                return error;
        error = adopt_child(p, pid, spec, &c);
        if (error < 0) {
                abandon_child(pid);
                return error;
        }

        process_runner_record(p);
        if (send(p->status_fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                log_debug("%s: the child was gone before it began", spec->tag);
        p->ops = ops;
        p->userdata = userdata;
        process_runner_insert(p);
        *ret = TAKE_PTR(p);
        return 0;
}

void process_end(struct process *p) {
        process_begin_end(p, PROCESS_KILL_AFTER_USEC);
}

void process_forget(struct process *p) {
        p->ops = NULL;
}

pid_t process_pid(const struct process *p) {
        return p->record.pid;
}

/* --- words --- */

const char *process_result_format(const struct process_result *r, char *buf, size_t n) {
        const char *name;

        switch (r->outcome) {
        case PROCESS_EXITED: (void) snprintf(buf, n, "exit status %d", r->status); break;
        case PROCESS_SIGNALED:
                name = sigabbrev_np(r->status);
                if (name)
                        (void) snprintf(buf, n, "killed by SIG%s", name);
                else
                        (void) snprintf(buf, n, "killed by signal %d", r->status);
                break;
        case PROCESS_TIMEOUT:
                (void) snprintf(buf, n, "timeout after %g s",
                                (double) r->timeout_usec / (double) USEC_PER_SEC);
                break;
        case PROCESS_FAILED:
        case PROCESS_NOT_RUN: (void) snprintf(buf, n, "%s", r->text); break;
        case PROCESS_UNSEEN: (void) snprintf(buf, n, "ended while the daemon was restarted"); break;
        case _PROCESS_OUTCOME_MAX: (void) snprintf(buf, n, "unknown"); break;
        }
        return buf;
}
