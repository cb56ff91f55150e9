/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every object of the typed model begins with: which of its keywords the file gave. Rows are
 * numbered in the order of their table. */

#include <stdbool.h>
#include <stdint.h>

#include "common/conf-diag.h"

struct conf_node;
struct conf_section;

#define CONF_OBJECT_ROWS_MAX 192U

struct conf_object {
        const struct conf_section *section;
        const struct conf_node *node; /* the block in the tree; NULL for the globals */
        uint64_t set[CONF_OBJECT_ROWS_MAX / 64];
};
