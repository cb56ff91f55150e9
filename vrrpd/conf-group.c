/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of vrrp_sync_group: known and judged, not implemented yet. */

#include "vrrpd/conf-rows.h"

#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define TELL .owner = CONF_OWNER_NOTIFYD, .source = "keepalived 2.4.3"
#define TODO .flags = CONF_ROW_TODO

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "vrrp_sync_group", .type = &conf_block_named, .opens = CONF_BLOCK_VRRP_SYNC_GROUP,
          .flags = CONF_ROW_TODO | CONF_ROW_REPEATS, KEEPALIVED,
          .instead = "its instances run each by itself",
          .help = "Instances that change state together." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row sync_group_rows[] = {
        { .key = "group", .type = &conf_lines, TODO, KEEPALIVED,
          .help = "The instances of the group." },
        { .key = "track_interface", .type = &vrrp_conf_track_interfaces, .min = -253, .max = 253,
          TODO, KEEPALIVED, .help = "Interfaces that every member tracks." },
        { .key = "track_script", .type = &vrrp_conf_tracks, .min = -253, .max = 253, TODO,
          KEEPALIVED, .help = "Scripts that every member tracks." },
        { .key = "track_file", .type = &vrrp_conf_tracks, .min = -254, .max = 254, TODO, KEEPALIVED,
          .help = "Files that every member tracks." },
        { .key = "track_process", .type = &vrrp_conf_tracks, .min = -254, .max = 254, TODO,
          KEEPALIVED, .help = "Processes that every member tracks." },
        { .key = "track_bfd", .type = &vrrp_conf_tracks, .min = -253, .max = 253, TODO, KEEPALIVED,
          .help = "BFD sessions that every member tracks." },
        { .key = "notify_master", .type = &conf_script, TODO, TELL,
          .help = "Run when the group becomes master." },
        { .key = "notify_backup", .type = &conf_script, TODO, TELL,
          .help = "Run when the group becomes backup." },
        { .key = "notify_fault", .type = &conf_script, TODO, TELL,
          .help = "Run when the group goes to FAULT." },
        { .key = "notify_stop", .type = &conf_script, TODO, TELL,
          .help = "Run when the group stops." },
        { .key = "notify", .type = &conf_script, TODO, TELL,
          .help = "Run on every change, with four more arguments: GROUP, its name, the state, "
                  "0." },
        { .key = "smtp_alert", .type = &conf_boolean, TODO, TELL,
          .help = "Send mail on every change." },
        { .key = "notify_priority_changes", .type = &conf_boolean, TODO, TELL,
          .help = "Default for the members." },
        { .key = "sync_group_tracking_weight", .old_alias = "global_tracking", .type = &conf_flag,
          TODO, KEEPALIVED, .help = "Let the members keep the weights of what they track." },
};
/* clang-format on */

const struct conf_section vrrp_conf_sync_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .first = 10,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_sync_group_section = {
        .block = CONF_BLOCK_VRRP_SYNC_GROUP,
        .rows = sync_group_rows,
        .n_rows = ARRAY_SIZE(sync_group_rows),
};
