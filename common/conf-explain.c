/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the rows say about a keyword, for people. Rows that several blocks share are told once, with
 * all of the blocks. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"

struct explanation {
        const char *keyword;
        FILE *to;
        unsigned n;
};

static bool is_time(const struct conf_row *row) {
        return row->type == &conf_seconds || row->type == &conf_whole_seconds;
}

static void explain_range(const struct conf_row *row, FILE *to) {
        if (row->min == 0 && row->max == 0)
                return;
        fputs("  range:    ", to);
        if (is_time(row))
                conf_print_seconds(to, (uint64_t) row->min);
        else
                fprintf(to, "%" PRIi64, row->min);
        fputs("..", to);
        if (is_time(row))
                conf_print_seconds(to, (uint64_t) row->max);
        else
                fprintf(to, "%" PRIi64, row->max);
        fputc('\n', to);
}

static void explain_value(const struct conf_row *row, FILE *to) {
        fprintf(to, "  value:    %s%s%s\n", row->type->syntax, row->type->syntax[0] ? ", " : "",
                        row->type->name);
        explain_range(row, to);
        if (row->names) {
                fputs("  words:   ", to);
                for (const struct conf_name *i = row->names; i->name; i++)
                        fprintf(to, " %s", i->name);
                fputc('\n', to);
        }
        if (row->unit)
                fprintf(to, "  unit:     %s\n", row->unit);
        if (row->fallback_note || row->fallback)
                fprintf(to, "  default:  %s\n", row->fallback_note ?: row->fallback);
}

static void explain_spellings(const struct conf_row *row, FILE *to) {
        if (row->alias)
                fprintf(to, "  also:     %s\n", row->alias);
        if (row->old_alias)
                fprintf(to, "  formerly: %s\n", row->old_alias);
}

static void explain_status(const struct conf_row *row, FILE *to) {
        fprintf(to, "  used by:  %s\n  defined:  %s\n", conf_owner_to_string(row->owner),
                        row->source);
        if (row->flags & CONF_ROW_EXTENSION)
                fputs("  note:     keepalived does not know it\n", to);
        if (row->flags & CONF_ROW_TODO)
                fputs("  status:   not implemented yet\n", to);
        else if (row->flags & CONF_ROW_TODO_NOTE)
                fputs("  status:   accepted, without effect here\n", to);
        if (row->instead)
                fprintf(to, "  instead:  %s\n", row->instead);
}

/* The blocks in which @keyword is @row. */
static void explain_blocks(const struct conf_row *row, const char *keyword, FILE *to) {
        const char *before = "";

        CONF_SCHEMA_FOREACH(i, conf_language()) {
                if (conf_schema_find(conf_language(), (*i)->block, keyword) != row)
                        continue;
                if ((*i)->rows <= row && row < (*i)->rows + (*i)->n_rows) {
                        fprintf(to, "%s%s", before, conf_block_to_string((*i)->block));
                        before = ", ";
                }
        }
}

static int explain_row(
                const struct conf_section *section, const struct conf_row *row, void *userdata) {
        struct explanation *e = userdata;
        bool first = conf_schema_section(conf_language(), row) == section;

        if (!first || conf_schema_find(conf_language(), section->block, e->keyword) != row)
                return 0;
        fprintf(e->to, "%s%s, in ", e->n++ > 0 ? "\n" : "", row->key);
        explain_blocks(row, e->keyword, e->to);
        fprintf(e->to, "\n  %s\n", row->help);
        explain_value(row, e->to);
        explain_spellings(row, e->to);
        explain_status(row, e->to);
        return 0;
}

int conf_explain(const char *keyword, FILE *to, const char **ret_nearest) {
        struct explanation e = { .keyword = keyword, .to = to };

        (void) conf_schema_each(conf_language(), explain_row, &e);
        if (e.n > 0)
                return 0;
        if (ret_nearest)
                *ret_nearest = conf_schema_nearest(conf_language(), CONF_BLOCK_NONE, keyword);
        return -ENOENT;
}
