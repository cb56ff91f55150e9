/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The dump follows the tree, so it has the order of the file, and takes values from the model where
 * the model has them. What was dropped is not in it. */

#include <errno.h>
#include <utlist.h>

#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"

static void dump_block(const struct conf *c, const struct conf_node *block, struct conf_object *o,
                unsigned depth, FILE *to);

static void indent(unsigned depth, FILE *to) {
        for (unsigned i = 0; i < depth; i++)
                fputc('\t', to);
}

static void dump_text(const struct conf_node *n, unsigned depth, FILE *to) {
        _cleanup_free_ char *text = conf_lex_escape(n->text);

        indent(depth, to);
        fputs(text ?: "", to);
}

static void dump_list(const struct conf_node *n, unsigned depth, FILE *to) {
        const struct conf_node *entry;

        dump_text(n, depth, to);
        fputs(" {\n", to);
        DL_FOREACH (n->children, entry) {
                if (entry->dropped)
                        continue;
                dump_text(entry, depth + 1, to);
                fputc('\n', to);
        }
        indent(depth, to);
        fputs("}\n", to);
}

static void dump_value(const struct conf_node *n, const struct conf_section *section,
                struct conf_object *o, unsigned depth, FILE *to) {
        const struct conf_row *row = n->row;

        if (o && !conf_object_is_set(o, section, row))
                return;
        if (!o || row->offset == 0 || !row->type->print) {
                dump_text(n, depth, to);
        } else {
                indent(depth, to);
                fputs(row->key, to);
                row->type->print(to, row, (const char *) o + row->offset);
        }
        fputc('\n', to);
}

static void dump_node(const struct conf *c, const struct conf_node *n, struct conf_object *o,
                unsigned depth, FILE *to) {
        const struct conf_section *section = conf_schema_section(conf_language(), n->row);

        if (section->globals)
                o = section->globals((struct conf *) c);
        if (n->row->opens != CONF_BLOCK_NONE) {
                dump_text(n, depth, to);
                fputs(" {\n", to);
                dump_block(c, n, n->object, depth + 1, to);
                indent(depth, to);
                fputs("}\n", to);
        } else if (n->row->type->list) {
                dump_list(n, depth, to);
        } else {
                dump_value(n, section, o, depth, to);
        }
}

static void dump_block(const struct conf *c, const struct conf_node *block, struct conf_object *o,
                unsigned depth, FILE *to) {
        const struct conf_node *n;

        DL_FOREACH (block->children, n) {
                if (!n->dropped && n->row)
                        dump_node(c, n, o, depth, to);
        }
}

int conf_dump(const struct conf *c, FILE *to) {
        if (c->diags.grade < CONF_UNUSABLE)
                dump_block(c, c->tree->root, NULL, 0, to);
        return fflush(to) != 0 || ferror(to) ? -EIO : 0;
}
