/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The wanted table of the daemon's services as they are now. */

#include "ipvsd/mark-rule.h"
#include "ipvsd/wanted.h"

struct ipvsd;

/* Owners in *ret are the struct ipvs_service and struct ipvs_server, as long as those live. @ret_rules (may be NULL)
 * are the packets of groups that have marks. @each (may be NULL) is
 * called for each service with what was made of it. 0 or -ENOMEM. */
int ipvs_services_wanted(const struct ipvsd *d, struct ipvs_table *ret,
                struct ipvs_mark_rules *ret_rules,
                void (*each)(const struct ipvs_wanted_service *s));
