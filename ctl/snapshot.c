/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/summary.h"
#include "ctl/unit.h"

static const char *const state_names[_SNAPSHOT_STATE_MAX] = {
        [SNAPSHOT_RUNNING] = "running",
        [SNAPSHOT_NOT_RUNNING] = "not running",
        [SNAPSHOT_NOT_ANSWERING] = "not answering",
        [SNAPSHOT_UNKNOWN] = "unknown",
        [SNAPSHOT_UNWANTED] = "unwanted",
};

const char *snapshot_state_to_string(enum snapshot_state s) {
        return state_names[s];
}

void snapshot_done(struct snapshot *s) {
        free(s->why);
        json_object_put(s->daemon);
        json_object_put(s->own);
        json_object_put(s->objects);
        *s = (struct snapshot){};
}

/* Call and read the reply's only value. */
static int ask(sd_bus *bus, const struct producer *p, const char *interface, const char *member,
                const char *arg, sd_bus_error *error, json_object **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = client_call(bus, p->bus_name, p->root, interface, member, error, &reply, arg ? "s" : "",
                        arg);
        if (r < 0)
                return r;
        return bus_message_read_json(reply, ret);
}

/* A daemon that has not been restarted since an upgrade may lack the interface. */
static int ask_own(sd_bus *bus, struct snapshot *s, sd_bus_error *error) {
        int r;

        if (!s->producer->own)
                return 0;
        r = ask(bus, s->producer, "org.freedesktop.DBus.Properties", "GetAll", s->producer->own,
                        error, &s->own);
        if (r >= 0 || !sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_INTERFACE))
                return r;
        sd_bus_error_free(error);
        return 0;
}

static int ask_objects(sd_bus *bus, struct snapshot *s, bool briefly, sd_bus_error *error) {
        int r;

        if (briefly && s->producer == &producers[PRODUCER_VRRPD] && s->own) {
                r = summary_take(bus, s->producer, error, &s->objects);
                if (r >= 0 || !sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD))
                        return r;
                sd_bus_error_free(error);
        }
        return ask(bus, s->producer, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                        NULL, error, &s->objects);
}

static int ask_all(sd_bus *bus, struct snapshot *s, bool briefly, sd_bus_error *error) {
        int r;

        r = ask(bus, s->producer, "org.freedesktop.DBus.Properties", "GetAll",
                        "org.mainstay.Daemon1", error, &s->daemon);
        if (r < 0)
                return r;
        r = ask_own(bus, s, error);
        if (r < 0)
                return r;
        return ask_objects(bus, s, briefly, error);
}

/* A half-told state is none. */
static int not_there(struct snapshot *s, const struct producer *p, enum snapshot_state state,
                const char *why) {
        snapshot_done(s);
        *s = (struct snapshot){ .producer = p, .state = state };
        if (!why)
                return 0;
        s->why = strdup(why);
        return s->why ? 0 : -ENOMEM;
}

static int take(sd_bus *bus, const struct producer *p, bool briefly, struct snapshot *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        *ret = (struct snapshot){ .producer = p };
        if (!bus)
                return not_there(ret, p, SNAPSHOT_UNKNOWN, NULL);

        r = ask_all(bus, ret, briefly, &error);
        if (r >= 0) {
                ret->state = SNAPSHOT_RUNNING;
                return 0;
        }
        if (client_error_is_absence(&error))
                return not_there(ret, p, SNAPSHOT_NOT_RUNNING, NULL);
        return not_there(ret, p, SNAPSHOT_NOT_ANSWERING, client_error_words(&error, r));
}

int snapshot_take(sd_bus *bus, const struct producer *p, struct snapshot *ret) {
        return take(bus, p, false, ret);
}

int snapshot_take_summary(sd_bus *bus, const struct producer *p, struct snapshot *ret) {
        return take(bus, p, true, ret);
}

void snapshot_explain(struct snapshot *s, sd_bus *manager) {
        struct unit u;

        if ((s->state != SNAPSHOT_NOT_RUNNING && s->state != SNAPSHOT_UNKNOWN) ||
                        unit_read(manager, s->producer->unit, &u) < 0)
                return;

        free(s->why);
        s->why = unit_describe(&u);
        if (unit_is_unwanted(&u))
                s->state = SNAPSHOT_UNWANTED;
        unit_done(&u);
}

static int compare_names(const void *a, const void *b) {
        json_object *const *x = a, *const *y = b;

        return strcmp(json_get_string(*x, "Name"), json_get_string(*y, "Name"));
}

json_object *snapshot_list(const struct snapshot *s, const char *interface) {
        json_object *list = json_object_new_array();

        if (!list || !s->objects)
                return list;

        json_object_object_foreach(s->objects, path, interfaces) {
                json_object *properties;

                if (!json_object_object_get_ex(interfaces, interface, &properties))
                        continue;
                json_object_object_add(properties, "Path", json_object_new_string(path));
                json_object_array_add(list, json_object_get(properties));
        }
        json_object_array_sort(list, compare_names);
        return list;
}
