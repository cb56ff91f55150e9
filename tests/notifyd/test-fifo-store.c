/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-store.h"

#include "notifyd/fifos.h"
#include "tests/common/conf-text.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* The manager's end, with what it is told. -1: none. */
static int manager_open(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/manager", directory);
        if (fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -1;
        (void) setenv("NOTIFY_SOCKET", address.sun_path, 1);
        return fd;
}

static void nothing_carried(uint64_t id, const struct carried *c, void *userdata) {
}

/* 1: notify_fifo is in the store in the end, as far as @manager was told. */
static int is_kept(int manager) {
        char text[256];
        int kept = 0;
        ssize_t n;

        while ((n = recv(manager, text, sizeof(text) - 1, 0)) > 0) {
                text[n] = '\0';
                if (strstr(text, "FDNAME=notify_fifo"))
                        kept = strstr(text, "FDSTORE=1") ? 1 : 0;
        }
        return kept;
}

/* The manager kept a FIFO under this key whose path is not in the file any more. */
static int configure_another(void) {
        char text[256], record[96], readers[96];
        int pipes[2], manager = manager_open(), kept;
        struct fifos *f = NULL;
        sd_event *event = NULL;
        struct conf *c;

        if (manager < 0 || pipe2(pipes, O_CLOEXEC) < 0 || sd_event_new(&event) < 0)
                return 2;
        hand_over(pipes[0]);
        (void) snprintf(text, sizeof(text),
                        "global_defs {\nscript_user root\nnotify_fifo %s root\n}\n", path);
        (void) snprintf(record, sizeof(record), "%s/record", directory);
        (void) snprintf(readers, sizeof(readers), "%s/readers", directory);
        c = conf_of(text);
        if (fifos_new(event, record, readers, nothing_carried, NULL, &f) < 0)
                return 3;
        fifos_configure(f, c);
        kept = is_kept(manager);
        f = fifos_free(f);
        (void) conf_free(c);
        (void) sd_event_unref(event);
        return kept == 1 ? 0 : 4;
}

Test(fifo_store, a_fifo_of_another_path_is_kept_in_place_of_the_one_before) {
        char name[96];

        if (geteuid() != 0)
                cr_skip_test("the FIFO is to belong to root");
        cr_expect_eq(in_child(configure_another), 0);
        for (size_t i = 0; i < 3; i++) {
                (void) snprintf(name, sizeof(name), "%s/%s", directory,
                                (const char *[]){ "manager", "record", "readers" }[i]);
                (void) remove(name);
        }
}
