/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.mainstay.Daemon1, which every daemon exports at its root object. */

#include "common/bus-getter.h"
#include "common/daemon-private.h"

#include <errno.h>
#include <string.h>

#include "common/bus-authorize.h"
#include "common/bus-error.h"
#include "common/bus-json.h"
#include "common/cleanup.h"
#include "common/log.h"

#define EVENTS_PER_CALL 500U

BUS_GETTER(property_version) {
        return sd_bus_message_append(reply, "s", MAINSTAY_VERSION);
}

BUS_GETTER(property_config_file) {
        const struct daemon *d = userdata;

        return sd_bus_message_append(reply, "s", d->conf_path);
}

BUS_GETTER(property_config_digest) {
        const struct daemon *d = userdata;

        return sd_bus_message_append(reply, "s", d->conf->digest);
}

static int append_diag(sd_bus_message *reply, const struct conf_diag *g) {
        _cleanup_free_ char *text = conf_diag_format(g);

        if (!text)
                return -ENOMEM;
        return sd_bus_message_append(reply, "(ss)", conf_grade_to_string(g->grade), text);
}

BUS_GETTER(property_config_errors) {
        const struct daemon *d = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ss)");
        if (r < 0)
                return r;
        if (d->conf_problem) {
                r = sd_bus_message_append(reply, "(ss)", "refused", d->conf_problem);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < d->conf->diags.n; i++) {
                r = append_diag(reply, &d->conf->diags.items[i]);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(reply);
}

BUS_GETTER(property_started) {
        const struct daemon *d = userdata;

        return sd_bus_message_append(reply, "t", d->started_realtime_usec);
}

static void append_peer(void *ctx, const char *bus_name, usec_t since) {
        (void) sd_bus_message_append(ctx, "(st)", bus_name, since);
}

BUS_GETTER(property_stale_peers) {
        struct daemon *d = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(st)");
        if (r < 0)
                return r;
        if (d->ops->stale_peers)
                d->ops->stale_peers(d, append_peer, reply, d->userdata);
        return sd_bus_message_close_container(reply);
}

BUS_GETTER(property_log_dropped) {
        return sd_bus_message_append(reply, "t", log_dropped());
}

static int reply_prepared(sd_bus_message *m, int outcome, const char *reason) {
        switch ((enum daemon_prepared) outcome) {
        case DAEMON_PREPARED: return sd_bus_reply_method_return(m, NULL);
        case DAEMON_PREPARE_CHANGED:
                return sd_bus_reply_method_errorf(m, BUS_ERROR_CONFIG_CHANGED, "%s", reason);
        case DAEMON_PREPARE_UNUSABLE:
                return sd_bus_reply_method_errorf(m, BUS_ERROR_CONFIG_UNUSABLE, "%s", reason);
        case DAEMON_PREPARE_WORSE:
                return sd_bus_reply_method_errorf(m, BUS_ERROR_CONFIG_WORSE, "%s", reason);
        }
        return -EINVAL;
}

static int prepare(sd_bus_message *m, struct daemon *d, const char *digest, uint64_t flags) {
        _cleanup_free_ char *reason = NULL;
        int r;

        r = daemon_config_prepare(d, digest, flags, sd_bus_message_get_sender(m), &reason);
        if (r < 0)
                return r;
        return reply_prepared(m, r, reason);
}

static int authorized_prepare(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        uint64_t flags = 0;
        const char *digest;
        int r;

        r = sd_bus_message_read(m, "s", &digest);
        if (r < 0)
                return r;
        if (sd_bus_message_is_method_call(m, NULL, "PrepareWithFlags")) {
                r = sd_bus_message_read(m, "t", &flags);
                if (r < 0)
                        return r;
                if (flags & ~(uint64_t) DAEMON_PREPARE_FORCE)
                        return sd_bus_error_setf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
                                        "unknown flags %" PRIu64, flags);
        }
        return prepare(m, userdata, digest, flags);
}

