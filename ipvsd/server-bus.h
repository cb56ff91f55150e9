/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Servers on the bus: org.mainstay.Ipvs1.Server. One vtable serves all, however many there are. */

#include <systemd/sd-bus.h>

struct ipvs_server;
struct ipvsd;

#define IPVS_SERVER_INTERFACE "org.mainstay.Ipvs1.Server"

/* The object path of @service's server @name, a new string. 0 or -ENOMEM. */
int ipvs_server_bus_path(const char *service, const char *name, char **ret);

int ipvs_server_bus_export(struct ipvsd *d, sd_bus *bus);

/* Properties may have changed: those of the configuration, of its state, of what is ordered, ... */
void ipvs_server_bus_configured(const struct ipvs_server *r);
void ipvs_server_bus_state_changed(const struct ipvs_server *r);
void ipvs_server_bus_override_changed(const struct ipvs_server *r);
void ipvs_server_bus_drained_changed(const struct ipvs_server *r);
void ipvs_server_bus_table_changed(const struct ipvs_server *r);
void ipvs_server_bus_problem_changed(const struct ipvs_server *r);

const sd_bus_vtable *ipvs_server_bus_vtable(void);
