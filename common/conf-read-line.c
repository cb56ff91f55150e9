/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of one line: these steps, each a function below.
 *
 *     a multi-line definition goes on? -> @id -> $NAME= -> ~SEQ, ~LST -> include
 *           -> ${NAME} -> pieces between braces -> tree
 *
 * A variable whose value has several lines, and a sequence, send lines through the same steps
 * again. All of that is bounded: by the depth, by the number of lines it may give, by the length of
 * a line. */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-include.h"
#include "common/conf-reader.h"
#include "common/conf-sequence.h"

/* Pieces between braces */

static bool is_include(const char *text) {
        char word[sizeof("includew")] = {};
        size_t n = strcspn(text, " \t\"");

        if (n >= sizeof(word))
                return false;
        memcpy(word, text, n);
        return conf_include_checks(word) >= 0;
}

static int emit_piece(struct conf_reader *r, const char *text, size_t from, size_t n,
                const struct conf_line *l) {
        _cleanup_free_ char *piece = NULL;
        struct conf_line inner = *l;
        const char *s;

        s = conf_lex_skip_blanks(text + from);
        if (s >= text + from + n)
                return 0;
        n -= (size_t) (s - text) - from;
        piece = strndup(s, n);
        if (!piece)
                return -ENOMEM;
        while (n > 0 && conf_lex_is_blank(piece[n - 1]))
                piece[--n] = '\0';

        if (!l->expanded)
                inner.pos.column += (unsigned) (s - text);
        if (piece[n - 1] == '\\')
                conf_reader_say(r, CONF_COMPLAINT, &inner.pos,
                                "only definitions of variables go on in the next line",
                                "the backslash at the end is a part of the line");
        conf_lex_unescape(piece);
        return conf_tree_builder_line(&r->builder, &inner.pos, piece, l->expanded);
}

static int emit_brace(struct conf_reader *r, const char *text, const char *brace,
                const struct conf_line *l) {
        struct conf_pos pos = l->pos;

        if (!l->expanded)
                pos.column += (unsigned) (brace - text);
        if (*brace == '{')
                return conf_tree_builder_open(&r->builder, &pos);
        conf_tree_builder_close(&r->builder, &pos);
        return 0;
}

/* Whether what stands behind a brace is more than words: a condition, a definition, a sequence, an
 * include. */
static bool needs_all_steps(const char *rest) {
        return strchr("@$~", *rest) || is_include(rest);
}

static int take_rest(struct conf_reader *r, const char *text, const char *rest,
                const struct conf_line *l) {
        struct conf_line behind = *l;

        if (!l->expanded)
                behind.pos.column += (unsigned) (rest - text);
        return conf_reader_take_line(r, rest, &behind);
}

/* ${NAME} outside quotes that is left now has no value, and its braces will be taken for those of a
 * block. */
static void look_for_undefined(struct conf_reader *r, const char *text, const struct conf_line *l) {
        bool quoted = false;

        for (const char *s = text; *s; s++) {
                size_t n;

                if (*s == '"')
                        quoted = !quoted;
                if (quoted || s[0] != '$' || s[1] != '{')
                        continue;
                n = conf_variable_name_length(s + 2);
                if (n > 0 && s[2 + n] == '}')
                        conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL,
                                        "the variable %.*s is not defined", (int) n, s + 2);
        }
}

/* @text has its variables replaced. What stands behind a brace is a line of its own. */
static int emit_pieces(struct conf_reader *r, const char *text, const struct conf_line *l) {
        size_t from = 0;

        look_for_undefined(r, text, l);
        for (;;) {
                const char *brace = conf_lex_find_brace(text + from), *rest;
                size_t n = brace ? (size_t) (brace - text) - from : strlen(text + from);
                int k;

                k = emit_piece(r, text, from, n, l);
                if (k < 0 || !brace)
                        return k;
                k = emit_brace(r, text, brace, l);
                if (k < 0)
                        return k;
                rest = conf_lex_skip_blanks(brace + 1);
                if (!*rest)
                        return 0;
                if (needs_all_steps(rest))
                        return take_rest(r, text, rest, l);
                from = (size_t) (rest - text);
        }
}

/* Variables */

static bool expansion_allowed(struct conf_reader *r, const struct conf_line *l) {
        if (r->expansion_ended)
                return false;
        if (r->n_expanded++ < CONF_EXPANDED_LINES_MAX)
                return true;
        r->expansion_ended = true;
        conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL,
                        "variables and sequences give more than %u lines", CONF_EXPANDED_LINES_MAX);
        return false;
}

static void line_too_long(struct conf_reader *r, const struct conf_line *l) {
        conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL,
                        "the line is too long or endless with its variables replaced, it is ignored");
}

