/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One run from one seed: a network is made, things go wrong for a while, all is repaired, and
 * when it has come to rest a few things are done that must go well. Fails with the name of the
 * invariant that broke. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct world;

/* Run schedule @seed in @w, which is overwritten, until its end or the first broken invariant,
 * which stands in w->failure. Everything is told to @trace, unless it is NULL. */
void schedule_run(struct world *w, uint64_t seed, FILE *trace);
