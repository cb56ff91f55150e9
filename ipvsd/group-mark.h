/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The marks by which the kernel knows a virtual_server_group where nftables_ipvs is in force: one for each group,
 * protocol and family. A group keeps its mark as long as it is in the file, because connections hang on the service of
 * that mark; new ones get the lowest that is free. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "ipvsd/conf.h"

struct ipvs_group_mark {
        char *group; /* owned */
        int protocol, family;
        uint32_t mark;
};

struct ipvs_group_marks {
        struct ipvs_group_mark *items;
        size_t n;
};

void ipvs_group_marks_done(struct ipvs_group_marks *m);

/* Append one that was given out before. 0 or -ENOMEM. */
int ipvs_group_marks_add(struct ipvs_group_marks *m, const char *group, int protocol, int family,
                uint32_t mark);

/* The marks of all groups that services of @c use, in the order of the file; those in @before (may be NULL) stay unless
 * @c uses that mark itself now or begins above it. 0; -ENOMEM; -ERANGE: there are not that many marks. */
int ipvs_group_marks_assign(const struct ipvs_conf *c, const struct ipvs_group_marks *before,
                struct ipvs_group_marks *ret);

/* 0: it has none. */
uint32_t ipvs_group_marks_find(
                const struct ipvs_group_marks *m, const char *group, int protocol, int family);

/* Has the group addresses of @family? */
bool ipvs_group_has_family(const struct ipvs_group_conf *g, int family);
