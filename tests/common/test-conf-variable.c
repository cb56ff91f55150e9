/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-variable.h"
#include "common/macro.h"

static struct conf_variables v;
static const struct conf_variable_context ctx = { .directory = "/etc/x", .config_id = "node" };

static void define(void) {
        conf_variable_set(&v, "A", "va");
        conf_variable_set(&v, "EMPTY", "");
        conf_variable_set(&v, "LINES", "l1\nl2");
}

static void forget(void) {
        conf_variables_done(&v);
}

TestSuite(conf_variable, .init = define, .fini = forget);

static char *expand(const char *line) {
        char *value;
        size_t at;
        int r = conf_variable_expand_first(&v, &ctx, line, 0, &value, &at);

        cr_assert_geq(r, 0);
        return r == 0 ? value : strdup("(none)");
}

Test(conf_variable, is_used_in_braces_anywhere_and_bare_before_blank_comma_parenthesis_or_end) {
        static const struct {
                const char *line, *expanded;
        } cases[] = {
                { "x${A}y", "xvay" },
                { "$A", "va" },
                { "$A b", "va b" },
                { "f($A)", "f(va)" },
                { "$A,b", "va,b" },
                { "\"${A}\"", "\"va\"" },
                { "a${EMPTY}b", "ab" },
                { "$Ab", "(none)" },
                { "$A.b", "(none)" },
                { "${B}", "(none)" },
                { "${A", "(none)" },
                { "${A x}", "(none)" },
                { "$1", "(none)" },
                { "$", "(none)" },
                { "$B ${A}", "$B va" },
                { "${_PWD}", "/etc/x" },
                { "${_INSTANCE}", "node" },
                { "${_HASH}${_BANG}", "\x01${_BANG}" },
                { "${_ENV NO_SUCH_VARIABLE_I_HOPE}x", "x" },
                { "${_RANDOM 7 7}", "7" },
                { "${_RANDOM 9 3}", "9" },
                { "x $LINES", "x l1\nl2" },
                { "x $LINES  ", "x l1\nl2  " },
                { "$LINES x", "(none)" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *value = expand(cases[i].line);

                cr_expect_str_eq(value, cases[i].expanded, "%s gave %s", cases[i].line, value);
        }
}

Test(conf_variable, can_be_redefined_and_forgotten) {
        cr_assert_eq(conf_variable_set(&v, "A", "other"), 0);
        cr_expect_str_eq(conf_variable_get(&v, "A"), "other");
        conf_variable_unset(&v, "A");
        cr_expect_null(conf_variable_get(&v, "A"));
        conf_variable_unset(&v, "A");
}

Test(conf_variable, built_in_ones_can_be_overridden) {
        _cleanup_free_ char *value = NULL;

        cr_assert_eq(conf_variable_set(&v, "_PWD", "mine"), 0);
        value = expand("${_PWD}");
        cr_expect_str_eq(value, "mine");
}

Test(conf_variable, random_numbers_are_the_same_for_everybody_with_the_same_seed) {
        struct conf_variables w = { .random = v.random };

        for (int i = 0; i < 20; i++) {
                _cleanup_free_ char *a = expand("${_RANDOM 5 1000}"), *b = NULL;
                size_t at;

                cr_assert_eq(conf_variable_expand_first(&w, &ctx, "${_RANDOM 5 1000}", 0, &b, &at),
                                0);
                cr_expect_str_eq(a, b);
                cr_expect_geq(atoi(a), 5);
                cr_expect_leq(atoi(a), 1000);
        }
}

Test(conf_variable, definitions_are_told_from_uses) {
        size_t n;

        cr_expect(conf_variable_is_definition("$NAME=x", &n));
        cr_expect_eq(n, 4);
        cr_expect_not(conf_variable_is_definition("$NAME =x", &n));
        cr_expect_not(conf_variable_is_definition("$1=x", &n));
        cr_expect_not(conf_variable_is_definition("NAME=x", &n));
        cr_expect_not(conf_variable_is_definition("${NAME}=x", &n));
}

Test(conf_variable, there_is_a_bound) {
        char name[32];
        int r = 0;

        for (unsigned i = 0; r == 0 && i <= CONF_VARIABLES_MAX; i++) {
                snprintf(name, sizeof(name), "V%u", i);
                r = conf_variable_set(&v, name, "x");
        }
        cr_expect_eq(r, -E2BIG);
        cr_expect_eq(conf_variable_set(&v, "V1", "y"), 0, "an old one can still change");
}
