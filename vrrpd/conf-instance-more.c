/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of a vrrp_instance beside the election: what it tracks, whom it tells, and what is
 * known but not implemented yet. */

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_instance_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define TELL .owner = CONF_OWNER_NOTIFYD, .source = "keepalived 2.4.3"
#define ONCE .flags = CONF_ROW_FIRST_WINS

/* old_unicast_checksum [never] */
static int parse_old_checksum(const struct conf_parse *p, void *field) {
        bool bare = conf_parse_n(p) == 0;

        if (!bare && !streq(conf_parse_word(p, 0), "never")) {
                conf_parse_say(p, CONF_COMPLAINT, 0, "never, or nothing",
                                "old_unicast_checksum %s is not used", conf_parse_word(p, 0));
                return CONF_TYPE_REFUSED;
        }
        *(enum vrrp_conf_old_checksum *) field =
                        bare ? VRRP_CONF_OLD_CHECKSUM_ALWAYS : VRRP_CONF_OLD_CHECKSUM_NEVER;
        return 0;
}

static void print_old_checksum(FILE *to, const struct conf_row *row, const void *field) {
        if (*(const enum vrrp_conf_old_checksum *) field == VRRP_CONF_OLD_CHECKSUM_NEVER)
                fputs(" never", to);
}

static const struct conf_type old_checksum_type = {
        .name = "a word or nothing",
        .syntax = "[never]",
        .size = sizeof(enum vrrp_conf_old_checksum),
        .max_args = 1,
        .parse = parse_old_checksum,
        .print = print_old_checksum,
};

