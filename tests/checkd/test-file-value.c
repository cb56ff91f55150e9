/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-value.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/descriptors.h"

struct line {
        char text[48];
        int r;
        int32_t value;
};

ParameterizedTestParameters(file_value, is_read_as_in_c) {
        static struct line table[] = {
                { "0", 0, 0 },
                { "17\n", 0, 17 },
                { "-254", 0, -254 },
                { "+5", 0, 5 },
                { "0x10", 0, 16 },
                { "-0x10\n", 0, -16 },
                { "010", 0, 8 },
                { "  \t\n 3", 0, 3 },
                { "12 apples", 0, 12 },
                { "12apples", 0, 12 },
                { "apples", 0, 0 },
                { "", 0, 0 },
                { "\n", 0, 0 },
                { "-", 0, 0 },
                { "2147483647", 0, INT32_MAX },
                { "-2147483648", 0, INT32_MIN },
                { "2147483648", -ERANGE, 99 },
                { "-2147483649", -ERANGE, 99 },
                { "99999999999999999999999999", -ERANGE, 99 },
        };

        return cr_make_param_array(struct line, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct line *l, file_value, is_read_as_in_c) {
        int32_t value = 99;

        cr_expect_eq(file_value_parse(l->text, &value), l->r, "%s", l->text);
        cr_expect_eq(value, l->value, "%s: %d", l->text, value);
}

static char path[] = "/tmp/mainstay-value-XXXXXX";

static int32_t read_it(int wanted) {
        char words[256];
        int32_t value = 99;

        cr_expect_eq(file_value_read(path, &value, words, sizeof(words)), wanted, "%s", words);
        return value;
}

static void write_it(const char *text, size_t n) {
        FILE *f = fopen(path, "w");

        cr_assert(f);
        cr_assert_eq(fwrite(text, 1, n, f), n);
        cr_assert_eq(fclose(f), 0);
}

Test(file_value, of_what_cannot_be_read_is_0) {
        char long_text[200];
        int fd = mkstemp(path);

        cr_assert_geq(fd, 0);
        (void) close(fd);
        write_it("21", 2);
        cr_expect_eq(read_it(0), 21);
        write_it("99999999999", 11);
        cr_expect_eq(read_it(-ERANGE), 99);

        /* 127 bytes are looked at: the digit behind them is not. */
        memset(long_text, ' ', sizeof(long_text));
        memcpy(long_text + FILE_VALUE_TEXT_MAX - 2, "12", 2);
        write_it(long_text, sizeof(long_text));
        cr_expect_eq(read_it(0), 1);

        cr_assert_eq(unlink(path), 0);
        cr_expect_eq(read_it(0), 0, "missing");
        cr_assert_eq(mkdir(path, 0700), 0);
        cr_expect_eq(read_it(0), 0, "a directory");
        cr_assert_eq(rmdir(path), 0);
        cr_assert_eq(mkfifo(path, 0600), 0);
        cr_expect_eq(read_it(0), 0, "a FIFO, which would have to be waited for");
        cr_assert_eq(unlink(path), 0);
}

Test(file_value, of_what_we_cannot_read_ourselves_is_not_known) {
        char words[256];
        int32_t value = 99;
        rlim_t before = descriptors_limit(0);
        int r = file_value_read("/etc/passwd", &value, words, sizeof(words));

        (void) descriptors_limit(before);
        cr_expect_eq(r, -EMFILE);
        cr_expect_eq(value, 99);
        cr_expect_str_eq(words, "cannot read /etc/passwd: Too many open files");
}
