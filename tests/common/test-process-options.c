/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char refusals[256];

static void refused(const char *keyword, int error, void *userdata) {
        cr_assert_lt(error, 0);
        (void) snprintf(refusals + strlen(refusals), sizeof(refusals) - strlen(refusals), "%s ",
                        keyword);
}

static struct process_origin origin;

static void apply(const struct process_options *o) {
        refusals[0] = '\0';
        process_options_apply(o, &origin, refused, NULL);
}

/* A process may always make itself worse. */
Test(process_options, are_applied_and_taken_back) {
        struct process_options o = { .nice_given = true, .cpus_given = true };
        cpu_set_t now;
        int first = 0;

        process_origin_read(&origin);
        while (!CPU_ISSET((size_t) first, &origin.cpus))
                first++;
        CPU_SET((size_t) first, &o.cpus);
        o.nice = origin.nice < 19 ? origin.nice + 1 : 19;
        apply(&o);
        cr_expect_str_eq(refusals, "");
        cr_expect_eq(getpriority(PRIO_PROCESS, 0), o.nice);
        cr_assert_eq(sched_getaffinity(0, sizeof(now), &now), 0);
        cr_expect_eq(CPU_COUNT(&now), 1);

        apply(&(struct process_options){});
        cr_assert_eq(sched_getaffinity(0, sizeof(now), &now), 0);
        cr_expect(CPU_EQUAL(&now, &origin.cpus));
}

Test(process_options, what_is_refused_is_named_and_the_rest_is_done) {
        struct process_options o = { .nice_given = true,
                .nice = -20,
                .rt_priority = 50,
                .no_swap = true,
                .cpus_given = true };
        const struct rlimit none = {};
        cpu_set_t now;
        bool locks;

        process_origin_read(&origin);
        CPU_SET(0, &o.cpus);
        if (geteuid() == 0)
                cr_assert_eq(setresuid(65534, 65534, 65534), 0);
        cr_assert_eq(setrlimit(RLIMIT_RTPRIO, &none), 0);
        cr_assert_eq(setrlimit(RLIMIT_NICE, &none), 0);
        cr_assert_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
        /* The address sanitizer lets everybody lock memory, because it locks none. */
        locks = mlockall(MCL_CURRENT) == 0;
        apply(&o);
        cr_expect_str_eq(refusals,
                        locks ? "priority rt_priority " : "priority no_swap rt_priority ");
        cr_assert_eq(sched_getaffinity(0, sizeof(now), &now), 0);
        cr_expect_eq(CPU_COUNT(&now), 1);
}

/* As vrrpd does, that has a limit which lets it into real time, and no right. */
Test(process_options, who_may_go_into_real_time_may_leave_it) {
        struct process_options o = { .rt_priority = 1 };
        const struct rlimit some = { .rlim_cur = 1, .rlim_max = 1 };

        process_origin_read(&origin);
        if (setrlimit(RLIMIT_RTPRIO, &some) < 0)
                cr_skip_test("the limit cannot be raised");
        if (geteuid() == 0)
                cr_assert_eq(setresuid(65534, 65534, 65534), 0);
        apply(&o);
        if (refusals[0])
                cr_skip_test("this machine grants no real time");
        cr_expect_eq(sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, SCHED_RR);
        for (int i = 0; i < 2; i++) {
                apply(&(struct process_options){});
                cr_expect_str_eq(refusals, "");
                cr_expect_eq(sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, SCHED_OTHER);
        }
}

/* In the child nothing is left of what its parent did to itself. */
Test(process_options, are_not_those_of_children) {
        struct process_options o = { .nice_given = true, .cpus_given = true };
        struct rlimit files;
        int status;
        pid_t pid;

        process_origin_read(&origin);
        CPU_SET(0, &o.cpus);
        o.nice = origin.nice;
        apply(&o);
        files = origin.files;
        files.rlim_cur = files.rlim_cur > 100 ? files.rlim_cur - 1 : files.rlim_cur;
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
        pid = fork();
        if (pid == 0) {
                struct process_origin mine;

                process_origin_restore(&origin);
                process_origin_read(&mine);
                _exit(mine.files.rlim_cur == origin.files.rlim_cur && mine.nice == origin.nice &&
                                                                CPU_EQUAL(&mine.cpus, &origin.cpus)
                                                ? 0
                                                : 1);
        }
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_expect_eq(status, 0);
}
