/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The files: the main one and those it includes, byte by byte into the digest, line by line to
 * conf-read-line.c. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-file.h"
#include "common/conf-include.h"
#include "common/conf-reader.h"
#include "common/conf-script.h"

_Static_assert(CONF_DIGEST_STRLEN == SHA256_DIGEST_STRING_LENGTH, "the digest's length");

static int read_file(struct conf_reader *r, const char *path, bool main_file,
                const struct conf_pos *from);

void conf_reader_say(struct conf_reader *r, enum conf_grade grade, const struct conf_pos *pos,
                const char *advice, const char *format, ...) {
        _cleanup_free_ char *what = NULL, *object = conf_node_object_name(r->builder.block);
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&what, format, ap) < 0)
                what = NULL;
        va_end(ap);
        conf_diag_add(&r->tree->diags, grade, pos, object, advice, "%s", what ?: "out of memory");
}

/* Includes */

static void include_failed(struct conf_reader *r, bool required, const struct conf_pos *pos,
                const char *path, const char *reason) {
        conf_reader_say(r, required ? CONF_UNUSABLE : CONF_COMPLAINT, pos, NULL,
                        "%s is not included: %s", path, reason);
}

static int include_paths(struct conf_reader *r, const char *pattern, unsigned checks,
                const struct conf_pos *pos) {
        char **paths;
        int k;

        k = conf_file_glob(r->shown_directory, pattern, &paths);
        if (k < 0)
                return k;
        if (!paths[0]) {
                bool wild = conf_file_has_wildcard(pattern);

                if (checks & (wild ? CONF_INCLUDE_WILDCARD_MATCH : CONF_INCLUDE_MATCH))
                        include_failed(r, true, pos, pattern, "nothing matches");
                else
                        conf_reader_say(r, wild ? CONF_NOTE : CONF_COMPLAINT, pos, NULL,
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

                k = conf_file_glob(r->shown_directory, *a, &paths);
                if (k < 0)
                        break;
                if (!paths[0])
                        include_failed(r, true, pos, *a, "nothing matches");
                conf_strv_free(paths);
        }
        conf_strv_free(alternatives);
        return k;
}

/* Why an include line is not followed, or NULL. */
static const char *include_fault(const struct conf_words *words, const struct conf_line *l) {
        if (words->n < 2)
                return "needs the name of a file";
        if (l->expanded || strchr(words->items[1].text, '$'))
                return "cannot use variables, it is ignored";
        if (l->conditional)
                return "cannot stand behind @id, it is ignored";
        return NULL;
}

/* The setting holds for the files it names and those they include. */
int conf_reader_take_include(struct conf_reader *r, const char *text, const struct conf_line *l,
                const char **ret_rest) {
        _cleanup_(conf_words_done) struct conf_words words = {};
        unsigned saved = r->include_check;
        const char *fault;
        int k;

        *ret_rest = "";
        k = conf_lex_words(text, &words);
        if (k < 0)
                return k;
        fault = include_fault(&words, l);
        if (fault) {
                conf_reader_say(r, CONF_COMPLAINT, &l->pos, NULL, "%s %s", words.items[0].text,
                                fault);
                return 0;
        }
        if (words.n > 2)
                *ret_rest = text + words.items[2].offset;
        r->include_check |= (unsigned) conf_include_checks(words.items[0].text);
        if (r->include_check & CONF_INCLUDE_BRACE_MATCH)
                k = include_braces(r, words.items[1].text, &l->pos);
        if (k >= 0)
                k = include_paths(r, words.items[1].text, r->include_check, &l->pos);
        r->include_check = saved;
        return k;
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
                conf_reader_say(r, CONF_COMPLAINT, pos, NULL,
                                "the line is longer than %u bytes, it is ignored",
                                CONF_LINE_BYTES_MAX);
                return false;
        }
        if (has_control_characters(s, n)) {
                conf_reader_say(r, CONF_COMPLAINT, pos, NULL, "the line has %s, it is ignored",
                                memchr(s, '\0', n) ? "NUL bytes" : "control characters");
                return false;
        }
        return true;
}

static void look_for_oddities(struct conf_reader *r, char *text, const struct conf_pos *pos) {
        if (conf_lex_normalize_blanks(text) && !r->blanks_told) {
                r->blanks_told = true;
                conf_reader_say(r, CONF_COMPLAINT, pos,
                                "keepalived takes them for a part of the word",
                                "no-break or other special blanks, taken for ordinary ones here and below");
        }
        if (conf_lex_has_smart_quotes(text) && !r->quotes_told) {
                r->quotes_told = true;
                conf_reader_say(r, CONF_COMPLAINT, pos, "only \" quotes",
                                "typographic quotation marks quote nothing");
        }
}

static int read_line(
                struct conf_reader *r, const char *s, size_t n, const char *file, unsigned number) {
        struct conf_line l = { .pos = { .file = file, .line = number, .column = 1 } };
        _cleanup_free_ char *text = NULL;

        while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == '\n'))
                n--;
        if (!line_is_sound(r, s, n, &l.pos))
                return 0;
        text = strndup(s, n);
        if (!text)
                return -ENOMEM;
        if (!*conf_lex_skip_blanks(text)) /* an empty line ends a definition */
                return conf_reader_end_definition(r, &l.pos);
        conf_lex_strip_comment(text);
        look_for_oddities(r, text, &l.pos);
        return conf_reader_take_line(r, text, &l);
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
                conf_reader_say(r, CONF_NOTE, &(struct conf_pos){ file, 1, 1 },
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
        return k < 0 ? k : conf_reader_end_definition(r, &(struct conf_pos){ .file = file });
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

/* What an unread file means: the main one makes all unusable, an included one only where that was
 * asked for. */
static void file_refused(struct conf_reader *r, const char *path, bool main_file,
                const struct conf_pos *from, enum conf_file_outcome outcome) {
        const char *reason = conf_file_outcome_to_string(outcome);

        if (main_file)
                conf_reader_say(r, CONF_UNUSABLE, from, NULL, "%s", reason);
        else if (outcome == CONF_FILE_NOT_REGULAR && !(r->include_check & CONF_INCLUDE_READ))
                conf_reader_say(r, CONF_NOTE, from, NULL, "%s is not included: %s", path, reason);
        else
                include_failed(r,
                                outcome == CONF_FILE_OVERSIZED ||
                                                (r->include_check & CONF_INCLUDE_READ),
                                from, path, reason);
}

/* @from is the include line, or names the main file itself. */
static int read_file(struct conf_reader *r, const char *path, bool main_file,
                const struct conf_pos *from) {
        _cleanup_free_ char *bytes = NULL, *directory = NULL, *shown = NULL;
        const char *saved_directory = r->directory, *saved_shown = r->shown_directory;
        const char *saved_builder_directory = r->builder.directory;
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
        if (strchr(path, '/')) {
                shown = strndup(path, (size_t) (strrchr(path, '/') - path));
                if (!shown)
                        return -ENOMEM;
        }

        r->n_bytes += n;
        r->directory = directory;
        r->shown_directory = shown;
        r->include_depth++;
        k = read_bytes(r, bytes, n, path);
        r->include_depth--;
        r->directory = saved_directory;
        r->shown_directory = saved_shown;
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
        conf_reader_forget_definition(r);
}

/* The main file is its own position: intern it before it is read, so that its absence has a place,
 * too. */
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
                conf_reader_say(r, CONF_COMPLAINT,
                                &(struct conf_pos){ .file = r->tree->files[0]->name }, NULL,
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
