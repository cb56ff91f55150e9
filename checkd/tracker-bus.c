/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "common/bus-paths.h"
#include "common/cleanup.h"
#include "common/macro.h"

#define PREFIX CHECKD_OBJECT_PATH "/tracker"

int tracker_bus_path(const char *id, char **ret) {
        return sd_bus_path_encode(PREFIX, id, ret);
}

void tracker_bus_state_changed(const struct tracker *t) {
        DAEMON_CHANGED(t->checkd->daemon, t->path, TRACKER_INTERFACE, "State", "StateSinceUsec",
                        "StateReason", "Value");
}

void tracker_bus_limits_changed(const struct tracker *t) {
        DAEMON_CHANGED(t->checkd->daemon, t->path, TRACKER_INTERFACE, "IntervalUsec", "TimeoutUsec",
                        "Rise", "Fall");
}

static int find_tracker(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        const struct checkd *c = userdata;
        _cleanup_free_ char *id = NULL;
        struct tracker *t;
        int r;

        r = sd_bus_path_decode_many(path, PREFIX "/%", &id);
        if (r <= 0)
                return r;
        t = tracker_find(c, id);
        if (!t)
                return 0;
        *ret_found = t;
        return 1;
}

static int list_trackers(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                sd_bus_error *ret_error) {
        const struct checkd *c = userdata;
        const struct tracker *t;
        _cleanup_(bus_paths_freep) char **paths = NULL;
        size_t n = 0;

        paths = calloc(HASH_COUNT(c->trackers) + 1, sizeof(*paths));
        if (!paths)
                return -ENOMEM;
        for (t = c->trackers; t; t = t->hh.next) {
                paths[n] = strdup(t->path);
                if (!paths[n++])
                        return -ENOMEM;
        }
        *ret_nodes = TAKE_PTR(paths);
        return 0;
}

int tracker_bus_export(struct checkd *c, sd_bus *bus) {
        int r;

        r = sd_bus_add_fallback_vtable(bus, NULL, PREFIX, TRACKER_INTERFACE, tracker_bus_vtable(),
                        find_tracker, c);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(bus, NULL, PREFIX, list_trackers, c);
}

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        static int property_##name(sd_bus *bus, const char *path, const char *interface,           \
                        const char *property, sd_bus_message *reply, void *userdata,               \
                        sd_bus_error *ret_error) {                                                 \
                const struct tracker *t = userdata;                                                \
                                                                                                   \
                return sd_bus_message_append(reply, types, __VA_ARGS__);                           \
        }                                                                                          \
        struct cleanup_semicolon

PROPERTY(name, "s", t->name);
PROPERTY(kind, "s", tracker_kind_name(t));
PROPERTY(state, "s", check_state_to_string(t->verdict.state));
PROPERTY(state_since, "t", t->state_since_usec);
PROPERTY(state_reason, "s", t->state_reason);
PROPERTY(last_result, "s", t->last_result);
PROPERTY(last_run, "t", t->last_run_usec);
PROPERTY(runs, "t", t->runs);
PROPERTY(failures, "t", t->failures);
PROPERTY(value, "i", t->value);
PROPERTY(interval, "t", t->interval_usec);
PROPERTY(timeout, "t", t->timeout_usec);
PROPERTY(rise, "u", t->verdict.rise);
PROPERTY(fall, "u", t->verdict.fall);

#define CONST_ SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", property_name, 0, CONST_),
        SD_BUS_PROPERTY("Kind", "s", property_kind, 0, CONST_),
        SD_BUS_PROPERTY("State", "s", property_state, 0, CHANGES),
        SD_BUS_PROPERTY("StateSinceUsec", "t", property_state_since, 0, CHANGES),
        SD_BUS_PROPERTY("StateReason", "s", property_state_reason, 0, CHANGES),
        SD_BUS_PROPERTY("Value", "i", property_value, 0, CHANGES),
        SD_BUS_PROPERTY("LastResult", "s", property_last_result, 0, 0),
        SD_BUS_PROPERTY("LastRunUsec", "t", property_last_run, 0, 0),
        SD_BUS_PROPERTY("Runs", "t", property_runs, 0, 0),
        SD_BUS_PROPERTY("Failures", "t", property_failures, 0, 0),
        SD_BUS_PROPERTY("IntervalUsec", "t", property_interval, 0, CHANGES),
        SD_BUS_PROPERTY("TimeoutUsec", "t", property_timeout, 0, CHANGES),
        SD_BUS_PROPERTY("Rise", "u", property_rise, 0, CHANGES),
        SD_BUS_PROPERTY("Fall", "u", property_fall, 0, CHANGES),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *tracker_bus_vtable(void) {
        return vtable;
}
