/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel counts, by the services and servers of the configuration: for a group the sum over its services
 * in the kernel. Read when asked. */

#include <stddef.h>

#include "ipvsd/kernel.h"

struct ipvsd;

#define IPVS_SORRY_NAME "sorry"

struct ipvs_server_statistics {
        const char *service, *server; /* names, borrowed from the objects */
        uint32_t active, inactive, persistent;
        struct ipvs_counters total, per_second;
};

struct ipvs_statistics_list {
        struct ipvs_server_statistics *items; /* owned */
        size_t n;
};

void ipvs_statistics_list_done(struct ipvs_statistics_list *l);

/* Of the service called @name, "": of all. Only servers that are in the kernel's table. 0 or -errno. */
int ipvs_statistics_take(const struct ipvsd *d, const char *name, struct ipvs_statistics_list *ret);
