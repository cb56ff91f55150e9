/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The match on NameOwnerChanged is installed before GetNameOwner is asked, both are answered in order,
 * so no change falls between. A change that is signalled while the question is open answers it. */

#include "common/bus-owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/macro.h"
#include "common/usec.h"

#define DRIVER_NAME "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"
#define ASK_AGAIN_USEC (2 * USEC_PER_SEC)

struct bus_owner {
        const char *name;
        bus_owner_changed_t changed;
        void *userdata;

        sd_bus *bus; /* referenced */
        sd_bus_slot *match;
        sd_bus_slot *question;
        sd_event_source *ask_again;
        char *owner;
};

static int bus_owner_ask(struct bus_owner *o);

static void bus_owner_set(struct bus_owner *o, const char *owner) {
        char *copy = NULL;

        o->question = sd_bus_slot_unref(o->question);
        o->ask_again = sd_event_source_disable_unref(o->ask_again);
        if (owner && *owner)
                copy = strdup(owner); /* without memory: as if there were none */

        free(o->owner);
        o->owner = copy;
        o->changed(o, o->owner, o->userdata);
}

static int on_ask_again(sd_event_source *source, uint64_t usec, void *userdata) {
        struct bus_owner *o = userdata;

        o->ask_again = sd_event_source_disable_unref(o->ask_again);
        (void) bus_owner_ask(o);
        return 0;
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        struct bus_owner *o = userdata;
        const char *owner = NULL;

        o->question = sd_bus_slot_unref(o->question);
        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                bus_owner_set(o, NULL);
        else if (sd_bus_message_read(reply, "s", &owner) >= 0)
                bus_owner_set(o, owner);
        else /* the bus was too slow, or out of something */
                (void) sd_event_add_time_relative(sd_bus_get_event(o->bus), &o->ask_again,
                                CLOCK_MONOTONIC, ASK_AGAIN_USEC, 0, on_ask_again, o);
        return 0;
}

static int bus_owner_ask(struct bus_owner *o) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                        o->bus, &m, DRIVER_NAME, DRIVER_PATH, DRIVER_NAME, "GetNameOwner");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", o->name);
        if (r < 0)
                return r;
        r = sd_bus_call_async(o->bus, &o->question, m, on_answer, o, 0);
        return r < 0 ? r : 0;
}

static int on_name_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_owner *o = userdata;
        const char *sender = sd_bus_message_get_sender(m);
        const char *name, *old, *new_;

        if (!sender || !streq(sender, DRIVER_NAME) || sd_bus_message_get_destination(m))
                return 0;
        if (sd_bus_message_read(m, "sss", &name, &old, &new_) < 0 || !streq(name, o->name))
                return 0;
        bus_owner_set(o, new_);
        return 0;
}

static int bus_owner_watch(struct bus_owner *o) {
        _cleanup_free_ char *match = NULL;
        int r;

        if (asprintf(&match,
                            "type='signal',sender='" DRIVER_NAME "',path='" DRIVER_PATH
                            "',interface='" DRIVER_NAME "',member='NameOwnerChanged',arg0='%s'",
                            o->name) < 0)
                return -ENOMEM;

        /* No callback: a connection that refuses the match is closed, and then opened again. */
        r = sd_bus_add_match_async(o->bus, &o->match, match, on_name_owner_changed, NULL, o);
        return r < 0 ? r : 0;
}

static void bus_owner_detach(struct bus_owner *o) {
        o->match = sd_bus_slot_unref(o->match);
        o->question = sd_bus_slot_unref(o->question);
        o->ask_again = sd_event_source_disable_unref(o->ask_again);
        o->bus = sd_bus_unref(o->bus);
}

int bus_owner_attach(struct bus_owner *o, sd_bus *bus) {
        int r;

        bus_owner_detach(o);
        if (o->owner)
                bus_owner_set(o, NULL);
        if (!bus)
                return 0;
        if (!sd_bus_get_event(bus))
                return -EINVAL;

        o->bus = sd_bus_ref(bus);
        r = bus_owner_watch(o);
        if (r >= 0)
                r = bus_owner_ask(o);
        if (r < 0)
                bus_owner_detach(o);
        return r;
}

int bus_owner_new(const char *name, bus_owner_changed_t changed, void *userdata,
                struct bus_owner **ret) {
        struct bus_owner *o = malloc(sizeof(*o));

        if (!o)
                return -ENOMEM;
        *o = (struct bus_owner){ .name = name, .changed = changed, .userdata = userdata };
        *ret = o;
        return 0;
}

struct bus_owner *bus_owner_free(struct bus_owner *o) {
        if (!o)
                return NULL;
        bus_owner_detach(o);
        free(o->owner);
        free(o);
        return NULL;
}

const char *bus_owner_get(const struct bus_owner *o) {
        return o->owner;
}

bool bus_owner_broadcast(const struct bus_owner *o, sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);

        return o->owner && sender && streq(sender, o->owner) && !sd_bus_message_get_destination(m);
}
