/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#define GAP 2

struct line {
        char *cells[TABLE_COLUMNS_MAX];
        char *note; /* instead of cells */
};

struct table {
        const char *const *headings;
        size_t columns;
        struct line *lines;
        size_t n_lines;
        size_t filled; /* cells of the last row */
};

struct table *table_new(const char *const *headings) {
        struct table *t = malloc(sizeof(*t));

        if (!t)
                return NULL;
        *t = (struct table){ .headings = headings };
        while (headings[t->columns])
                t->columns++;
        assert(t->columns <= TABLE_COLUMNS_MAX);
        return t;
}

struct table *table_free(struct table *t) {
        if (!t)
                return NULL;
        for (size_t i = 0; i < t->n_lines; i++) {
                for (size_t c = 0; c < t->columns; c++)
                        free(t->lines[i].cells[c]);
                free(t->lines[i].note);
        }
        free(t->lines);
        free(t);
        return NULL;
}

bool table_is_empty(const struct table *t) {
        return t->n_lines == 0;
}

static struct line *add_line(struct table *t) {
        struct line *lines = realloc(t->lines, (t->n_lines + 1) * sizeof(*lines));

        if (!lines)
                return NULL;
        t->lines = lines;
        lines[t->n_lines] = (struct line){};
        return &lines[t->n_lines++];
}

static char *format_text(const char *format, va_list ap) {
        char *text;

        return vasprintf(&text, format, ap) < 0 ? NULL : text;
}

void table_row(struct table *t) {
        t->filled = add_line(t) ? 0 : t->columns;
}

void table_cell(struct table *t, const char *format, ...) {
        va_list ap;

        if (t->filled >= t->columns)
                return;
        va_start(ap, format);
        t->lines[t->n_lines - 1].cells[t->filled++] = format_text(format, ap);
        va_end(ap);
}

void table_note(struct table *t, const char *format, ...) {
        struct line *line = add_line(t);
        va_list ap;

        if (!line)
                return;
        va_start(ap, format);
        line->note = format_text(format, ap);
        va_end(ap);
}

/* Characters of UTF-8 text: bytes that begin one. */
static int text_width(const char *text) {
        int n = 0;

        for (; text && *text; text++)
                n += ((unsigned char) *text & 0xc0) != 0x80;
        return n;
}

/* 0: no cell of it says anything, so it is left out. */
static int column_width(const struct table *t, size_t column) {
        int width = 0;

        for (size_t i = 0; i < t->n_lines; i++)
                width = MAX(width, text_width(t->lines[i].cells[column]));
        return width > 0 ? MAX(width, text_width(t->headings[column])) : 0;
}

/* Without blanks at the end. */
static void print_cells(
                const struct table *t, const int *widths, const char *const *cells, FILE *to) {
        int due = 0;

        for (size_t c = 0; c < t->columns; c++) {
                const char *cell = cells[c] ?: "";

                if (widths[c] == 0)
                        continue;
                if (*cell) {
                        (void) fprintf(to, "%*s%s", due, "", cell);
                        due = 0;
                }
                due += widths[c] - text_width(cell) + GAP;
        }
        (void) fputc('\n', to);
}

void table_print(const struct table *t, FILE *to) {
        int widths[TABLE_COLUMNS_MAX];

        if (t->n_lines == 0)
                return;

        for (size_t c = 0; c < t->columns; c++)
                widths[c] = column_width(t, c);
        print_cells(t, widths, t->headings, to);
        for (size_t i = 0; i < t->n_lines; i++) {
                const struct line *line = &t->lines[i];

                if (line->note)
                        (void) fprintf(to, "    %s\n", line->note);
                else
                        print_cells(t, widths, (const char *const *) line->cells, to);
        }
}
