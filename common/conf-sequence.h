/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ~SEQ(...) and ~LST(...) at the beginning of a line: how often the rest of the line is to be
 * repeated, and with which values of which variables. */

#include <stdbool.h>
#include <stddef.h>

#define CONF_SEQUENCE_STEPS_MAX 100000U
#define CONF_SEQUENCE_VARIABLES_MAX 32U

struct conf_sequence {
        char **names; /* n_names variables */
        size_t n_names;
        char **values; /* n_steps x n_names, row by row; missing ones are "" */
        size_t n_steps;
};

void conf_sequence_done(struct conf_sequence *s);

/* Whether @line begins with one; its arguments are between the parentheses, @ret_arguments ..
 * @ret_length, and may contain variables. @ret_rest is behind the closing parenthesis. */
bool conf_sequence_find(const char *line, const char **ret_arguments, size_t *ret_length,
                const char **ret_rest);

/* Read the arguments (variables replaced) of the sequence that @line begins with.
 * 0; -EINVAL with a constant reason in @ret_reason; -ENOMEM. */
int conf_sequence_parse(const char *line, const char *arguments, struct conf_sequence *ret,
                const char **ret_reason);
