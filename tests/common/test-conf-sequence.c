/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-sequence.h"
#include "common/macro.h"

/* The steps of @line as "a=1,b=2;a=2,b=" or the reason for having none. */
static char *steps(const char *line) {
        _cleanup_(conf_sequence_done) struct conf_sequence s = {};
        _cleanup_free_ char *arguments = NULL;
        char *text = calloc(1, 4096);
        const char *args, *rest, *reason;
        size_t n;
        int r;

        cr_assert(conf_sequence_find(line, &args, &n, &rest), "%s", line);
        arguments = strndup(args, n);
        r = conf_sequence_parse(line, arguments, &s, &reason);
        if (r == -EINVAL)
                return strcpy(text, reason);
        cr_assert_eq(r, 0);
        for (size_t i = 0; i < s.n_steps; i++)
                for (size_t k = 0; k < s.n_names; k++)
                        sprintf(text + strlen(text), "%s%s=%s",
                                        i + k == 0          ? ""
                                                        : k ? ","
                                                            : ";",
                                        s.names[k], s.values[i * s.n_names + k]);
        return text;
}

Test(conf_sequence, steps_inclusively) {
        static const struct {
                const char *line, *steps;
        } cases[] = {
                { "~SEQ(i, 3) x", "i=1;i=2;i=3" },
                { "~SEQ(i,2,4)", "i=2;i=3;i=4" },
                { "~SEQ(i, 4, 2)", "i=4;i=3;i=2" },
                { "~SEQ(i, -2)", "i=-1;i=-2" },
                { "~SEQ(i, 1, 2, 6)", "i=1;i=3;i=5" },
                { "~SEQ(i, 9, -4, 1)", "i=9;i=5;i=1" },
                { "~SEQ(i, 5, 5)", "i=5" },
                { "~SEQ(i, 5, -1, 5)", "i=5" },
                { "~SEQ(i, 0x10, 0x11)", "i=16;i=17" },
                { "~SEQx(i, 9, 11)", "i=9;i=a;i=b" },
                { "~LST(v, a, b)", "v=a;v=b" },
                { "~LST(v, a, , c)", "v=a;v=;v=c" },
                { "~LST({v, w}, {a, b}, {c}, {})", "v=a,w=b;v=c,w=;v=,w=" },
                { "~LST({v}, {a}, {b})", "v=a;v=b" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *s = steps(cases[i].line);

                cr_expect_str_eq(s, cases[i].steps, "%s gave %s", cases[i].line, s);
        }
}

Test(conf_sequence, says_why_it_cannot) {
        static const struct {
                const char *line, *reason;
        } cases[] = {
                { "~SEQ(i, 1, 0, 5)", "the step does not lead from start to end" },
                { "~SEQ(i, 1, -1, 5)", "the step does not lead from start to end" },
                { "~SEQ(i)", "not (variable, [start, [step,]] end) with whole numbers" },
                { "~SEQ(i, 1, 2, 3, 4)",
                                "not (variable, [start, [step,]] end) with whole numbers" },
                { "~SEQ(i, x)", "not (variable, [start, [step,]] end) with whole numbers" },
                { "~SEQ(i, 99999999999)",
                                "not (variable, [start, [step,]] end) with whole numbers" },
                { "~SEQ(1i, 3)", "not the name of a variable" },
                { "~SEQ(, 3)", "not the name of a variable" },
                { "~SEQ(i, 3", "no closing parenthesis" },
                { "~SEQ(i, 100001)", "too many steps" },
                { "~SEQ(i, -2147483648, 2147483647)", "too many steps" },
                { "~SEQx(i, -3)", "hexadecimal numbers are not negative" },
                { "~LST(v)", "no values" },
                { "~LST({v}, {a, b})", "more values than variables" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *s = steps(cases[i].line);

                cr_expect_str_eq(s, cases[i].reason, "%s gave %s", cases[i].line, s);
        }
}

Test(conf_sequence, stands_at_the_beginning_only) {
        const char *args, *rest;
        size_t n;

        cr_expect_not(conf_sequence_find("x ~SEQ(i, 3)", &args, &n, &rest));
        cr_expect_not(conf_sequence_find("~SEQ i", &args, &n, &rest));
        cr_expect(conf_sequence_find("~SEQ(i, 3) rest", &args, &n, &rest));
        cr_expect_str_eq(rest, " rest");
}
