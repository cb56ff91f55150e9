/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reader: one physical line at a time through these steps, each a function below.
 *
 *     bytes -> checks -> comment gone -> a multi-line definition goes on?
 *           -> @id -> $NAME= -> ~SEQ, ~LST -> include -> ${NAME} -> pieces between braces -> tree
 *
 * A variable whose value has several lines, and a sequence, send lines through the same steps again. All of
 * that is bounded: by the depth, by the number of lines it may give, by the length of a line. */

#include "common/conf-read.h"

#include <errno.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf-file.h"
#include "common/conf-include.h"
#include "common/conf-script.h"
#include "common/conf-sequence.h"
#include "common/conf-variable.h"

_Static_assert(CONF_DIGEST_STRLEN == SHA256_DIGEST_STRING_LENGTH, "the digest's length");

struct conf_reader {
        struct conf_tree *tree;
        struct conf_tree_builder builder;
        struct conf_variables variables;
        const char *config_id;
        SHA2_CTX digest;

        const char *directory; /* of the file being read */
        unsigned include_depth;
        unsigned include_check; /* CONF_INCLUDE_*, set by include_check */
        unsigned n_files;
        size_t n_bytes;

        char *definition_name; /* a multi-line definition that goes on, or NULL */
        char *definition;
        bool definition_begun; /* @definition has a line */

        unsigned n_expanded;
        bool expansion_ended; /* the bound was hit, and that was said */
        bool blanks_told, bom_told, quotes_told;
};

/* One line on its way. */
struct line {
        struct conf_pos pos; /* of text[0] when not expanded */
        bool expanded;       /* came from a variable or sequence */
        bool conditional;    /* stood behind an @id */
        unsigned depth;
};

static int take_line(struct conf_reader *r, const char *text, const struct line *l);
static int read_file(struct conf_reader *r, const char *path, bool main_file,
                const struct conf_pos *from);

_printf_(5, 6) static void say(struct conf_reader *r, enum conf_grade grade,
                const struct conf_pos *pos, const char *advice, const char *format, ...) {
        _cleanup_free_ char *what = NULL, *object = conf_node_object_name(r->builder.block);
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&what, format, ap) < 0)
                what = NULL;
        va_end(ap);
        conf_diag_add(&r->tree->diags, grade, pos, object, advice, "%s", what ?: "out of memory");
}

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
                const struct line *l) {
        _cleanup_free_ char *piece = NULL;
        struct line inner = *l;
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
        conf_lex_unescape(piece);
        return conf_tree_builder_line(&r->builder, &inner.pos, piece, l->expanded);
}

static int emit_brace(
                struct conf_reader *r, const char *text, const char *brace, const struct line *l) {
        struct conf_pos pos = l->pos;

        if (!l->expanded)
                pos.column += (unsigned) (brace - text);
        if (*brace == '{')
                return conf_tree_builder_open(&r->builder, &pos);
        conf_tree_builder_close(&r->builder, &pos);
        return 0;
}

/* Whether what stands behind a brace is more than words: a condition, a definition, a sequence, an include. */
static bool needs_all_steps(const char *rest) {
        return strchr("@$~", *rest) || is_include(rest);
}

static int take_rest(
                struct conf_reader *r, const char *text, const char *rest, const struct line *l) {
        struct line behind = *l;

        if (!l->expanded)
                behind.pos.column += (unsigned) (rest - text);
        return take_line(r, rest, &behind);
}

