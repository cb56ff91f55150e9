/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-store.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/test-fifo-store-XXXXXX";
static char path[64];

static void set_up(void) {
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/fifo", directory);
}

static void clean_up(void) {
        (void) unlink(path);
        (void) rmdir(directory);
}

TestSuite(fifo_store, .init = set_up, .fini = clean_up);

/* What the manager does for a new process: @fd becomes number 3, and the environment says so. */
static void hand_over(int fd) {
        char pid[16];

        (void) dup2(fd, 3);
        (void) snprintf(pid, sizeof(pid), "%d", getpid());
        (void) setenv("LISTEN_PID", pid, 1);
        (void) setenv("LISTEN_FDS", "1", 1);
        (void) setenv("LISTEN_FDNAMES", "notify_fifo", 1);
}

/* Number 3 belongs to Criterion in this process: be another one, whose exit status tells. */
static int in_child(int (*run)(void)) {
        int status = -1;
        pid_t pid = fork();

        if (pid == 0)
                _exit(run());
        cr_assert_geq(pid, 0);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct fifo *open_fifo(void) {
        char problem[FIFO_PROBLEM_MAX];
        struct fifo *f = fifo_new(path);

        return f && fifo_open(f, geteuid(), getegid(), problem) == 0 ? f : fifo_free(f);
}

static int write_and_succeed(void) {
        _cleanup_(fifo_store_freep) struct fifo_store *s = NULL;
        _cleanup_(fifo_freep) struct fifo *f = NULL, *old = open_fifo();

        if (!old || fifo_write(old, "line\n", 5) < 0)
                return 1;
        hand_over(old->fd);
        old = fifo_free(old);

        f = open_fifo();
        if (!f || fifo_store_new(&s) < 0)
                return 2;
        fifo_store_exchange(s, f);
        if (f->fd != 3)
                return 3;
        s = fifo_store_free(s);
        return fifo_unread(f) == 5 ? 0 : 4;
}

Test(fifo_store, what_nobody_has_read_outlives_the_process_that_wrote_it) {
        cr_expect_eq(in_child(write_and_succeed), 0);
}

static int receive_another(void) {
        _cleanup_(fifo_store_freep) struct fifo_store *s = NULL;
        _cleanup_(fifo_freep) struct fifo *f = open_fifo();
        int pipes[2];

        if (!f || pipe2(pipes, O_CLOEXEC) < 0)
                return 1;
        hand_over(pipes[0]);
        if (fifo_store_new(&s) < 0)
                return 2;
        fifo_store_exchange(s, f);
        if (f->fd == 3)
                return 3;
        s = fifo_store_free(s);
        return fcntl(3, F_GETFD) < 0 ? 0 : 4;
}

Test(fifo_store, another_fifo_is_not_taken_for_the_kept_one) {
        cr_expect_eq(in_child(receive_another), 0);
}
