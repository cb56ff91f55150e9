/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All checkers together: what the configuration has and the table has not is made, what it has not any more
 * goes, the rest goes on. */

#include "common/usec.h"

struct checkd;
struct conf;

/* Make the table like @conf. What was made before belongs to an older configuration that is still there. New
 * checkers are shown on the bus, but do nothing yet. */
void checker_table_configure(struct checkd *c, const struct conf *conf);

/* Set going what is not: what has a past goes on by its schedule; the others begin a second from now and at
 * random within warmup. */
void checker_table_begin(struct checkd *c);

/* End all tries and free all checkers. */
void checker_table_done(struct checkd *c);
