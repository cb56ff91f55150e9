/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What services and their servers have in the tables: their place in the wanted one, as the bus shows it, and their
 * connections in the kernel's. */

#include <stdbool.h>

#include "ipvsd/wanted.h"

struct ipvsd;

/* What has been made of a service: for ipvs_services_wanted(). What is new is shown. */
void ipvs_service_show_wanted(const struct ipvs_wanted_service *wanted);

/* Count the connections of each server, over all services of a group. @wanted is of the services as they are. */
void ipvs_services_count(
                struct ipvsd *d, const struct ipvs_table *wanted, const struct ipvs_table *kernel);

/* Tell who is drained by the last count. Returns whether anybody is waited for. */
bool ipvs_services_tell_drained(struct ipvsd *d);
