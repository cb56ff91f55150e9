/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checker-bus.h"
#include "checkd/tracker-bus.h"
#include "tests/bus/introspect.h"

const struct introspect_entry introspect_entries[] = {
        { CHECKER_INTERFACE, checker_bus_vtable },
        { TRACKER_INTERFACE, tracker_bus_vtable },
        {},
};
