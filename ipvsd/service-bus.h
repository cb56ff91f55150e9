/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Services and their servers on the bus: org.mainstay.Ipvs1.Service and .Server. One vtable each serves
 * all, however many there are. */

#include <systemd/sd-bus.h>

struct ipvs_server;
struct ipvs_service;
struct ipvsd;

#define IPVS_SERVICE_INTERFACE "org.mainstay.Ipvs1.Service"
#define IPVS_SERVER_INTERFACE "org.mainstay.Ipvs1.Server"

/* Object paths, new strings. 0 or -ENOMEM. */
int ipvs_service_bus_path(const char *name, char **ret);
int ipvs_server_bus_path(const char *service_path, const char *name, char **ret);

int ipvs_service_bus_export(struct ipvsd *d, sd_bus *bus);

/* Properties other than Name may have changed. */
void ipvs_service_bus_changed(const struct ipvs_service *s);
void ipvs_server_bus_changed(const struct ipvs_server *r);

const sd_bus_vtable *ipvs_service_bus_vtable(void);
const sd_bus_vtable *ipvs_server_bus_vtable(void);
