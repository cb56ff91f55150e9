/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/daemon-private.h"
#include "tests/bus/introspect.h"

static const sd_bus_vtable *vtable(void) {
        return daemon1_vtable;
}

const struct introspect_entry introspect_entries[] = {
        { "org.mainstay.Daemon1", vtable },
        {},
};
