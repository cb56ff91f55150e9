/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The owner is followed by bus_owner. Of each owner the signals are subscribed to before the snapshot
 * is asked for; one sender's messages stay in order, so a signal that comes before the snapshot is
 * older than it and is ignored. That needs a producer that answers GetManagedObjects in one go.
 *
 * Why a signal's sender is compared although the match names it: directed messages are delivered
 * whatever the matches are. A match that the bus refuses closes the connection, and the daemon opens
 * another. */

#include "common/mirror.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/bus-json.h"
#include "common/bus-owner.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/object-tree.h"

#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum {
        EVENT_PRIORITY = SD_EVENT_PRIORITY_NORMAL + 10, /* as the bus itself, after real work */
};

#define RESYNC_DELAY_USEC                                                                          \
        (50 * USEC_PER_MSEC) /* what a producer can cause by odd signals is bounded */
#define RETRY_FIRST_USEC (1 * USEC_PER_SEC)
#define RETRY_MAX_USEC (32 * USEC_PER_SEC)

struct mirror {
        const char *root; /* borrowed, as are the next two */
        const struct mirror_ops *ops;
        void *userdata;

        sd_bus *bus; /* referenced; NULL: none */
        const char *bus_name;
        struct bus_owner *owner;
        sd_bus_slot *properties_match;
        sd_bus_slot *objects_match;
        sd_bus_slot *snapshot_call;

        sd_event *event;
        sd_event_source *timer; /* the next snapshot, after a failure or an odd signal */
        usec_t retry_usec;      /* how long to wait after the next failure */

        struct object_tree *tree;
        bool synced;
        usec_t stale_since; /* CLOCK_BOOTTIME, USEC_INFINITY: not stale */
};

static int request_snapshot(struct mirror *m);

/* ---- what the copy tells ---- */

static void on_changed(const char *path, const char *interface, json_object *properties,
                json_object *changed, void *userdata) {
        struct mirror *m = userdata;

        if (m->ops->changed)
                m->ops->changed(m, path, interface, properties, changed, m->userdata);
}

static void on_removed(const char *path, const char *interface, void *userdata) {
        struct mirror *m = userdata;

        if (m->ops->removed)
                m->ops->removed(m, path, interface, m->userdata);
}

static const struct object_tree_ops tree_ops = {
        .changed = on_changed,
        .removed = on_removed,
};

/* ---- looking again ---- */

static int on_timer(sd_event_source *source, uint64_t now, void *userdata) {
        struct mirror *m = userdata;

        m->timer = sd_event_source_unref(m->timer);
        (void) request_snapshot(m);
        return 0;
}

/* Ask for a snapshot in @delay, unless that is planned already. */
static void look_again(struct mirror *m, usec_t delay) {
        if (m->timer)
                return;
        if (sd_event_add_time_relative(m->event, &m->timer, CLOCK_BOOTTIME, delay,
                            10 * USEC_PER_MSEC, on_timer, m) >= 0)
                (void) sd_event_source_set_priority(m->timer, EVENT_PRIORITY);
}

/* The answer was an error or nonsense: with growing pauses, for as long as it takes. */
static void look_again_later(struct mirror *m) {
        look_again(m, m->retry_usec);
        m->retry_usec = MIN(m->retry_usec * 2, RETRY_MAX_USEC);
}

/* ---- the owner's signals ---- */

/* Is this to be taken in? What precedes the snapshot is in it. */
static bool is_news(struct mirror *m, sd_bus_message *message) {
        return m->synced && bus_owner_broadcast(m->owner, message);
}

static int read_properties_changed(struct mirror *m, sd_bus_message *message) {
        _cleanup_(json_object_putp) json_object *properties = NULL, *invalidated = NULL;
        const char *path = sd_bus_message_get_path(message), *interface;
        int r;

        r = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &interface);
        if (r < 0)
                return r;
        if (!object_tree_wants(m->tree, path, interface))
                return 0;

        r = bus_message_read_json(message, &properties);
        if (r < 0)
                return r;
        r = bus_message_read_json(message, &invalidated);
        if (r < 0)
                return r;

        if (json_object_array_length(invalidated) > 0)
                look_again(m, RESYNC_DELAY_USEC);
        return object_tree_change(m->tree, path, interface, properties);
}

static int on_properties_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        struct mirror *m = userdata;

        /* An object never announced (-ENOENT) is in the next snapshot. */
        if (is_news(m, message) && sd_bus_message_has_signature(message, "sa{sv}as") &&
                        read_properties_changed(m, message) < 0)
                look_again(m, RESYNC_DELAY_USEC);
        return 0;
}

static int read_interfaces_added(struct mirror *m, sd_bus_message *message) {
        _cleanup_(json_object_putp) json_object *interfaces = NULL;
        const char *path;
        int r;

        r = sd_bus_message_read_basic(message, SD_BUS_TYPE_OBJECT_PATH, &path);
        if (r < 0)
                return r;
        r = bus_message_read_json(message, &interfaces);
        if (r < 0)
                return r;
        r = object_tree_add(m->tree, path, interfaces);
        return r == -E2BIG ? 0 : r;
}

static int read_interfaces_removed(struct mirror *m, sd_bus_message *message) {
        const char *path, *interface;
        int r;

        r = sd_bus_message_read_basic(message, SD_BUS_TYPE_OBJECT_PATH, &path);
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &interface)) > 0)
                object_tree_remove(m->tree, path, interface);
        return r;
}

