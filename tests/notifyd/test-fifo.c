/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIFO _cleanup_(fifo_freep)

static char directory[] = "/tmp/test-fifo-XXXXXX";
static char path[64];

static void set_up(void) {
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/fifo", directory);
        (void) umask(022);
}

static void clean_up(void) {
        (void) unlink(path);
        (void) rmdir(directory);
}

TestSuite(fifo, .init = set_up, .fini = clean_up);

static struct fifo *open_fifo(void) {
        struct fifo *f = fifo_new(path);
        char problem[FIFO_PROBLEM_MAX] = "";

        cr_assert_not_null(f);
        cr_assert_eq(fifo_open(f, geteuid(), getegid(), problem), 0, "%s", problem);
        return f;
}

static void expect_refused(uid_t uid, const char *words) {
        FIFO struct fifo *f = fifo_new(path);
        char problem[FIFO_PROBLEM_MAX] = "";

        cr_assert_eq(fifo_open(f, uid, getegid(), problem), 1);
        cr_expect_not_null(strstr(problem, words), "%s", problem);
        cr_expect_eq(f->fd, -1);
}

Test(fifo, is_made_with_mode_0644_and_removed_again) {
        FIFO struct fifo *f = open_fifo();
        struct stat st;

        cr_assert_geq(lstat(path, &st), 0);
        cr_expect(S_ISFIFO(st.st_mode));
        cr_expect_eq(st.st_mode & 0777, 0644);
        cr_expect(f->ours && fifo_in_place(f));
        fifo_remove(f);
        cr_expect_lt(lstat(path, &st), 0);
}

Test(fifo, of_somebody_else_is_used_and_left_there) {
        FIFO struct fifo *f = NULL;

        cr_assert_geq(mkfifo(path, 0600), 0);
        f = open_fifo();
        cr_expect_not(f->ours);
        fifo_remove(f);
        cr_expect_geq(access(path, F_OK), 0);
}

Test(fifo, another_one_of_the_path_is_not_removed) {
        FIFO struct fifo *f = open_fifo();

        cr_assert_geq(unlink(path), 0);
        cr_assert_geq(mkfifo(path, 0600), 0);
        cr_expect_not(fifo_in_place(f));
        fifo_remove(f);
        cr_expect_geq(access(path, F_OK), 0);
}

Test(fifo, what_is_no_fifo_is_refused_and_left_alone) {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        struct stat st;

        cr_assert_geq(fd, 0);
        cr_assert_eq(write(fd, "precious", 8), 8);
        (void) close(fd);
        expect_refused(geteuid(), "no FIFO");
        cr_assert_geq(stat(path, &st), 0);
        cr_expect_eq(st.st_size, 8);

        cr_assert_geq(unlink(path), 0);
        cr_assert_geq(symlink("/dev/null", path), 0);
        expect_refused(geteuid(), "no FIFO");
}

Test(fifo, a_missing_directory_is_a_problem_in_words) {
        (void) snprintf(path, sizeof(path), "%s/no/fifo", directory);
        expect_refused(geteuid(), "No such file or directory");
}

Test(fifo, a_foreign_one_is_refused) {
        if (geteuid() != 0)
                cr_skip("needs root");
        cr_assert_geq(mkfifo(path, 0666), 0);
        cr_assert_geq(chown(path, 4711, 4711), 0);
        expect_refused(0, "of user 4711");
        {
                FIFO struct fifo *f = fifo_new(path);
                char problem[FIFO_PROBLEM_MAX];

                cr_expect_eq(fifo_open(f, 4711, 4711, problem), 0);
        }
}

Test(fifo, takes_lines_until_it_is_full_and_none_by_halves) {
        FIFO struct fifo *f = open_fifo();
        char line[1000], buf[sizeof(line)];
        size_t n = 0;
        int r;

        memset(line, 'x', sizeof(line));
        while ((r = fifo_write(f, line, sizeof(line))) == 0)
                n++;
        cr_expect_eq(r, -EAGAIN);
        cr_expect_eq(fifo_unread(f), n * sizeof(line));
        for (size_t i = 0; i < n; i++)
                cr_expect_eq(read(f->fd, buf, sizeof(buf)), (ssize_t) sizeof(line));
        cr_expect_eq(fifo_write(f, line, sizeof(line)), 0);
}

/* A predecessor announced a line and was killed before or after it wrote it; the FIFO lives on. */
Test(fifo, tells_a_successor_whether_the_last_line_went_in) {
        FIFO struct fifo *old = open_fifo();
        FIFO struct fifo *f = open_fifo();

        cr_assert_eq(fifo_announce(old, 7), 0);
        cr_expect_not(fifo_has_written(f, 7));
        cr_assert_eq(fifo_write(old, "line\n", 5), 0);
        cr_expect(fifo_has_written(f, 7));
        cr_assert_eq(fifo_announce(old, 8), 0);
        cr_expect_not(fifo_has_written(f, 8));
}

Test(fifo, a_full_one_keeps_the_announcement) {
        FIFO struct fifo *old = open_fifo();
        FIFO struct fifo *f = open_fifo();

        while (fifo_write(old, "line\n", 5) == 0)
                ;
        cr_assert_eq(fifo_announce(old, 9), 0);
        cr_assert_eq(fifo_write(old, "line\n", 5), -EAGAIN);
        cr_expect_not(fifo_has_written(f, 9));
}

Test(fifo, one_that_was_made_anew_has_nothing_of_a_predecessor) {
        FIFO struct fifo *f = open_fifo();

        cr_expect_not(fifo_has_written(f, 7));
}
