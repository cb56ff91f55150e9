/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mark of our tables in nftables, which nft(8) shows as their comment: what is on the machine itself, for whoever
 * finds the record torn. By netlink, because libnftables leaves comments of tables out of its listings in JSON. */

#include "common/nftables-table.h"

/* All tables of the network namespace that the caller is in which carry @mark, in @ret. 0, also where the kernel has no
 * nf_tables; or -errno. */
int nftables_mark_find(const char *mark, struct nftables_table *ret);
