/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which packets get the mark of a group, where nftables_ipvs is in force: ranges of addresses, a port or any, and the
 * mark, as the text of a table for nft(8).
 *
 * The kernel looks for a marked service first. What a packet would have met without marks it must meet with them: of
 * several services for one address the first of the file has it, and a service of one port stands above those of
 * any port. Pure. */

#include <stdio.h>

#include "ipvsd/wanted.h"

struct ipvs_mark_rule {
        int protocol;
        uint16_t port; /* 0: any */
        struct ip_addr first, last;
        uint32_t mark; /* 0: it belongs to a service of its own */
};

/* Sorted by family, protocol, port, address; nothing overlaps. */
struct ipvs_mark_rules {
        struct ipvs_mark_rule *items;
        size_t n;
};

void ipvs_mark_rules_done(struct ipvs_mark_rules *r);

/* The rules for the groups among @services, in the order of the file; what of a group another has already is added to
 * its n_left_out. 0 or -ENOMEM. */
int ipvs_mark_rules_build(
                struct ipvs_wanted_service *services, size_t n, struct ipvs_mark_rules *ret);

/* Is anything of @family (AF_INET, AF_INET6) marked? */
bool ipvs_mark_rules_have(const struct ipvs_mark_rules *r, int family);

/* The table @name of @family, as a block of nft's language. */
void ipvs_mark_rules_print(FILE *to, const struct ipvs_mark_rules *r, int family, const char *name,
                int priority, bool counters);
