/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The file's text as a tree of logical lines with their positions: what was written, after
 * includes, conditions and variables, before anybody asked what it means. The tree owns everything
 * below it. */

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "common/conf-diag.h"
#include "common/conf-lex.h"

#define CONF_TREE_DEPTH_MAX 32U
#define CONF_TREE_NODES_MAX 500000U

struct conf_object;
struct conf_row;
struct conf_schema;

struct conf_node {
        struct conf_node *parent;      /* NULL only for the root */
        struct conf_node *prev, *next; /* utlist */
        struct conf_node *children;

        struct conf_pos pos;
        const char *directory; /* of its file. Borrowed from the tree. */
        char *text;            /* the logical line, comments gone, escapes resolved */
        struct conf_words words;
        bool expanded;  /* columns in the line mean nothing: it came from a variable or sequence */
        bool has_block; /* { } follows, even an empty one */
        bool closed;    /* its } was found */
        bool dropped;   /* judged: not a part of the model */

        const struct conf_row *row; /* what it means where it stands; NULL: unknown. Borrowed. */
        struct conf_object *object; /* of a block that makes one. Borrowed from the model. */
};

struct conf_tree_file {
        char *name;      /* as messages show it */
        char *directory; /* absolute, for relative names in it */
};

struct conf_tree {
        struct conf_node *root;
        struct conf_tree_file **files; /* names that positions point to */
        size_t n_files;
        size_t n_nodes;
        struct conf_diags diags; /* of reading: everything said before the model was built */
};

struct conf_tree *conf_tree_new(void);
struct conf_tree *conf_tree_free(struct conf_tree *t);
DEFINE_CLEANUP_FUNC(struct conf_tree *, conf_tree_free);

/* A file for positions, which lives as long as the tree; the same name gives the same one. NULL: no
 * memory. */
const struct conf_tree_file *conf_tree_intern_file(
                struct conf_tree *t, const char *name, const char *directory);

/* First word, "" for a node without words. */
const char *conf_node_key(const struct conf_node *n);

/* The number of words behind the first, and the @i-th of them (from 0), which must exist. */
size_t conf_node_n_args(const struct conf_node *n);
const char *conf_node_arg(const struct conf_node *n, size_t i);

/* The text behind the first word. Borrowed. */
const char *conf_node_rest(const struct conf_node *n);

/* Where the @i-th word is (0 is the keyword); the node itself when it has no such word. */
struct conf_pos conf_node_word_pos(const struct conf_node *n, size_t i);

/* The blocks around @n and @n itself when it is one: "virtual_server 192.0.2.1 80, real_server
 * 192.0.2.2 80". A new string, or NULL without memory. */
char *conf_node_object_name(const struct conf_node *n);

/* The first child with that keyword that is not dropped, or NULL. */
const struct conf_node *conf_node_find(const struct conf_node *n, const char *key);

/* Builds a tree from a stream of logical lines and braces. With a schema it knows which keywords
 * need a block, and so what a missing brace did mean. */
struct conf_tree_builder {
        struct conf_tree *tree;
        const struct conf_schema *schema;
        struct conf_node *block; /* the one open now */
        struct conf_node *last;  /* what a { would belong to */
        const char *directory;   /* of the file being read; outlives the tree's nodes */
        unsigned depth;
        unsigned too_deep; /* blocks opened beyond CONF_TREE_DEPTH_MAX */
};

void conf_tree_builder_init(
                struct conf_tree_builder *b, struct conf_tree *t, const struct conf_schema *schema);

/* 0 or -ENOMEM. Beyond CONF_TREE_NODES_MAX lines are left out and that is said once. */
int conf_tree_builder_line(struct conf_tree_builder *b, const struct conf_pos *pos,
                const char *text, bool expanded);
int conf_tree_builder_open(struct conf_tree_builder *b, const struct conf_pos *pos);
void conf_tree_builder_close(struct conf_tree_builder *b, const struct conf_pos *pos);

/* The end of all files: what is open now stays unclosed, which makes a configuration unusable. */
void conf_tree_builder_finish(struct conf_tree_builder *b);
