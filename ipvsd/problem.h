/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel refuses to have as it is wanted, as the Problem of its server or service. It is gathered each
 * time that the table is written, and said once for each change. */

#include <stdbool.h>

#include "ipvsd/plan.h"

struct ipvsd;

/* Nothing is wrong so far: the table is about to be written. */
void ipvs_problems_clear(struct ipvsd *d);

/* The kernel said @error to @o; of several for one object the first counts. False: @o is about nothing in the
 * configuration. */
bool ipvs_problems_note(const struct ipvs_operation *o, int error);

/* The table has been written: what is new is logged and shown. Returns whether anything is wrong. */
bool ipvs_problems_show(struct ipvsd *d);
