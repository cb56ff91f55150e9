/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/daemon-directory.h"

static char base[] = "/tmp/test-directory-XXXXXX";

static void use_base(void) {
        char path[64];

        cr_assert_not_null(mkdtemp(base));
        (void) snprintf(path, sizeof(path), "%s/a/b", base);
        cr_assert_eq(setenv("RUNTIME_DIRECTORY", path, 1), 0);
}

TestSuite(directory, .init = use_base);

Test(directory, the_managers_word_counts_and_missing_parts_are_made) {
        _cleanup_free_ char *path = NULL;

        cr_assert_eq(daemon_runtime_directory("vrrpd", "id", &path), 0);
        cr_assert_str_eq(path, getenv("RUNTIME_DIRECTORY"));
        cr_assert_eq(access(path, W_OK), 0);
}

Test(directory, the_first_of_several_is_ours) {
        _cleanup_free_ char *path = NULL;
        char two[80];

        (void) snprintf(two, sizeof(two), "%s/one:%s/two", base, base);
        cr_assert_eq(setenv("STATE_DIRECTORY", two, 1), 0);
        cr_assert_eq(daemon_state_directory("notifyd", NULL, &path), 0);
        cr_assert_eq(strncmp(path, two, strlen(path)), 0);
        cr_assert_not_null(strstr(path, "/one"));
}

Test(directory, a_second_daemon_learns_who_the_first_is) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -1;
        int status;

        cr_assert_eq(daemon_runtime_directory("vrrpd", NULL, &path), 0);
        cr_assert_eq(daemon_lock(path, &fd, &(pid_t){ 0 }), 0);
        if (fork() == 0) {
                pid_t holder = 0;
                int second = -1;

                _exit(daemon_lock(path, &second, &holder) == -EBUSY && holder == getppid() ? 0 : 1);
        }
        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
}

Test(directory, the_lock_ends_with_its_holder) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -1;
        int status;

        cr_assert_eq(daemon_runtime_directory("vrrpd", NULL, &path), 0);
        if (fork() == 0) {
                int first = -1;

                _exit(daemon_lock(path, &first, &(pid_t){ 0 }) == 0 ? 0 : 1);
        }
        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
        cr_assert_eq(daemon_lock(path, &fd, &(pid_t){ 0 }), 0);
}

/* A child that its parent's death caught before it became another program. */
Test(directory, the_lock_outlives_its_holder_for_as_long_as_a_child_has_it) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -1;
        int status;

        cr_assert_eq(daemon_runtime_directory("vrrpd", NULL, &path), 0);
        if (fork() == 0) {
                int first = -1;

                if (daemon_lock(path, &first, &(pid_t){ 0 }) < 0)
                        _exit(1);
                if (fork() == 0)
                        (void) usleep(100 * 1000);
                _exit(0);
        }
        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
        cr_assert_eq(daemon_lock(path, &fd, &(pid_t){ 0 }), 0);
}
