/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What checkd says of the checks of servers, as it changes. While checkd cannot be heard, its last words
 * stand; that it is away is shown, and after a minute it is an event. */

#include <systemd/sd-bus.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct ipvs_check_mirror;
struct ipvs_server;
struct ipvsd;

int ipvs_check_mirror_new(struct ipvsd *d, struct ipvs_check_mirror **ret);
struct ipvs_check_mirror *ipvs_check_mirror_free(struct ipvs_check_mirror *m);
DEFINE_CLEANUP_FUNC(struct ipvs_check_mirror *, ipvs_check_mirror_free);

/* Use this connection, or none (NULL). */
int ipvs_check_mirror_attach(struct ipvs_check_mirror *m, sd_bus *bus);

/* A server that is new, or has other checks: what is said of them already. @m may be NULL. */
void ipvs_check_mirror_learn(struct ipvs_check_mirror *m, struct ipvs_server *r);

/* CLOCK_BOOTTIME since when checkd cannot be heard; USEC_INFINITY: it can, or nobody has checks. */
usec_t ipvs_check_mirror_stale_since(const struct ipvs_check_mirror *m);
const char *ipvs_check_mirror_peer(const struct ipvs_check_mirror *m);
