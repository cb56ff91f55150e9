/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The variables of a configuration file: $NAME=value, and the built-in ones. A value may have
 * several lines. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_VARIABLES_MAX 10000U

struct conf_variable;

struct conf_variables {
        struct conf_variable *table; /* uthash by name */
        size_t n;
        uint64_t random; /* state of ${_RANDOM} */
};

/* What the built-in variables stand for at the moment. Borrowed for the call. */
struct conf_variable_context {
        const char *directory; /* ${_PWD} */
        const char *config_id; /* ${_INSTANCE} */
};

void conf_variables_done(struct conf_variables *v);

/* Define or redefine. 0, -ENOMEM, or -E2BIG when there are too many. */
int conf_variable_set(struct conf_variables *v, const char *name, const char *value);
void conf_variable_unset(struct conf_variables *v, const char *name);

/* The value, or NULL. Borrowed until the variable changes. */
const char *conf_variable_get(const struct conf_variables *v, const char *name);

/* Length of the variable name at @s: letters, digits, underscore, no digit first; 0 when there is
 * none. */
size_t conf_variable_name_length(const char *s);

/* Whether @line begins with NAME= behind a $ (the $ is at @line); @ret_name_length without the $. */
bool conf_variable_is_definition(const char *line, size_t *ret_name_length);

enum {
        CONF_VARIABLE_NONE = 1, /* nothing at or behind @from is a defined variable */
};

/* Replace the first use of a defined variable in @line at or behind offset @from: ${NAME} anywhere,
 * or $NAME before a blank, a comma, a closing parenthesis or the end; one of several lines only
 * where it ends the line. @ret is a new string, which may have newlines; @ret_at is where the value
 * begins in it (it may itself contain uses). 0; CONF_VARIABLE_NONE; -ENOMEM. */
int conf_variable_expand_first(struct conf_variables *v, const struct conf_variable_context *ctx,
                const char *line, size_t from, char **ret, size_t *ret_at);
