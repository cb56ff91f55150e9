/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tree. Braces alone make its shape, so a block whose name nobody knows is lost with its
 * contents and nothing else is; keepalived reads those contents as if they stood outside. Only
 * where a brace is missing is the schema asked what was meant. */

#include "common/conf-tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/conf-schema.h"

static struct conf_node *node_free(struct conf_node *n) {
        struct conf_node *child, *tmp;

        if (!n)
                return NULL;
        DL_FOREACH_SAFE (n->children, child, tmp) {
                node_free(child);
        }
        conf_words_done(&n->words);
        free(n->text);
        free(n);
        return NULL;
}

static struct conf_tree_file *file_free(struct conf_tree_file *f) {
        if (!f)
                return NULL;
        free(f->name);
        free(f->directory);
        free(f);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct conf_tree_file *, file_free);

struct conf_tree *conf_tree_new(void) {
        _cleanup_(conf_tree_freep) struct conf_tree *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        t->root = calloc(1, sizeof(*t->root));
        if (!t->root)
                return NULL;
        t->root->has_block = true;
        return TAKE_PTR(t);
}

struct conf_tree *conf_tree_free(struct conf_tree *t) {
        if (!t)
                return NULL;
        node_free(t->root);
        conf_diags_done(&t->diags);
        for (size_t i = 0; i < t->n_files; i++)
                file_free(t->files[i]);
        free(t->files);
        free(t);
        return NULL;
}

const struct conf_tree_file *conf_tree_intern_file(
                struct conf_tree *t, const char *name, const char *directory) {
        _cleanup_(file_freep) struct conf_tree_file *f = NULL;
        struct conf_tree_file **files;

        for (size_t i = 0; i < t->n_files; i++)
                if (streq(t->files[i]->name, name))
                        return t->files[i];

        files = reallocarray(t->files, t->n_files + 1, sizeof(*files));
        if (!files)
                return NULL;
        t->files = files;
        f = calloc(1, sizeof(*f));
        if (!f)
                return NULL;
        f->name = strdup(name);
        f->directory = strdup(directory);
        if (!f->name || !f->directory)
                return NULL;
        return t->files[t->n_files++] = TAKE_PTR(f);
}

const char *conf_node_key(const struct conf_node *n) {
        return n->words.n > 0 ? n->words.items[0].text : "";
}

size_t conf_node_n_args(const struct conf_node *n) {
        return n->words.n > 0 ? n->words.n - 1 : 0;
}

const char *conf_node_arg(const struct conf_node *n, size_t i) {
        return n->words.items[i + 1].text;
}

const char *conf_node_rest(const struct conf_node *n) {
        const char *s = conf_lex_skip_blanks(n->text);

        while (*s && !conf_lex_is_blank(*s) && *s != '"')
                s++;
        return conf_lex_skip_blanks(s);
}

struct conf_pos conf_node_word_pos(const struct conf_node *n, size_t i) {
        struct conf_pos pos = n->pos;

        if (i < n->words.n && !n->expanded)
                pos.column += n->words.items[i].offset;
        return pos;
}

static void print_block_name(const struct conf_node *n, FILE *to) {
        for (size_t i = 0; i < n->words.n; i++)
                fprintf(to, "%s%s", i > 0 ? " " : "", n->words.items[i].text);
}

static void print_object_name(const struct conf_node *n, FILE *to) {
        if (!n->parent)
                return;
        print_object_name(n->parent, to);
        if (!n->has_block)
                return;
        if (n->parent->parent)
                fputs(", ", to);
        print_block_name(n, to);
}

char *conf_node_object_name(const struct conf_node *n) {
        char *name = NULL;
        size_t size;
        FILE *to = open_memstream(&name, &size);

        if (!to)
                return NULL;
        print_object_name(n, to);
        if (fclose(to) != 0) {
                free(name);
                return NULL;
        }
        return name;
}

const struct conf_node *conf_node_find(const struct conf_node *n, const char *key) {
        const struct conf_node *child;

        DL_FOREACH (n->children, child) {
                if (!child->dropped && streq(conf_node_key(child), key))
                        return child;
        }
        return NULL;
}

void conf_tree_builder_init(struct conf_tree_builder *b, struct conf_tree *t,
                const struct conf_schema *schema) {
        *b = (struct conf_tree_builder){
                .tree = t,
                .schema = schema,
                .block = t->root,
        };
}

_printf_(6, 7) static void say(struct conf_tree_builder *b, enum conf_grade grade,
                const struct conf_pos *pos, const struct conf_node *about, const char *advice,
                const char *format, ...) {
        _cleanup_free_ char *object = about ? conf_node_object_name(about) : NULL;
        _cleanup_free_ char *what = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&what, format, ap) < 0)
                what = NULL;
        va_end(ap);
        conf_diag_add(&b->tree->diags, grade, pos, object, advice, "%s", what ?: "out of memory");
}

