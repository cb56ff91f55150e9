/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The operator's orders, by name of service and server, on the disk: they outlive restarts, reloads and boots,
 * also those of a server that is not in the file for a while. */

#include "common/cleanup.h"
#include "ipvsd/override.h"

struct ipvs_override_store;

/* Read @path. A file that cannot be read is begun anew: -EBADMSG and other errors are told, with *ret set all
 * the same; only -ENOMEM leaves it unset. */
int ipvs_override_store_open(const char *path, struct ipvs_override_store **ret);
struct ipvs_override_store *ipvs_override_store_free(struct ipvs_override_store *s);
DEFINE_CLEANUP_FUNC(struct ipvs_override_store *, ipvs_override_store_free);

/* What was ordered for a server; @server NULL: for the service; @service NULL, too: for the node. *ret_weight
 * (may be NULL) is IPVS_WEIGHT_AS_CONFIGURED where there is none. @s may be NULL: nothing was. */
enum ipvs_override ipvs_override_store_get(struct ipvs_override_store *s, const char *service,
                const char *server, int *ret_weight);

/* It is on the disk when this returns 0. -errno: nothing has changed. */
int ipvs_override_store_set(struct ipvs_override_store *s, const char *service, const char *server,
                enum ipvs_override override, int weight);
