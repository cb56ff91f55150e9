/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Columns for people: as wide as their widest cell, counted in characters, with notes below a row. */

#include <stdbool.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/macro.h"

#define TABLE_COLUMNS_MAX 10

struct table;

/* @headings are NULL-terminated and borrowed. NULL without memory. */
struct table *table_new(const char *const *headings);
struct table *table_free(struct table *t);
DEFINE_CLEANUP_FUNC(struct table *, table_free);

/* One cell a heading, by format; missing memory leaves a cell empty. table_row() begins a row. */
void table_row(struct table *t);
void table_cell(struct table *t, const char *format, ...) _printf_(2, 3);
/* A line below the present row. */
void table_note(struct table *t, const char *format, ...) _printf_(2, 3);

bool table_is_empty(const struct table *t);

/* Nothing at all where there is no row. */
void table_print(const struct table *t, FILE *to);