static void resolve_row(struct conf_tree_builder *b, struct conf_node *n) {
        if (!b->schema)
                return;
        if (!n->parent->parent)
                n->row = conf_schema_find(b->schema, CONF_BLOCK_ROOT, conf_node_key(n));
        else if (n->parent->row && n->parent->row->opens != CONF_BLOCK_NONE)
                n->row = conf_schema_find(b->schema, n->parent->row->opens, conf_node_key(n));
}

static int node_new(struct conf_tree_builder *b, const struct conf_pos *pos, const char *text,
                bool expanded, struct conf_node **ret) {
        struct conf_node *n = calloc(1, sizeof(*n));

        if (!n)
                return -ENOMEM;
        n->parent = b->block;
        n->pos = *pos;
        n->directory = b->directory;
        n->expanded = expanded;
        n->text = strdup(text);
        if (!n->text || conf_lex_words(n->text, &n->words) < 0) {
                node_free(n);
                return -ENOMEM;
        }
        DL_APPEND(b->block->children, n);
        b->tree->n_nodes++;
        resolve_row(b, n);
        *ret = n;
        return 0;
}

/* Does the line @key behind an opener without its { belong inside it? For a list: when the opener
 * has no value on its own line. For a block of keywords: when the next line is one of them and
 * makes no sense outside. */
static bool brace_is_missing(struct conf_tree_builder *b, const char *key) {
        const struct conf_row *row = b->last ? b->last->row : NULL;
        enum conf_block outside;

        if (!row || b->last->has_block || !conf_row_needs_block(row))
                return false;
        if (b->block->parent)
                outside = b->block->row ? b->block->row->opens : CONF_BLOCK_NONE;
        else
                outside = CONF_BLOCK_ROOT;
        if (outside != CONF_BLOCK_NONE && conf_schema_find(b->schema, outside, key))
                return false;
        if (row->opens == CONF_BLOCK_NONE)
                return conf_node_n_args(b->last) == 0;
        return conf_schema_find(b->schema, row->opens, key);
}

static void open_block(struct conf_tree_builder *b, struct conf_node *n) {
        n->has_block = true;
        b->block = n;
        b->last = NULL;
        b->depth++;
}

static int line_limit(struct conf_tree_builder *b, const struct conf_pos *pos) {
        if (b->tree->n_nodes == CONF_TREE_NODES_MAX)
                say(b, CONF_UNUSABLE, pos, NULL, NULL, "more than %u lines", CONF_TREE_NODES_MAX);
        b->tree->n_nodes++;
        return 0;
}

int conf_tree_builder_line(struct conf_tree_builder *b, const struct conf_pos *pos,
                const char *text, bool expanded) {
        _cleanup_(conf_words_done) struct conf_words words = {};
        struct conf_node *n;
        int r;

        if (b->too_deep > 0)
                return 0;
        if (b->tree->n_nodes >= CONF_TREE_NODES_MAX)
                return line_limit(b, pos);

        r = conf_lex_words(text, &words);
        if (r < 0)
                return r;
        if (words.n == 0 && !words.unclosed)
                return 0;
        if (words.n > 0 && brace_is_missing(b, words.items[0].text)) {
                say(b, CONF_COMPLAINT, &b->last->pos, b->last, NULL, "the { after %s is missing",
                                conf_node_key(b->last));
                open_block(b, b->last);
        }
        r = node_new(b, pos, text, expanded, &n);
        if (r < 0)
                return r;
        b->last = n;
        return 0;
}

int conf_tree_builder_open(struct conf_tree_builder *b, const struct conf_pos *pos) {
        struct conf_node *n = b->last;
        int r;

        if (b->too_deep > 0 || b->depth >= CONF_TREE_DEPTH_MAX) {
                if (b->too_deep++ == 0)
                        say(b, CONF_COMPLAINT, pos, b->block, NULL,
                                        "more than %u blocks in each other", CONF_TREE_DEPTH_MAX);
                return 0;
        }
        if (!n) {
                say(b, CONF_COMPLAINT, pos, b->block,
                                "a { follows the keyword whose block it begins",
                                "unexpected {, this block is left out");
                r = node_new(b, pos, "", false, &n);
                if (r < 0)
                        return r;
                n->dropped = true;
        }
        open_block(b, n);
        return 0;
}

void conf_tree_builder_close(struct conf_tree_builder *b, const struct conf_pos *pos) {
        if (b->too_deep > 0) {
                b->too_deep--;
                return;
        }
        b->last = NULL;
        if (!b->block->parent) {
                say(b, CONF_COMPLAINT, pos, NULL, "look for a missing { above", "one } too many");
                return;
        }
        b->block->closed = true;
        b->block = b->block->parent;
        b->depth--;
}

void conf_tree_builder_finish(struct conf_tree_builder *b) {
        for (struct conf_node *n = b->block; n->parent; n = n->parent)
                say(b, CONF_UNUSABLE, &n->pos, n, "look for a missing } below this line",
                                "the block is not closed at the end of the file");
        b->block = b->tree->root;
        b->last = NULL;
}
