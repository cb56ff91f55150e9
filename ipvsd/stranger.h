/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What somebody else did to our services in the kernel's table, found out by comparison: nothing else is wanted than
 * when all was well, and yet there is something to do. The kernel tells of no changes. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "ipvsd/plan.h"

/* All zero is a good beginning. */
struct ipvs_stranger {
        struct ipvs_table settled; /* owned: the table when all was well last */
        bool known;                /* it is */
        bool told;                 /* what there is to do now has been */
};

void ipvs_stranger_done(struct ipvs_stranger *s);

/* How many of @plan's operations undo what somebody did since all was well, when that is worth a word: not again
 * until nothing was to be done in between, however long he goes on. 0: nobody did, or it is not known. */
size_t ipvs_stranger_look(struct ipvs_stranger *s, const struct ipvs_table *wanted,
                const struct ipvs_plan *plan);

/* All is well with @wanted, which is taken over. */
void ipvs_stranger_settle(struct ipvs_stranger *s, struct ipvs_table *wanted);
/* Not all is well: until it is, what there is to do is our own. */
void ipvs_stranger_unsettle(struct ipvs_stranger *s);
