/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/job.h"

#include <errno.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include "common/macro.h"

#define JOB_MANAGER_ADDRESS "unix:path=/run/systemd/private"
#define JOB_MANAGER_NAME "org.freedesktop.systemd1"

struct job_query {
        sd_event_source *timer;
        sd_bus *bus;
        sd_bus_slot *call; /* the one outstanding */
        job_answer_t answer;
        void *userdata;
};

struct job_query *job_query_free(struct job_query *q) {
        if (!q)
                return NULL;
        sd_bus_slot_unref(q->call);
        sd_bus_close_unref(q->bus);
        sd_event_source_disable_unref(q->timer);
        free(q);
        return NULL;
}

/* The answer may free the query: nothing may touch @q after it. */
static void answer(struct job_query *q, const char *type) {
        job_answer_t f = q->answer;

        if (!f)
                return;
        q->answer = NULL;
        (void) sd_event_source_set_enabled(q->timer, SD_EVENT_OFF);
        f(type, q->userdata);
}

static int on_timeout(sd_event_source *s, usec_t now, void *userdata) {
        answer(userdata, NULL);
        return 0;
}

static int get_property(struct job_query *q, const char *path, const char *interface,
                const char *property, sd_bus_message_handler_t callback) {
        q->call = sd_bus_slot_unref(q->call);
        return sd_bus_call_method_async(q->bus, &q->call, JOB_MANAGER_NAME, path,
                        "org.freedesktop.DBus.Properties", "Get", callback, q, "ss", interface,
                        property);
}

static int on_job_type(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const char *type;

        if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "v", "s", &type) < 0)
                type = NULL;
        answer(userdata, type);
        return 0;
}

static int on_unit_job(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct job_query *q = userdata;
        const char *path;
        uint32_t id;

        if (sd_bus_message_is_method_error(m, NULL) ||
                        sd_bus_message_read(m, "v", "(uo)", &id, &path) < 0)
                answer(q, NULL);
        else if (id == 0)
                answer(q, "");
        else if (get_property(q, path, "org.freedesktop.systemd1.Job", "JobType", on_job_type) < 0)
                answer(q, NULL);
        return 0;
}

static int ask(struct job_query *q, sd_event *event, const char *unit) {
        _cleanup_free_ char *ours = NULL, *path = NULL;
        int r;

        r = unit ? 0 : sd_pid_get_unit(0, &ours);
        if (r < 0)
                return r;
        r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit ?: ours, &path);
        if (r < 0)
                return r;

        r = sd_bus_new(&q->bus);
        if (r < 0)
                return r;
        r = sd_bus_set_address(q->bus, JOB_MANAGER_ADDRESS);
        if (r < 0)
                return r;
        r = sd_bus_start(q->bus);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(q->bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        return get_property(q, path, "org.freedesktop.systemd1.Unit", "Job", on_unit_job);
}

int job_query_new(sd_event *event, const char *unit, usec_t timeout, job_answer_t callback,
                void *userdata, struct job_query **ret) {
        _cleanup_(job_query_freep) struct job_query *q = NULL;
        int r;

        q = malloc(sizeof(*q));
        if (!q)
                return -ENOMEM;
        *q = (struct job_query){ .answer = callback, .userdata = userdata };

        r = sd_event_add_time_relative(
                        event, &q->timer, CLOCK_MONOTONIC, timeout, 1, on_timeout, q);
        if (r < 0)
                return r;
        /* Nobody to ask: the answer comes all the same, and from the loop. */
        if (ask(q, event, unit) < 0)
                (void) sd_event_source_set_time_relative(q->timer, 0);

        *ret = TAKE_PTR(q);
        return 0;
}
