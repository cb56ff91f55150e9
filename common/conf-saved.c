/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The accepted configuration as a file, so that a start after a crash has it whatever has become of
 * the files it was made of. Lines of text, fields separated by tabs (a backslash escapes tab,
 * newline and itself):
 *
 *     mainstay-configuration 1
 *     path    PATH
 *     id      CONFIG-ID
 *     digest  HEX
 *     file    NAME  DIRECTORY                           numbered from 0 as they come
 *     node    DEPTH  FILE  LINE  COLUMN  FLAGS  TEXT     e: expanded, b: a block follows
 *     diag    GRADE  FILE  LINE  COLUMN  OBJECT  WHAT  ADVICE
 *     sha256  HEX                                       of all above
 *
 * Only what reading gave is kept; the model is made from it again. Kinds of lines that are not
 * known are skipped, fields missing at the end are empty. */

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "common/conf-language.h"
#include "common/conf-load.h"
#include "common/io.h"

#define MAGIC "mainstay-configuration 1"
#define TRAILER "sha256\t"
#define SAVED_BYTES_MAX (256U << 20)
#define FIELDS_MAX 8U

/* Writing */

static void put_text(FILE *to, const char *text) {
        for (const char *s = text; *s; s++)
                switch (*s) {
                case '\t': fputs("\\t", to); break;
                case '\n': fputs("\\n", to); break;
                case '\\': fputs("\\\\", to); break;
                default: fputc(*s, to);
                }
}

static void put_pair(FILE *to, const char *key, const char *value) {
        fprintf(to, "%s\t", key);
        put_text(to, value);
        fputc('\n', to);
}

/* The number of the file that @pos is in. */
static size_t file_number(const struct conf_tree *t, const struct conf_pos *pos) {
        for (size_t i = 0; i < t->n_files; i++)
                if (t->files[i]->name == pos->file)
                        return i;
        return t->n_files;
}

static void put_nodes(FILE *to, const struct conf_tree *t, const struct conf_node *block,
                unsigned depth) {
        const struct conf_node *n;

        DL_FOREACH (block->children, n) {
                fprintf(to, "node\t%u\t%zu\t%u\t%u\t%s%s\t", depth, file_number(t, &n->pos),
                                n->pos.line, n->pos.column, n->expanded ? "e" : "",
                                n->has_block ? "b" : "");
                put_text(to, n->text);
                fputc('\n', to);
                put_nodes(to, t, n, depth + 1);
        }
}

static void put_diags(FILE *to, const struct conf_tree *t) {
        for (size_t i = 0; i < t->diags.n; i++) {
                const struct conf_diag *d = &t->diags.items[i];

                fprintf(to, "diag\t%s\t%zu\t%u\t%u\t", conf_grade_to_string(d->grade),
                                file_number(t, &d->pos), d->pos.line, d->pos.column);
                put_text(to, d->object);
                fputc('\t', to);
                put_text(to, d->what);
                fputc('\t', to);
                put_text(to, d->advice ?: "");
                fputc('\n', to);
        }
}

static int format(const struct conf *c, char **ret, size_t *ret_n) {
        FILE *to = open_memstream(ret, ret_n);
        bool bad;

        if (!to)
                return -ENOMEM;
        fprintf(to, MAGIC "\n");
        put_pair(to, "path", c->path);
        put_pair(to, "id", c->config_id);
        put_pair(to, "digest", c->digest);
        for (size_t i = 0; i < c->tree->n_files; i++) {
                fputs("file\t", to);
                put_text(to, c->tree->files[i]->name);
                fputc('\t', to);
                put_text(to, c->tree->files[i]->directory);
                fputc('\n', to);
        }
        put_nodes(to, c->tree, c->tree->root, 0);
        put_diags(to, c->tree);
        bad = ferror(to);
        if (fclose(to) == 0 && !bad)
                return 0;
        free(*ret);
        *ret = NULL;
        return -ENOMEM;
}

static int write_file(int dirfd, const char *name, const char *text, size_t n) {
        char digest[SHA256_DIGEST_STRING_LENGTH], trailer[sizeof(TRAILER) + sizeof(digest) + 1];
        _cleanup_close_ int fd = -1;
        int length, r;

        fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        (void) SHA256Data((const uint8_t *) text, n, digest);
        length = snprintf(trailer, sizeof(trailer), TRAILER "%s\n", digest);
        r = io_write_all(fd, text, n);
        return r < 0 ? r : io_write_all(fd, trailer, (size_t) length);
}

