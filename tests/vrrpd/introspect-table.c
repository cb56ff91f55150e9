/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/bus/introspect.h"
#include "vrrpd/group-bus.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/manager-bus.h"

const struct introspect_entry introspect_entries[] = {
        { INSTANCE_INTERFACE, instance_bus_vtable },
        { GROUP_INTERFACE, group_bus_vtable },
        { MANAGER_INTERFACE, manager_bus_vtable },
        {},
};
