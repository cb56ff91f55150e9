/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-lex.h"
#include "common/macro.h"

/* The words of @line joined by |, with a ! behind them when a quote is not closed. */
static char *words(const char *line) {
        _cleanup_(conf_words_done) struct conf_words w = {};
        char *joined = calloc(1, strlen(line) * 2 + 3);

        cr_assert_eq(conf_lex_words(line, &w), 0);
        for (size_t i = 0; i < w.n; i++) {
                if (i > 0)
                        strcat(joined, "|");
                strcat(joined, w.items[i].text);
        }
        if (w.unclosed)
                strcat(joined, "!");
        return joined;
}

Test(conf_lex, words_are_split_at_blanks_and_quotes) {
        static const struct {
                const char *line, *words;
        } cases[] = {
                { "", "" },
                { " \t\v\f\r ", "" },
                { "a b\tc", "a|b|c" },
                { "  a  ", "a" },
                { "a \"b c\" d", "a|b c|d" },
                { "ab\"c d\"e", "ab|c d|e" },
                { "a \"\" b", "a||b" },
                { "'a b'", "'a|b'" },
                { "a\\ b", "a\\|b" },
                { "a \"b", "a!" },
                { "\"", "!" },
                { "a\rb", "a|b" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *w = words(cases[i].line);

                cr_expect_str_eq(w, cases[i].words, "%s gave %s", cases[i].line, w);
        }
}

Test(conf_lex, words_know_where_they_are) {
        _cleanup_(conf_words_done) struct conf_words w = {};

        cr_assert_eq(conf_lex_words("  ab \"c d\" e", &w), 0);
        cr_assert_eq(w.n, 3);
        cr_expect_eq(w.items[0].offset, 2);
        cr_expect_eq(w.items[1].offset, 5);
        cr_expect(w.items[1].quoted);
        cr_expect_eq(w.items[2].offset, 11);
}

Test(conf_lex, comments_begin_at_a_mark_outside_quotes_and_not_escaped) {
        static const struct {
                const char *line, *rest;
        } cases[] = {
                { "# all", "" },
                { "a # b", "a " },
                { "a!b", "a" },
                { "{#text", "{" },
                { "a \"#b!\" c # d", "a \"#b!\" c " },
                { "a \\# b \\! c # d", "a \\# b \\! c " },
                { "a \"b # not closed", "a \"b # not closed" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char line[64];

                strcpy(line, cases[i].line);
                conf_lex_strip_comment(line);
                cr_expect_str_eq(line, cases[i].rest, "%s", cases[i].line);
                conf_lex_strip_comment(line);
                cr_expect_str_eq(line, cases[i].rest, "once more changes nothing");
        }
}

Test(conf_lex, escapes_and_marks_become_characters) {
        char line[] = "a\\#b \\! \"\\#\" \x01\x02";

        conf_lex_unescape(line);
        cr_expect_str_eq(line, "a#b ! \"\\#\" #!");
}

Test(conf_lex, text_is_escaped_so_that_it_is_read_back) {
        static const char *const texts[] = { "a#b", "!", "\"#\" #", "plain" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_free_ char *escaped = conf_lex_escape(texts[i]);

                conf_lex_strip_comment(escaped);
                conf_lex_unescape(escaped);
                cr_expect_str_eq(escaped, texts[i]);
        }
}

Test(conf_lex, braces_count_outside_quotes_only) {
        cr_expect_str_eq(conf_lex_find_brace("a \"{\" } b"), "} b");
        cr_expect_str_eq(conf_lex_find_brace("{"), "{");
        cr_expect_null(conf_lex_find_brace("a \"{}\" b"));
        cr_expect_str_eq(conf_lex_find_brace("'{'"), "{'", "single quotes are ordinary characters");
}

Test(conf_lex, blanks_of_unicode_become_blanks_of_the_same_width) {
        char nbsp[] = "\xc2\xa0"
                      "a\xe3\x80\x80"
                      "b\xef\xbb\xbf",
             quoted[] = "\"\xc2\xa0\"", plain[] = "\xe4\xb8\xad";

        cr_expect(conf_lex_normalize_blanks(nbsp));
        cr_expect_str_eq(nbsp, "  a   b   ");
        cr_expect_not(conf_lex_normalize_blanks(quoted));
        cr_expect_not(conf_lex_normalize_blanks(plain));
}

Test(conf_lex, typographic_quotes_are_seen) {
        cr_expect(conf_lex_has_smart_quotes("a \xe2\x80\x9c"
                                            "b\xe2\x80\x9d"));
        cr_expect(conf_lex_has_smart_quotes("\xe2\x80\x99"));
        cr_expect_not(conf_lex_has_smart_quotes("\xe2\x80\xa6 \"x\""));
}

Test(conf_lex, a_word_is_quoted_where_it_must_be) {
        static const struct {
                const char *word, *quoted;
        } cases[] = {
                { "plain", "plain" },
                { "", "\"\"" },
                { "a b", "\"a b\"" },
                { "a#b", "\"a#b\"" },
                { "a{b", "\"a{b\"" },
                { "a\"b", "\"ab\"" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *q = conf_lex_quote(cases[i].word);

                cr_expect_str_eq(q, cases[i].quoted);
        }
}
