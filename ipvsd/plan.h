/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The least number of operations that turn the kernel's table into the wanted one. */

#include <stddef.h>

#include "ipvsd/table.h"

enum ipvs_operation_kind {
        IPVS_ADD_SERVICE,
        IPVS_EDIT_SERVICE,
        IPVS_DELETE_SERVICE,
        IPVS_ADD_SERVER,
        IPVS_EDIT_SERVER,
        IPVS_DELETE_SERVER,
};

struct ipvs_operation {
        enum ipvs_operation_kind kind;
        const struct ipvs_table_service *service; /* borrowed from wanted or kernel */
        const struct ipvs_table_server *server;   /* NULL for services; likewise */
};

struct ipvs_plan {
        struct ipvs_operation *operations; /* owned */
        size_t n;
};

/* What @kernel needs to become @wanted. Services of @kernel that are not in @wanted are deleted only when
 * their keys are in @ours (may be NULL); all others are somebody else's and are not touched. All three are sorted.
 * Both tables must live as long as the plan. 0 or -ENOMEM.
 *
 * The order is part of the contract. Service by service: the service itself; servers that are added or edited, those
 * with a weight before those without; servers that are deleted. So a service that has a server to send
 * clients to before and after is never without one between. Last of all services are deleted, and their servers with
 * them. */
int ipvs_plan_diff(const struct ipvs_table *wanted, const struct ipvs_table *kernel,
                const struct ipvs_table *ours, struct ipvs_plan *ret);

void ipvs_plan_done(struct ipvs_plan *p);
