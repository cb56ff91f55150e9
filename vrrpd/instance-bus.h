/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The routers on the bus: org.mainstay.Vrrp1.Instance below /org/mainstay/vrrp1/instance, one fallback
 * vtable for all of them. */

#include <systemd/sd-bus.h>

struct vrrpd;
struct vrrp_router;

#define INSTANCE_INTERFACE "org.mainstay.Vrrp1.Instance"

/* For the comparison with the XML. */
const sd_bus_vtable *instance_bus_vtable(void);

/* Show the routers on @bus. */
int instance_bus_export(struct vrrpd *v, sd_bus *bus);

/* The object path of the router called @name, a new string. */
int instance_bus_path(const char *name, char **ret);

void instance_bus_added(struct vrrp_router *r);
/* Call while it can still be found. */
void instance_bus_removed(struct vrrp_router *r);

/* What may be different now: after a transition; after a link, a tracker or the master was another one;
 * after a reload. */
void instance_bus_changed(struct vrrp_router *r);
void instance_bus_tracked(struct vrrp_router *r);
void instance_bus_reconfigured(struct vrrp_router *r);
/* It has come into a sync group, or left one. */
void instance_bus_grouped(struct vrrp_router *r);
/* The operator's priority; whether others claim its addresses. */
void instance_bus_ordered(struct vrrp_router *r);
void instance_bus_conflict(struct vrrp_router *r);

/* All of a router that people ask for, as an element of what Manager.Summary returns. */
#define INSTANCE_SUMMARY_FIELDS "ssssyyyystsyasasasa(ssii)asa(sst)"
#define INSTANCE_SUMMARY "(" INSTANCE_SUMMARY_FIELDS ")"
int instance_bus_summarise(struct vrrp_router *r, sd_bus_message *reply);
