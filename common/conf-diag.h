/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is wrong with a configuration, as a list in the order of discovery. Nothing here logs:
 * whoever loaded the file decides whom to tell. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/macro.h"

/* A place in a file. Lines and columns count from 1, columns in bytes; line 0: the file as a whole.
 * The name is borrowed from the configuration (or tree) that the position is part of, and lives as
 * long. */
struct conf_pos {
        const char *file;
        unsigned line;
        unsigned column;
};

enum conf_grade {
        CONF_CLEAN,     /* nothing to say */
        CONF_NOTE,      /* never matters: advice */
        CONF_COMPLAINT, /* a line or block was dropped or altered; the rest works */
        CONF_UNUSABLE,  /* nothing can be done with this file */
        _CONF_GRADE_MAX,
};

/* "clean", "note", "complaint", "unusable". */
const char *conf_grade_to_string(enum conf_grade g);

/* Exit status of `config check` and `DAEMON -t`: 0 clean or notes only, 1 complaints, 2 unusable. */
int conf_grade_exit_status(enum conf_grade g);

struct conf_diag {
        enum conf_grade grade;
        struct conf_pos pos;
        char *object; /* what it is about, "vrrp_instance VI_1", or "" at top level */
        char *what;   /* what is wrong, one line */
        char *advice; /* what to write instead, one line, or NULL */
};

/* At most this many are kept; more are counted only. */
#define CONF_DIAG_MAX 2000U

struct conf_diags {
        struct conf_diag *items;
        size_t n;
        size_t n_omitted;      /* not kept because of CONF_DIAG_MAX */
        enum conf_grade grade; /* the worst of all, those omitted included */
};

void conf_diags_done(struct conf_diags *d);

/* Append one. @object and @advice may be NULL. Memory running out makes the list shorter, never
 * wrong: the grade is always counted. */
void conf_diag_add(struct conf_diags *d, enum conf_grade grade, const struct conf_pos *pos,
                const char *object, const char *advice, const char *format, ...) _printf_(6, 7);

/* Append what @d says to @to, as it is. */
void conf_diags_copy(struct conf_diags *to, const struct conf_diags *d);

/* Order by file (in the order of @files, others last), line and column; what was said first of one
 * place stays first. */
void conf_diags_sort(struct conf_diags *d, const char *const *files, size_t n_files);

/* The number of entries of exactly this grade (of those kept). */
size_t conf_diags_count(const struct conf_diags *d, enum conf_grade grade);

/* "file:line:column: grade: what (object); advice", without newline, as a new string, or NULL
 * without memory. Positions without a line are "file: ...". */
char *conf_diag_format(const struct conf_diag *d);

/* All of grade @least and above, a line each, with a last line for the omitted. */
void conf_diags_print(const struct conf_diags *d, enum conf_grade least, FILE *to);

/* The first entry of @now that is a complaint or worse and that @before did not have; NULL when
 * @now is no worse. Entries are the same when object and text are; the line number is not looked
 * at. Borrowed from @now. */
const struct conf_diag *conf_diags_worse(
                const struct conf_diags *now, const struct conf_diags *before);
