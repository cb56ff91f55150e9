/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The load balancer as a whole on the bus: org.mainstay.Ipvs1.Node at the root object. */

#include <systemd/sd-bus.h>

struct ipvsd;

#define IPVS_NODE_INTERFACE "org.mainstay.Ipvs1.Node"

int ipvs_node_bus_export(struct ipvsd *d, sd_bus *bus);

const sd_bus_vtable *ipvs_node_bus_vtable(void);
