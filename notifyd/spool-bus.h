/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.mainstay.Notify1.Spool, at NOTIFYD_PATH. */

#include <systemd/sd-bus.h>

struct notifyd;

#define NOTIFY_SPOOL_INTERFACE "org.mainstay.Notify1.Spool"

const sd_bus_vtable *notify_spool_bus_vtable(void); /* userdata: struct notifyd */

int notify_spool_bus_export(struct notifyd *n, sd_bus *bus);
/* The spool, or what is known of it, changed. */
void notify_spool_bus_changed(struct notifyd *n);
