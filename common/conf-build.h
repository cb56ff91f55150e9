/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the tree to the typed model, by the rows. Also what the checks of the model need: saying
 * something about an object's keyword, taking back what it said, leaving an object out. */

#include "common/conf-diag.h"
#include "common/conf-schema.h"
#include "common/conf-tree.h"

enum {
        CONF_BUILD_DROPPED = 1,
};

struct conf_build {
        struct conf *conf;
        const struct conf_schema *schema;
        struct conf_tree *tree;
        struct conf_diags *diags;
        unsigned todo; /* inside so many blocks that are not implemented, of which one word is enough */
};

/* Fill the models of b->conf, which are there and have their defaults. 0 or -ENOMEM. */
int conf_build_tree(struct conf_build *b);

/* Prepare an object of a block: its rows' defaults. @o lies at the beginning of the struct. */
int conf_build_object(struct conf_build *b, struct conf_object *o, enum conf_block block,
                const struct conf_node *n);

/* The defaults of the globals of @section. */
int conf_build_globals(
                struct conf_build *b, struct conf_object *o, const struct conf_section *section);

/* Release all fields of an object by its rows. */
void conf_build_object_done(
                const struct conf_schema *schema, struct conf_object *o, enum conf_block block);
void conf_build_globals_done(struct conf_object *o, const struct conf_section *section);

/* Whether the file gave @key in the object's block (or in a block within that writes to it). */
bool conf_build_has(const struct conf_build *b, const struct conf_object *o, enum conf_block block,
                const char *key);

/* The line of @key in the object's block, or the block's own line. */
const struct conf_node *conf_build_node(const struct conf_object *o, const char *key);

/* Say something at @n, about the object that it is in. */
_printf_(5, 6) void conf_build_say(struct conf_build *b, enum conf_grade grade,
                const struct conf_node *n, const char *advice, const char *format, ...);

/* @key counts as not given: the dump leaves it out. */
void conf_build_unset(struct conf_build *b, struct conf_object *o, enum conf_block block,
                const char *key);

/* The object's block is not a part of the configuration. The caller frees the object. */
void conf_build_drop(struct conf_object *o);
