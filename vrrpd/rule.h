/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A routing rule, as a value: what one line of virtual_rules or static_rules says. All memory of one, padding
 * too, is zero before it is filled, so that the bytes can be compared. */

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>

#include "vrrpd/route.h"

struct nl_msg;

/* First to last, 0: not given. */
struct vrrp_range {
        uint32_t first, last;
        uint32_t given;
};

struct vrrp_rule {
        int family;
        uint32_t action; /* FR_ACT_* */
        uint32_t table;  /* of FR_ACT_TO_TBL */
        uint32_t target; /* preference, of FR_ACT_GOTO */
        uint32_t preference;
        uint32_t invert; /* "not" */
        struct vrrp_prefix from, to;
        uint32_t tos;
        uint32_t mark, mask; /* fwmark; mask 0: none */
        uint32_t realms;
        uint32_t has_suppress_prefix, suppress_prefix;
        uint32_t has_suppress_group, suppress_group;
        char iif[IF_NAMESIZE], oif[IF_NAMESIZE];
        uint64_t tunnel_id;
        struct vrrp_range uids, sports, dports;
        uint32_t l3mdev;
        uint32_t protocol;    /* RTPROT_* */
        uint32_t ip_protocol; /* 0: any */
};
_Static_assert(sizeof(struct vrrp_rule) % sizeof(uint64_t) == 0, "compared byte by byte");

bool vrrp_rule_equal(const struct vrrp_rule *a, const struct vrrp_rule *b);

/* In the words of ip-rule(8), without a newline. */
void vrrp_rule_print(const struct vrrp_rule *r, FILE *to);
char *vrrp_rule_format(const struct vrrp_rule *r);

/* Append it to the empty message @m. 0 or -EMSGSIZE. */
int vrrp_rule_encode(const struct vrrp_rule *r, struct nl_msg *m);
/* Read RTM_NEWRULE or RTM_DELRULE. 0; -EPROTONOSUPPORT: nothing that we could have made; -EBADMSG. */
int vrrp_rule_decode(const struct nlmsghdr *h, struct vrrp_rule *ret);
