/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/conf-file.h"
#include "common/conf-include.h"
#include "common/conf-script.h"
#include "common/macro.h"

static char directory[] = "/tmp/test-conf-file-XXXXXX";

static void make_directory(void) {
        cr_assert(mkdtemp(directory));
        cr_assert_eq(chdir(directory), 0);
}

static void remove_directory(void) {
        cr_assert_eq(chdir("/"), 0);
        {
                char command[64];

                snprintf(command, sizeof(command), "rm -rf %s", directory);
                cr_assert_eq(system(command), 0);
        }
}

TestSuite(conf_file, .init = make_directory, .fini = remove_directory);

static void put(const char *path, const char *text, mode_t mode) {
        FILE *f = fopen(path, "w");

        cr_assert(f);
        fputs(text, f);
        fclose(f);
        cr_assert_eq(chmod(path, mode), 0);
}

static int read_one(const char *path, bool allow_executable) {
        _cleanup_free_ char *text = NULL;
        size_t n;

        return conf_file_read(path, allow_executable, &text, &n);
}

Test(conf_file, is_read_whole) {
        _cleanup_free_ char *text = NULL, *large = malloc(100001), *read_back = NULL;
        size_t n;

        put("a", "one\ntwo", 0644);
        cr_assert_eq(conf_file_read("a", false, &text, &n), CONF_FILE_READ);
        cr_expect_eq(n, 7);
        cr_expect_str_eq(text, "one\ntwo");

        memset(large, 'x', 100000);
        large[100000] = '\0';
        put("b", large, 0644);
        cr_assert_eq(conf_file_read("b", false, &read_back, &n), CONF_FILE_READ);
        cr_expect_eq(n, 100000);
        cr_expect_str_eq(read_back, large);
}

Test(conf_file, says_why_it_was_not_read) {
        put("script", "#!/bin/sh\n", 0755);
        cr_assert_eq(mkfifo("fifo", 0600), 0);
        cr_assert_eq(mkdir("dir", 0755), 0);
        put("huge", "", 0644);
        cr_assert_eq(truncate("huge", (off_t) CONF_FILE_BYTES_MAX + 1), 0);

        cr_expect_eq(read_one("none", false), CONF_FILE_MISSING);
        cr_expect_eq(read_one("script/x", false), CONF_FILE_MISSING);
        cr_expect_eq(read_one("dir", false), CONF_FILE_NOT_REGULAR);
        cr_expect_eq(read_one("fifo", false), CONF_FILE_NOT_REGULAR,
                        "and it does not wait for a writer");
        cr_expect_eq(read_one("/dev/zero", false), CONF_FILE_NOT_REGULAR);
        cr_expect_eq(read_one("script", false), CONF_FILE_EXECUTABLE);
        cr_expect_eq(read_one("script", true), CONF_FILE_READ);
        cr_expect_eq(read_one("huge", false), CONF_FILE_OVERSIZED);
}

static char *found(const char *from, const char *pattern) {
        char **paths, *text = calloc(1, 1024);

        cr_assert_eq(conf_file_glob(from, pattern, &paths), 0);
        for (char **p = paths; *p; p++)
                sprintf(text + strlen(text), "%s%s", p > paths ? " " : "", *p);
        conf_strv_free(paths);
        return text;
}

Test(conf_file, patterns_are_seen_from_a_directory) {
        static const struct {
                const char *from, *pattern, *found;
        } cases[] = {
                { NULL, "d/*.conf", "d/a.conf d/b.conf" },
                { "d", "*.conf", "d/a.conf d/b.conf" },
                { "d", "{b,a}.conf", "d/b.conf d/a.conf" },
                { "d", "[a]*", "d/a.conf" },
                { "d", "a.conf", "d/a.conf" },
                { "d", "none", "" },
                { "d", "none*", "" },
                { "x", "/none*", "" },
                { "w[1]{}*", "?", "w[1]{}*/q" },
        };

        cr_assert_eq(mkdir("d", 0755), 0);
        cr_assert_eq(mkdir("w[1]{}*", 0755), 0);
        put("d/a.conf", "", 0644);
        put("d/b.conf", "", 0644);
        put("w[1]{}*/q", "", 0644);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *paths = found(cases[i].from, cases[i].pattern);

                cr_expect_str_eq(paths, cases[i].found, "%s gave %s", cases[i].pattern, paths);
        }
}

Test(conf_file, directories_are_absolute) {
        _cleanup_free_ char *here = conf_file_directory("x"), *root = conf_file_directory("/x"),
                            *etc = conf_file_directory("/etc/../etc/x"),
                            *none = conf_file_directory("/no/such/x");

        cr_expect_str_eq(here, directory);
        cr_expect_str_eq(root, "/");
        cr_expect_str_eq(etc, "/etc");
        cr_expect_str_eq(none, "/no/such");
}

Test(conf_include, forms_demand_different_things) {
        cr_expect_eq(conf_include_checks("include"), 0);
        cr_expect_eq(conf_include_checks("includer"), CONF_INCLUDE_READ);
        cr_expect_eq(conf_include_checks("includea"), CONF_INCLUDE_ALL);
        cr_expect_lt(conf_include_checks("includex"), 0);
        cr_expect_lt(conf_include_checks("includes"), 0);
}

Test(conf_include, checks_are_added_and_removed_by_word) {
        unsigned checks = 0;

        cr_expect_eq(conf_include_check_word("+read", true, &checks), 0);
        cr_expect_eq(conf_include_check_word("+brace_match", false, &checks), 0);
        cr_expect_eq(checks, CONF_INCLUDE_READ | CONF_INCLUDE_BRACE_MATCH);
        cr_expect_eq(conf_include_check_word("-read", false, &checks), 0);
        cr_expect_eq(checks, CONF_INCLUDE_BRACE_MATCH);
        cr_expect_eq(conf_include_check_word("match", true, &checks), 0);
        cr_expect_eq(checks, CONF_INCLUDE_MATCH, "a bare word sets");
        cr_expect_lt(conf_include_check_word("read", false, &checks), 0, "and stands first");
        cr_expect_lt(conf_include_check_word("readable", true, &checks), 0);
}

Test(conf_include, braces_stand_for_alternatives) {
        static const struct {
                const char *pattern, *alternatives;
        } cases[] = {
                { "a", "a" },
                { "a{b,c}d", "abd acd" },
                { "{a,b}{c,d}", "ac ad bc bd" },
                { "x{a,{b,c}}", "xa xb xc" },
                { "a{b", "a{b" },
                { "{}", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char **list, text[256] = "";

                cr_assert_eq(conf_include_alternatives(cases[i].pattern, &list), 0);
                for (char **a = list; *a; a++)
                        sprintf(text + strlen(text), "%s%s", a > list ? " " : "", *a);
                conf_strv_free(list);
                cr_expect_str_eq(text, cases[i].alternatives, "%s gave %s", cases[i].pattern, text);
        }
        {
                char **list;

                cr_expect_lt(conf_include_alternatives(
                                             "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
                                             &list),
                                0);
        }
}