/* @text has its variables replaced. What stands behind a brace is a line of its own. */
static int emit_pieces(struct conf_reader *r, const char *text, const struct line *l) {
        size_t from = 0;

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

static bool expansion_allowed(struct conf_reader *r, const struct line *l) {
        if (r->expansion_ended)
                return false;
        if (r->n_expanded++ < CONF_EXPANDED_LINES_MAX)
                return true;
        r->expansion_ended = true;
        say(r, CONF_COMPLAINT, &l->pos, NULL, "variables and sequences give more than %u lines",
                        CONF_EXPANDED_LINES_MAX);
        return false;
}

static void line_too_long(struct conf_reader *r, const struct line *l) {
        say(r, CONF_COMPLAINT, &l->pos, NULL,
                        "the line is too long or endless with its variables replaced, it is ignored");
}

/* Send the lines of @text on, each on its own. */
static int take_lines(struct conf_reader *r, char *text, const struct line *l) {
        int k = 0;

        for (char *next = text; next && k >= 0;) {
                char *s = strsep(&next, "\n");

                conf_lex_strip_comment(s);
                if (strlen(s) > CONF_LINE_BYTES_MAX)
                        line_too_long(r, l);
                else if (expansion_allowed(r, l))
                        k = take_line(r, s, l);
        }
        return k;
}

/* Replace the variables of one line as far as it stays one. Positive: @ret has several. */
static int expand_line(struct conf_reader *r, const char *text, const struct line *l, char **ret,
                unsigned *ret_n) {
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

static int take_expanded(struct conf_reader *r, const char *text, const struct line *l) {
        _cleanup_free_ char *expanded = NULL;
        struct line inner = *l;
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
        say(r, CONF_COMPLAINT, pos, NULL, "more than %u variables", CONF_VARIABLES_MAX);
        return 0;
}

static void trim_end(char *s) {
        size_t n = strlen(s);

        while (n > 0 && conf_lex_is_blank(s[n - 1]))
                s[--n] = '\0';
}

static void definition_end(struct conf_reader *r) {
        free(TAKE_PTR(r->definition_name));
        free(TAKE_PTR(r->definition));
        r->definition_begun = false;
}

static int definition_append(struct conf_reader *r, const char *text, const struct line *l) {
        char *joined = NULL;

        if (strlen(r->definition) + strlen(text) > CONF_VARIABLE_BYTES_MAX) {
                say(r, CONF_COMPLAINT, &l->pos, NULL,
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
static int definition_continue(struct conf_reader *r, char *text, const struct line *l) {
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
        k = define(r, r->definition_name, r->definition, &l->pos);
        definition_end(r);
        return k;
}

static int definition_begin(
                struct conf_reader *r, const char *text, size_t name_length, const struct line *l) {
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
                const struct line *l, char **ret) {
        _cleanup_free_ char *raw = strndup(args, n);
        unsigned replaced;
        int k;

        if (!raw)
                return -ENOMEM;
        k = expand_line(r, raw, l, ret, &replaced);
        return k < 0 ? k : 0;
}

static int run_sequence(struct conf_reader *r, const struct conf_sequence *s, const char *rest,
                const struct line *l) {
        struct line inner = *l;
        int k = 0;

        inner.expanded = true;
        inner.depth++;
        for (size_t step = 0; step < s->n_steps && k >= 0; step++) {
                if (!expansion_allowed(r, l))
                        break;
                for (size_t i = 0; i < s->n_names && k >= 0; i++)
                        k = define(r, s->names[i], s->values[step * s->n_names + i], &l->pos);
                if (k >= 0)
                        k = take_line(r, rest, &inner);
        }
        for (size_t i = 0; i < s->n_names; i++)
                conf_variable_unset(&r->variables, s->names[i]);
        return k;
}

static int take_sequence(struct conf_reader *r, const char *text, const struct line *l,
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
                say(r, CONF_COMPLAINT, &l->pos, NULL, "%.4s(%s): %s; the line is ignored", text,
                                expanded, reason);
                return 0;
        }
        if (k < 0)
                return k;
        return run_sequence(r, &s, conf_lex_skip_blanks(rest), l);
}

/* Includes */

static void include_failed(struct conf_reader *r, bool required, const struct conf_pos *pos,
                const char *path, const char *reason) {
        say(r, required ? CONF_UNUSABLE : CONF_COMPLAINT, pos, NULL, "%s is not included: %s", path,
                        reason);
}

static int include_paths(struct conf_reader *r, const char *pattern, unsigned checks,
                const struct conf_pos *pos) {
        char **paths;
        int k;

        k = conf_file_glob(r->directory, pattern, &paths);
        if (k < 0)
                return k;
        if (!paths[0]) {
                bool wild = conf_file_has_wildcard(pattern);

                if (checks & (wild ? CONF_INCLUDE_WILDCARD_MATCH : CONF_INCLUDE_MATCH))
                        include_failed(r, true, pos, pattern, "nothing matches");
                else
                        say(r, wild ? CONF_NOTE : CONF_COMPLAINT, pos, NULL,
                                        "%s is not included: nothing matches", pattern);
        }
        for (char **path = paths; *path && k >= 0; path++)
                k = read_file(r, *path, false, pos);
        conf_strv_free(paths);
        return k;
}

static int include_braces(struct conf_reader *r, const char *pattern, const struct conf_pos *pos) {
        char **alternatives;
        int k;

        k = conf_include_alternatives(pattern, &alternatives);
        if (k < 0)
                return k == -E2BIG ? 0 : k;
        for (char **a = alternatives; *a && k >= 0; a++) {
                char **paths;

                k = conf_file_glob(r->directory, *a, &paths);
                if (k < 0)
                        break;
                if (!paths[0])
                        include_failed(r, true, pos, *a, "nothing matches");
                conf_strv_free(paths);
        }
        conf_strv_free(alternatives);
        return k;
}

/* One include line; the setting holds for the files it names and those they include. */
static int take_include(struct conf_reader *r, const char *text, const struct line *l) {
        _cleanup_(conf_words_done) struct conf_words words = {};
        unsigned saved = r->include_check, checks;
        int k;

        k = conf_lex_words(text, &words);
        if (k < 0)
                return k;
        if (words.n < 2) {
                say(r, CONF_COMPLAINT, &l->pos, NULL, "%s needs the name of a file",
                                words.items[0].text);
                return 0;
        }
        if (l->expanded || l->conditional) {
                say(r, CONF_COMPLAINT, &l->pos, NULL,
                                "%s cannot stand behind @id or come from a variable, it is ignored",
                                words.items[0].text);
                return 0;
        }
        checks = r->include_check | conf_include_checks(words.items[0].text);
        r->include_check = checks;
        if (checks & CONF_INCLUDE_BRACE_MATCH)
                k = include_braces(r, words.items[1].text, &l->pos);
        if (k >= 0)
                k = include_paths(r, words.items[1].text, checks, &l->pos);
        r->include_check = saved;
        if (k >= 0 && words.n > 2 && words.items[2].text[0] == '}')
                k = take_rest(r, text, text + words.items[2].offset, l);
        return k;
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
static int condition(
                struct conf_reader *r, const char *text, struct line *l, const char **ret_text) {
        const char *s = text + 1, *rest;
        bool negated = *s == '^';
        bool equal;
        size_t n;

        s += negated;
        n = strcspn(s, " \t\r\n\f\v");
        rest = conf_lex_skip_blanks(s + n);
        if (n == 0 || !*rest) {
                say(r, CONF_COMPLAINT, &l->pos, NULL, "%s needs a name and something behind it",
                                text);
                return 0;
        }
        equal = strlen(r->config_id) == n && strncmp(s, r->config_id, n) == 0;
        if (!l->expanded)
                l->pos.column += (unsigned) (rest - text);
        l->conditional = true;
        *ret_text = rest;
        return equal != negated;
}

static int take_line(struct conf_reader *r, const char *text, const struct line *given) {
        const char *args, *rest, *s = conf_lex_skip_blanks(text);
        struct line l = *given;
        size_t n;

        if (!*s)
                return 0;
        if (l.expanded && l.depth > CONF_EXPANSION_DEPTH_MAX) {
                say(r, CONF_COMPLAINT, &l.pos, NULL,
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

static bool has_control_characters(const char *s, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (((unsigned char) s[i] < ' ' && !conf_lex_is_blank(s[i])) || s[i] == 0x7f)
                        return true;
        return false;
}

/* Whether the physical line can be used; says why not. */
static bool line_is_sound(
                struct conf_reader *r, const char *s, size_t n, const struct conf_pos *pos) {
        if (n > CONF_LINE_BYTES_MAX) {
                say(r, CONF_COMPLAINT, pos, NULL, "the line is longer than %u bytes, it is ignored",
                                CONF_LINE_BYTES_MAX);
                return false;
        }
        if (has_control_characters(s, n)) {
                say(r, CONF_COMPLAINT, pos, NULL, "the line has %s, it is ignored",
                                memchr(s, '\0', n) ? "NUL bytes" : "control characters");
                return false;
        }
        return true;
}

static void look_for_oddities(struct conf_reader *r, char *text, const struct conf_pos *pos) {
        if (conf_lex_normalize_blanks(text) && !r->blanks_told) {
                r->blanks_told = true;
                say(r, CONF_COMPLAINT, pos, "keepalived takes them for a part of the word",
                                "no-break or other special blanks, taken for ordinary ones here and below");
        }
        if (conf_lex_has_smart_quotes(text) && !r->quotes_told) {
                r->quotes_told = true;
                say(r, CONF_COMPLAINT, pos, "only \" quotes",
                                "typographic quotation marks quote nothing");
        }
}

static int read_line(
                struct conf_reader *r, const char *s, size_t n, const char *file, unsigned number) {
        struct line l = { .pos = { .file = file, .line = number, .column = 1 } };
        _cleanup_free_ char *text = NULL;

        while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == '\n'))
                n--;
        if (!line_is_sound(r, s, n, &l.pos))
                return 0;
        text = strndup(s, n);
        if (!text)
                return -ENOMEM;
        if (r->definition_name &&
                        !*conf_lex_skip_blanks(text)) { /* an empty line ends the definition */
                int k = define(r, r->definition_name, r->definition, &l.pos);

                definition_end(r);
                return k;
        }
        conf_lex_strip_comment(text);
        look_for_oddities(r, text, &l.pos);
        return take_line(r, text, &l);
}

static int read_bytes(struct conf_reader *r, const char *bytes, size_t n, const char *name) {
        const struct conf_tree_file *interned = conf_tree_intern_file(r->tree, name, r->directory);
        const char *s = bytes, *end = bytes + n, *file;
        int k = 0;

        if (!interned)
                return -ENOMEM;
        file = interned->name;
        r->builder.directory = interned->directory;
        SHA256Update(&r->digest, (const uint8_t *) bytes, n);
        if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
                say(r, CONF_NOTE, &(struct conf_pos){ file, 1, 1 },
                                "keepalived takes it for a part of the first word",
                                "the file begins with a byte order mark, it is skipped");
                s += 3;
        }
        for (unsigned number = 1; s < end && k >= 0; number++) {
                const char *newline = memchr(s, '\n', (size_t) (end - s));
                const char *next = newline ? newline + 1 : end;

                k = read_line(r, s, (size_t) (next - s), file, number);
                s = next;
        }
        if (k >= 0 && r->definition_name) {
                k = define(r, r->definition_name, r->definition, &(struct conf_pos){ file, 0, 0 });
                definition_end(r);
        }
        return k;
}

/* Whether one more file may be read; says why not. */
static bool file_allowed(struct conf_reader *r, const char *path, const struct conf_pos *from) {
        if (r->include_depth >= CONF_INCLUDE_DEPTH_MAX) {
                include_failed(r, true, from, path, "files include each other too deeply");
                return false;
        }
        if (r->n_files >= CONF_FILES_MAX || r->n_bytes > CONF_FILE_BYTES_MAX) {
                include_failed(r, true, from, path, "too many or too large files");
                return false;
        }
        r->n_files++;
        return true;
}

/* What an unread file means: the main one makes all unusable, an included one only where that was asked for. */
static void file_refused(struct conf_reader *r, const char *path, bool main_file,
                const struct conf_pos *from, enum conf_file_outcome outcome) {
        const char *reason = conf_file_outcome_to_string(outcome);

        if (main_file)
                say(r, CONF_UNUSABLE, from, NULL, "%s", reason);
        else if (outcome == CONF_FILE_NOT_REGULAR && !(r->include_check & CONF_INCLUDE_READ))
                say(r, CONF_NOTE, from, NULL, "%s is not included: %s", path, reason);
        else
                include_failed(r,
                                outcome == CONF_FILE_OVERSIZED ||
                                                (r->include_check & CONF_INCLUDE_READ),
                                from, path, reason);
}

/* @from is the include line, or names the main file itself. */
static int read_file(struct conf_reader *r, const char *path, bool main_file,
                const struct conf_pos *from) {
        _cleanup_free_ char *bytes = NULL, *directory = NULL;
        const char *saved_directory = r->directory, *saved_builder_directory = r->builder.directory;
        unsigned saved_check = r->include_check;
        size_t n;
        int k;

        if (!file_allowed(r, path, from))
                return 0;
        k = conf_file_read(path, main_file, &bytes, &n);
        if (k < 0)
                return k;
        if (k != CONF_FILE_READ) {
                file_refused(r, path, main_file, from, (enum conf_file_outcome) k);
                return 0;
        }
        directory = conf_file_directory(path);
        if (!directory)
                return -ENOMEM;

        r->n_bytes += n;
        r->directory = directory;
        r->include_depth++;
        k = read_bytes(r, bytes, n, path);
        r->include_depth--;
        r->directory = saved_directory;
        r->builder.directory = saved_builder_directory;
        r->include_check = saved_check;
        return k;
}

static void reader_init(struct conf_reader *r, struct conf_tree *t,
                const struct conf_schema *schema, const char *config_id) {
        *r = (struct conf_reader){
                .tree = t,
                .config_id = config_id,
        };
        conf_tree_builder_init(&r->builder, t, schema);
        SHA256Init(&r->digest);
        SHA256Update(&r->digest, (const uint8_t *) config_id, strlen(config_id) + 1);
        for (const char *s = config_id; *s; s++)
                r->variables.random = r->variables.random * 31 + (unsigned char) *s;
}

static void reader_finish(struct conf_reader *r, char ret_digest[static CONF_DIGEST_STRLEN]) {
        conf_tree_builder_finish(&r->builder);
        (void) SHA256End(&r->digest, ret_digest);
        conf_variables_done(&r->variables);
        definition_end(r);
}

/* The main file is its own position: intern it before it is read, so that its absence has a place, too. */
static int read_main_file(struct conf_reader *r, const char *path) {
        _cleanup_free_ char *directory = conf_file_directory(path);
        const struct conf_tree_file *file;

        file = directory ? conf_tree_intern_file(r->tree, path, directory) : NULL;
        if (!file)
                return -ENOMEM;
        return read_file(r, path, true, &(struct conf_pos){ .file = file->name });
}

static int read_main(struct conf_reader *r, const char *path) {
        char **paths;
        int k;

        k = conf_file_glob(NULL, path, &paths);
        if (k < 0)
                return k;
        if (!paths[0])
                k = read_main_file(r, path); /* which says that it is missing */
        for (char **p = paths; *p && k >= 0; p++)
                k = read_main_file(r, *p);
        if (k >= 0 && paths[0] && paths[1])
                say(r, CONF_COMPLAINT, &(struct conf_pos){ .file = r->tree->files[0]->name }, NULL,
                                "%s matches more than one file, all are read", path);
        conf_strv_free(paths);
        return k;
}

int conf_read_files(struct conf_tree *t, const struct conf_schema *schema, const char *path,
                const char *config_id, char ret_digest[static CONF_DIGEST_STRLEN]) {
        struct conf_reader r;
        int k;

        reader_init(&r, t, schema, config_id);
        k = read_main(&r, path);
        reader_finish(&r, ret_digest);
        return k < 0 ? k : 0;
}

int conf_read_text(struct conf_tree *t, const struct conf_schema *schema, const char *name,
                const char *text, size_t n, const char *config_id,
                char ret_digest[static CONF_DIGEST_STRLEN]) {
        struct conf_reader r;
        int k;

        reader_init(&r, t, schema, config_id);
        r.directory = ".";
        k = read_bytes(&r, text, n, name);
        reader_finish(&r, ret_digest);
        return k < 0 ? k : 0;
}
