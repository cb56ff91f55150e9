/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's table as it should be, from configuration, health, the operator's orders and the quorum.
 *
 * One service of the configuration is one in the kernel, or, for a group, as many as the group has addresses
 * and marks; where groups have marks of their own (ipvsd/group-mark.h), its addresses are one for each family. While the quorum is lost and there is a sorry server, it takes the place of the others, of which
 * those that are draining stay, with weight 0. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "ipvsd/conf.h"
#include "ipvsd/group-mark.h"
#include "ipvsd/override.h"
#include "ipvsd/table.h"

#define IPVS_SORRY_WEIGHT 1

struct ipvs_wanted_server {
        const struct ipvs_server_conf *conf;
        bool good;  /* by its checks */
        int weight; /* ordered or configured, and what checks add */
        enum ipvs_override override;
        const void *owner; /* for the table; may be NULL */
};

struct ipvs_wanted_service {
        const struct ipvs_service_conf *conf;
        const struct ipvs_group_conf *group;  /* of a GROUP service, else NULL */
        const struct ipvs_group_marks *marks; /* of groups; NULL: nftables_ipvs is not in force */
        bool up;                              /* by its quorum */
        bool drain;                           /* it or the node */
        const struct ipvs_wanted_server *servers;
        size_t n_servers;
        const void *owner; /* for the table; that of the sorry server is NULL */

        /* filled by ipvs_wanted_build(): how many of its keys another service before it has already */
        size_t n_left_out;
};

/* What a server counts for the quorum of its service. */
unsigned ipvs_wanted_vote(const struct ipvs_wanted_server *r);

/* Does the sorry server get the connections now? */
bool ipvs_wanted_is_sorry(const struct ipvs_wanted_service *s);

/* Is the server in the table now, and with which weight? */
bool ipvs_wanted_in_table(const struct ipvs_wanted_service *s, const struct ipvs_wanted_server *r);
int ipvs_wanted_weight(const struct ipvs_wanted_service *s, const struct ipvs_wanted_server *r);

/* The table of all @services, in the order of the file. 0 or -ENOMEM. Free it with ipvs_table_done(). */
int ipvs_wanted_build(struct ipvs_wanted_service *services, size_t n, struct ipvs_table *ret);
