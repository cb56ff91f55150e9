/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-bus.h"
#include "tests/bus/introspect.h"

const struct introspect_entry introspect_entries[] = {
        { TRACKER_INTERFACE, tracker_bus_vtable },
        {},
};
