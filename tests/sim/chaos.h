/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What goes wrong: a random sequence of accidents and operations, and the repair at its end. */

#include "common/usec.h"
#include "team.h"

struct router;
struct world;

/* Plan accidents for @duration from now, and start all routers. */
void chaos_plan(struct world *w, usec_t duration);

/* One of them happens. */
void chaos_strike(struct world *w, unsigned kind, struct router *r);

/* All is repaired: links work, processes run; some trackers stay bad, some nodes in maintenance.
 * The network is whole from when what was under way has arrived. */
void chaos_repair(struct world *w);

/* Who belongs to which group, for machines with TEAM_MEMBERS_MAX routers or less. */
void chaos_choose_places(struct world *w, enum place *ret);

/* A network that works, from now on. */
void chaos_calm_links(struct world *w);
