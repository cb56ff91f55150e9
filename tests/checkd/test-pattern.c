/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The search must find in pieces what it would find in one: so each case is fed whole, byte by byte, and with
 * so much in front that the window has slid. */

#include "checkd/pattern.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "common/macro.h"

static char error[PATTERN_ERROR_MAX];

static struct pattern *compile(const char *text, uint32_t options) {
        struct pattern *p = NULL;

        cr_assert_eq(pattern_new(text, options, error, &p), 0, "%s: %s", text, error);
        return p;
}

static enum pattern_result search(const char *text, uint32_t options, size_t min, size_t max,
                const char *data, size_t n, size_t piece) {
        _cleanup_(pattern_unrefp) struct pattern *p = compile(text, options);
        _cleanup_(pattern_search_freep) struct pattern_search *s = NULL;

        cr_assert_eq(pattern_search_new(p, min, max, &s), 0);
        for (size_t i = 0; i < n; i += piece)
                (void) pattern_search_feed(s, data + i, MIN(piece, n - i));
        return pattern_search_end(s);
}

struct pattern_case {
        const char *pattern, *option, *data;
        bool found;
};

static const struct pattern_case cases[] = {
        { "lab", NULL, "here is lab 7", true },
        { "lab$", NULL, "here is lab 7", false },
        { "7$", NULL, "here is lab 7\n", true },
        { "7\\z", NULL, "here is lab 7\n", false },
        { "is$", NULL, "this is\nnot", false },
        { "is$", "multiline", "this is\nnot", true },
        { "^not$", "multiline", "this is\nnot", true },
        { "LAB", NULL, "lab", false },
        { "LAB", "caseless", "lab", true },
        { "a.c", NULL, "a\nc", false },
        { "a.c", "dotall", "a\nc", true },
        { "(?<=ab)c", NULL, "abc", true },
        { "(?<=ab)c", NULL, "axc", false },
        { "(?<!b)c", NULL, "bc", false },
        { "\\bcat\\b", NULL, "a cat.", true },
        { "\\bcat\\b", NULL, "concatenate", false },
        { "ok(?!ay)", NULL, "okay ok", true },
        { "ok(?!ay)", NULL, "okay", false },
        { "(\\w+) \\1", NULL, "say twice twice", true },
        { "f\303\274r", "utf", "f\303\274r dich", true },
        { "f.r", "utf", "f\303\274r dich", true },
        { "f.r", NULL, "f\303\274r dich", false },
        { "r d", "utf", "\377\303 r d", true },
        { "", NULL, "", true },
        { "x", NULL, "", false },
        { "^$", NULL, "", true },
};

static enum pattern_result run(
                const struct pattern_case *c, const char *data, size_t n, size_t piece) {
        uint32_t option = c->option ? pattern_option_find(c->option) : 0;

        cr_assert(!c->option || option != 0);
        return search(c->pattern, option, 0, SIZE_MAX, data, n, piece);
}

Test(pattern, finds_in_pieces_what_it_finds_in_one) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct pattern_case *c = &cases[i];
                enum pattern_result wanted = c->found ? PATTERN_FOUND : PATTERN_NOT_YET;

                cr_expect_eq(run(c, c->data, strlen(c->data), SIZE_MAX / 2), wanted, "%s in \"%s\"",
                                c->pattern, c->data);
                cr_expect_eq(run(c, c->data, strlen(c->data), 1), wanted, "%s in \"%s\"",
                                c->pattern, c->data);
        }
}

/* A line in front of the data, of so many bytes that the data lies across the end of a window. */
Test(pattern, finds_across_the_ends_of_windows) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct pattern_case *c = &cases[i];
                size_t n = strlen(c->data);

                if (n == 0)
                        continue;
                for (size_t before = PATTERN_WINDOW - n - 2; before < PATTERN_WINDOW + 2;
                                before++) {
                        _cleanup_free_ char *text = malloc(before + n + 1);

                        memset(text, '-', before);
                        text[before - 1] = '\n';
                        memcpy(text + before, c->data, n + 1);
                        cr_expect_eq(run(c, text, before + n, 1000),
                                        c->found ? PATTERN_FOUND : PATTERN_NOT_YET,
                                        "%s in \"%s\" behind %zu bytes", c->pattern, c->data,
                                        before);
                }
        }
}

