/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sync groups on the bus: org.mainstay.Vrrp1.Group below /org/mainstay/vrrp1/group. */

#include <systemd/sd-bus.h>

struct vrrp_sync;
struct vrrpd;

#define GROUP_INTERFACE "org.mainstay.Vrrp1.Group"

/* For the comparison with the XML. */
const sd_bus_vtable *group_bus_vtable(void);

/* All of a group, as an element of what Manager.Summary returns. */
#define GROUP_SUMMARY_FIELDS "ssstas"
#define GROUP_SUMMARY "(" GROUP_SUMMARY_FIELDS ")"
int group_bus_summarise(struct vrrp_sync *s, sd_bus_message *reply);

/* Show the groups on @bus. */
int group_bus_export(struct vrrpd *v, sd_bus *bus);

/* The object path of the group called @name, a new string. */
int group_bus_path(const char *name, char **ret);

void group_bus_added(struct vrrp_sync *s);
/* Call while it can still be found. */
void group_bus_removed(struct vrrp_sync *s);

/* After a transition; after a reload. */
void group_bus_changed(struct vrrp_sync *s);
void group_bus_members_changed(struct vrrp_sync *s);
