/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* This node's part in all elections on the bus: org.mainstay.Vrrp1.Manager at the root object. */

#include <systemd/sd-bus.h>

struct vrrpd;

#define MANAGER_INTERFACE "org.mainstay.Vrrp1.Manager"

const sd_bus_vtable *manager_bus_vtable(void);

int manager_bus_export(struct vrrpd *v, sd_bus *bus);

/* Maintenance began or is over. */
void manager_bus_changed(struct vrrpd *v);
