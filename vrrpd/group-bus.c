/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/group-bus.h"

#include <errno.h>
#include <string.h>

#include "common/bus-authorize.h"
#include "common/bus-error.h"
#include "common/bus-getter.h"
#include "common/bus-table.h"
#include "common/macro.h"
#include "vrrpd/router.h"
#include "vrrpd/sync.h"
#include "vrrpd/vrrpd.h"
#include "vrrpd/words.h"

static const struct bus_table table;

BUS_GETTER(get_state) {
        const struct vrrp_sync *s = userdata;

        return sd_bus_message_append(reply, "s", vrrp_state_to_string(s->group.state));
}

BUS_GETTER(get_reason) {
        const struct vrrp_sync *s = userdata;

        return sd_bus_message_append(
                        reply, "s", s->reason[0] ? s->reason : vrrp_words_reason(s->group.reason));
}

BUS_GETTER(get_members) {
        const struct vrrp_sync *s = userdata;
        int e = sd_bus_message_open_container(reply, 'a', "s");

        for (size_t k = 0; k < s->n_members && e >= 0; k++)
                e = sd_bus_message_append(reply, "s", s->members[k]->name);
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

int group_bus_summarise(struct vrrp_sync *s, sd_bus_message *reply) {
        int e;

        e = sd_bus_message_open_container(reply, 'r', GROUP_SUMMARY_FIELDS);
        if (e >= 0)
                e = sd_bus_message_append(reply, "s", s->name);
        if (e >= 0)
                e = get_state(NULL, NULL, NULL, NULL, reply, s, NULL);
        if (e >= 0)
                e = get_reason(NULL, NULL, NULL, NULL, reply, s, NULL);
        if (e >= 0)
                e = sd_bus_message_append(reply, "t", s->transition_realtime);
        if (e >= 0)
                e = get_members(NULL, NULL, NULL, NULL, reply, s, NULL);
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

/* The caller's right is asked for first; by then the group may have gone. */
static int resign(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct vrrpd *v = userdata;
        struct vrrp_sync *s = bus_table_find_again(&table, v, m, ret_error);

        if (!s)
                return -ENOENT;
        if (s->n_members == 0 || s->group.state != VRRP_STATE_MASTER)
                return sd_bus_error_setf(ret_error, BUS_ERROR_NOT_MASTER, "it is %s, not MASTER",
                                vrrp_state_to_string(s->group.state));
        vrrpd_wake(v);
        vrrp_router_feed_plain(s->members[0], VRRP_INPUT_RESIGN);
        return sd_bus_reply_method_return(m, "");
}

static int method_resign(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct vrrp_sync *s = userdata;

        return bus_authorize(m, resign, s->vrrpd);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable group_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", NULL, offsetof(struct vrrp_sync, name),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, CHANGES),
        SD_BUS_PROPERTY("Reason", "s", get_reason, 0, CHANGES),
        SD_BUS_PROPERTY("LastTransitionUsec", "t", NULL,
                        offsetof(struct vrrp_sync, transition_realtime), CHANGES),
        SD_BUS_PROPERTY("Members", "as", get_members, 0, CHANGES),
        SD_BUS_METHOD_WITH_ARGS("Resign", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_resign,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *group_bus_vtable(void) {
        return group_vtable;
}

static void *find(const void *owner, const char *name, const char *inner_name) {
        const struct vrrpd *v = owner;
        struct vrrp_sync *s;

        HASH_FIND_STR(v->syncs, name, s);
        return s;
}

static void *next(const void *owner, const void *object) {
        const struct vrrpd *v = owner;
        const struct vrrp_sync *s = object;

        return s ? s->hh.next : v->syncs;
}

static const char *path_of(const void *object) {
        const struct vrrp_sync *s = object;

        return s->path;
}

static const struct bus_table table = {
        .prefix = "/org/mainstay/vrrp1/group",
        .interface = GROUP_INTERFACE,
        .vtable = group_vtable,
        .find = find,
        .next = next,
        .path = path_of,
};

int group_bus_export(struct vrrpd *v, sd_bus *bus) {
        return bus_table_export(&table, bus, v);
}

int group_bus_path(const char *name, char **ret) {
        return bus_table_path(&table, name, NULL, ret);
}

void group_bus_added(struct vrrp_sync *s) {
        daemon_object_added(s->vrrpd->daemon, s->path);
}

void group_bus_removed(struct vrrp_sync *s) {
        daemon_object_removed(s->vrrpd->daemon, s->path, GROUP_INTERFACE);
}

void group_bus_changed(struct vrrp_sync *s) {
        DAEMON_CHANGED(s->vrrpd->daemon, s->path, GROUP_INTERFACE, "State", "Reason",
                        "LastTransitionUsec");
}

void group_bus_members_changed(struct vrrp_sync *s) {
        DAEMON_CHANGED(s->vrrpd->daemon, s->path, GROUP_INTERFACE, "Members");
}
