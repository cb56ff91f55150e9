/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The connection to the bus: opened, lost, opened again with back-off, and never waited for. The name
 * is requested last, when the whole tree can be seen. A daemon works on without a bus.
 *
 * Changes of properties are gathered during a wake-up and sent once, so a burst of transitions is a
 * burst of at most one signal an object. They wait here while the bus is still busy with those before, so a
 * thousand objects that change at once are more than it need read at once. What a hung bus does not take is
 * bounded: when too much waits to be written the connection is dropped; the next one shows the state as it is
 * then. */

#include "common/daemon-private.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <uthash.h>

#include "common/cleanup.h"
#include "common/log.h"

#define BUS_RETRY_MIN_USEC (100 * USEC_PER_MSEC)
#define BUS_RETRY_MAX_USEC (5 * USEC_PER_SEC)
#define BUS_QUEUE_MAX 20000U /* ten thousand servers can die at once, with an event each */
#define BUS_QUEUE_BUSY 1000U
#define BUS_BUSY_PAUSE_USEC (20 * USEC_PER_MSEC)
#define BUS_CHANGES_IN_A_ROW 32
#define BUS_CHANGE_PROPERTIES_MAX 32U

struct daemon_change {
        char *key; /* "PATH INTERFACE" */
        size_t path_n;
        size_t n;
        const char *properties[BUS_CHANGE_PROPERTIES_MAX + 1]; /* string constants */
        UT_hash_handle hh;
};

static void change_free(struct daemon *d, struct daemon_change *c) {
        HASH_DEL(d->private->changes, c);
        free(c->key);
        free(c);
}

static void forget_changes(struct daemon *d) {
        struct daemon_change *c, *next;

        HASH_ITER (hh, d->private->changes, c, next)
                change_free(d, c);
}

static void bus_close(struct daemon *d) {
        if (!d->bus)
                return;
        (void) sd_bus_detach_event(d->bus);
        sd_bus_close_unref(TAKE_PTR(d->bus));
        d->bus_named = false;
        forget_changes(d);
        if (d->ops->bus_lost)
                d->ops->bus_lost(d, d->userdata);
}

/* In a while; twice as long each time until a name was got. */
static void bus_retry(struct daemon *d) {
        struct daemon_private *p = d->private;

        p->bus_retry_usec = CLAMP(2 * p->bus_retry_usec, BUS_RETRY_MIN_USEC, BUS_RETRY_MAX_USEC);
        (void) sd_event_source_set_time_relative(p->bus_retry, p->bus_retry_usec);
        (void) sd_event_source_set_enabled(p->bus_retry, SD_EVENT_ONESHOT);
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct daemon *d = userdata;

        log_warning("the bus is gone; going on without it and trying again");
        bus_close(d);
        bus_retry(d);
        return 0;
}

static int request_name(struct daemon *d);

static int on_name_answer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *e = sd_bus_message_get_error(m);
        struct daemon *d = userdata;
        uint32_t result = 0;

        if (!e && sd_bus_message_read(m, "u", &result) >= 0 && (result == 1 || result == 4)) {
                d->bus_named = true;
                d->private->bus_retry_usec = 0;
                d->private->bus_name_refused = false;
                daemon_ready_check(d);
                return 0;
        }
        if (!d->private->bus_name_refused)
                log_warning("cannot own the bus name %s: %s; trying again", d->ops->bus_name,
                                e ? e->message : "somebody else owns it");
        d->private->bus_name_refused = true;
        bus_close(d);
        bus_retry(d);
        return 0;
}

/* Not queued behind another owner, who would not be one of ours. */
static int request_name(struct daemon *d) {
        return sd_bus_request_name_async(d->bus, NULL, d->ops->bus_name, 0, on_name_answer, d);
}

