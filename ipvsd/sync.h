/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's threads that tell other nodes of connections, or hear of theirs (lvs_sync_daemon): as the role of
 * a virtual router wants it, or both. While vrrpd cannot be heard, what runs goes on. */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "common/cleanup.h"
#include "common/usec.h"
#include "ipvsd/kernel.h"
#include "ipvsd/ownership.h"
#include "ipvsd/service.h"

struct ipvs_sync;
struct ipvsd;

int ipvs_sync_new(struct ipvsd *d, struct ipvs_sync **ret);
struct ipvs_sync *ipvs_sync_free(struct ipvs_sync *s);
DEFINE_CLEANUP_FUNC(struct ipvs_sync *, ipvs_sync_free);

int ipvs_sync_attach(struct ipvs_sync *s, sd_bus *bus);

/* Does the configuration ask for one? */
bool ipvs_sync_wanted(const struct ipvs_sync *s);

/* Start and stop what is to be. @owned is kept at @path. 0 or -errno. */
int ipvs_sync_apply(struct ipvs_sync *s, struct ipvs_kernel *k, struct ipvs_ownership *owned,
                const char *path);
/* Why it did not work, in words that begin with the place in the file. Returns @buf. */
const char *ipvs_sync_explain(
                const struct ipvs_sync *s, int error, char buf[static IPVS_PROBLEM_MAX]);
/* End what is ours. */
void ipvs_sync_stop(struct ipvs_sync *s, struct ipvs_kernel *k, struct ipvs_ownership *owned,
                const char *path);

/* What runs: "", "master", "backup", "master backup". */
const char *ipvs_sync_state(const struct ipvs_sync *s);

/* CLOCK_BOOTTIME since when vrrpd cannot be heard; USEC_INFINITY: it can, or nobody needs to. */
usec_t ipvs_sync_stale_since(const struct ipvs_sync *s);
const char *ipvs_sync_peer(const struct ipvs_sync *s);