/* Send the lines of @text on, each on its own. */
static int take_lines(struct conf_reader *r, char *text, const struct conf_line *l) {
        int k = 0;

        for (char *next = text; next && k >= 0;) {
                char *s = strsep(&next, "\n");

                conf_lex_strip_comment(s);
                if (strlen(s) > CONF_LINE_BYTES_MAX)
                        line_too_long(r, l);
                else if (expansion_allowed(r, l))
                        k = conf_reader_take_line(r, s, l);
        }
        return k;
}

/* Replace the variables of one line as far as it stays one. Positive: @ret has several. */
static int expand_line(struct conf_reader *r, const char *text, const struct conf_line *l,
                char **ret, unsigned *ret_n) {
        const struct conf_variable_context ctx = { .directory = r->directory,
                .config_id = r->config_id };
        _cleanup_free_ char *current = strdup(text);
        size_t at = 0;

        if (!current)
                return -ENOMEM;
        for (*ret_n = 0;; (*ret_n)++) {
                char *next = NULL;
                int k;

                k = conf_variable_expand_first(&r->variables, &ctx, current, at, &next, &at);
                if (k < 0)
                        return k;
                if (k == CONF_VARIABLE_NONE)
                        break;
                free(current);
                current = next;
                if (strchr(current, '\n')) {
                        *ret = TAKE_PTR(current);
                        return 1;
                }
                if (*ret_n < CONF_LINE_REPLACEMENTS_MAX && strlen(current) <= CONF_LINE_BYTES_MAX)
                        continue;
                line_too_long(r, l);
                current[0] = '\0';
                break;
        }
        r->n_expanded += *ret_n;
        *ret = TAKE_PTR(current);
        return 0;
}

static int take_expanded(struct conf_reader *r, const char *text, const struct conf_line *l) {
        _cleanup_free_ char *expanded = NULL;
        struct conf_line inner = *l;
        unsigned n;
        int k;

        if (!strchr(text, '$'))
                return emit_pieces(r, text, l);
        k = expand_line(r, text, l, &expanded, &n);
        if (k < 0)
                return k;
        if (n == 0 && k == 0)
                return emit_pieces(r, text, l);

        inner.expanded = true;
        inner.depth++;
        return take_lines(r, expanded, &inner);
}

static int define(struct conf_reader *r, const char *name, const char *value,
                const struct conf_pos *pos) {
        int k = conf_variable_set(&r->variables, name, value);

        if (k != -E2BIG)
                return k;
        conf_reader_say(r, CONF_COMPLAINT, pos, NULL, "more than %u variables", CONF_VARIABLES_MAX);
        return 0;
}

static void trim_end(char *s) {
        size_t n = strlen(s);

        while (n > 0 && conf_lex_is_blank(s[n - 1]))
                s[--n] = '\0';
}

void conf_reader_forget_definition(struct conf_reader *r) {
        free(TAKE_PTR(r->definition_name));
        free(TAKE_PTR(r->definition));
        r->definition_begun = false;
}

int conf_reader_end_definition(struct conf_reader *r, const struct conf_pos *pos) {
        int k;

        if (!r->definition_name)
                return 0;
        k = define(r, r->definition_name, r->definition, pos);
        conf_reader_forget_definition(r);
        return k;
}

static int definition_append(struct conf_reader *r, const char *text, const struct conf_line *l) {
        char *joined = NULL;

        if (strlen(r->definition) + strlen(text) > CONF_VARIABLE_BYTES_MAX) {
                conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL,
                                "the value of $%s is too long, it is cut here", r->definition_name);
                return 0;
        }
        if (asprintf(&joined, "%s%s%s", r->definition, r->definition_begun ? "\n" : "", text) < 0)
                return -ENOMEM;
        free(r->definition);
        r->definition = joined;
        r->definition_begun = true;
        return 0;
}

/* A line inside a multi-line definition: all but the last end with a backslash. */
static int definition_continue(struct conf_reader *r, char *text, const struct conf_line *l) {
        bool more;
        size_t n;
        int k = 0;

        trim_end(text);
        n = strlen(text);
        more = n > 0 && text[n - 1] == '\\';
        if (more) {
                text[n - 1] = '\0';
                trim_end(text);
        }
        text = (char *) conf_lex_skip_blanks(text);
        if (*text && expansion_allowed(r, l))
                k = definition_append(r, text, l);
        if (k < 0 || more)
                return k;
        return conf_reader_end_definition(r, &l->pos);
}

static int definition_begin(struct conf_reader *r, const char *text, size_t name_length,
                const struct conf_line *l) {
        _cleanup_free_ char *name = strndup(text + 1, name_length), *value = NULL;

        value = strdup(text + 1 + name_length + 1);
        if (!name || !value)
                return -ENOMEM;
        trim_end(value);
        if (!*value || value[strlen(value) - 1] != '\\')
                return define(r, name, value, &l->pos);

        r->definition = strdup("");
        if (!r->definition)
                return -ENOMEM;
        r->definition_name = TAKE_PTR(name);
        return definition_continue(r, value, l);
}

/* Sequences */

