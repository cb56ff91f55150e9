/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/node-bus.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"
#include "tests/bus/introspect.h"

const struct introspect_entry introspect_entries[] = {
        { IPVS_NODE_INTERFACE, ipvs_node_bus_vtable },
        { IPVS_SERVICE_INTERFACE, ipvs_service_bus_vtable },
        { IPVS_SERVER_INTERFACE, ipvs_server_bus_vtable },
        {},
};
