/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a daemon's vtables introspect as, to be compared with the XML that is the contract. A daemon's test is
 * a program of this file, compare-introspection and a table:
 *
 *         const struct introspect_entry introspect_entries[] = {
 *                 { "org.mainstay.Check1.Tracker", tracker_bus_vtable },
 *                 {},
 *         };
 *
 * No bus and no root: server and client are the ends of a socketpair. Getters and methods are never called,
 * so nothing has to stand behind the vtables. */

#include <systemd/sd-bus.h>

struct introspect_entry {
        const char *interface; /* NULL ends the table */
        const sd_bus_vtable *(*vtable)(void);
};

extern const struct introspect_entry introspect_entries[];
