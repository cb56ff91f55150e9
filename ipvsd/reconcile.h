/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's table brought towards the wanted one, and kept there.
 *
 * Each time: states are settled and told, the wanted table is built, the kernel's is read, and only what differs is
 * written. The kernel does not tell of changes to its table, so it is also read every RECONCILE_LOOK_USEC or so: what
 * somebody else does to a service of ours is undone; services that are not ours are left alone. Which are ours is
 * written down before they are made, so that a successor, or whoever cleans up, knows; where that fails they are made
 * all the same, it is a Problem, and it is tried again.
 *
 * While the kernel has no IPVS, or refuses something, that is a Problem of its object, and it is tried again: without
 * IPVS later and later, else at the latest when the table is looked at. */

#include <stdbool.h>

#include "common/cleanup.h"
#include "common/usec.h"
#include "ipvsd/kernel.h"

struct ipvsd;
struct ipvs_reconciler;

#define RECONCILE_LOOK_USEC (5 * USEC_PER_SEC)

/* Nothing is done before it is armed. @netns (net_namespace_ipvs) is borrowed for the call. */
int ipvs_reconciler_new(struct ipvsd *d, const char *netns, struct ipvs_reconciler **ret);
struct ipvs_reconciler *ipvs_reconciler_free(struct ipvs_reconciler *k);
DEFINE_CLEANUP_FUNC(struct ipvs_reconciler *, ipvs_reconciler_free);

/* Do all of it after @delay_usec, or earlier if it is to be earlier already. */
void ipvs_reconciler_arm(struct ipvs_reconciler *k, usec_t delay_usec);

/* A start from nothing: the kernel's table is emptied first if the configuration says so (lvs_flush). */
void ipvs_reconciler_begin_anew(struct ipvs_reconciler *k);

/* Balancing ends: our services leave the table, what was changed for all is as it was. */
void ipvs_reconciler_stop(struct ipvs_reconciler *k);

/* What is wrong that is no service's problem, or "". */
const char *ipvs_reconciler_problem(const struct ipvs_reconciler *k);

/* The kernel, or NULL while it cannot be spoken to. Borrowed. */
struct ipvs_kernel *ipvs_reconciler_kernel(struct ipvs_reconciler *k);
