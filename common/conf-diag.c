/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The list of diagnostics. It grows by doubling up to CONF_DIAG_MAX entries, because a file is a
 * stranger's: a megabyte of nonsense must not become a gigabyte of complaints. The grade counts
 * what is not kept, too. */

#include "common/conf-diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/cleanup.h"

static const char *const grade_names[_CONF_GRADE_MAX] = {
        [CONF_CLEAN] = "clean",
        [CONF_NOTE] = "note",
        [CONF_COMPLAINT] = "complaint",
        [CONF_UNUSABLE] = "unusable",
};

const char *conf_grade_to_string(enum conf_grade g) {
        return grade_names[g];
}

int conf_grade_exit_status(enum conf_grade g) {
        switch (g) {
        case CONF_CLEAN:
        case CONF_NOTE: return 0;
        case CONF_COMPLAINT: return 1;
        case CONF_UNUSABLE:
        case _CONF_GRADE_MAX: break;
        }
        return 2;
}

static void diag_done(struct conf_diag *d) {
        free(d->object);
        free(d->what);
        free(d->advice);
}

void conf_diags_done(struct conf_diags *d) {
        for (size_t i = 0; i < d->n; i++)
                diag_done(&d->items[i]);
        free(d->items);
        *d = (struct conf_diags){};
}

static int diags_make_room(struct conf_diags *d) {
        struct conf_diag *items;

        if (d->n >= CONF_DIAG_MAX)
                return -1;
        if ((d->n & (d->n - 1)) != 0) /* room is always the next power of two */
                return 0;
        items = reallocarray(d->items, d->n ? d->n * 2 : 1, sizeof(*items));
        if (!items)
                return -1;
        d->items = items;
        return 0;
}

static void diags_append(struct conf_diags *d, struct conf_diag entry) {
        if (entry.grade > d->grade)
                d->grade = entry.grade;
        if (!entry.what || !entry.object || diags_make_room(d) < 0) {
                diag_done(&entry);
                d->n_omitted++;
                return;
        }
        d->items[d->n++] = entry;
}

void conf_diag_add(struct conf_diags *d, enum conf_grade grade, const struct conf_pos *pos,
                const char *object, const char *advice, const char *format, ...) {
        struct conf_diag entry = {
                .grade = grade,
                .pos = *pos,
                .object = strdup(object ?: ""),
                .advice = advice ? strdup(advice) : NULL,
        };
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&entry.what, format, ap) < 0)
                entry.what = NULL;
        va_end(ap);
        diags_append(d, entry);
}

void conf_diags_copy(struct conf_diags *to, const struct conf_diags *d) {
        for (size_t i = 0; i < d->n; i++) {
                const struct conf_diag *e = &d->items[i];

                diags_append(to,
                                (struct conf_diag){
                                                .grade = e->grade,
                                                .pos = e->pos,
                                                .object = strdup(e->object),
                                                .what = strdup(e->what),
                                                .advice = e->advice ? strdup(e->advice) : NULL,
                                });
        }
        to->n_omitted += d->n_omitted;
        if (d->grade > to->grade)
                to->grade = d->grade;
}

struct sort_key {
        size_t file;
        unsigned line, column;
        size_t number;
        struct conf_diag diag;
};

static int compare(const void *a, const void *b) {
        const struct sort_key *x = a, *y = b;

        if (x->file != y->file)
                return x->file < y->file ? -1 : 1;
        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        if (x->column != y->column)
                return x->column < y->column ? -1 : 1;
        return x->number < y->number ? -1 : x->number > y->number;
}

void conf_diags_sort(struct conf_diags *d, const char *const *files, size_t n_files) {
        _cleanup_free_ struct sort_key *keys = calloc(d->n + 1, sizeof(*keys));

        if (!keys) /* in the order of discovery, then */
                return;
        for (size_t i = 0; i < d->n; i++) {
                size_t file = 0;

                while (file < n_files && files[file] != d->items[i].pos.file)
                        file++;
                keys[i] = (struct sort_key){ file, d->items[i].pos.line, d->items[i].pos.column, i,
                        d->items[i] };
        }
        qsort(keys, d->n, sizeof(*keys), compare);
        for (size_t i = 0; i < d->n; i++)
                d->items[i] = keys[i].diag;
}

size_t conf_diags_count(const struct conf_diags *d, enum conf_grade grade) {
        size_t n = 0;

        for (size_t i = 0; i < d->n; i++)
                n += d->items[i].grade == grade;
        return n;
}

char *conf_diag_format(const struct conf_diag *d) {
        _cleanup_free_ char *place = NULL;
        const char *file = d->pos.file ?: "(no file)";
        char *line = NULL;
        int r;

        if (d->pos.line == 0)
                r = asprintf(&place, "%s", file);
        else
                r = asprintf(&place, "%s:%u:%u", file, d->pos.line, d->pos.column);
        if (r < 0)
                return NULL;

        r = asprintf(&line, "%s: %s: %s%s%s%s%s%s", place, conf_grade_to_string(d->grade), d->what,
                        d->object[0] ? " (" : "", d->object, d->object[0] ? ")" : "",
                        d->advice ? "; " : "", d->advice ?: "");
        return r < 0 ? NULL : line;
}

void conf_diags_print(const struct conf_diags *d, enum conf_grade least, FILE *to) {
        for (size_t i = 0; i < d->n; i++) {
                _cleanup_free_ char *line = NULL;

                if (d->items[i].grade < least)
                        continue;
                line = conf_diag_format(&d->items[i]);
                fprintf(to, "%s\n", line ?: "(out of memory)");
        }
        if (d->n_omitted > 0)
                fprintf(to, "... and %zu more\n", d->n_omitted);
}

static bool diags_have(const struct conf_diags *d, const struct conf_diag *wanted) {
        for (size_t i = 0; i < d->n; i++)
                if (d->items[i].grade >= wanted->grade &&
                                streq(d->items[i].object, wanted->object) &&
                                streq(d->items[i].what, wanted->what))
                        return true;
        return false;
}

const struct conf_diag *conf_diags_worse(
                const struct conf_diags *now, const struct conf_diags *before) {
        for (size_t i = 0; i < now->n; i++)
                if (now->items[i].grade >= CONF_COMPLAINT && !diags_have(before, &now->items[i]))
                        return &now->items[i];
        return NULL;
}
