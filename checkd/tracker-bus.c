/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "common/bus-getter.h"
#include "common/bus-table.h"
#include "common/cleanup.h"
#include "common/macro.h"

void tracker_bus_state_changed(const struct tracker *t) {
        DAEMON_CHANGED(t->checkd->daemon, t->path, TRACKER_INTERFACE, "State", "StateSinceUsec",
                        "StateReason", "Value");
}

void tracker_bus_limits_changed(const struct tracker *t) {
        DAEMON_CHANGED(t->checkd->daemon, t->path, TRACKER_INTERFACE, "IntervalUsec", "TimeoutUsec",
                        "Rise", "Fall");
}

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        BUS_GETTER(property_##name) {                                                              \
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

/* --- the table --- */

static void *find(const void *owner, const char *name, const char *inner_name) {
        return tracker_find(owner, name);
}

static void *next(const void *owner, const void *object) {
        const struct checkd *c = owner;
        const struct tracker *t = object;

        return t ? t->hh.next : c->trackers;
}

static const char *path_of(const void *object) {
        const struct tracker *t = object;

        return t->path;
}

static const struct bus_table table = {
        .prefix = CHECKD_OBJECT_PATH "/tracker",
        .interface = TRACKER_INTERFACE,
        .vtable = vtable,
        .find = find,
        .next = next,
        .path = path_of,
};

int tracker_bus_export(struct checkd *c, sd_bus *bus) {
        return bus_table_export(&table, bus, c);
}

int tracker_bus_path(const char *id, char **ret) {
        return bus_table_path(&table, id, NULL, ret);
}
