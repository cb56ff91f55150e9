/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which network a seed stands for: how many routers, with which parameters and clocks. */

#include "common/usec.h"

struct world;

/* Adverts intervals differ by a factor of 2 at most, and with VRRPv3 only. By more than the
 * adverts that are waited for (3) they must not: the last advert of a router that yields
 * (higher_prio_send_advert) teaches the others its short interval, and they wait no longer for
 * the first one of the new master.
 *
 * Add 2 to 5 routers to the empty @w, in one case of fifty up to 7, not yet started. With every fifth
 * seed they are machines with a sync group of 2 or 3 routers each. */
void network_make(struct world *w);

/* The longest advert interval of its routers. */
usec_t network_interval(const struct world *w);
