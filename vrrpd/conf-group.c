/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of vrrp_sync_group. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_group_conf, f)

#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define TELL .owner = CONF_OWNER_NOTIFYD, .source = "keepalived 2.4.3"

struct vrrp_group_conf *vrrp_group_conf_free(struct vrrp_group_conf *g) {
        if (!g)
                return NULL;
        conf_build_object_done(conf_language(), &g->object, CONF_BLOCK_VRRP_SYNC_GROUP);
        free(g->members);
        free(g->name);
        free(g);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct vrrp_group_conf *, vrrp_group_conf_free);

static int open_group(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        _cleanup_(vrrp_group_conf_freep) struct vrrp_group_conf *g = NULL;
        const char *name = conf_node_arg(n, 0);

        if (vrrp_conf_find_group(b->conf->vrrp, name)) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "there is a vrrp_sync_group %s already, this one is left out",
                                name);
                return CONF_BUILD_DROPPED;
        }
        g = calloc(1, sizeof(*g));
        if (!g)
                return -ENOMEM;
        g->name = strdup(name);
        g->pos = n->pos;
        if (!g->name || conf_build_object(b, &g->object, CONF_BLOCK_VRRP_SYNC_GROUP, n) < 0)
                return -ENOMEM;
        HASH_ADD_KEYPTR(hh, b->conf->vrrp->groups, g->name, strlen(g->name), g);
        *ret = &TAKE_PTR(g)->object;
        return 0;
}

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "vrrp_sync_group", .type = &conf_block_named, .opens = CONF_BLOCK_VRRP_SYNC_GROUP,
          .open = open_group, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "Instances that change state together." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row sync_group_rows[] = {
        { .key = "group", .type = &vrrp_conf_names, FIELD(names), KEEPALIVED,
          .fallback_note = "none: required", .help = "The instances of the group." },
        { .key = "track_interface", .type = &vrrp_conf_track_interfaces, .min = -253, .max = 253,
          FIELD(track_interface), KEEPALIVED, .help = "Interfaces that every member tracks." },
        { .key = "track_script", .type = &vrrp_conf_tracks, .min = -253, .max = 253,
          FIELD(track_script), KEEPALIVED, .help = "Scripts that every member tracks." },
        { .key = "track_file", .type = &vrrp_conf_tracks, .min = -254, .max = 254,
          FIELD(track_file), KEEPALIVED, .help = "Files that every member tracks." },
        { .key = "track_process", .type = &vrrp_conf_tracks, .min = -254, .max = 254,
          FIELD(track_process), KEEPALIVED, .help = "Processes that every member tracks." },
        { .key = "track_bfd", .type = &vrrp_conf_tracks, .min = -253, .max = 253,
          FIELD(track_bfd), .flags = CONF_ROW_TODO, KEEPALIVED, .help = "BFD sessions that every member tracks." },
        { .key = "notify_master", .type = &conf_script, FIELD(notify_master), TELL,
          .help = "Run when the group becomes master." },
        { .key = "notify_backup", .type = &conf_script, FIELD(notify_backup), TELL,
          .help = "Run when the group becomes backup." },
        { .key = "notify_fault", .type = &conf_script, FIELD(notify_fault), TELL,
          .help = "Run when the group goes to FAULT." },
        { .key = "notify_stop", .type = &conf_script, FIELD(notify_stop), TELL,
          .help = "Run when the group stops." },
        { .key = "notify", .type = &conf_script, FIELD(notify), TELL,
          .help = "Run on every change, with four more arguments: GROUP, its name, the state, "
                  "0." },
        { .key = "smtp_alert", .type = &conf_boolean, FIELD(smtp_alert), TELL,
          .fallback_note = "smtp_alert_vrrp, else smtp_alert of global_defs, else off",
          .help = "Send mail on every change." },
        { .key = "notify_priority_changes", .type = &conf_boolean, FIELD(notify_priority_changes), TELL,
          .fallback_note = "vrrp_notify_priority_changes",
          .help = "Default for the members." },
        { .key = "sync_group_tracking_weight", .old_alias = "global_tracking", .type = &conf_flag,
           FIELD(tracking_weight), KEEPALIVED, .help = "Let the members keep the weights of what they track." },
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
