/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The wanted table of the daemon's services as they are now. */

#include "ipvsd/wanted.h"

struct ipvsd;

/* Owners in *ret are the struct ipvs_service and struct ipvs_server, as long as those live. @each (may be NULL) is
 * called for each service with what was made of it. 0 or -ENOMEM. */
int ipvs_services_wanted(const struct ipvsd *d, struct ipvs_table *ret,
                void (*each)(const struct ipvs_wanted_service *s));