static int authorized_commit(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        int r = daemon_config_commit(userdata, sd_bus_message_get_sender(m));

        if (r == -ENODATA)
                return sd_bus_error_set(ret_error, BUS_ERROR_NOT_PREPARED,
                                "Commit without a Prepare of the same caller");
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(m, NULL);
}

static int authorized_reload(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_free_ char *reason = NULL;
        int r;

        r = daemon_config_reload(userdata, &reason);
        if (r < 0)
                return r;
        return reply_prepared(m, r, reason);
}

static int method_prepare(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return bus_authorize(m, authorized_prepare, userdata);
}

static int method_commit(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return bus_authorize(m, authorized_commit, userdata);
}

static int method_reload(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return bus_authorize(m, authorized_reload, userdata);
}

static int append_event(sd_bus_message *m, const struct event *e) {
        int r;

        r = sd_bus_message_append(
                        m, "ttso", e->sequence, e->realtime_usec, e->type, e->object_path);
        if (r < 0)
                return r;
        return bus_message_append_vardict(m, e->data);
}

static int append_events(sd_bus_message *m, struct event_log *log, uint64_t after) {
        const struct event *e;
        int r;

        r = sd_bus_message_open_container(m, 'a', "(ttsoa{sv})");
        if (r < 0)
                return r;
        for (unsigned n = 0; n < EVENTS_PER_CALL && (e = event_log_next(log, after)); n++) {
                r = sd_bus_message_open_container(m, 'r', "ttsoa{sv}");
                if (r < 0)
                        return r;
                r = append_event(m, e);
                if (r < 0)
                        return r;
                r = sd_bus_message_close_container(m);
                if (r < 0)
                        return r;
                after = e->sequence;
        }
        return sd_bus_message_close_container(m);
}

static int method_events_since(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct daemon *d = userdata;
        const char *generation, *current = event_log_generation(d->events);
        sd_bus_message *reply = NULL;
        uint64_t after;
        int r;

        r = sd_bus_message_read(m, "st", &generation, &after);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "sb", current,
                        (int) event_log_truncated(d->events, generation, after));
        if (r >= 0)
                r = append_events(reply, d->events, streq(generation, current) ? after : 0);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r < 0 ? r : 1;
}

void daemon1_emit_event(struct daemon *d, const struct event *e) {
        sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_signal(
                        d->bus, &m, d->ops->object_path, "org.mainstay.Daemon1", "Event");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", event_log_generation(d->events));
        if (r >= 0)
                r = append_event(m, e);
        if (r >= 0)
                r = sd_bus_send(d->bus, m, NULL);
        if (r < 0 && r != -ENOTCONN)
                log_debug("event %" PRIu64 " was not signalled: %s", e->sequence, strerror(-r));
        sd_bus_message_unref(m);
}

const sd_bus_vtable daemon1_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", property_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("ConfigFile", "s", property_config_file, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("ConfigDigest", "s", property_config_digest, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("ConfigErrors", "a(ss)", property_config_errors, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("StartedUsec", "t", property_started, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("StalePeers", "a(st)", property_stale_peers, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("LogDropped", "t", property_log_dropped, 0, 0),
        SD_BUS_METHOD_WITH_ARGS("Prepare", SD_BUS_ARGS("s", digest), SD_BUS_NO_RESULT,
                        method_prepare, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("PrepareWithFlags", SD_BUS_ARGS("s", digest, "t", flags),
                        SD_BUS_NO_RESULT, method_prepare, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Commit", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_commit,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reload,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("EventsSince", SD_BUS_ARGS("s", generation, "t", sequence),
                        SD_BUS_RESULT("s", current_generation, "b", truncated, "a(ttsoa{sv})",
                                        events),
                        method_events_since, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Event",
                        SD_BUS_ARGS("s", generation, "t", sequence, "t", realtime_usec, "s", type,
                                        "o", object, "a{sv}", data),
                        0),
        SD_BUS_VTABLE_END,
};
