/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A feed is absent (nobody owns the name), reading (EventsSince is being asked, page by page, until a page
 * has nothing new), or live. A signal whose number follows the cursor is taken in both; D-Bus keeps the
 * order of what one sender sends, so a page may tell of it again, which is passed over, but nothing can
 * fall between the last page and the first signal after it. Any other signal is dropped while reading,
 * and while live it leads back to reading; so does a failed call, after a while. */

#include "common/event-feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/bus-json.h"
#include "common/bus-owner.h"
#include "common/json.h"
#include "common/macro.h"

#define DAEMON_INTERFACE "org.mainstay.Daemon1"
#define RETRY_MIN_USEC (1 * USEC_PER_SEC)
#define RETRY_MAX_USEC (60 * USEC_PER_SEC)

struct event_feed {
        const char *bus_name;
        const char *root;
        const struct event_feed_ops *ops;
        void *userdata;

        char *generation; /* the cursor */
        uint64_t sequence;
        /* The producer has not given out the cursor's number: it lost events before it could save
         * them, and will give numbers out again. The next live event is new, whatever its number. */
        bool ahead;

        struct bus_owner *owner;
        sd_bus *bus; /* referenced */
        sd_bus_slot *signal;
        sd_bus_slot *call; /* EventsSince is being asked */
        sd_event_source *retry;
        usec_t retry_usec;
        bool present; /* somebody owns the name */
        bool live;
        bool paused;
};

static void event_feed_read(struct event_feed *f);

static int event_feed_set_generation(struct event_feed *f, const char *generation) {
        char *copy;

        if (streq(f->generation, generation))
                return 0;
        copy = strdup(generation);
        if (!copy)
                return -ENOMEM;

        free(f->generation);
        f->generation = copy;
        f->sequence = 0;
        return 0;
}

static void event_feed_tell(struct event_feed *f, struct event_feed_event *e) {
        f->ahead = false;
        f->sequence = e->sequence;
        e->generation = f->generation;
        f->ops->event(f, e, f->userdata);
}

static void event_feed_tell_truncated(struct event_feed *f) {
        if (f->ops->truncated)
                f->ops->truncated(f, f->userdata);
}

/* Stop what is going on and ask anew after a while, each time a longer one. */
static void event_feed_fail(struct event_feed *f) {
        f->call = sd_bus_slot_unref(f->call);
        f->live = false;
        f->retry_usec = CLAMP(f->retry_usec * 2, RETRY_MIN_USEC, RETRY_MAX_USEC);
        (void) sd_event_source_set_time_relative(f->retry, f->retry_usec);
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_ONESHOT);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        event_feed_read(userdata);
        return 0;
}

/* The fields of an event behind the generation, as in the signal and in the list of EventsSince. */
static int read_event(sd_bus_message *m, struct event_feed_event *ret, json_object **ret_data) {
        struct event_feed_event e = {};
        int r;

        r = sd_bus_message_read(m, "ttso", &e.sequence, &e.realtime_usec, &e.type, &e.object_path);
        if (r < 0)
                return r;
        if (r == 0)
                return -ENODATA;
        r = bus_message_read_json(m, ret_data);
        if (r < 0)
                return r;
        if (!json_object_is_type(*ret_data, json_type_object))
                return -EBADMSG;

        e.data = *ret_data;
        *ret = e;
        return 0;
}

/* Take in the list of a page: 1 when there was something in it, 0 at the end. */
static int event_feed_read_list(struct event_feed *f, sd_bus_message *m, bool truncated) {
        int r, any = 0;

        r = sd_bus_message_enter_container(m, 'a', "(ttsoa{sv})");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(m, 'r', "ttsoa{sv}")) > 0) {
                _cleanup_(json_object_putp) json_object *data = NULL;
                struct event_feed_event e;

                r = read_event(m, &e, &data);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
                if (e.sequence <= f->sequence)
                        continue; /* a signal was faster */
                if (truncated || e.sequence != f->sequence + 1)
                        event_feed_tell_truncated(f);
                truncated = false;
                any = 1;
                event_feed_tell(f, &e);
                if (f->paused)
                        return 1;
        }
        if (r < 0)
                return r;

        if (truncated)
                event_feed_tell_truncated(f);
        return any;
}

static int event_feed_take_page(struct event_feed *f, sd_bus_message *m) {
        const char *generation;
        bool other;
        int truncated, r;

        if (sd_bus_message_is_method_error(m, NULL))
                return -sd_bus_message_get_errno(m);
        r = sd_bus_message_read(m, "sb", &generation, &truncated);
        if (r < 0)
                return r;
        other = !streq(generation, f->generation);
        r = event_feed_set_generation(f, generation);
        if (r < 0)
                return r;

        r = event_feed_read_list(f, m, truncated);
        if (r == 0 && truncated && !other)
                f->ahead = true;
        return r;
}

static int on_page(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        struct event_feed *f = userdata;
        int r;

        f->call = sd_bus_slot_unref(f->call);
        r = event_feed_take_page(f, reply);
        if (r < 0) {
                event_feed_fail(f);
                return 0;
        }

        f->retry_usec = 0;
        if (f->paused)
                return 0;
        if (r > 0) {
                event_feed_read(f);
                return 0;
        }

        f->live = true;
        if (f->ops->caught_up)
                f->ops->caught_up(f, f->userdata);
        return 0;
}

