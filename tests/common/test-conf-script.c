/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-script.h"
#include "common/macro.h"

static char *join(char **argv) {
        char *text = calloc(1, 4096);

        for (char **a = argv; *a; a++) {
                if (a > argv)
                        strcat(text, "|");
                strcat(text, *a);
        }
        conf_strv_free(argv);
        return text;
}

static char *split(const char *command) {
        char **argv;

        cr_assert_eq(conf_script_split(command, &argv), 0, "%s", command);
        return join(argv);
}

Test(conf_script, is_split_into_program_and_arguments) {
        static const struct {
                const char *command, *argv;
        } cases[] = {
                { "/bin/true", "/bin/true" },
                { "  /bin/echo  a\tb ", "/bin/echo|a|b" },
                { "/bin/echo 'a b' \"c d\"", "/bin/echo|a b|c d" },
                { "/bin/echo a'b c'd\"e f\"", "/bin/echo|ab cde f" },
                { "/bin/echo '' \"\"", "/bin/echo||" },
                { "/bin/echo '\"' \"'\"", "/bin/echo|\"|'" },
                { "/bin/echo a\\ b", "/bin/echo|a b" },
                { "/bin/echo '\\'' \\\"", "/bin/echo|'|\"" },
                { "/bin/echo \\t\\n\\E\\a\\b\\f\\r\\v", "/bin/echo|\t\n\033\a\b\f\r\v" },
                { "/bin/echo \\101\\x41\\x4a2 \\cA", "/bin/echo|AAJ2|\001" },
                { "/bin/echo \\q\\\\", "/bin/echo|q\\" },
                { "/bin/echo \\", "/bin/echo|\\" },
                { "/bin/sh -c 'a && b; c'", "/bin/sh|-c|a && b; c" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *argv = split(cases[i].command);

                cr_expect_str_eq(argv, cases[i].argv, "%s gave %s", cases[i].command, argv);
        }
}

Test(conf_script, says_why_it_cannot_be_split) {
        char long_line[4 * CONF_SCRIPT_ARGS_MAX] = "";
        char **argv;

        for (size_t i = 0; i <= CONF_SCRIPT_ARGS_MAX; i++)
                strcat(long_line, "a ");
        cr_expect_eq(conf_script_split("/bin/echo 'a", &argv), -EINVAL);
        cr_expect_eq(conf_script_split("/bin/echo \"a", &argv), -EINVAL);
        cr_expect_eq(conf_script_split("  ", &argv), -ENOENT);
        cr_expect_eq(conf_script_split(long_line, &argv), -E2BIG);
}

Test(conf_script, the_line_is_split_by_quotes_without_escapes) {
        _cleanup_free_ char *words = NULL;
        char **w;

        cr_assert_eq(conf_script_words("\"/bin/echo a\\tb\" 'no body' group", &w), 0);
        words = join(w);
        cr_expect_str_eq(words, "/bin/echo a\\tb|no body|group");
}

Test(conf_script, operators_outside_quotes_call_for_a_shell) {
        static const char *const with[] = {
                "a && b",
                "a || b",
                "a; b",
                "a | b",
                "a > b",
                "a 2>&1",
                "a < b",
                "a;",
                "/bin/bash -c '[[ -f /etc/keepalived/down ]]' && exit 7 || exit 0",
        };
        static const char *const without[] = {
                "a b",
                "a & b",
                "</path",
                " </path",
                "a 'b && c'",
                "a \"b; c\"",
                "a \\; b",
                "a \\| b",
                "a '>' b",
        };

        for (size_t i = 0; i < ARRAY_SIZE(with); i++)
                cr_expect(conf_script_has_operators(with[i]), "%s", with[i]);
        for (size_t i = 0; i < ARRAY_SIZE(without); i++)
                cr_expect_not(conf_script_has_operators(without[i]), "%s", without[i]);
}

static void parse(const char *command, const char *directory, struct conf_script *s) {
        cr_assert_eq(conf_script_parse(command, directory, s), 0, "%s", command);
}

Test(conf_script, is_ready_to_be_executed) {
        _cleanup_(conf_script_done) struct conf_script plain = {}, shell = {}, opens = {},
                                                       relative = {}, searched = {};

        parse("/bin/echo a", "/etc", &plain);
        cr_expect_str_eq(plain.argv[1], "a");
        cr_expect_not(plain.needs_shell);

        parse("a && b", "/etc", &shell);
        cr_expect(shell.needs_shell);
        cr_expect_str_eq(shell.argv[0], "/bin/sh");
        cr_expect_str_eq(shell.argv[1], "-c");
        cr_expect_str_eq(shell.argv[2], "a && b");
        cr_expect_str_eq(shell.argv[3], "sh");
        cr_expect_null(shell.argv[4]);

        parse("</etc/hosts", "/etc", &opens);
        cr_expect(opens.file_test);
        cr_expect_str_eq(opens.argv[0], "/etc/hosts");

        parse("./x.sh a", "/etc/keepalived", &relative);
        cr_expect_str_eq(relative.argv[0], "/etc/keepalived/./x.sh");

        parse("killall -0 nginx", "/etc/keepalived", &searched);
        cr_expect_str_eq(searched.argv[0], "killall", "a bare name is for PATH");
}

Test(conf_script, without_a_command_is_none) {
        struct conf_script s = {};

        cr_expect_eq(conf_script_parse("", NULL, &s), -ENOENT);
        cr_expect_eq(conf_script_parse("<", NULL, &s), -ENOENT);
        cr_expect_eq(conf_script_parse("''", NULL, &s), -ENOENT);
        cr_expect_not(conf_script_is_set(&s));
}

Test(conf_script, the_identity_has_four_forms) {
        static const struct {
                const char *user, *group, *user_is, *group_is;
                bool supplementary;
        } cases[] = {
                { "a", NULL, "a", NULL, false },
                { "a", "g", "a", "g", false },
                { "a", ":g", "a", "g", true },
                { "a", ":", "a", NULL, true },
        };
        _cleanup_(conf_script_done) struct conf_script s = {};

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                cr_assert_eq(conf_script_set_identity(&s, cases[i].user, cases[i].group), 0);
                cr_expect_str_eq(s.user, cases[i].user_is);
                cr_expect(streq_ptr(s.group, cases[i].group_is));
                cr_expect_eq(s.supplementary, cases[i].supplementary);
        }
        cr_expect_eq(conf_script_set_identity(&s, "", NULL), -EINVAL);
        cr_expect_str_eq(s.user, "a", "untouched on failure");
}