static int bus_export(struct daemon *d) {
        int r;

        r = sd_bus_add_object_manager(d->bus, NULL, d->ops->object_path);
        if (r < 0)
                return r;
        r = sd_bus_add_object_vtable(d->bus, NULL, d->ops->object_path, "org.mainstay.Daemon1",
                        daemon1_vtable, d);
        if (r < 0)
                return r;
        r = d->ops->export(d, d->bus, d->userdata);
        if (r < 0)
                return r;
        return request_name(d);
}

static int bus_open(struct daemon *d) {
        const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
        int r;

        r = sd_bus_new(&d->bus);
        if (r < 0)
                return r;
        r = sd_bus_set_address(d->bus, address ?: "unix:path=/run/dbus/system_bus_socket");
        if (r < 0)
                return r;
        r = sd_bus_set_bus_client(d->bus, 1);
        if (r < 0)
                return r;
        (void) sd_bus_set_description(d->bus, d->ops->name);
        (void) sd_bus_set_exit_on_disconnect(d->bus, 0);
        r = sd_bus_start(d->bus);
        if (r < 0)
                return r;
        r = sd_bus_match_signal_async(d->bus, NULL, "org.freedesktop.DBus.Local", NULL,
                        "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL, d);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(d->bus, d->event, DAEMON_PRIORITY_BUS);
        if (r < 0)
                return r;
        return bus_export(d);
}

static void bus_try(struct daemon *d) {
        int r = bus_open(d);

        if (r >= 0)
                return;
        if (d->private->bus_retry_usec == 0)
                log_warning("no bus (%s); going on without it and trying again", strerror(-r));
        bus_close(d);
        bus_retry(d);
}

static int on_bus_retry(sd_event_source *s, usec_t now, void *userdata) {
        bus_try(userdata);
        return 0;
}

static bool bus_has_queued(const struct daemon *d, uint64_t most) {
        uint64_t n = 0;

        return sd_bus_get_n_queued_write(d->bus, &n) >= 0 && n >= most;
}

/* A bus that hangs would have us gather signals for ever. */
static bool bus_congested(struct daemon *d) {
        if (!bus_has_queued(d, BUS_QUEUE_MAX))
                return false;
        log_warning("the bus does not read; connecting anew");
        bus_close(d);
        bus_retry(d);
        return true;
}

static void flush_changes(struct daemon *d, unsigned most) {
        struct daemon_change *c, *next;

        HASH_ITER (hh, d->private->changes, c, next) {
                if (most-- == 0 || !d->bus || bus_congested(d))
                        return;
                c->key[c->path_n] = '\0';
                (void) sd_bus_emit_properties_changed_strv(
                                d->bus, c->key, c->key + c->path_n + 1, (char **) c->properties);
                c->key[c->path_n] = ' ';
                change_free(d, c);
        }
}

static void flush_in(struct daemon *d, usec_t delay) {
        (void) sd_event_source_set_time_relative(d->private->flush, delay);
        (void) sd_event_source_set_enabled(d->private->flush, SD_EVENT_ONESHOT);
}

static void flush_soon(struct daemon *d) {
        int enabled;

        if (sd_event_source_get_enabled(d->private->flush, &enabled) >= 0 &&
                        enabled == SD_EVENT_OFF)
                flush_in(d, 0);
}

/* A thousand objects that change together are told a few at a time: sockets and timers come in between. */
static int on_flush(sd_event_source *s, uint64_t usec, void *userdata) {
        struct daemon *d = userdata;
        bool busy = d->bus && bus_has_queued(d, BUS_QUEUE_BUSY);

        if (!busy)
                flush_changes(d, BUS_CHANGES_IN_A_ROW);
        if (d->bus && d->private->changes)
                flush_in(d, busy ? BUS_BUSY_PAUSE_USEC : 0);
        return 0;
}

int daemon_bus_start(struct daemon *d) {
        struct daemon_private *p = d->private;
        int r;

        r = sd_event_add_time_relative(
                        d->event, &p->bus_retry, CLOCK_MONOTONIC, 0, 0, on_bus_retry, d);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(p->bus_retry, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(p->bus_retry, DAEMON_PRIORITY_BUS);

        r = sd_event_add_time_relative(d->event, &p->flush, CLOCK_MONOTONIC, 0, 1, on_flush, d);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(p->flush, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(p->flush, DAEMON_PRIORITY_BUS);
        bus_try(d);
        return 0;
}

void daemon_bus_stop(struct daemon *d) {
        struct daemon_private *p = d->private;

        if (d->bus && p->flush)
                flush_changes(d, UINT_MAX);
        if (d->bus)
                bus_close(d);
        forget_changes(d);
        p->bus_retry = sd_event_source_disable_unref(p->bus_retry);
        p->flush = sd_event_source_disable_unref(p->flush);
}

static struct daemon_change *change_get(struct daemon *d, const char *path, const char *interface) {
        _cleanup_free_ char *key = NULL;
        struct daemon_change *c;

        if (asprintf(&key, "%s %s", path, interface) < 0) {
                key = NULL;
                return NULL;
        }
        HASH_FIND_STR(d->private->changes, key, c);
        if (c)
                return c;
        c = calloc(1, sizeof(*c));
        if (!c)
                return NULL;
        c->key = TAKE_PTR(key);
        c->path_n = strlen(path);
        HASH_ADD_KEYPTR(hh, d->private->changes, c->key, strlen(c->key), c);
        return c;
}

static void change_add(struct daemon_change *c, const char *property) {
        for (size_t i = 0; i < c->n; i++)
                if (streq(c->properties[i], property))
                        return;
        assert(c->n < BUS_CHANGE_PROPERTIES_MAX);
        c->properties[c->n++] = property;
}

void daemon_changed(struct daemon *d, const char *path, const char *interface,
                const char *const *properties) {
        struct daemon_change *c;

        if (!d->bus)
                return;
        c = change_get(d, path, interface);
        if (!c)
                return; /* without memory the next change tells */
        for (; *properties; properties++)
                change_add(c, *properties);
        flush_soon(d);
}

void daemon_object_added(struct daemon *d, const char *path) {
        if (d->bus)
                (void) sd_bus_emit_object_added(d->bus, path);
}

void daemon_object_removed(struct daemon *d, const char *path, const char *interface) {
        struct daemon_change *c;

        if (!d->bus)
                return;
        c = change_get(d, path, interface);
        if (c)
                change_free(d, c);
        (void) sd_bus_emit_object_removed(d->bus, path);
}

void daemon_event_note(
                struct daemon *d, const char *type, const char *object_path, json_object *data) {
        int r = event_log_add(d->events, type, object_path, data, usec_now(CLOCK_REALTIME));

        if (r < 0)
                log_warning("cannot keep event %s of %s: %s", type, object_path, strerror(-r));
}

void daemon_events_record(struct daemon *d) {
        int r = event_log_save(d->events);

        if (r < 0)
                log_warning("cannot save events: %s", strerror(-r));
}

/* Who comes to the bus later asks for what has been (EventsSince). */
bool daemon_events_signal(struct daemon *d, unsigned most) {
        const struct event *e = NULL;
        uint64_t last = event_log_last(d->events);

        for (unsigned i = 0; i < most && d->bus && !bus_congested(d); i++) {
                e = event_log_next(d->events, d->events_signalled);
                if (!e)
                        break;
                d->events_signalled = e->sequence;
                daemon1_emit_event(d, e);
        }
        if (!d->bus || !event_log_next(d->events, d->events_signalled))
                d->events_signalled = last;
        return d->events_signalled < last;
}

void daemon_event(struct daemon *d, const char *type, const char *object_path, json_object *data) {
        daemon_event_note(d, type, object_path, data);
        daemon_events_record(d);
        (void) daemon_events_signal(d, UINT_MAX);
}
