/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What could not be told and was given up: a line of JSON each in the file "dead-letters" of the state
 * directory, for people. When it is full it becomes "dead-letters.old", in the place of that. */

#include "notifyd/spool.h"

#define DEAD_LETTER_BYTES_MAX (1024 * 1024)

/* Best effort: that it was given up stands in the log, too. */
void dead_letter_write(const char *directory, const struct action *a, const char *target,
                const char *reason);
