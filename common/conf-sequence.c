/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ~SEQ(var, start, step, end), ~SEQ(var, start, end), ~SEQ(var, end), ~SEQx(...) for hexadecimal;
 * ~LST(var, v1, v2, ...), ~LST({a, b}, {v1, w1}, {v2, w2}). Steps are inclusive. */

#include "common/conf-sequence.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-lex.h"
#include "common/conf-script.h"
#include "common/conf-variable.h"
#include "common/macro.h"

#define ARGUMENTS_MAX 1024U /* more do not fit in a line */

void conf_sequence_done(struct conf_sequence *s) {
        for (size_t i = 0; i < s->n_names; i++)
                free(s->names[i]);
        free(s->names);
        for (size_t i = 0; i < s->n_steps * s->n_names; i++)
                free(s->values[i]);
        free(s->values);
        *s = (struct conf_sequence){};
}

static const char *open_parenthesis(const char *line) {
        if (strncmp(line, "~SEQx(", 6) == 0)
                return line + 5;
        if (strncmp(line, "~SEQ(", 5) == 0 || strncmp(line, "~LST(", 5) == 0)
                return line + 4;
        return NULL;
}

bool conf_sequence_find(const char *line, const char **ret_arguments, size_t *ret_length,
                const char **ret_rest) {
        const char *open = open_parenthesis(line), *close;

        if (!open)
                return false;
        close = strchr(open, ')');
        *ret_arguments = open + 1;
        if (!close) { /* an error, which conf_sequence_parse() tells from the arguments alone */
                *ret_length = 0;
                *ret_rest = open + strlen(open);
                return true;
        }
        *ret_length = (size_t) (close - open - 1);
        *ret_rest = close + 1;
        return true;
}

/* Split @text at commas outside braces and trim the pieces. */
static int split_commas(const char *text, char ***ret, size_t *ret_n) {
        char **items = calloc(ARGUMENTS_MAX + 1, sizeof(*items));
        size_t n = 0, depth = 0;
        const char *from = text;

        if (!items)
                return -ENOMEM;
        for (const char *s = text; n < ARGUMENTS_MAX; s++) {
                const char *end = s;

                depth += *s == '{';
                depth -= *s == '}' && depth > 0;
                if (*s && (*s != ',' || depth > 0))
                        continue;
                from = conf_lex_skip_blanks(from);
                while (end > from && conf_lex_is_blank(end[-1]))
                        end--;
                items[n] = strndup(from, end > from ? (size_t) (end - from) : 0);
                if (!items[n++]) {
                        conf_strv_free(items);
                        return -ENOMEM;
                }
                if (!*s)
                        break;
                from = s + 1;
        }
        *ret = items;
        *ret_n = n;
        return 0;
}

static void strv_freep(char ***strv) {
        conf_strv_free(*strv);
}

static int parse_number(const char *text, long *ret) {
        char *end;
        long v;

        errno = 0;
        v = strtol(text, &end, 0);
        if (errno != 0 || end == text || *end || v > INT_MAX || v < INT_MIN)
                return -EINVAL;
        *ret = v;
        return 0;
}

/* The words behind the variable's name: [start, [step,]] end. */
static int parse_range(char **args, size_t n, long *ret_start, long *ret_step, long *ret_end,
                const char **ret_reason) {
        long numbers[3];

        *ret_reason = "not (variable, [start, [step,]] end) with whole numbers";
        if (n < 1 || n > 3)
                return -EINVAL;
        for (size_t i = 0; i < n; i++)
                if (parse_number(args[i], &numbers[i]) < 0)
                        return -EINVAL;

        *ret_end = numbers[n - 1];
        *ret_start = n > 1 ? numbers[0] : *ret_end < 0 ? -1 : 1;
        *ret_step = n > 2 ? numbers[1] : *ret_end < *ret_start ? -1 : 1;
        *ret_reason = "the step does not lead from start to end";
        if (*ret_step == 0 || (*ret_step > 0) != (*ret_end >= *ret_start))
                return *ret_end == *ret_start && *ret_step != 0 ? 0 : -EINVAL;
        return 0;
}

static int sequence_set_name(struct conf_sequence *s, const char *name, const char **ret_reason) {
        size_t n = conf_variable_name_length(name);

        *ret_reason = "not the name of a variable";
        if (n == 0 || name[n])
                return -EINVAL;
        s->names[s->n_names] = strdup(name);
        if (!s->names[s->n_names])
                return -ENOMEM;
        s->n_names++;
        return 0;
}

