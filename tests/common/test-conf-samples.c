/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whole files: conf-samples/NAME.conf and what must be said of it, conf-samples/NAME.expected (the
 * grade, then the diagnostics). For each, too: the dump is read back as the same configuration, and
 * so is the kept copy. With CONF_SAMPLES_WRITE=1 the expectations are written anew, to be read by a
 * person. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"

static glob_t samples;

static void find_samples(void) {
        cr_assert_eq(chdir(CONF_SAMPLES_DIR), 0);
        cr_assert_eq(glob("*.conf", 0, NULL, &samples), 0);
        cr_assert_geq(samples.gl_pathc, 40);
}

static void forget_samples(void) {
        globfree(&samples);
}

TestSuite(conf_samples, .init = find_samples, .fini = forget_samples);

static struct conf *load(const char *path) {
        struct conf *c = NULL;

        cr_assert_eq(conf_load(path, "node", CONF_READ_SCRIPTS, &c), 0, "%s", path);
        return c;
}

static char *slurp(const char *path) {
        char *text = NULL;
        size_t n = 0;
        FILE *f = fopen(path, "r");

        if (!f)
                return strdup("");
        if (getdelim(&text, &n, '\0', f) < 0) {
                free(text);
                text = strdup("");
        }
        fclose(f);
        return text;
}

static char *verdict(const struct conf *c) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        fprintf(f, "%s\n", conf_grade_to_string(conf_grade(c)));
        conf_diags_print(&c->diags, CONF_NOTE, f);
        fclose(f);
        return text;
}

static char *dump(const struct conf *c) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        cr_assert_eq(conf_dump(c, f), 0);
        fclose(f);
        return text;
}

Test(conf_samples, say_what_is_expected) {
        for (size_t i = 0; i < samples.gl_pathc; i++) {
                _cleanup_(conf_freep) struct conf *c = load(samples.gl_pathv[i]);
                _cleanup_free_ char *path = NULL, *expected = NULL, *actual = verdict(c);

                cr_assert_gt(asprintf(&path, "%.*s.expected", (int) strlen(samples.gl_pathv[i]) - 5,
                                             samples.gl_pathv[i]),
                                0);
                if (getenv("CONF_SAMPLES_WRITE")) {
                        FILE *f = fopen(path, "w");

                        cr_assert(f);
                        fputs(actual, f);
                        fclose(f);
                }
                expected = slurp(path);
                cr_expect_str_eq(actual, expected, "%s:\n%s\ninstead of\n%s", samples.gl_pathv[i],
                                actual, expected);
        }
}

Test(conf_samples, are_the_same_when_dumped_and_read_again) {
        for (size_t i = 0; i < samples.gl_pathc; i++) {
                _cleanup_(conf_freep) struct conf *c = load(samples.gl_pathv[i]), *again = NULL;
                _cleanup_free_ char *first = dump(c), *second = NULL;

                if (conf_grade(c) == CONF_UNUSABLE)
                        continue;
                cr_assert_eq(conf_load_text("dump", first, strlen(first), "node", 0, &again), 0);
                second = dump(again);
                cr_expect_str_eq(second, first, "%s:\n%s\nbecame\n%s", samples.gl_pathv[i], first,
                                second);
        }
}

Test(conf_samples, are_the_same_when_kept_and_read_again) {
        char directory[] = "/tmp/test-conf-XXXXXX";
        int fd;

        cr_assert(mkdtemp(directory));
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(fd, 0);
        for (size_t i = 0; i < samples.gl_pathc; i++) {
                _cleanup_(conf_freep) struct conf *c = NULL, *again = NULL;
                _cleanup_free_ char *first = NULL, *second = NULL, *said = NULL, *said_again = NULL;

                cr_assert_eq(conf_load(samples.gl_pathv[i], "node", 0, &c), 0);
                if (conf_grade(c) == CONF_UNUSABLE) {
                        cr_expect_lt(conf_save_expanded(c, fd, "kept"), 0);
                        continue;
                }
                cr_assert_eq(conf_save_expanded(c, fd, "kept"), 0);
                cr_assert_eq(conf_load_expanded(fd, "kept", &again), 0, "%s", samples.gl_pathv[i]);
                first = dump(c), second = dump(again);
                said = verdict(c), said_again = verdict(again);
                cr_expect_str_eq(second, first, "%s", samples.gl_pathv[i]);
                cr_expect_str_eq(said_again, said, "%s", samples.gl_pathv[i]);
                cr_expect_str_eq(again->digest, c->digest);
                cr_expect_str_eq(again->path, c->path);
                cr_expect_null(conf_worse_than(again, c));
                cr_expect_null(conf_worse_than(c, again));
        }
        unlinkat(fd, "kept", 0);
        close(fd);
        rmdir(directory);
}
