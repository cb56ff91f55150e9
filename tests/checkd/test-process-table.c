/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real processes, looked for as the machine allows: by the kernel's events, which only root in the first
 * namespaces is told, or by reading /proc. */

#include "checkd/process-table.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkd/process-events.h"
#include "common/usec.h"

static char name[16];
static char *argv[] = { name, NULL };
static const struct check_process_conf conf = { .argv = argv, .quorum = 1, .quorum_max = 9 };
static unsigned calls;

static void on_changed(void *userdata) {
        calls++;
}

/* A child that only waits, under our name. */
static pid_t start(void) {
        pid_t pid = fork();

        cr_assert_geq(pid, 0);
        if (pid > 0)
                return pid;
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) prctl(PR_SET_NAME, name);
        for (;;)
                (void) pause();
}

static void init(void) {
        (void) snprintf(name, sizeof(name), "sought%d", getpid());
        calls = 0;
}

TestSuite(process_table, .init = init, .timeout = 60);

static bool becomes(sd_event *event, const struct process_sought *s, unsigned n) {
        for (int i = 0; i < 400 && s->n != n; i++)
                (void) sd_event_run(event, 10000);
        return s->n == n;
}

Test(process_table, knows_what_comes_and_goes) {
        struct process_table *t;
        struct process_sought *s;
        pid_t first, second;
        sd_event *event;

        cr_assert_geq(sd_event_new(&event), 0);
        first = start();
        (void) usleep(50000);
        cr_assert_eq(process_table_new(event, &t), 0);
        cr_assert_eq(process_table_seek(t, &conf, on_changed, NULL, &s), 0);
        cr_expect_eq(s->n, 1, "what runs already is known at once");
        cr_expect_eq(calls, 0);
        second = start();
        cr_expect(becomes(event, s, 2));
        cr_assert_eq(kill(first, SIGKILL), 0);
        cr_expect(becomes(event, s, 1), "although it is still a zombie");
        cr_expect_eq(calls, 2);
        cr_assert_eq(kill(second, SIGKILL), 0);
        cr_expect(becomes(event, s, 0));
        (void) waitpid(first, NULL, 0);
        (void) waitpid(second, NULL, 0);
        (void) process_sought_free(s);
        (void) process_table_free(t);
        sd_event_unref(event);
}

/* The next event of @pid within two seconds, whatever else there is, or -1. */
static int next_of(int fd, pid_t pid) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), 2 * USEC_PER_SEC);

        while (usec_now(CLOCK_MONOTONIC) < end && poll(&p, 1, 2000) > 0) {
                struct process_event e;
                int r = process_events_receive(fd, &e);

                if (r > 0 && e.pid == pid)
                        return e.kind == PROCESS_EVENT_LISTENING && e.error ? -e.error
                                                                            : (int) e.kind;
        }
        return -1;
}

Test(process_table, the_kernel_tells_of_processes) {
        int fd = process_events_open(), r;
        pid_t pid;

        if (fd < 0)
                cr_skip_test("the kernel tells nothing here: %s", strerrordesc_np(-fd));
        r = next_of(fd, 0);
        if (r < 0)
                cr_skip_test("the kernel tells nothing here");
        cr_assert_eq(r, PROCESS_EVENT_LISTENING);
        pid = start();
        cr_expect_eq(next_of(fd, pid), PROCESS_EVENT_FORK);
        cr_expect_eq(next_of(fd, pid), PROCESS_EVENT_CHANGED);
        cr_assert_eq(kill(pid, SIGKILL), 0);
        cr_expect_eq(next_of(fd, pid), PROCESS_EVENT_EXIT);
        (void) waitpid(pid, NULL, 0);
        (void) close(fd);
}
