/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Orders of the operator being taken: on the disk first, then told, then done. An order that stands already is
 * done without a word. */

#include "ipvsd/override.h"

struct ipvs_server;
struct ipvs_service;
struct ipvsd;

/* 0, or -errno: it cannot be kept, and nothing has changed. */
int ipvs_server_order(struct ipvs_server *r, enum ipvs_override override, int weight);
int ipvs_service_order(struct ipvs_service *s, enum ipvs_override override);
int ipvs_node_order(struct ipvsd *d, enum ipvs_override override);