static int on_object_manager_signal(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        struct mirror *m = userdata;
        int r = 0;

        if (!is_news(m, message))
                return 0;

        if (sd_bus_message_is_signal(message, OBJECT_MANAGER, "InterfacesAdded") &&
                        sd_bus_message_has_signature(message, "oa{sa{sv}}"))
                r = read_interfaces_added(m, message);
        else if (sd_bus_message_is_signal(message, OBJECT_MANAGER, "InterfacesRemoved") &&
                        sd_bus_message_has_signature(message, "oas"))
                r = read_interfaces_removed(m, message);
        if (r < 0)
                look_again(m, RESYNC_DELAY_USEC);
        return 0;
}

/* ---- the snapshot ---- */

/* Read @reply, which may be an error. */
static int read_snapshot(struct mirror *m, sd_bus_message *reply) {
        _cleanup_(json_object_putp) json_object *objects = NULL;
        int r;

        if (sd_bus_message_is_method_error(reply, NULL))
                return -sd_bus_message_get_errno(reply);
        if (!streq_ptr(sd_bus_message_get_sender(reply), bus_owner_get(m->owner)) ||
                        !sd_bus_message_has_signature(reply, "a{oa{sa{sv}}}"))
                return -EBADMSG;

        r = bus_message_read_json(reply, &objects);
        if (r < 0)
                return r;
        return object_tree_replace(m->tree, objects);
}

static int on_snapshot(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        struct mirror *m = userdata;

        m->snapshot_call = sd_bus_slot_unref(m->snapshot_call);
        if (read_snapshot(m, reply) < 0) {
                look_again_later(m);
                return 0;
        }

        m->retry_usec = RETRY_FIRST_USEC;
        m->synced = true;
        m->stale_since = USEC_INFINITY;
        if (m->ops->synced)
                m->ops->synced(m, m->userdata);
        return 0;
}

static int request_snapshot(struct mirror *m) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(m->bus, &call, bus_owner_get(m->owner), m->root,
                        OBJECT_MANAGER, "GetManagedObjects");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(call, 0);
        if (r < 0)
                return r;
        m->snapshot_call = sd_bus_slot_unref(m->snapshot_call);
        return sd_bus_call_async(m->bus, &m->snapshot_call, call, on_snapshot, m, 0);
}

static int subscribe(struct mirror *m, const char *owner) {
        _cleanup_free_ char *properties = NULL;
        int r;

        if (asprintf(&properties,
                            "type='signal',sender='%s',interface='" PROPERTIES
                            "',member='PropertiesChanged',path_namespace='%s'",
                            owner, m->root) < 0)
                return -ENOMEM;
        r = sd_bus_add_match_async(
                        m->bus, &m->properties_match, properties, on_properties_changed, NULL, m);
        if (r < 0)
                return r;
        return sd_bus_match_signal_async(m->bus, &m->objects_match, owner, m->root, OBJECT_MANAGER,
                        NULL, on_object_manager_signal, NULL, m);
}

/* ---- the owner ---- */

static void unsubscribe(struct mirror *m) {
        m->timer = sd_event_source_disable_unref(m->timer);
        m->snapshot_call = sd_bus_slot_unref(m->snapshot_call);
        m->properties_match = sd_bus_slot_unref(m->properties_match);
        m->objects_match = sd_bus_slot_unref(m->objects_match);
        m->synced = false;
        if (m->stale_since == USEC_INFINITY)
                m->stale_since = usec_now(CLOCK_BOOTTIME);
}

static void on_owner(struct bus_owner *o, const char *owner, void *userdata) {
        struct mirror *m = userdata;
        bool followed = m->properties_match;

        unsubscribe(m);
        if (followed && m->ops->lost)
                m->ops->lost(m, m->userdata);
        if (!owner)
                return;

        /* Fails only for lack of memory, or on a connection that is about to be given up. */
        m->retry_usec = RETRY_FIRST_USEC;
        if (subscribe(m, owner) >= 0)
                (void) request_snapshot(m);
}

/* ---- life ---- */

int mirror_new(sd_event *event, const char *bus_name, const char *root,
                const struct mirror_ops *ops, void *userdata, struct mirror **ret) {
        _cleanup_(mirror_freep) struct mirror *m = malloc(sizeof(*m));
        int r;

        if (!m)
                return -ENOMEM;
        *m = (struct mirror){
                .root = root,
                .ops = ops,
                .userdata = userdata,
                .bus_name = bus_name,
                .event = sd_event_ref(event),
                .retry_usec = RETRY_FIRST_USEC,
                .stale_since = usec_now(CLOCK_BOOTTIME),
        };

        r = bus_owner_new(bus_name, on_owner, m, &m->owner);
        if (r < 0)
                return r;
        r = object_tree_new(root, &tree_ops, m, &m->tree);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

struct mirror *mirror_free(struct mirror *m) {
        if (!m)
                return NULL;

        unsubscribe(m);
        bus_owner_free(m->owner);
        object_tree_free(m->tree);
        sd_bus_unref(m->bus);
        sd_event_unref(m->event);
        free(m);
        return NULL;
}

int mirror_attach(struct mirror *m, sd_bus *bus) {
        int r;

        (void) bus_owner_attach(m->owner, NULL);
        m->bus = sd_bus_unref(m->bus);
        if (!bus)
                return 0;

        m->bus = sd_bus_ref(bus);
        r = bus_owner_attach(m->owner, bus);
        if (r < 0)
                m->bus = sd_bus_unref(m->bus);
        return r;
}

bool mirror_synced(const struct mirror *m) {
        return m->synced;
}

usec_t mirror_stale_since(const struct mirror *m) {
        return m->stale_since;
}

json_object *mirror_get(const struct mirror *m, const char *path, const char *interface) {
        return object_tree_get(m->tree, path, interface);
}

json_object *mirror_objects(const struct mirror *m) {
        return object_tree_objects(m->tree);
}

const char *mirror_bus_name(const struct mirror *m) {
        return m->bus_name;
}
