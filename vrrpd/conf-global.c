/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The VRRP keywords of global_defs, and those of the top level that concern VRRP alone. */

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "namespace_with_ipsets", .type = &conf_flag, .flags = CONF_ROW_TODO_NOTE,
          KEEPALIVED, .instead = "sets of nftables work in every network namespace",
          .help = "Use ipsets in a network namespace on kernels that could not do that." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row defaults_rows[] = {
        { .key = "vrrp_version", .type = &conf_u8, FIELD(version), .min = 2, .max = 3,
          .fallback = "2", KEEPALIVED,
          .help = "VRRP version of IPv4 instances that name none. IPv6 always uses 3." },
        { .key = "vrrp_mcast_group4", .type = &conf_multicast4, FIELD(mcast_group4),
          .fallback = "224.0.0.18", .owner = CONF_OWNER_VRRPD, .source = "RFC 9568 §5.1.1.2",
          .help = "Where IPv4 advertisements are sent and listened for." },
        { .key = "vrrp_mcast_group6", .type = &conf_multicast6, FIELD(mcast_group6),
          .fallback = "ff02::12", .owner = CONF_OWNER_VRRPD,
          .source = "RFC 9568 §5.1.2.2",
          .help = "Where IPv6 advertisements are sent and listened for." },
        { .key = "vrrp_strict", .type = &conf_boolean, FIELD(strict), .fallback = "off", KEEPALIVED,
          .help = "Hold all instances to the RFC: no unicast peers, no authentication, at "
                  "least one address, state MASTER only with priority 255. Packets to an "
                  "address that this router does not own are dropped." },
        { .key = "vrrp_skip_check_adv_addr", .type = &conf_boolean, FIELD(skip_check_adv_addr),
          .fallback = "off", KEEPALIVED,
          .help = "Do not compare the addresses in an advertisement when its sender is the one "
                  "heard before." },
        { .key = "vrrp_check_unicast_src", .type = &conf_flag, FIELD(check_unicast_src), KEEPALIVED,
          .help = "Take unicast advertisements from listed peers only." },
        { .key = "vrrp_down_timer_adverts", .type = &conf_unsigned, FIELD(down_timer_adverts),
          .min = 1, .max = 100, .fallback = "3", .unit = "advertisements", KEEPALIVED,
          .help = "How many advertisements must be missed before a backup takes over." },
        { .key = "vrrp_lower_prio_no_advert", .type = &conf_boolean, FIELD(lower_prio_no_advert),
          .fallback = "off", .fallback_note = "off; on with vrrp_strict", KEEPALIVED,
          .help = "A master that hears a lower priority does not answer it with an "
                  "advertisement." },
        { .key = "vrrp_higher_prio_send_advert", .type = &conf_boolean,
          FIELD(higher_prio_send_advert), .fallback = "off", KEEPALIVED,
          .help = "A master that hears a higher priority sends one more advertisement before "
                  "it yields." },
        { .key = "vrrp_owner_ignore_adverts", .type = &conf_boolean, FIELD(owner_ignore_adverts),
          .fallback = "off", .fallback_note = "off; on with vrrp_strict", KEEPALIVED,
          .help = "An instance of priority 255 drops the advertisements it hears." },
        { .key = "v3_checksum_as_v2", .type = &conf_flag, FIELD(v3_checksum_as_v2), KEEPALIVED,
          .help = "Leave the pseudo-header out of VRRPv3 checksums over IPv4." },
        { .key = "vrrp_startup_delay", .type = &conf_seconds, FIELD(startup_delay_usec),
          .min = 1000, .max = SECONDS(86400), .fallback_note = "0", .unit = "seconds", KEEPALIVED,
          .help = "Ignore advertisements and stay backup for so long after the start." },
        { .key = "vrrp_delay_after_boot", .type = &conf_seconds, FIELD(delay_after_boot_usec),
          .max = SECONDS(86400), .fallback = "0", .unit = "seconds", KEEPALIVED,
          .help = "As vrrp_startup_delay, but counted from the system's boot; the later end "
                  "counts." },
        { .key = "log_unknown_vrids", .type = &conf_flag, FIELD(log_unknown_vrids),
          KEEPALIVED,
          .help = "Log advertisements for virtual router ids that nobody here has, once a second "
                  "at most; else each id is named once." },
        { .key = "dynamic_interfaces", .type = &vrrp_conf_dynamic, .flags = CONF_ROW_MOOT,
          KEEPALIVED,
          .help = "Interfaces may be missing, come later, and return as others. Here that is always "
                  "so, with allow_if_changes or without." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row garp_rows[] = {
        { .key = "vrrp_garp_master_delay", .type = &conf_whole_seconds,
          FIELD(garp.master_delay_usec), .max = SECONDS(86400), .fallback = "5", .unit = "seconds",
          KEEPALIVED,
          .help = "When a new master announces its addresses a second time; 0: not at all." },
        { .key = "vrrp_garp_master_repeat", .type = &conf_unsigned, FIELD(garp.master_repeat),
          .min = 1, .max = 255, .fallback = "5", .flags = CONF_ROW_ZERO_IS_ONE, .unit = "messages",
          KEEPALIVED, .help = "How many gratuitous ARPs an announcement has for each address." },
        { .key = "vrrp_garp_master_refresh", .type = &conf_whole_seconds,
          FIELD(garp.master_refresh_usec), .max = SECONDS(86400), .fallback = "0",
          .unit = "seconds", KEEPALIVED,
          .help = "How often a master announces its addresses again; 0: not at all." },
        { .key = "vrrp_garp_master_refresh_repeat", .type = &conf_unsigned,
          FIELD(garp.master_refresh_repeat), .min = 1, .max = 255, .fallback = "1",
          .flags = CONF_ROW_ZERO_IS_ONE, .unit = "messages", KEEPALIVED,
          .help = "How many gratuitous ARPs such a repeated announcement has for each address." },
        { .key = "vrrp_garp_lower_prio_delay", .type = &conf_whole_seconds,
          FIELD(garp.lower_prio_delay_usec), .max = SECONDS(86400),
          .fallback_note = "as vrrp_garp_master_delay", .unit = "seconds", KEEPALIVED,
          .help = "The second announcement after an advertisement of lower priority; 0: none." },
        { .key = "vrrp_garp_lower_prio_repeat", .type = &conf_unsigned,
          FIELD(garp.lower_prio_repeat), .max = 255, .fallback_note = "as vrrp_garp_master_repeat",
          .unit = "messages", KEEPALIVED,
          .help = "How many gratuitous ARPs a master sends after an advertisement of lower "
                  "priority; 0: none." },
        { .key = "vrrp_garp_interval", .type = &conf_seconds, FIELD(garp_interval_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "0", .flags = CONF_ROW_ZERO_IS_DEFAULT,
          .unit = "seconds", KEEPALIVED, .help = "Pause between gratuitous ARPs on an interface." },
        { .key = "vrrp_gna_interval", .type = &conf_seconds, FIELD(gna_interval_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "0",
          .flags = CONF_ROW_ZERO_IS_DEFAULT, .unit = "seconds", KEEPALIVED,
          .help = "Pause between unsolicited neighbour advertisements on an interface." },
        { .key = "vrrp_min_garp", .type = &conf_boolean, FIELD(min_garp), .fallback = "off",
          KEEPALIVED,
          .help = "Announce each address once, without second announcement or refresh, where "
                  "nothing else is set." },
        { .key = "vrrp_garp_extra_if", .old_alias = "vrrp_vmac_garp_intvl",
          .type = &vrrp_conf_extra_garp, FIELD(extra_garp), .min = 1, .max = 86400,
          .fallback_note = "off", .flags = CONF_ROW_ZERO_IS_DEFAULT, .unit = "seconds", KEEPALIVED,
          .help = "How often a master announces the addresses that are on interfaces which no "
                  "advertisements leave from: those made by use_vmac and use_vmac_addr, or all." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row host_rows[] = {
        { .key = "disable_local_igmp", .type = &conf_flag, FIELD(disable_local_igmp), KEEPALIVED,
          .help = "No IGMP reports for groups of 224.0.0.0/24 as long as vrrpd runs "
                  "(net.ipv4.igmp_link_local_mcast_reports is 0)." },
        { .key = "vmac_prefix", .type = &vrrp_conf_prefix, FIELD(vmac_prefix), .fallback = "vrrp",
          .flags = CONF_ROW_FIRST_WINS, KEEPALIVED,
          .help = "How the made up names of interfaces for use_vmac and use_ipvlan begin." },
        { .key = "vmac_addr_prefix", .type = &vrrp_conf_prefix, FIELD(vmac_addr_prefix),
          .fallback_note = "vmac_prefix", .flags = CONF_ROW_FIRST_WINS, KEEPALIVED,
          .help = "The same for the interfaces of single addresses, with use_vmac_addr." },
        { .key = "vrrp_rx_bufs_policy", .type = &conf_some, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "each interface's receive buffer has 4 MiB, enough for thousands of advertisements",
          .help = "How large receive buffers are." },
        { .key = "vrrp_rx_bufs_multiplier", .type = &conf_u32, .min = 1, .max = UINT32_MAX,
          .fallback_note = "3", .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "each interface's receive buffer has 4 MiB, enough for thousands of advertisements",
          .help = "Factor for vrrp_rx_bufs_policy." },
        { .key = "vrrp_netlink_cmd_rcv_bufs", .type = &conf_u32, .unit = "bytes",
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "what vrrpd asks is answered in parts that fit",
          .help = "Receive buffer of the netlink command socket." },
        { .key = "vrrp_netlink_cmd_rcv_bufs_force", .type = &conf_boolean,
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "what vrrpd asks is answered in parts that fit",
          .help = "Let that buffer be larger than the system's limit." },
        { .key = "vrrp_netlink_monitor_rcv_bufs", .type = &conf_u32, .unit = "bytes",
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "when the kernel had no room for its news, vrrpd reads everything again",
          .help = "Receive buffer of the netlink monitor socket." },
        { .key = "vrrp_netlink_monitor_rcv_bufs_force", .type = &conf_boolean,
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "when the kernel had no room for its news, vrrpd reads everything again",
          .help = "Let that buffer be larger than the system's limit." },
        { .key = "enable_snmp_vrrp", .old_alias = "enable_snmp_keepalived", .type = &conf_flag,
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED, .instead = "there is no SNMP agent yet",
          .help = "Serve the VRRP part of KEEPALIVED-MIB." },
        { .key = "enable_snmp_rfc", .type = &conf_flag, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "there is no SNMP agent yet", .help = "Serve both RFC MIBs." },
        { .key = "enable_snmp_rfcv2", .type = &conf_flag, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "there is no SNMP agent yet", .help = "Serve VRRP-MIB (RFC 2787)." },
        { .key = "enable_snmp_rfcv3", .type = &conf_flag, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "there is no SNMP agent yet", .help = "Serve VRRPV3-MIB (RFC 6527)." },
        { .key = "enable_dbus", .type = &conf_flag, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "the daemons are always on the bus, under names of their own",
          .help = "Start keepalived's D-Bus service." },
        { .key = "dbus_service_name", .type = &conf_text, .fallback_note = "org.keepalived.Vrrp1",
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED, .help = "Name of keepalived's D-Bus service." },
        { .key = "dbus_no_interface_name", .type = &conf_text, .flags = CONF_ROW_TODO_NOTE,
          KEEPALIVED,
          .help = "Path element of instances without interface on keepalived's D-Bus service." },
        { .key = "vrrp_process_name", .type = &conf_text, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .help = "Name of the VRRP process." },
};
/* clang-format on */

const struct conf_section vrrp_conf_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_defaults_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = defaults_rows,
        .n_rows = ARRAY_SIZE(defaults_rows),
        .first = 16,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_garp_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = garp_rows,
        .n_rows = ARRAY_SIZE(garp_rows),
        .first = 48,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_host_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = host_rows,
        .n_rows = ARRAY_SIZE(host_rows),
        .first = 64,
        .globals = vrrp_conf_object,
};
