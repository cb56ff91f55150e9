/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "common/bus-json.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"

#define MANAGER_ADDRESS "unix:path=/run/systemd/private"
#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"

static int connect_privately(sd_bus **ret) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r < 0)
                return r;
        r = sd_bus_set_address(bus, MANAGER_ADDRESS);
        if (r < 0)
                return r;
        r = sd_bus_start(bus);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(bus);
        return 0;
}

int unit_manager_connect(sd_bus **ret) {
        if (getenv("DBUS_SYSTEM_BUS_ADDRESS"))
                return -ENXIO;
        if (access("/run/systemd/system", F_OK) < 0)
                return -errno;
        if (connect_privately(ret) >= 0)
                return 0;
        return client_connect(ret);
}

static int load_unit(sd_bus *manager, const char *name, char **ret_path) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path;
        int r;

        r = client_call(manager, MANAGER_NAME, MANAGER_PATH, MANAGER_INTERFACE, "LoadUnit", &error,
                        &reply, "s", name);
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;
        *ret_path = strdup(path);
        return *ret_path ? 0 : -ENOMEM;
}

/* All properties of a unit or a job, of all interfaces. */
static int read_properties(sd_bus *manager, const char *path, json_object **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = client_call(manager, MANAGER_NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
                        &error, &reply, "s", "");
        if (r < 0)
                return r;
        return bus_message_read_json(reply, ret);
}

/* The path of the unit's job; NULL: it has none. Borrowed from @properties. */
static const char *job_of(json_object *properties) {
        json_object *job;

        if (!json_object_object_get_ex(properties, "Job", &job) ||
                        json_object_get_int64(json_object_array_get_idx(job, 0)) == 0)
                return NULL;
        return json_object_get_string(json_object_array_get_idx(job, 1));
}

int unit_read(sd_bus *manager, const char *name, struct unit *ret) {
        _cleanup_(json_object_putp) json_object *p = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = load_unit(manager, name, &path);
        if (r < 0)
                return r;
        r = read_properties(manager, path, &p);
        if (r < 0)
                return r;

        *ret = (struct unit){
                .has_job = job_of(p),
                .load_state = strdup(json_get_string(p, "LoadState")),
                .active_state = strdup(json_get_string(p, "ActiveState")),
                .sub_state = strdup(json_get_string(p, "SubState")),
                .result = strdup(json_get_string(p, "Result")),
                .status_text = strdup(json_get_string(p, "StatusText")),
        };
        if (ret->load_state && ret->active_state && ret->sub_state && ret->result &&
                        ret->status_text)
                return 0;
        unit_done(ret);
        return -ENOMEM;
}

void unit_done(struct unit *u) {
        free(u->load_state);
        free(u->active_state);
        free(u->sub_state);
        free(u->result);
        free(u->status_text);
        *u = (struct unit){};
}

char *unit_describe(const struct unit *u) {
        bool failed = streq(u->active_state, "failed");
        char *text;
        int r;

        if (unit_is_unwanted(u))
                return strdup(u->load_state);
        r = asprintf(&text, "%s (%s)%s%s", u->active_state, failed ? u->result : u->sub_state,
                        *u->status_text ? ": " : "", u->status_text);
        return r < 0 ? NULL : text;
}

bool unit_is_unwanted(const struct unit *u) {
        return streq(u->load_state, "masked") || streq(u->load_state, "not-found");
}

bool unit_own_job_is(sd_bus *manager, const char *type) {
        _cleanup_(json_object_putp) json_object *unit = NULL, *job = NULL;
        _cleanup_free_ char *name = NULL, *path = NULL;

        if (sd_pid_get_unit(0, &name) < 0 || load_unit(manager, name, &path) < 0 ||
                        read_properties(manager, path, &unit) < 0 || !job_of(unit) ||
                        read_properties(manager, job_of(unit), &job) < 0)
                return false;
        return streq(json_get_string(job, "JobType"), type);
}
