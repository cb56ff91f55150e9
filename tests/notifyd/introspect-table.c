/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/spool-bus.h"
#include "tests/bus/introspect.h"

static const sd_bus_vtable *vtable(void) {
        return notify_spool_vtable;
}

const struct introspect_entry introspect_entries[] = {
        { NOTIFY_SPOOL_INTERFACE, vtable },
        {},
};