static int event_feed_call(struct event_feed *f) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(f->bus, &m, bus_owner_get(f->owner), f->root,
                        DAEMON_INTERFACE, "EventsSince");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(m, false);
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "st", f->generation, f->sequence);
        if (r < 0)
                return r;
        return sd_bus_call_async(f->bus, &f->call, m, on_page, f, 0);
}

/* Ask for what follows the cursor, unless that is being done or must wait. */
static void event_feed_read(struct event_feed *f) {
        f->live = false;
        if (f->call || f->paused || !f->present)
                return;
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_OFF);
        if (event_feed_call(f) < 0)
                event_feed_fail(f);
}

/* The producer's next event; or, where it gives numbers out again, any. */
static bool is_next(const struct event_feed *f, const struct event_feed_event *e) {
        return streq(e->generation, f->generation) &&
                        (e->sequence == f->sequence + 1 || (f->ahead && f->live));
}

static bool is_known(const struct event_feed *f, const struct event_feed_event *e) {
        return streq(e->generation, f->generation) && e->sequence <= f->sequence;
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(json_object_putp) json_object *data = NULL;
        struct event_feed *f = userdata;
        struct event_feed_event e;
        const char *generation;

        if (f->paused || !bus_owner_broadcast(f->owner, m))
                return 0;
        if (sd_bus_message_read(m, "s", &generation) < 0 || read_event(m, &e, &data) < 0) {
                event_feed_read(f);
                return 0;
        }
        e.generation = generation;
        if (is_next(f, &e))
                event_feed_tell(f, &e);
        else if (f->live && !is_known(f, &e))
                event_feed_read(f);
        return 0;
}

static void on_owner_changed(struct bus_owner *o, const char *owner, void *userdata) {
        struct event_feed *f = userdata;
        bool was_present = f->present;

        f->call = sd_bus_slot_unref(f->call);
        f->live = false;
        f->ahead = false;
        f->retry_usec = 0;
        f->present = owner;
        if (was_present && f->ops->lost)
                f->ops->lost(f, f->userdata);
        event_feed_read(f);
}

static int event_feed_listen(struct event_feed *f) {
        int r;

        r = sd_event_add_time_relative(sd_bus_get_event(f->bus), &f->retry, CLOCK_MONOTONIC, 0,
                        USEC_PER_SEC / 10, on_retry, f);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(f->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_bus_match_signal_async(f->bus, &f->signal, f->bus_name, f->root, DAEMON_INTERFACE,
                        "Event", on_signal, NULL, f);
        if (r < 0)
                return r;
        return bus_owner_attach(f->owner, f->bus);
}

static void event_feed_detach(struct event_feed *f) {
        f->call = sd_bus_slot_unref(f->call);
        f->signal = sd_bus_slot_unref(f->signal);
        (void) bus_owner_attach(f->owner, NULL); /* tells of the loss */
        f->retry = sd_event_source_disable_unref(f->retry);
        f->bus = sd_bus_unref(f->bus);
}

int event_feed_attach(struct event_feed *f, sd_bus *bus) {
        int r;

        event_feed_detach(f);
        if (!bus)
                return 0;
        if (!sd_bus_get_event(bus))
                return -EINVAL;

        f->bus = sd_bus_ref(bus);
        r = event_feed_listen(f);
        if (r < 0)
                event_feed_detach(f);
        return r;
}

void event_feed_pause(struct event_feed *f) {
        f->paused = true;
        f->live = false;
        f->call = sd_bus_slot_unref(f->call);
}

void event_feed_resume(struct event_feed *f) {
        if (!f->paused)
                return;
        f->paused = false;
        event_feed_read(f);
}

int event_feed_new(const char *bus_name, const char *root, const char *generation,
                uint64_t sequence, const struct event_feed_ops *ops, void *userdata,
                struct event_feed **ret) {
        _cleanup_(event_feed_freep) struct event_feed *f = NULL;
        int r;

        f = malloc(sizeof(*f));
        if (!f)
                return -ENOMEM;
        *f = (struct event_feed){
                .bus_name = bus_name,
                .root = root,
                .ops = ops,
                .userdata = userdata,
                .sequence = sequence,
        };

        f->generation = strdup(generation ? generation : "");
        if (!f->generation)
                return -ENOMEM;
        r = bus_owner_new(bus_name, on_owner_changed, f, &f->owner);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(f);
        return 0;
}

struct event_feed *event_feed_free(struct event_feed *f) {
        if (!f)
                return NULL;

        f->call = sd_bus_slot_unref(f->call);
        f->signal = sd_bus_slot_unref(f->signal);
        f->owner = bus_owner_free(f->owner);
        f->retry = sd_event_source_disable_unref(f->retry);
        f->bus = sd_bus_unref(f->bus);
        free(f->generation);
        free(f);
        return NULL;
}

const char *event_feed_bus_name(const struct event_feed *f) {
        return f->bus_name;
}
