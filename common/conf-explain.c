/* SPDX-License-Identifier: LGPL-2.1-or-later */

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

static void explain_value(const struct conf_row *row, FILE *to) {
        fprintf(to, "  value:    %s%s%s\n", row->type->syntax, row->type->syntax[0] ? ", " : "",
                        row->type->name);
        if ((row->min != 0 || row->max != 0) && is_time(row))
                fprintf(to, "  range:    %g..%g\n", (double) row->min / 1e6,
                                (double) row->max / 1e6);
        else if (row->min != 0 || row->max != 0)
                fprintf(to, "  range:    %" PRIi64 "..%" PRIi64 "\n", row->min, row->max);
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

static int explain_row(
                const struct conf_section *section, const struct conf_row *row, void *userdata) {
        struct explanation *e = userdata;

        if (!streq(row->key, e->keyword) && !streq_ptr(row->alias, e->keyword) &&
                        !streq_ptr(row->old_alias, e->keyword))
                return 0;
        fprintf(e->to, "%s%s, in %s\n  %s\n", e->n++ > 0 ? "\n" : "", row->key,
                        conf_block_to_string(section->block), row->help);
        explain_value(row, e->to);
        explain_spellings(row, e->to);
        fprintf(e->to, "  used by:  %s\n  defined:  %s\n", conf_owner_to_string(row->owner),
                        row->source);
        if (row->flags & CONF_ROW_TODO)
                fputs("  status:   not implemented yet\n", e->to);
        else if (row->flags & CONF_ROW_TODO_NOTE)
                fputs("  status:   accepted, without effect here\n", e->to);
        if (row->instead)
                fprintf(e->to, "  instead:  %s\n", row->instead);
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