int conf_save_expanded(const struct conf *c, int dirfd, const char *name) {
        _cleanup_free_ char *text = NULL, *aside = NULL;
        size_t n;
        int r;

        if (c->diags.grade == CONF_UNUSABLE)
                return -EINVAL;
        if (asprintf(&aside, "%s.new", name) < 0)
                return -ENOMEM;
        r = format(c, &text, &n);
        if (r < 0)
                return r;
        r = write_file(dirfd, aside, text, n);
        if (r >= 0 && renameat(dirfd, aside, dirfd, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dirfd, aside, 0);
        return r;
}

/* Reading */

struct saved_reader {
        struct conf *conf;
        struct conf_tree_builder builder;
        struct conf_diags diags;
};

/* Undo put_text() in place. */
static void unescape(char *text) {
        char *to = text;

        for (const char *s = text; *s; s++) {
                if (*s != '\\' || !s[1]) {
                        *to++ = *s;
                        continue;
                }
                s++;
                *to++ = *s == 't' ? '\t' : *s == 'n' ? '\n' : *s;
        }
        *to = '\0';
}

static void split_fields(char *line, char *fields[static FIELDS_MAX]) {
        char *end = line + strlen(line);

        for (size_t i = 0; i < FIELDS_MAX; i++)
                fields[i] = strsep(&line, "\t") ?: end;
}

static int replace(char **text, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(*text);
        *text = copy;
        return 0;
}

/* FILE LINE COLUMN in three fields. Positive: there is no such file. */
static int read_pos(const struct saved_reader *r, char **fields, struct conf_pos *ret,
                const char **ret_directory) {
        const struct conf_tree *t = r->conf->tree;
        size_t file = strtoul(fields[0], NULL, 10);

        if (file >= t->n_files)
                return 1;
        *ret = (struct conf_pos){
                .file = t->files[file]->name,
                .line = (unsigned) strtoul(fields[1], NULL, 10),
                .column = (unsigned) strtoul(fields[2], NULL, 10),
        };
        *ret_directory = t->files[file]->directory;
        return 0;
}

static int take_file(struct saved_reader *r, char **fields) {
        unescape(fields[1]);
        unescape(fields[2]);
        return conf_tree_intern_file(r->conf->tree, fields[1], fields[2]) ? 0 : -ENOMEM;
}

static int take_node(struct saved_reader *r, char **fields) {
        unsigned depth = (unsigned) strtoul(fields[1], NULL, 10);
        struct conf_tree_builder *b = &r->builder;
        struct conf_pos pos;
        int k;

        if (depth > b->depth || read_pos(r, fields + 2, &pos, &b->directory) > 0)
                return -EBADMSG;
        while (b->depth > depth)
                conf_tree_builder_close(b, &pos);
        unescape(fields[6]);
        k = conf_tree_builder_line(b, &pos, fields[6], strchr(fields[5], 'e'));
        if (k >= 0 && strchr(fields[5], 'b'))
                k = conf_tree_builder_open(b, &pos);
        b->last = NULL; /* what was missing was found missing before: nothing is guessed again */
        return k;
}

static int take_diag(struct saved_reader *r, char **fields) {
        const char *directory;
        struct conf_pos pos;

        if (read_pos(r, fields + 2, &pos, &directory) > 0)
                return -EBADMSG;
        for (size_t i = 5; i < FIELDS_MAX; i++)
                unescape(fields[i]);
        for (enum conf_grade g = CONF_NOTE; g < CONF_UNUSABLE; g++)
                if (streq(conf_grade_to_string(g), fields[1]))
                        conf_diag_add(&r->diags, g, &pos, fields[5],
                                        fields[7][0] ? fields[7] : NULL, "%s", fields[6]);
        return 0;
}

static int take_line(struct saved_reader *r, char *line) {
        char *fields[FIELDS_MAX];

        split_fields(line, fields);
        if (streq(fields[0], "file"))
                return take_file(r, fields);
        if (streq(fields[0], "node"))
                return take_node(r, fields);
        if (streq(fields[0], "diag"))
                return take_diag(r, fields);
        unescape(fields[1]);
        if (streq(fields[0], "path"))
                return replace(&r->conf->path, fields[1]);
        if (streq(fields[0], "id"))
                return replace(&r->conf->config_id, fields[1]);
        if (streq(fields[0], "digest"))
                snprintf(r->conf->digest, sizeof(r->conf->digest), "%s", fields[1]);
        return 0;
}

/* Cut @text before its trailer, whose digest must be right. */
static int check_trailer(char *text, size_t n) {
        char digest[SHA256_DIGEST_STRING_LENGTH];
        const size_t length = sizeof(TRAILER) - 1 + SHA256_DIGEST_STRING_LENGTH;
        const char *trailer;

        if (n < length + sizeof(MAGIC) || strlen(text) != n)
                return -EBADMSG;
        trailer = text + n - length;
        if (strncmp(text, MAGIC "\n", sizeof(MAGIC)) != 0 ||
                        strncmp(trailer, TRAILER, sizeof(TRAILER) - 1) != 0)
                return -EBADMSG;
        (void) SHA256Data((const uint8_t *) text, n - length, digest);
        if (strncmp(trailer + sizeof(TRAILER) - 1, digest, sizeof(digest) - 1) != 0)
                return -EBADMSG;
        text[n - length] = '\0';
        return 0;
}

static int read_lines(struct saved_reader *r, char *text) {
        int k = 0;

        for (char *line; k >= 0 && (line = strsep(&text, "\n"));)
                k = take_line(r, line);
        if (k < 0)
                return k;
        while (r->builder.depth > 0)
                conf_tree_builder_close(&r->builder, &(struct conf_pos){});

        /* What the builder had to say, it said when the file was read first. */
        conf_diags_done(&r->conf->tree->diags);
        r->conf->tree->diags = r->diags;
        r->diags = (struct conf_diags){};
        return 0;
}

int conf_load_expanded(int dirfd, const char *name, struct conf **ret) {
        _cleanup_(conf_freep) struct conf *c = NULL;
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        struct saved_reader r = {};
        size_t n;
        int k;

        fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        k = io_read_file(fd, SAVED_BYTES_MAX, &text, &n);
        if (k >= 0)
                k = check_trailer(text, n);
        if (k >= 0)
                k = conf_new(name, "", &c);
        if (k < 0)
                return k;

        r.conf = c;
        conf_tree_builder_init(&r.builder, c->tree, conf_language());
        k = read_lines(&r, text);
        conf_diags_done(&r.diags);
        if (k >= 0)
                k = conf_judge(c, 0);
        if (k < 0)
                return k;
        *ret = TAKE_PTR(c);
        return 0;
}
