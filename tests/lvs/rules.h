/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tables in the language of `ipvsadm -Sn`, for tests: one rule a line, -A for a service and -a for a server. */

#include <stdio.h>

#include "ipvsd/table.h"

/* Read all of @in into the sorted table @ret. What cannot be read ends the program, with the line. */
void rules_read(FILE *in, struct ipvs_table *ret);

/* Write @t as `ipvsadm -Sn` would, in the order of the table. */
void rules_write(FILE *out, const struct ipvs_table *t);
