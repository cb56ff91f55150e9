/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The load balancer as a whole on the bus: org.mainstay.Ipvs1.Node at the root object. */

#include <systemd/sd-bus.h>

struct ipvsd;

#define IPVS_NODE_INTERFACE "org.mainstay.Ipvs1.Node"

/* Answer @m, an order of the operator: it was kept (@r is 0) or could not be (@r is -errno). */
int ipvs_bus_answer_order(sd_bus_message *m, int r, sd_bus_error *ret_error);

int ipvs_node_bus_export(struct ipvsd *d, sd_bus *bus);

const sd_bus_vtable *ipvs_node_bus_vtable(void);
