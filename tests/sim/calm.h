/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must go well: in a network that has come to rest, one thing is done at a time, and what
 * the network sees of it is known beforehand. */

struct world;

/* Wait until the network, whole since w->whole_since, has settled and is still. */
void calm_settle(struct world *w);

/* Do one random thing and judge it. The network is still before and after it. */
void calm_act(struct world *w);
