/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keyword tables of mainstay.conf(5): copies its source from the standard input and puts a table of
 * every row of the schema, in mdoc(7), in the place of the line @KEYWORDS@. With --list it prints the
 * keywords instead, one spelling a line, for the test that none is missing.
 *
 * A table is for a block. Rows that several blocks share stand once, under the names of all of these. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/macro.h"

#define MARK "@KEYWORDS@"
#define COLUMNS 78U
#define HEADING_BYTES 512U

/* Text */

struct text {
        FILE *to;
        unsigned column;
};

/* One word, with what mdoc(7) would take for its own made harmless. */
static void put_word(struct text *t, const char *word, size_t n) {
        if (t->column > 0 && t->column + n + 1 > COLUMNS) {
                fputc('\n', t->to);
                t->column = 0;
        }
        if (t->column > 0)
                fputc(' ', t->to);
        else if (*word == '.' || *word == '\'')
                fputs("\\&", t->to);
        for (size_t i = 0; i < n; i++)
                if (word[i] == '\\')
                        fputs("\\e", t->to);
                else
                        fputc(word[i], t->to);
        t->column += (unsigned) n + 1;
}

static void end_line(struct text *t) {
        if (t->column > 0)
                fputc('\n', t->to);
        t->column = 0;
}

/* Sentences begin on lines of their own. */
static void put(struct text *t, const char *s) {
        for (;;) {
                size_t n;

                s += strspn(s, " \n");
                n = strcspn(s, " \n");
                if (n == 0)
                        return;
                put_word(t, s, n);
                s += n;
                if (s[-1] == '.')
                        end_line(t);
        }
}

_printf_(2, 3) static void say(struct text *t, const char *format, ...) {
        _cleanup_free_ char *s = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&s, format, ap) < 0)
                s = NULL;
        va_end(ap);
        put(t, s ?: "");
}

static void macro(struct text *t, const char *line) {
        end_line(t);
        fprintf(t->to, "%s\n", line);
}

/* A row */

static bool is_time(const struct conf_row *row) {
        return row->type == &conf_seconds || row->type == &conf_whole_seconds;
}

static void put_bound(FILE *to, const struct conf_row *row, int64_t bound) {
        if (is_time(row))
                conf_print_seconds(to, (uint64_t) bound);
        else
                fprintf(to, "%" PRIi64, bound);
}

static void put_range(struct text *t, const struct conf_row *row) {
        _cleanup_free_ char *range = NULL;
        size_t n;
        FILE *f;

        if (row->min == 0 && row->max == 0)
                return;
        f = open_memstream(&range, &n);
        if (!f)
                return;
        put_bound(f, row, row->min);
        fputs(" to ", f);
        put_bound(f, row, row->max);
        if (fclose(f) == 0)
                say(t, "Range: %s.", range);
}

static void put_value(struct text *t, const struct conf_row *row) {
        if (row->type->syntax[0] && row->opens == CONF_BLOCK_NONE)
                say(t, "Value: %s%s%s.", row->type->name, row->unit ? ", in " : "",
                                row->unit ?: "");
        put_range(t, row);
        if (row->names) {
                put(t, "Words:");
                for (const struct conf_name *i = row->names; i->name; i++)
                        say(t, "%s%s", i->name, i[1].name ? "," : ".");
        }
        if (row->fallback_note || row->fallback)
                say(t, "Default: %s.", row->fallback_note ?: row->fallback);
}

static void put_origin(struct text *t, const struct conf_row *row) {
        if (row->alias)
                say(t, "Also written %s.", row->alias);
        if (row->old_alias)
                say(t, "Formerly %s.", row->old_alias);
        say(t, "Belongs to %s.", conf_owner_to_string(row->owner));
        if (row->flags & CONF_ROW_EXTENSION)
                put(t, "Mainstay's own: keepalived does not know it.");
        else if (!streq(row->source, "keepalived 2.4.3"))
                say(t, "Defined by %s.", row->source);
        if (row->instead)
                say(t, "Instead: %s.", row->instead);
}

