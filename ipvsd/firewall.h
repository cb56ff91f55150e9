/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table of nftables that sets the marks of groups, where nftables_ipvs is in force.
 *
 * It is compared each time that the kernel's balancer is looked at: its text with that of before, and how the kernel
 * lists it with how it did when the table had been made. So nothing is written when all is well, after a restart
 * neither, and what somebody else does to it is undone. A change replaces the table, in one transaction. */

#include "ipvsd/firewall-record.h"
#include "ipvsd/mark-rule.h"

struct ipvs_firewall;

/* What a predecessor did is read from the record at @path; @netns as for ipvs_namespace_enter(). 0 or -ENOMEM. */
int ipvs_firewall_new(const char *path, const char *netns, struct ipvs_firewall **ret);
/* The table stays. */
struct ipvs_firewall *ipvs_firewall_free(struct ipvs_firewall *f);
DEFINE_CLEANUP_FUNC(struct ipvs_firewall *, ipvs_firewall_free);

/* Give marks to the groups of @c. 0 or -errno. */
int ipvs_firewall_configure(struct ipvs_firewall *f, const struct ipvs_conf *c);

/* The marks of groups, or NULL while nftables_ipvs is not in force. */
const struct ipvs_group_marks *ipvs_firewall_marks(const struct ipvs_firewall *f);

/* Is there anything to be made, or anything of ours to be removed? */
bool ipvs_firewall_wanted(const struct ipvs_firewall *f);
bool ipvs_firewall_exists(const struct ipvs_firewall *f);

/* Bring the table towards @rules, with what @c says of it. 0; -ENOTRECOVERABLE as for ipvs_namespace_leave(); another
 * -errno, and ipvs_firewall_error() says why. */
int ipvs_firewall_apply(struct ipvs_firewall *f, const struct ipvs_mark_rules *rules,
                const struct ipvs_marks_conf *c, bool counters);

/* Remove it, if there is one of ours. As above. */
int ipvs_firewall_remove(struct ipvs_firewall *f);

/* For ipvsd-release: remove what the record at @path names. 0 or -errno, logged. */
int ipvs_firewall_release(const char *path);

const char *ipvs_firewall_error(const struct ipvs_firewall *f);
