/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Services on the bus: org.mainstay.Ipvs1.Service. One vtable serves all, however many there are. */

#include <systemd/sd-bus.h>

struct ipvs_service;
struct ipvsd;

#define IPVS_SERVICE_INTERFACE "org.mainstay.Ipvs1.Service"
#define IPVS_SERVICE_PREFIX "/org/mainstay/ipvs1/service"

/* The object path, a new string. 0 or -ENOMEM. */
int ipvs_service_bus_path(const char *name, char **ret);

int ipvs_service_bus_export(struct ipvsd *d, sd_bus *bus);

/* Properties may have changed: those of the configuration, of its state, of what is ordered, ... */
void ipvs_service_bus_configured(const struct ipvs_service *s);
void ipvs_service_bus_state_changed(const struct ipvs_service *s);
void ipvs_service_bus_weight_changed(const struct ipvs_service *s);
void ipvs_service_bus_override_changed(const struct ipvs_service *s);
void ipvs_service_bus_sorry_changed(const struct ipvs_service *s);
void ipvs_service_bus_problem_changed(const struct ipvs_service *s);

const sd_bus_vtable *ipvs_service_bus_vtable(void);
