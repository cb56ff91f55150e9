/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/state-file.h"

static char directory[] = "/tmp/test-state-file-XXXXXX";
static char path[64];

static void make_directory(void) {
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/state", directory);
}

static void remove_directory(void) {
        (void) unlink(path);
        cr_assert_eq(rmdir(directory), 0, "nothing but the state file may be left");
}

TestSuite(state_file, .init = make_directory, .fini = remove_directory);

static void write_sample(bool durable) {
        json_object *o = json_object_new_object();

        json_object_object_add(o, "role", json_object_new_string("MASTER\nof 1"));
        cr_assert_eq(state_file_write(path, o, durable), 0);
        json_object_put(o);
}

Test(state_file, what_was_written_is_read) {
        json_object *o = NULL;

        for (int durable = 0; durable <= 1; durable++) {
                write_sample(durable);
                cr_assert_eq(state_file_read(path, &o), 0);
                cr_assert_str_eq(json_object_get_string(json_object_object_get(o, "role")),
                                "MASTER\nof 1");
                json_object_put(o);
        }
}

Test(state_file, a_missing_file_is_not_an_empty_one) {
        json_object *o = NULL;

        cr_assert_eq(state_file_read(path, &o), -ENOENT);
        cr_assert_null(o);
}

Test(state_file, every_torn_prefix_is_refused) {
        json_object *o = NULL;
        struct stat st;

        write_sample(false);
        cr_assert_eq(stat(path, &st), 0);
        for (off_t n = st.st_size - 1; n >= 0; n--) {
                cr_assert_eq(truncate(path, n), 0);
                cr_assert_eq(state_file_read(path, &o), -EBADMSG, "at %ld bytes", (long) n);
        }
}

Test(state_file, every_changed_byte_is_noticed) {
        json_object *o = NULL;
        struct stat st;

        write_sample(false);
        cr_assert_eq(stat(path, &st), 0);
        for (off_t i = 0; i < st.st_size; i++) {
                _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
                char before, after;

                cr_assert_eq(pread(fd, &before, 1, i), 1);
                after = (char) (before ^ 1);
                cr_assert_eq(pwrite(fd, &after, 1, i), 1);
                cr_assert_eq(state_file_read(path, &o), -EBADMSG, "byte %ld", (long) i);
                cr_assert_eq(pwrite(fd, &before, 1, i), 1);
        }
        cr_assert_eq(state_file_read(path, &o), 0);
        json_object_put(o);
}

Test(state_file, a_failed_write_leaves_the_old_file) {
        json_object *o = json_object_new_object(), *read = NULL;
        char aside[80];

        write_sample(false);
        (void) snprintf(aside, sizeof(aside), "%s.new", path);
        cr_assert_eq(mkdir(aside, 0700), 0);
        cr_assert_lt(state_file_write(path, o, false), 0);
        cr_assert_eq(rmdir(aside), 0);
        cr_assert_eq(state_file_read(path, &read), 0);
        cr_assert_not_null(json_object_object_get(read, "role"));
        json_object_put(read);
        json_object_put(o);
}

Test(state_file, a_link_is_not_followed) {
        json_object *o = NULL;

        cr_assert_eq(symlink("/etc/passwd", path), 0);
        cr_assert_eq(state_file_read(path, &o), -ELOOP);
}