Test(pattern, the_beginning_is_found_only_at_the_beginning) {
        static char text[4 * PATTERN_WINDOW];

        memset(text, 'x', sizeof(text));
        cr_expect_eq(search("^y|\\Ay", 0, 0, SIZE_MAX, text, sizeof(text), 4096), PATTERN_NOT_YET);
        for (size_t at = 1; at < sizeof(text); at += 1021) {
                text[at] = 'y';
                cr_expect_eq(search("^y|\\Ay", 0, 0, SIZE_MAX, text, sizeof(text), 4096),
                                PATTERN_NOT_YET, "%zu", at);
                text[at] = 'x';
        }
}

Test(pattern, offsets_bound_where_a_match_begins) {
        static char text[3 * PATTERN_WINDOW];
        const size_t at = 2 * PATTERN_WINDOW + 5;

        memset(text, 'x', sizeof(text));
        memcpy(text + at, "here", 4);
        cr_expect_eq(search("here", 0, at, at, text, sizeof(text), 777), PATTERN_FOUND);
        cr_expect_eq(search("here", 0, at + 1, SIZE_MAX, text, sizeof(text), 777), PATTERN_NOT_YET);
        cr_expect_eq(search("here", 0, 0, at - 1, text, sizeof(text), 777), PATTERN_NOT_YET);
        cr_expect_eq(search("(?<=x)here", 0, at, SIZE_MAX, text, sizeof(text), 777), PATTERN_FOUND,
                        "looking back may go further");
        cr_expect_eq(search("here", 0, sizeof(text) + 1, SIZE_MAX, text, sizeof(text), 777),
                        PATTERN_NOT_YET);
}

Test(pattern, a_long_match_is_found_up_to_half_a_window) {
        static char text[4 * PATTERN_WINDOW];

        memset(text, '-', sizeof(text));
        text[PATTERN_WINDOW - 10] = 'a';
        text[PATTERN_WINDOW - 10 + PATTERN_WINDOW / 2 - 5] = 'b';
        cr_expect_eq(search("a[^b]*b", 0, 0, SIZE_MAX, text, sizeof(text), 100), PATTERN_FOUND);
        text[PATTERN_WINDOW - 10 + PATTERN_WINDOW / 2 - 5] = '-';
        text[sizeof(text) - 1] = 'b';
        cr_expect_eq(search("a[^b]*b", 0, 0, SIZE_MAX, text, sizeof(text), 100), PATTERN_NOT_YET);
}

Test(pattern, too_much_work_is_given_up) {
        static char text[PATTERN_WINDOW];

        memset(text, 'a', sizeof(text));
        cr_expect_eq(search("(a+)+[bc]", 0, 0, SIZE_MAX, text, sizeof(text), 4096),
                        PATTERN_GAVE_UP);
}

Test(pattern, what_does_not_compile_is_told_with_its_place) {
        struct pattern *p = NULL;

        cr_expect_eq(pattern_new("a(b", 0, error, &p), -EINVAL);
        cr_expect_str_eq(error, "missing closing parenthesis at offset 3");
        cr_expect_null(p);
}

Test(pattern, equal_is_the_same_text_with_the_same_options) {
        _cleanup_(pattern_unrefp) struct pattern *a = compile("a", 0), *b = compile("a", 0),
                                                 *c = compile("a", pattern_option_find("utf"));

        cr_expect(pattern_equal(a, b));
        cr_expect_not(pattern_equal(a, c));
        cr_expect_not(pattern_equal(a, NULL));
        cr_expect(pattern_equal(NULL, NULL));
        cr_expect_eq(pattern_option_find("no_such"), 0);
}
