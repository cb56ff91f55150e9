/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What we did to nftables, and which marks groups have: a file in the runtime directory, written before the table is
 * made, for the next ipvsd and for ipvsd-release. It means nothing after a reboot. */

#include "common/nftables-table.h"
#include "ipvsd/group-mark.h"

struct ipvs_firewall_record {
        char *netns; /* as for ipvs_namespace_enter() */
        struct nftables_table table;
        struct ipvs_group_marks marks;
};

void ipvs_firewall_record_done(struct ipvs_firewall_record *r);

/* Replace the record at @path. 0 or -errno. */
int ipvs_firewall_record_write(const char *path, const struct ipvs_firewall_record *r);

/* Read it; what cannot be understood is left out. -ENOENT: there is none; -EBADMSG: it is torn; -ENOMEM. */
int ipvs_firewall_record_read(const char *path, struct ipvs_firewall_record *ret);
