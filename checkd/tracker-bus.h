/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Trackers on the bus: org.mainstay.Check1.Tracker. One vtable serves all, however many there are. */

#include <systemd/sd-bus.h>

struct checkd;
struct tracker;

#define TRACKER_INTERFACE "org.mainstay.Check1.Tracker"

/* The object path of the tracker @id, a new string. */
int tracker_bus_path(const char *id, char **ret);

int tracker_bus_export(struct checkd *c, sd_bus *bus);

void tracker_bus_state_changed(const struct tracker *t);
void tracker_bus_limits_changed(const struct tracker *t);

const sd_bus_vtable *tracker_bus_vtable(void);
