/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The builder walks the tree once. A line that cannot be used is marked dropped and told; nothing
 * that stands beside it suffers. What depends on several objects is left to the models' checks, so
 * the order in which things are defined means nothing. */

#include "common/conf-build.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/conf-type.h"
#include "common/conf-unknown.h"

static int build_block(struct conf_build *b, struct conf_node *block, enum conf_block id,
                struct conf_object *object);

void conf_build_say(struct conf_build *b, enum conf_grade grade, const struct conf_node *n,
                const char *advice, const char *format, ...) {
        _cleanup_free_ char *what = NULL, *object = conf_node_object_name(n);
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&what, format, ap) < 0)
                what = NULL;
        va_end(ap);
        conf_diag_add(b->diags, grade, &n->pos, object, advice, "%s", what ?: "out of memory");
}

static void *field_of(struct conf_object *o, const struct conf_row *row) {
        return o && row->offset > 0 ? (char *) o + row->offset : NULL;
}

/* Defaults */

/* Let the type read the default as if it were written in a file, but silently. */
static int set_default(const struct conf_row *row, struct conf_object *o) {
        _cleanup_free_ char *line = NULL;
        struct conf_node n = {};
        int r;

        if (!row->fallback || row->open || !field_of(o, row))
                return 0;
        if (asprintf(&line, "%s %s", row->key, row->fallback) < 0)
                return -ENOMEM;
        n.text = line;
        r = conf_lex_words(line, &n.words);
        if (r >= 0)
                r = row->type->parse(&(struct conf_parse){ .row = row, .node = &n, .first = 1 },
                                field_of(o, row));
        conf_words_done(&n.words);
        return r < 0 ? r : 0;
}

static int set_section_defaults(struct conf_object *o, const struct conf_section *section) {
        int r = 0;

        for (size_t i = 0; i < section->n_rows && r >= 0; i++)
                r = set_default(&section->rows[i], o);
        return r;
}

/* Call @each for the sections whose rows write to an object of @block: its own and the inline ones
 * below. */
static int each_section(const struct conf_schema *schema, enum conf_block block,
                int (*each)(struct conf_object *o, const struct conf_section *section),
                struct conf_object *o) {
        CONF_SCHEMA_FOREACH(i, schema) {
                int r;

                if ((*i)->block != block || (*i)->globals)
                        continue;
                r = each(o, *i);
                for (size_t k = 0; k < (*i)->n_rows && r >= 0; k++)
                        if ((*i)->rows[k].flags & CONF_ROW_INLINE)
                                r = each_section(schema, (*i)->rows[k].opens, each, o);
                if (r < 0)
                        return r;
        }
        return 0;
}

int conf_build_object(struct conf_build *b, struct conf_object *o, enum conf_block block,
                const struct conf_node *n) {
        o->node = n;
        return each_section(b->schema, block, set_section_defaults, o);
}

int conf_build_globals(
                struct conf_build *b, struct conf_object *o, const struct conf_section *section) {
        return set_section_defaults(o, section);
}

static int section_done(struct conf_object *o, const struct conf_section *section) {
        for (size_t i = 0; i < section->n_rows; i++) {
                const struct conf_row *row = &section->rows[i];

                if (row->type->done && field_of(o, row) && !row->open)
                        row->type->done(field_of(o, row));
        }
        return 0;
}

void conf_build_object_done(
                const struct conf_schema *schema, struct conf_object *o, enum conf_block block) {
        (void) each_section(schema, block, section_done, o);
}

void conf_build_globals_done(struct conf_object *o, const struct conf_section *section) {
        (void) section_done(o, section);
}

/* What checks ask and say */

static const struct conf_row *find_row(const struct conf_build *b, enum conf_block block,
                const char *key, const struct conf_section **ret_section) {
        const struct conf_row *row = conf_schema_find(b->schema, block, key);

        assert(row);
        *ret_section = conf_schema_section(b->schema, row);
        return row;
}

bool conf_build_has(const struct conf_build *b, const struct conf_object *o, enum conf_block block,
                const char *key) {
        const struct conf_section *section;
        const struct conf_row *row = find_row(b, block, key, &section);

        return conf_object_is_set(o, section, row);
}

static void drop_lines(struct conf_node *block, const struct conf_row *row) {
        struct conf_node *n;

        DL_FOREACH (block->children, n) {
                if (n->row == row)
                        n->dropped = true;
                else if (n->row && (n->row->flags & CONF_ROW_INLINE))
                        drop_lines(n, row);
        }
}

void conf_build_unset(struct conf_build *b, struct conf_object *o, enum conf_block block,
                const char *key) {
        const struct conf_section *section;
        const struct conf_row *row = find_row(b, block, key, &section);

        conf_object_mark(o, section, row, false);
        if (o->node)
                drop_lines((struct conf_node *) o->node, row);
}