static int parse_seq(
                bool hex, char **args, size_t n, struct conf_sequence *s, const char **ret_reason) {
        long start, step, end;
        int r;

        s->names = calloc(1, sizeof(*s->names));
        if (!s->names)
                return -ENOMEM;
        r = sequence_set_name(s, args[0], ret_reason);
        if (r < 0)
                return r;
        r = parse_range(args + 1, n - 1, &start, &step, &end, ret_reason);
        if (r < 0)
                return r;
        *ret_reason = "hexadecimal numbers are not negative";
        if (hex && (start < 0 || end < 0))
                return -EINVAL;
        *ret_reason = "too many steps";
        if ((end - start) / step >= (long) CONF_SEQUENCE_STEPS_MAX)
                return -EINVAL;

        s->values = calloc((size_t) ((end - start) / step + 1), sizeof(*s->values));
        if (!s->values)
                return -ENOMEM;
        for (long v = start; step > 0 ? v <= end : v >= end; v += step) {
                if (asprintf(&s->values[s->n_steps], hex ? "%lx" : "%ld", v) < 0)
                        return -ENOMEM;
                s->n_steps++;
        }
        return 0;
}

/* "{a, b}" into its parts; anything without braces is one part. */
static int split_group(const char *text, char ***ret, size_t *ret_n) {
        _cleanup_free_ char *inside = NULL;
        size_t n = strlen(text);

        if (n < 2 || text[0] != '{' || text[n - 1] != '}')
                inside = strdup(text);
        else
                inside = strndup(text + 1, n - 2);
        if (!inside)
                return -ENOMEM;
        return split_commas(inside, ret, ret_n);
}

static int parse_lst_names(const char *text, struct conf_sequence *s, const char **ret_reason) {
        _cleanup_(strv_freep) char **names = NULL;
        size_t n;
        int r;

        r = split_group(text, &names, &n);
        if (r < 0)
                return r;
        *ret_reason = "too many variables";
        if (n > CONF_SEQUENCE_VARIABLES_MAX)
                return -EINVAL;
        s->names = calloc(n, sizeof(*s->names));
        if (!s->names)
                return -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = sequence_set_name(s, names[i], ret_reason);
        return r;
}

static int parse_lst_step(
                const char *text, bool grouped, struct conf_sequence *s, const char **ret_reason) {
        _cleanup_(strv_freep) char **values = NULL;
        size_t n;
        int r;

        if (grouped)
                r = split_group(text, &values, &n);
        else
                r = split_commas(text, &values, &n);
        if (r < 0)
                return r;
        *ret_reason = "more values than variables";
        if (n > s->n_names)
                return -EINVAL;
        for (size_t i = 0; i < s->n_names; i++) {
                char *value = strdup(i < n ? values[i] : "");

                if (!value) {
                        while (i-- > 0)
                                free(s->values[s->n_steps * s->n_names + i]);
                        return -ENOMEM;
                }
                s->values[s->n_steps * s->n_names + i] = value;
        }
        s->n_steps++;
        return 0;
}

static int parse_lst(char **args, size_t n, struct conf_sequence *s, const char **ret_reason) {
        int r;

        r = parse_lst_names(args[0], s, ret_reason);
        if (r < 0)
                return r;
        *ret_reason = "no values";
        if (n < 2)
                return -EINVAL;
        s->values = calloc((n - 1) * s->n_names, sizeof(*s->values));
        if (!s->values)
                return -ENOMEM;
        for (size_t i = 1; i < n && r >= 0; i++)
                r = parse_lst_step(args[i], args[0][0] == '{', s, ret_reason);
        return r;
}

int conf_sequence_parse(const char *line, const char *arguments, struct conf_sequence *ret,
                const char **ret_reason) {
        _cleanup_(strv_freep) char **args = NULL;
        struct conf_sequence s = {};
        size_t n;
        int r;

        *ret_reason = "no closing parenthesis";
        if (!strchr(line, ')'))
                return -EINVAL;
        r = split_commas(arguments, &args, &n);
        if (r < 0)
                return r;
        if (strncmp(line, "~LST", 4) == 0)
                r = parse_lst(args, n, &s, ret_reason);
        else
                r = parse_seq(line[4] == 'x', args, n, &s, ret_reason);
        if (r < 0) {
                conf_sequence_done(&s);
                return r;
        }
        *ret = s;
        return 0;
}