static const char *status_of(const struct conf_row *row) {
        return row->flags & CONF_ROW_TODO ? " Pq Em \"not implemented yet\""
                        : row->flags & CONF_ROW_TODO_NOTE
                        ? " Pq Em \"accepted, without effect here\""
                        : "";
}

static void put_row(struct text *t, const struct conf_row *row) {
        end_line(t);
        fprintf(t->to, ".It Ic %s", row->key);
        if (row->type->syntax[0])
                fprintf(t->to, " Ar \"%s\"", row->type->syntax);
        fprintf(t->to, "%s\n", status_of(row));
        put(t, row->help);
        put_value(t, row);
        put_origin(t, row);
        end_line(t);
}

/* Tables */

/* Whether @s has the rows that an earlier section had already. */
static bool is_repeated(const struct conf_section *s) {
        return conf_schema_section(conf_language(), &s->rows[0]) != s;
}

/* The blocks in which the rows of @s stand. */
static void heading_of(const struct conf_section *s, char ret[static HEADING_BYTES]) {
        size_t n = 0;

        ret[0] = '\0';
        CONF_SCHEMA_FOREACH(i, conf_language()) {
                if ((*i)->rows != s->rows || n >= HEADING_BYTES)
                        continue;
                n += (size_t) snprintf(ret + n, HEADING_BYTES - n, "%s%s", n > 0 ? ", " : "",
                                conf_block_to_string((*i)->block));
        }
}

static void put_rows_under(struct text *t, const char *heading) {
        char own[HEADING_BYTES];

        CONF_SCHEMA_FOREACH(i, conf_language()) {
                heading_of(*i, own);
                if (is_repeated(*i) || !streq(own, heading))
                        continue;
                for (size_t k = 0; k < (*i)->n_rows; k++)
                        put_row(t, &(*i)->rows[k]);
        }
}

/* Whether no section before @s has its heading. */
static bool is_first_of_heading(const struct conf_section *s, const char *heading) {
        char own[HEADING_BYTES];

        CONF_SCHEMA_FOREACH(i, conf_language()) {
                if (*i == s)
                        return true;
                heading_of(*i, own);
                if (streq(own, heading))
                        return false;
        }
        return false;
}

static void put_tables(FILE *to) {
        struct text t = { .to = to };
        char heading[HEADING_BYTES];

        CONF_SCHEMA_FOREACH(i, conf_language()) {
                heading_of(*i, heading);
                if (is_repeated(*i) || !is_first_of_heading(*i, heading))
                        continue;
                end_line(&t);
                fprintf(to, ".Ss %s\n.Bl -tag -width 4n\n", heading);
                put_rows_under(&t, heading);
                macro(&t, ".El");
        }
}

/* The program */

static int list_row(
                const struct conf_section *section, const struct conf_row *row, void *userdata) {
        const char *const spellings[] = { row->key, row->alias, row->old_alias };

        for (size_t i = 0; i < ARRAY_SIZE(spellings); i++)
                if (spellings[i])
                        (void) puts(spellings[i]);
        return 0;
}

static int copy(FILE *from, FILE *to) {
        _cleanup_free_ char *line = NULL;
        bool found = false;
        size_t room = 0;

        while (getline(&line, &room, from) > 0) {
                if (!streq(line, MARK "\n")) {
                        fputs(line, to);
                        continue;
                }
                found = true;
                put_tables(to);
        }
        if (!found)
                (void) fputs("there is no line " MARK " to replace\n", stderr);
        return found && !ferror(from) && fflush(to) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
        if (argc == 2 && streq(argv[1], "--list")) {
                (void) conf_schema_each(conf_language(), list_row, NULL);
                return EXIT_SUCCESS;
        }
        return copy(stdin, stdout);
}