const struct conf_node *conf_build_node(const struct conf_object *o, const char *key) {
        return conf_node_find(o->node, key) ?: o->node;
}

void conf_build_drop(struct conf_object *o) {
        /* The tree is the builder's to mark; objects see it as const because everybody else must
         * not. */
        ((struct conf_node *) o->node)->dropped = true;
        ((struct conf_node *) o->node)->object = NULL;
}

/* Values */

static int parse_entries(struct conf_build *b, const struct conf_row *row, struct conf_node *n,
                void *field) {
        struct conf_node *entry;
        int r = 0;

        DL_FOREACH (n->children, entry) {
                struct conf_parse p = { .diags = b->diags, .row = row, .node = entry };

                if (entry->dropped)
                        continue;
                if (entry->has_block)
                        conf_build_say(b, CONF_COMPLAINT, entry, NULL,
                                        "a { } has no place in a list, it is ignored");
                if (entry->words.unclosed)
                        conf_build_say(b, CONF_COMPLAINT, entry, NULL,
                                        "a quote is not closed, the rest of the line is lost");
                r = entry->words.n > 0 ? row->type->parse(&p, field) : CONF_TYPE_REFUSED;
                if (r < 0)
                        return r;
                entry->dropped = r > 0;
        }
        return 0;
}

/* A list that nobody stores is judged all the same. */
static int parse_list(struct conf_build *b, const struct conf_row *row, struct conf_node *n,
                void *field) {
        _Alignas(16) char scratch[CONF_TYPE_BYTES_MAX] = {};
        int r;

        if (field)
                return parse_entries(b, row, n, field);
        assert(row->type->size <= sizeof(scratch));
        r = parse_entries(b, row, n, scratch);
        if (row->type->done)
                row->type->done(scratch);
        return r;
}

/* Read a value into a scratch field and put it in the place of the old one. */
static int parse_value(struct conf_build *b, const struct conf_row *row, struct conf_node *n,
                void *field) {
        struct conf_parse p = { .diags = b->diags, .row = row, .node = n, .first = 1 };
        _Alignas(16) char scratch[CONF_TYPE_BYTES_MAX] = {};
        int r;

        assert(row->type->size <= sizeof(scratch));
        r = row->type->parse(&p, scratch);
        if (r != 0)
                return r;
        if (!field) {
                if (row->type->done)
                        row->type->done(scratch);
                return 0;
        }
        if (row->type->done)
                row->type->done(field);
        memcpy(field, scratch, row->type->size);
        return 0;
}

static void tell_extra_words(struct conf_build *b, enum conf_block block, const struct conf_node *n,
                unsigned max) {
        const char *word = conf_node_arg(n, max);
        struct conf_pos pos = conf_node_word_pos(n, max + 1);
        bool keyword = conf_schema_find(b->schema, block, word);
        _cleanup_free_ char *object = conf_node_object_name(n), *what = NULL;

        if (asprintf(&what, "%s: %s%s", conf_node_key(n), word,
                            keyword ? " does not begin a line, it is ignored"
                                    : " and what follows is ignored") < 0)
                what = NULL;
        conf_diag_add(b->diags, keyword ? CONF_COMPLAINT : CONF_NOTE, &pos, object,
                        keyword ? "each keyword on a line of its own" : NULL, "%s",
                        what ?: "out of memory");
}

/* Whether the line has the shape its row asks for: words and braces. Says why not. */
static bool shape_is_right(struct conf_build *b, enum conf_block block, const struct conf_row *row,
                const struct conf_node *n) {
        if (conf_row_needs_block(row) && !n->has_block) {
                conf_build_say(b, CONF_COMPLAINT, n, "write its contents between { and }",
                                "%s needs a { } block", row->key);
                return false;
        }
        if (conf_node_n_args(n) < row->type->min_args) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                n->words.unclosed ? "%s: a quote is not closed"
                                                  : "%s needs a value",
                                row->key);
                return false;
        }
        if (!conf_row_needs_block(row) && n->has_block)
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "%s takes no { } block, what is in it is ignored", row->key);
        if (conf_node_n_args(n) > row->type->max_args && !row->type->raw)
                tell_extra_words(b, block, n, row->type->max_args);
        return true;
}

static void tell_status(
                struct conf_build *b, const struct conf_row *row, const struct conf_node *n) {
        const char *key = conf_node_key(n);

        if (row->old_alias && streq(row->old_alias, key))
                conf_build_say(b, CONF_NOTE, n, NULL, "%s is an old spelling of %s", key, row->key);
        else if (row->flags & CONF_ROW_OBSOLETE)
                conf_build_say(b, CONF_NOTE, n, row->instead, "%s is obsolete", key);
        if (b->todo > 0)
                return;
        if (row->flags & CONF_ROW_TODO)
                conf_build_say(b, CONF_COMPLAINT, n, row->instead, "%s is not implemented yet",
                                key);
        else if (row->flags & CONF_ROW_TODO_NOTE)
                conf_build_say(b, CONF_NOTE, n, row->instead, "%s has no effect here", key);
}