/* The arguments with their variables replaced. */
static int sequence_arguments(struct conf_reader *r, const char *args, size_t n,
                const struct conf_line *l, char **ret) {
        _cleanup_free_ char *raw = strndup(args, n);
        unsigned replaced;
        int k;

        if (!raw)
                return -ENOMEM;
        k = expand_line(r, raw, l, ret, &replaced);
        return k < 0 ? k : 0;
}

static int run_sequence(struct conf_reader *r, const struct conf_sequence *s, const char *rest,
                const struct conf_line *l) {
        struct conf_line inner = *l;
        int k = 0;

        inner.expanded = true;
        inner.depth++;
        for (size_t step = 0; step < s->n_steps && k >= 0; step++) {
                if (!expansion_allowed(r, l))
                        break;
                for (size_t i = 0; i < s->n_names && k >= 0; i++)
                        k = define(r, s->names[i], s->values[step * s->n_names + i], &l->pos);
                if (k >= 0)
                        k = conf_reader_take_line(r, rest, &inner);
        }
        for (size_t i = 0; i < s->n_names; i++)
                conf_variable_unset(&r->variables, s->names[i]);
        return k;
}

static int take_sequence(struct conf_reader *r, const char *text, const struct conf_line *l,
                const char *args, size_t n, const char *rest) {
        _cleanup_(conf_sequence_done) struct conf_sequence s = {};
        _cleanup_free_ char *expanded = NULL;
        const char *reason;
        int k;

        k = sequence_arguments(r, args, n, l, &expanded);
        if (k < 0)
                return k;
        k = conf_sequence_parse(text, expanded, &s, &reason);
        if (k == -EINVAL) {
                conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL,
                                "%.4s(%s): %s; the line is ignored", text, expanded, reason);
                return 0;
        }
        if (k < 0)
                return k;
        return run_sequence(r, &s, conf_lex_skip_blanks(rest), l);
}

/* What stands behind the name can only be the end of a block. */
static int take_include(struct conf_reader *r, const char *text, const struct conf_line *l) {
        const char *rest;
        int k;

        k = conf_reader_take_include(r, text, l, &rest);
        return k < 0 || *rest != '}' ? k : take_rest(r, text, rest, l);
}

/* include_check acts on the lines below it, so the reader looks at it before the model does. */
static int take_include_check(struct conf_reader *r, const char *text) {
        _cleanup_(conf_words_done) struct conf_words words = {};
        int k;

        k = conf_lex_words(text, &words);
        if (k < 0)
                return k;
        if (words.n == 1)
                r->include_check = CONF_INCLUDE_ALL;
        for (size_t i = 1; i < words.n; i++)
                (void) conf_include_check_word(words.items[i].text, i == 1, &r->include_check);
        return 0;
}

static bool begins_with_word(const char *text, const char *word) {
        size_t n = strlen(word);

        return strncmp(text, word, n) == 0 && (!text[n] || conf_lex_is_blank(text[n]));
}

/* The steps */

/* "@id text" and "@^id text". Positive: keep @ret_text. */
static int condition(struct conf_reader *r, const char *text, struct conf_line *l,
                const char **ret_text) {
        const char *s = text + 1, *rest;
        bool negated = *s == '^';
        bool equal;
        size_t n;

        s += negated;
        n = strcspn(s, " \t\r\n\f\v");
        rest = conf_lex_skip_blanks(s + n);
        if (n == 0 || !*rest) {
                conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL,
                                "%s needs a name and something behind it", text);
                return 0;
        }
        equal = strlen(r->config_id) == n && strncmp(s, r->config_id, n) == 0;
        if (!l->expanded)
                l->pos.column += (unsigned) (rest - text);
        l->conditional = true;
        *ret_text = rest;
        return equal != negated;
}

int conf_reader_take_line(struct conf_reader *r, const char *text, const struct conf_line *given) {
        const char *args, *rest, *s = conf_lex_skip_blanks(text);
        struct conf_line l = *given;
        size_t n;

        if (!*s)
                return 0;
        if (l.expanded && l.depth > CONF_EXPANSION_DEPTH_MAX) {
                conf_reader_say(r, CONF_COMPLAINT, &l.pos, NULL,
                                "variables stand more than %u deep in each other",
                                CONF_EXPANSION_DEPTH_MAX);
                return 0;
        }
        if (!l.expanded)
                l.pos.column += (unsigned) (s - text);
        if (r->definition_name) {
                _cleanup_free_ char *copy = strdup(s);

                return copy ? definition_continue(r, copy, &l) : -ENOMEM;
        }
        if (*s == '@' && condition(r, s, &l, &s) <= 0)
                return 0;
        if (conf_variable_is_definition(s, &n))
                return definition_begin(r, s, n, &l);
        if (conf_sequence_find(s, &args, &n, &rest))
                return take_sequence(r, s, &l, args, n, rest);
        if (is_include(s))
                return take_include(r, s, &l);
        if (begins_with_word(s, "include_check") && take_include_check(r, s) < 0)
                return -ENOMEM;
        return take_expanded(r, s, &l);
}
