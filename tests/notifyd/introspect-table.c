/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/spool-bus.h"
#include "tests/bus/introspect.h"

const struct introspect_entry introspect_entries[] = {
        { NOTIFY_SPOOL_INTERFACE, notify_spool_bus_vtable },
        {},
};