/* The lines of @row above @n in its block: whether one says the same. With @drop they count no
 * more. */
static bool look_above(struct conf_node *n, const struct conf_row *row, bool drop) {
        bool same = false;

        for (struct conf_node *i = n->parent->children; i && i != n; i = i->next) {
                if (i->dropped || i->row != row)
                        continue;
                same |= streq(conf_node_rest(i), conf_node_rest(n));
                i->dropped = drop;
        }
        return same;
}

/* Given before? Positive: the line does not count. */
static int check_again(struct conf_build *b, const struct conf_section *section,
                const struct conf_row *row, struct conf_node *n, const struct conf_object *o) {
        bool first_wins = row->flags & CONF_ROW_FIRST_WINS;

        if (!o || (row->flags & CONF_ROW_REPEATS) || row->type->list ||
                        !conf_object_is_set(o, section, row))
                return 0;
        conf_build_say(b, look_above(n, row, false) ? CONF_NOTE : CONF_COMPLAINT, n, NULL,
                        first_wins ? "%s is given again, the first stays"
                                   : "%s is given again, the last counts",
                        conf_node_key(n));
        return first_wins;
}

/* A list may be an object of its own (with a name); else its field is one of the object around it. */
static int build_list(struct conf_build *b, const struct conf_row *row, struct conf_node *n,
                struct conf_object *o) {
        int r;

        if (row->open) {
                r = row->open(b, n, o, &o);
                if (r != 0)
                        return r;
                n->object = o;
        }
        return parse_list(b, row, n, field_of(o, row));
}

static int build_value(struct conf_build *b, enum conf_block id, const struct conf_section *section,
                const struct conf_row *row, struct conf_node *n, struct conf_object *o) {
        int r;

        if (!shape_is_right(b, id, row, n)) {
                n->dropped = true;
                return 0;
        }
        if (n->words.unclosed && !row->type->raw)
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "a quote is not closed, the rest of the line is lost");
        if (check_again(b, section, row, n, o) > 0) {
                n->dropped = true;
                return 0;
        }
        if (row->type->list)
                r = build_list(b, row, n, o);
        else
                r = parse_value(b, row, n, field_of(o, row));
        if (r < 0)
                return r;
        n->dropped = r > 0;
        if (r == 0 && o) {
                conf_object_mark(o, section, row, true);
                if (!(row->flags & CONF_ROW_REPEATS) && !row->type->list)
                        (void) look_above(n, row, true);
        }
        return 0;
}

/* Blocks */

static int build_opened(struct conf_build *b, enum conf_block id,
                const struct conf_section *section, const struct conf_row *row, struct conf_node *n,
                struct conf_object *parent) {
        struct conf_object *o = row->flags & CONF_ROW_INLINE ? parent : NULL;
        bool todo = row->flags & CONF_ROW_UNIMPLEMENTED;
        int r;

        if (!shape_is_right(b, id, row, n)) {
                n->dropped = true;
                return 0;
        }
        r = row->open ? row->open(b, n, parent, &o) : 0;
        if (r < 0)
                return r;
        if (r == CONF_BUILD_DROPPED) {
                n->dropped = true;
                return 0;
        }
        n->object = o;
        if (parent)
                conf_object_mark(parent, section, row, true);
        b->todo += todo;
        r = build_block(b, n, row->opens, o);
        b->todo -= todo;
        return r;
}

static int build_line(struct conf_build *b, struct conf_node *n, enum conf_block id,
                struct conf_object *o) {
        const struct conf_section *section;

        if (!n->row) {
                n->dropped = true;
                conf_unknown_say(b, n, id);
                return 0;
        }
        section = conf_schema_section(b->schema, n->row);
        if (section->globals)
                o = section->globals(b->conf);
        tell_status(b, n->row, n);
        if (n->row->opens != CONF_BLOCK_NONE)
                return build_opened(b, id, section, n->row, n, o);
        return build_value(b, id, section, n->row, n, o);
}

static int build_block(struct conf_build *b, struct conf_node *block, enum conf_block id,
                struct conf_object *object) {
        struct conf_node *n;
        int r = 0;

        DL_FOREACH (block->children, n) {
                if (!n->dropped)
                        r = build_line(b, n, id, object);
                if (r < 0)
                        break;
        }
        return r;
}

int conf_build_tree(struct conf_build *b) {
        return build_block(b, b->tree->root, CONF_BLOCK_ROOT, NULL);
}