/* clang-format off */
static const struct conf_row more_rows[] = {
        { .key = "track_interface", .type = &vrrp_conf_track_interfaces, FIELD(track_interface),
          .min = -253, .max = 253, KEEPALIVED,
          .help = "Other interfaces: with weight 0 one that is down means FAULT, else the "
                  "weight moves the priority." },
        { .key = "track_script", .type = &vrrp_conf_tracks, FIELD(track_script), .min = -253,
          .max = 253, KEEPALIVED,
          .help = "Scripts defined by vrrp_script: with weight 0 a bad one means FAULT, else "
                  "the weight moves the priority." },
        { .key = "track_file", .type = &vrrp_conf_tracks, FIELD(track_file), .min = -254,
          .max = 254, KEEPALIVED,
          .help = "Files, defined by track_file: the number in one, times the weight, moves the "
                  "priority; -254 or less means FAULT. With weight 0 a number other than 0 does." },
        { .key = "track_process", .type = &vrrp_conf_tracks, FIELD(track_process), .min = -254,
          .max = 254, KEEPALIVED,
          .help = "Processes, defined by vrrp_track_process: with weight 0 one that does not run "
                  "means FAULT, else the weight moves the priority." },
        { .key = "track_bfd", .type = &vrrp_conf_tracks, FIELD(track_bfd), .min = -253, .max = 253,
          .flags = CONF_ROW_TODO, KEEPALIVED,
          .help = "BFD sessions, defined by bfd_instance, that must be up." },
        { .key = "track_src_ip", .type = &conf_flag, FIELD(track_src_ip), KEEPALIVED,
          .help = "FAULT while the configured source address is not there." },

        { .key = "notify_master", .type = &conf_script, FIELD(notify_master), ONCE, TELL,
          .help = "Run when the instance becomes master." },
        { .key = "notify_backup", .type = &conf_script, FIELD(notify_backup), ONCE, TELL,
          .help = "Run when the instance becomes backup." },
        { .key = "notify_fault", .type = &conf_script, FIELD(notify_fault), ONCE, TELL,
          .help = "Run when the instance goes to FAULT." },
        { .key = "notify_stop", .type = &conf_script, FIELD(notify_stop), ONCE, TELL,
          .help = "Run when the instance stops." },
        { .key = "notify_deleted", .type = &conf_optional_script, FIELD(notify_deleted),
          ONCE, .fallback_note = "a removed instance is told as FAULT", TELL,
          .help = "A reload that removes the instance is told as DELETED, and this is run." },
        { .key = "notify", .type = &conf_script, FIELD(notify), ONCE, TELL,
          .help = "Run on every change, with four more arguments: INSTANCE, its name, the "
                  "state, the priority." },
        { .key = "notify_master_rx_lower_pri", .type = &conf_script,
          FIELD(notify_master_rx_lower_pri), ONCE, TELL,
          .help = "Run when a master hears an advertisement of lower priority." },
        { .key = "notify_priority_changes", .type = &conf_boolean, FIELD(notify_priority_changes),
          .fallback_note = "vrrp_notify_priority_changes", TELL,
          .help = "Write lines about changes of the priority to the FIFOs." },
        { .key = "smtp_alert", .type = &conf_boolean, FIELD(smtp_alert),
          .fallback_note = "smtp_alert_vrrp, else smtp_alert of global_defs, else off", TELL,
          .help = "Send mail on every change." },

        { .key = "vrf", .type = &conf_text, FIELD(vrf), .fallback_note = "none", KEEPALIVED,
          .help = "The VRF of a unicast instance without interface." },
        { .key = "native_ipv6", .type = &conf_flag, FIELD(native_ipv6), KEEPALIVED,
          .help = "An IPv6 instance, where neither addresses nor peers show it." },
        { .key = "unicast_fault_no_peer", .type = &conf_flag, FIELD(unicast_fault_no_peer),
          KEEPALIVED,
          .help = "A unicast instance without peers is in FAULT instead of using multicast." },
        { .key = "old_unicast_checksum", .type = &old_checksum_type, FIELD(old_unicast_checksum),
          .fallback_note = "as the peers have them", KEEPALIVED,
          .help = "Compute checksums of VRRPv3 unicast over IPv4 as very old versions did, from the "
                  "start; never: refuse them, too." },
        { .key = "v3_checksum_as_v2", .type = &conf_boolean, FIELD(v3_checksum_as_v2),
          .fallback_note = "v3_checksum_as_v2 of global_defs", KEEPALIVED,
          .help = "Leave the pseudo-header out of VRRPv3 checksums over IPv4." },
        { .key = "linkbeat_use_polling", .type = &conf_flag, .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "name the interface in linkbeat_interfaces",
          .help = "Poll the link state of the interface; obsolete in this place." },
        { .key = "timer_expired_backup", .old_alias = "thread_timer_expired", .type = &conf_any,
          .min = 1, .max = 254, .fallback_note = "off; 254 when bare", .flags = CONF_ROW_TODO_NOTE,
          KEEPALIVED, .instead = "a router that was asleep looks for a new master before it speaks",
          .help = "Become backup when this process ran so late that another router must have "
                  "taken over." },
        { .key = "kernel_rx_buf_size", .type = &conf_u32, .unit = "bytes",
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .instead = "each interface's receive buffer has 4 MiB, enough for thousands of advertisements",
          .help = "This instance's share of the receive buffer." },
        { .key = "debug", .type = &conf_u8, .max = 4, .fallback_note = "0",
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED, .help = "Does nothing in keepalived either." },
        { .key = "lvs_sync_daemon_interface", .type = &conf_text, FIELD(lvs_sync_interface),
          .fallback_note = "none",
          .owner = CONF_OWNER_IPVSD, .source = "keepalived 2.4.3",
          .help = "Run the kernel's connection synchronisation, master or backup as this "
                  "instance is." },
        { .key = "auth_hmac", .type = &conf_block_only, .opens = CONF_BLOCK_AUTH_HMAC,
          .flags = CONF_ROW_TODO, KEEPALIVED,
          .help = "Sign advertisements (keepalived 2.4.2 and later)." },
};
/* clang-format on */

const struct conf_section vrrp_conf_instance_more_section = {
        .block = CONF_BLOCK_VRRP_INSTANCE,
        .rows = more_rows,
        .n_rows = ARRAY_SIZE(more_rows),
        .first = 64,
};
