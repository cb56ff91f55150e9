/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of global_defs about the firewall that keeps traffic from addresses that do not accept it
 * (vrrpd/firewall.h). keepalived has two ways, iptables with ipsets, and nftables; here it is nftables always. */

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define ONCE .flags = CONF_ROW_FIRST_WINS

/* clang-format off */
static const struct conf_row rows[] = {
        { .key = "nftables", .type = &conf_nftables_table, FIELD(nftables.table), ONCE,
          .fallback_note = "keepalived when needed", KEEPALIVED,
          .help = "Name of the tables of nftables, for IPv4 and IPv6, that drop traffic to addresses "
                  "which do not accept it (no_accept, vrrp_strict). With an id (-i) it has that "
                  "behind it." },
        { .key = "nftables_priority", .type = &conf_int, FIELD(nftables.priority),
          .min = INT32_MIN, .max = INT32_MAX, .fallback = "-1", KEEPALIVED,
          .help = "Priority of the chains in these tables." },
        { .key = "nftables_ifindex", .type = &conf_flag, FIELD(nftables.ifindex), KEEPALIVED,
          .help = "Tell interfaces by number instead of name in these tables." },
        { .key = "nftables_counters", .type = &conf_flag, FIELD(nftables.counters), KEEPALIVED,
          .help = "Count packets in the rules of these tables, and of that of nftables_ipvs." },
        { .key = "vrrp_iptables", .type = &conf_any, .fallback_note = "INPUT OUTPUT when bare",
          .flags = CONF_ROW_TODO_NOTE | CONF_ROW_FIRST_WINS, KEEPALIVED,
          .instead = "a table of nftables does the same, see nftables",
          .help = "The iptables chains that keep traffic from addresses that do not accept it." },
        { .key = "vrrp_ipsets", .type = &conf_any, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "sets of nftables do the same, see nftables",
          .help = "Names of the ipsets beside these chains." },
};
/* clang-format on */

const struct conf_section vrrp_conf_firewall_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = rows,
        .n_rows = ARRAY_SIZE(rows),
        .first = 160,
        .globals = vrrp_conf_object,
};
