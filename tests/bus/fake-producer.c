/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/bus/fake-producer.h"

#include <criterion/criterion.h>

#include "common/bus-json.h"
#include "common/json.h"

#define INTERFACE "org.mainstay.Daemon1"

static void append_event(sd_bus_message *m, const struct event *e) {
        cr_assert_geq(sd_bus_message_append(m, "ttso", e->sequence, e->realtime_usec, e->type,
                                      e->object_path),
                        0);
        cr_assert_geq(bus_message_append_vardict(m, e->data), 0);
}

static int answer(struct fake_producer *p, sd_bus_message *m) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const struct event *e;
        const char *generation;
        uint64_t sequence;

        cr_assert_geq(sd_bus_message_read(m, "st", &generation, &sequence), 0);
        cr_assert_geq(sd_bus_message_new_method_return(m, &reply), 0);
        cr_assert_geq(sd_bus_message_append(reply, "sb", event_log_generation(p->events),
                                      event_log_truncated(p->events, generation, sequence)),
                        0);
        if (strcmp(generation, event_log_generation(p->events)) != 0)
                sequence = 0;

        cr_assert_geq(sd_bus_message_open_container(reply, 'a', "(ttsoa{sv})"), 0);
        for (unsigned n = 0; n < p->page && (e = event_log_next(p->events, sequence)); n++) {
                cr_assert_geq(sd_bus_message_open_container(reply, 'r', "ttsoa{sv}"), 0);
                append_event(reply, e);
                cr_assert_geq(sd_bus_message_close_container(reply), 0);
                sequence = e->sequence;
        }
        cr_assert_geq(sd_bus_message_close_container(reply), 0);
        return sd_bus_send(NULL, reply, NULL);
}

static int method_events_since(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct fake_producer *p = userdata;

        p->calls++;
        if (p->failing > 0) {
                p->failing--;
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_FAILED, "as asked");
        }
        if (p->hold) {
                cr_assert_null(p->held);
                p->held = sd_bus_message_ref(m);
                return 1;
        }
        return answer(p, m);
}

void fake_producer_release(struct fake_producer *p) {
        sd_bus_message *m = p->held;

        cr_assert_not_null(m);
        p->held = NULL;
        cr_assert_geq(answer(p, m), 0);
        (void) sd_bus_message_unref(m);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("EventsSince", "st", "sba(ttsoa{sv})", method_events_since,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("Event", "sttsoa{sv}", 0),
        SD_BUS_VTABLE_END,
};

void fake_producer_start(struct fake_producer *p, sd_bus *bus, const char *name, const char *root,
                struct event_log *events) {
        *p = (struct fake_producer){ .bus = bus, .root = root, .events = events, .page = 500 };
        cr_assert_geq(sd_bus_add_object_vtable(bus, NULL, root, INTERFACE, vtable, p), 0);
        cr_assert_geq(sd_bus_request_name(bus, name, 0), 0);
}

void fake_producer_emit(struct fake_producer *p, const char *type, const char *object) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const struct event *e;

        (void) json_object_object_add(
                        data, "number", json_object_new_uint64(event_log_last(p->events) + 1));
        cr_assert_eq(event_log_append(p->events, type, object, data, 1, &e), 0);
        if (p->mute)
                return;

        cr_assert_geq(sd_bus_message_new_signal(p->bus, &m, p->root, INTERFACE, "Event"), 0);
        cr_assert_geq(sd_bus_message_append(m, "s", event_log_generation(p->events)), 0);
        append_event(m, e);
        cr_assert_geq(sd_bus_send(p->bus, m, NULL), 0);
}

void fake_producer_signal(sd_bus *bus, const char *root, const char *generation, uint64_t sequence,
                const char *type, const char *destination) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        cr_assert_geq(sd_bus_message_new_signal(bus, &m, root, INTERFACE, "Event"), 0);
        cr_assert_geq(sd_bus_message_append(
                                      m, "sttsoa{sv}", generation, sequence, 1, type, "/forged", 0),
                        0);
        if (destination)
                cr_assert_geq(sd_bus_message_set_destination(m, destination), 0);
        cr_assert_geq(sd_bus_send(bus, m, NULL), 0);
        cr_assert_geq(sd_bus_flush(bus), 0);
}
