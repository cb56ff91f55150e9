/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The producer here is a connection of the same process that answers GetManagedObjects by hand, so
 * that a test decides what is shown, when, and in which order it is contradicted. What the mirror
 * tells becomes a list of lines, one a callback, compared as a whole. */

#include "common/mirror.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "tests/bus/private-bus.h"

#define NAME "org.mainstay.Test1"
#define ROOT "/org/mainstay/test1"
#define THING ROOT "/thing/a"
#define IFACE "org.mainstay.Test1.Thing"
#define QUIET (60 * USEC_PER_MSEC)

/* ---- the producer ---- */

struct producer {
        sd_bus *bus;
        json_object *tree;    /* what GetManagedObjects answers */
        bool hold;            /* do not answer yet ... */
        sd_bus_message *held; /* ... this call */
        unsigned calls;
        bool auto_start_seen;
};

static void append_interfaces(sd_bus_message *m, json_object *interfaces) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "{sa{sv}}"), 0);
        json_object_object_foreach(interfaces, name, properties) {
                cr_assert_geq(sd_bus_message_open_container(m, 'e', "sa{sv}"), 0);
                cr_assert_geq(sd_bus_message_append(m, "s", name), 0);
                cr_assert_geq(bus_message_append_vardict(m, properties), 0);
                cr_assert_geq(sd_bus_message_close_container(m), 0);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void answer(struct producer *p, sd_bus_message *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        cr_assert_geq(sd_bus_message_new_method_return(call, &reply), 0);
        cr_assert_geq(sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}"), 0);
        json_object_object_foreach(p->tree, path, interfaces) {
                cr_assert_geq(sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}"), 0);
                cr_assert_geq(sd_bus_message_append(reply, "o", path), 0);
                append_interfaces(reply, interfaces);
                cr_assert_geq(sd_bus_message_close_container(reply), 0);
        }
        cr_assert_geq(sd_bus_message_close_container(reply), 0);
        cr_assert_geq(sd_bus_send(p->bus, reply, NULL), 0);
}

static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct producer *p = userdata;

        if (!sd_bus_message_is_method_call(
                            m, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects") ||
                        !streq(sd_bus_message_get_path(m), ROOT))
                return 0;

        p->calls++;
        if (sd_bus_message_get_auto_start(m))
                p->auto_start_seen = true;
        if (p->hold)
                p->held = sd_bus_message_ref(m);
        else
                answer(p, m);
        return 1;
}

static void producer_show(struct producer *p, const char *tree) {
        json_object_put(p->tree);
        p->tree = json_tokener_parse(tree);
        cr_assert_not_null(p->tree, "%s", tree);
}

static void producer_name(struct producer *p) {
        cr_assert_geq(sd_bus_request_name(p->bus, NAME,
                                      SD_BUS_NAME_REPLACE_EXISTING | SD_BUS_NAME_ALLOW_REPLACEMENT),
                        0);
}

static void producer_release_held(struct producer *p) {
        p->hold = false;
        answer(p, p->held);
        p->held = sd_bus_message_unref(p->held);
}

/* PropertiesChanged from @from; @destination NULL: broadcast. */
static void emit_properties(sd_bus *from, const char *destination, const char *path,
                const char *changed, const char *invalidated) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(json_object_putp) json_object *dict = json_tokener_parse(changed);

        cr_assert_geq(sd_bus_message_new_signal(from, &m, path, "org.freedesktop.DBus.Properties",
                                      "PropertiesChanged"),
                        0);
        cr_assert_geq(sd_bus_message_append(m, "s", IFACE), 0);
        cr_assert_eq(bus_message_append_vardict(m, dict), 0);
        cr_assert_geq(sd_bus_message_append(m, "as", invalidated ? 1 : 0, invalidated), 0);
        if (destination)
                cr_assert_geq(sd_bus_message_set_destination(m, destination), 0);
        cr_assert_geq(sd_bus_send(from, m, NULL), 0);
}

static void emit_added(
                sd_bus *from, const char *destination, const char *path, const char *interfaces) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(json_object_putp) json_object *dict = json_tokener_parse(interfaces);

        cr_assert_geq(sd_bus_message_new_signal(from, &m, ROOT,
                                      "org.freedesktop.DBus.ObjectManager", "InterfacesAdded"),
                        0);
        cr_assert_geq(sd_bus_message_append(m, "o", path), 0);
        append_interfaces(m, dict);
        if (destination)
                cr_assert_geq(sd_bus_message_set_destination(m, destination), 0);
        cr_assert_geq(sd_bus_send(from, m, NULL), 0);
}

static void emit_removed(sd_bus *from, const char *destination, const char *path) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        cr_assert_geq(sd_bus_message_new_signal(from, &m, ROOT,
                                      "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved"),
                        0);
        cr_assert_geq(sd_bus_message_append(m, "oas", path, 1, IFACE), 0);
        if (destination)
                cr_assert_geq(sd_bus_message_set_destination(m, destination), 0);
        cr_assert_geq(sd_bus_send(from, m, NULL), 0);
}

static void emit_owner_gone(sd_bus *from, const char *destination, const char *owner) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        cr_assert_geq(sd_bus_message_new_signal(from, &m, "/org/freedesktop/DBus",
                                      "org.freedesktop.DBus", "NameOwnerChanged"),
                        0);
        cr_assert_geq(sd_bus_message_append(m, "sss", NAME, owner, ""), 0);
        if (destination)
                cr_assert_geq(sd_bus_message_set_destination(m, destination), 0);
        cr_assert_geq(sd_bus_send(from, m, NULL), 0);
}

/* ---- the test's world ---- */

struct world {
        struct private_bus private_bus;
        sd_event *event;
        sd_bus *consumer;
        struct mirror *mirror;
        struct producer producer;
        char *told;
        unsigned synced;
        unsigned lost;
};

static struct world w;

_printf_(1, 2) static void tell(const char *format, ...) {
        char line[4096], *told;
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);
        cr_assert_geq(asprintf(&told, "%s%s\n", w.told ? w.told : "", line), 0);
        free(w.told);
        w.told = told;
}

static const char *text(json_object *value) {
        return json_object_to_json_string_ext(
                        value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void on_changed(struct mirror *m, const char *path, const char *interface,
                json_object *properties, json_object *changed, void *userdata) {
        cr_expect_eq(mirror_get(m, path, interface), properties);
        tell("changed %s %s", path + strlen(ROOT), text(changed));
}

static void on_removed(struct mirror *m, const char *path, const char *interface, void *userdata) {
        cr_expect_null(mirror_get(m, path, interface));
        tell("removed %s", path + strlen(ROOT));
}

static void on_synced(struct mirror *m, void *userdata) {
        cr_expect(mirror_synced(m));
        w.synced++;
        tell("synced");
}

static void on_lost(struct mirror *m, void *userdata) {
        cr_expect(!mirror_synced(m));
        w.lost++;
        tell("lost");
}

static const struct mirror_ops ops = {
        .changed = on_changed,
        .removed = on_removed,
        .synced = on_synced,
        .lost = on_lost,
};

static void expect_told(const char *expected) {
        cr_expect_str_eq(w.told ? w.told : "", expected);
        free(w.told);
        w.told = NULL;
}

static void producer_connect(struct producer *p) {
        *p = (struct producer){ .tree = json_object_new_object() };
        p->bus = private_bus_connect(&w.private_bus, w.event);
        cr_assert_geq(sd_bus_add_filter(p->bus, NULL, on_call, p), 0);
}

static void producer_leave(struct producer *p) {
        p->bus = sd_bus_flush_close_unref(p->bus);
        p->held = sd_bus_message_unref(p->held);
        json_object_put(p->tree);
        p->tree = NULL;
}

static void set_up(void) {
        private_bus_start(&w.private_bus);
        cr_assert_geq(sd_event_new(&w.event), 0);
        producer_connect(&w.producer);
        producer_show(&w.producer, "{\"" THING "\":{\"" IFACE "\":{\"State\":\"UP\",\"N\":1}}}");
        w.consumer = private_bus_connect(&w.private_bus, w.event);
        cr_assert_eq(mirror_new(w.event, NAME, ROOT, &ops, NULL, &w.mirror), 0);
}

static void tear_down(void) {
        mirror_free(w.mirror);
        sd_bus_flush_close_unref(w.consumer);
        producer_leave(&w.producer);
        sd_event_unref(w.event);
        private_bus_stop(&w.private_bus);
        free(w.told);
}

static void wait_synced(unsigned n) {
        cr_assert(event_run_until(w.event, &w.synced, n), "not synced %u times", n);
}

/* Named, attached, synced, nothing told. */
static void begin(void) {
        producer_name(&w.producer);
        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        wait_synced(1);
        free(w.told);
        w.told = NULL;
}

#define MIRROR_TEST(name) Test(mirror, name, .init = set_up, .fini = tear_down, .timeout = 60)

/* ---- following ---- */

MIRROR_TEST(a_present_producer_is_taken_in_and_then_synced) {
        producer_name(&w.producer);
        cr_expect_neq(mirror_stale_since(w.mirror), USEC_INFINITY);
        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        wait_synced(1);

        expect_told("changed /thing/a {\"State\":\"UP\",\"N\":1}\nsynced\n");
        cr_expect_eq(mirror_stale_since(w.mirror), USEC_INFINITY);
        cr_expect(!w.producer.auto_start_seen);
}

MIRROR_TEST(a_producer_that_comes_later_is_taken_in_when_it_comes) {
        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        event_run_for(w.event, QUIET);
        expect_told("");
        cr_expect(!mirror_synced(w.mirror));

        producer_name(&w.producer);
        wait_synced(1);
        expect_told("changed /thing/a {\"State\":\"UP\",\"N\":1}\nsynced\n");
}

MIRROR_TEST(only_what_differs_is_told) {
        begin();
        emit_properties(w.producer.bus, NULL, THING, "{\"State\":\"DOWN\",\"N\":1}", NULL);
        emit_properties(w.producer.bus, NULL, THING, "{\"State\":\"DOWN\"}", NULL);
        event_run_for(w.event, QUIET);
        expect_told("changed /thing/a {\"State\":\"DOWN\"}\n");
        cr_expect_str_eq(text(mirror_get(w.mirror, THING, IFACE)), "{\"State\":\"DOWN\",\"N\":1}");
}

MIRROR_TEST(a_change_right_behind_the_snapshot_is_not_lost) {
        producer_name(&w.producer);
        w.producer.hold = true;
        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        cr_assert(event_run_until(w.event, &w.producer.calls, 1));

        /* Sent before the answer: older than it, so the answer has the last word. */
        emit_properties(w.producer.bus, NULL, THING, "{\"State\":\"OLD\"}", NULL);
        producer_release_held(&w.producer);
        emit_properties(w.producer.bus, NULL, THING, "{\"State\":\"DOWN\"}", NULL);
        wait_synced(1);
        event_run_for(w.event, QUIET);
        expect_told("changed /thing/a {\"State\":\"UP\",\"N\":1}\nsynced\n"
                    "changed /thing/a {\"State\":\"DOWN\"}\n");
}

MIRROR_TEST(objects_come_and_go_by_signal) {
        begin();
        emit_added(w.producer.bus, NULL, ROOT "/thing/b",
                        "{\"org.freedesktop.DBus.Peer\":{},\"" IFACE "\":{\"State\":\"UP\"}}");
        emit_removed(w.producer.bus, NULL, THING);
        event_run_for(w.event, QUIET);
        expect_told("changed /thing/b {\"State\":\"UP\"}\nremoved /thing/a\n");
        cr_expect_eq(json_object_object_length(mirror_objects(w.mirror)), 1);
}

MIRROR_TEST(what_is_outside_the_root_or_standard_is_not_taken_in) {
        producer_show(&w.producer,
                        "{\"/org/mainstay/other\":{\"" IFACE "\":{\"State\":\"UP\"}},"
                        "\"" ROOT "x\":{\"" IFACE "\":{\"State\":\"UP\"}},"
                        "\"" THING "\":{\"org.freedesktop.DBus.Peer\":{}}}");
        begin();
        cr_expect_eq(json_object_object_length(mirror_objects(w.mirror)), 0);
}

MIRROR_TEST(an_invalidated_property_is_fetched_again) {
        begin();
        producer_show(&w.producer, "{\"" THING "\":{\"" IFACE "\":{\"State\":\"DOWN\",\"N\":1}}}");
        emit_properties(w.producer.bus, NULL, THING, "{}", "State");
        wait_synced(2);
        expect_told("changed /thing/a {\"State\":\"DOWN\"}\nsynced\n");
}

MIRROR_TEST(a_change_of_an_object_never_announced_leads_to_a_new_snapshot) {
        begin();
        producer_show(&w.producer,
                        "{\"" THING "\":{\"" IFACE "\":{\"State\":\"UP\",\"N\":1}},"
                        "\"" ROOT "/thing/b\":{\"" IFACE "\":{\"State\":\"UP\"}}}");
        emit_properties(w.producer.bus, NULL, ROOT "/thing/b", "{\"State\":\"UP\"}", NULL);
        wait_synced(2);
        expect_told("changed /thing/b {\"State\":\"UP\"}\nsynced\n");
}

MIRROR_TEST(many_odd_signals_lead_to_few_snapshots) {
        begin();
        for (int i = 0; i < 200; i++)
                emit_properties(w.producer.bus, NULL, THING, "{}", "State");
        event_run_for(w.event, 3 * QUIET);
        cr_expect_leq(w.producer.calls, 5, "%u", w.producer.calls);
}

/* ---- loss and return ---- */

MIRROR_TEST(a_lost_producer_leaves_its_last_state_stale) {
        usec_t before = usec_now(CLOCK_BOOTTIME);

        begin();
        producer_leave(&w.producer);
        cr_assert(event_run_until(w.event, &w.lost, 1));

        expect_told("lost\n");
        cr_expect_str_eq(text(mirror_get(w.mirror, THING, IFACE)), "{\"State\":\"UP\",\"N\":1}");
        cr_expect_geq(mirror_stale_since(w.mirror), before);
        cr_expect_leq(mirror_stale_since(w.mirror), usec_now(CLOCK_BOOTTIME));
        producer_connect(&w.producer);
}

MIRROR_TEST(a_producer_that_returns_unchanged_is_no_news) {
        begin();
        cr_assert_geq(sd_bus_release_name(w.producer.bus, NAME), 0);
        cr_assert(event_run_until(w.event, &w.lost, 1));
        producer_name(&w.producer);
        wait_synced(2);
        expect_told("lost\nsynced\n");
}

MIRROR_TEST(a_new_owner_is_compared_with_what_was_known) {
        struct producer second;

        begin();
        producer_connect(&second);
        producer_show(&second, "{\"" ROOT "/thing/b\":{\"" IFACE "\":{\"State\":\"UP\"}}}");
        producer_name(&second);
        wait_synced(2);

        /* What it does not show is unknown; nobody said that it was down. */
        expect_told("lost\nremoved /thing/a\nchanged /thing/b {\"State\":\"UP\"}\nsynced\n");
        producer_leave(&second);
}

MIRROR_TEST(a_property_that_a_successor_lacks_is_dropped_without_a_word) {
        struct producer second;

        begin();
        producer_connect(&second);
        producer_show(&second, "{\"" THING "\":{\"" IFACE "\":{\"State\":\"UP\"}}}");
        producer_name(&second);
        wait_synced(2);
        expect_told("lost\nsynced\n");
        cr_expect_str_eq(text(mirror_get(w.mirror, THING, IFACE)), "{\"State\":\"UP\"}");
        producer_leave(&second);
}

MIRROR_TEST(the_snapshot_of_an_old_owner_is_dropped) {
        struct producer second;

        producer_name(&w.producer);
        w.producer.hold = true;
        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        cr_assert(event_run_until(w.event, &w.producer.calls, 1));

        producer_connect(&second);
        producer_show(&second, "{\"" THING "\":{\"" IFACE "\":{\"State\":\"NEW\"}}}");
        producer_name(&second);
        producer_release_held(&w.producer); /* the old one answers after all, and goes on talking */
        emit_properties(w.producer.bus, NULL, THING, "{\"State\":\"OLD\"}", NULL);
        wait_synced(1);
        emit_properties(w.producer.bus, NULL, THING, "{\"State\":\"OLDER\"}", NULL);
        event_run_for(w.event, QUIET);
        expect_told("lost\nchanged /thing/a {\"State\":\"NEW\"}\nsynced\n");
        producer_leave(&second);
}

MIRROR_TEST(without_a_bus_the_copy_is_stale_and_a_new_connection_syncs_it) {
        begin();
        cr_assert_eq(mirror_attach(w.mirror, NULL), 0);
        expect_told("lost\n");
        cr_expect_neq(mirror_stale_since(w.mirror), USEC_INFINITY);
        cr_expect_not_null(mirror_get(w.mirror, THING, IFACE));

        sd_bus_flush_close_unref(w.consumer);
        producer_leave(&w.producer);
        private_bus_kill(&w.private_bus);
        private_bus_restart(&w.private_bus);
        producer_connect(&w.producer);
        producer_show(&w.producer, "{\"" THING "\":{\"" IFACE "\":{\"State\":\"DOWN\",\"N\":1}}}");
        producer_name(&w.producer);
        w.consumer = private_bus_connect(&w.private_bus, w.event);

        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        wait_synced(2);
        expect_told("changed /thing/a {\"State\":\"DOWN\"}\nsynced\n");
}

MIRROR_TEST(a_dead_connection_is_survived) {
        begin();
        private_bus_kill(&w.private_bus);
        event_run_for(w.event, QUIET);
        cr_assert_eq(mirror_attach(w.mirror, NULL), 0);
        cr_expect_not_null(mirror_get(w.mirror, THING, IFACE));
        expect_told("lost\n");
        cr_expect_lt(mirror_attach(w.mirror, w.consumer), 0);
        private_bus_restart(&w.private_bus);
}

MIRROR_TEST(an_error_instead_of_a_snapshot_is_asked_again) {
        producer_name(&w.producer);
        w.producer.hold = true;
        cr_assert_eq(mirror_attach(w.mirror, w.consumer), 0);
        cr_assert(event_run_until(w.event, &w.producer.calls, 1));
        cr_assert_geq(sd_bus_reply_method_errorf(
                                      w.producer.held, "org.mainstay.Error.X", "not now"),
                        0);
        w.producer.held = sd_bus_message_unref(w.producer.held);
        w.producer.hold = false;
        event_run_for(w.event, QUIET);
        expect_told("");

        wait_synced(1);
        expect_told("changed /thing/a {\"State\":\"UP\",\"N\":1}\nsynced\n");
}

/* ---- forgery ---- */

MIRROR_TEST(signals_of_somebody_else_are_dropped_even_when_directed) {
        const char *me, *owner;
        sd_bus *liar;

        begin();
        liar = private_bus_connect(&w.private_bus, w.event);
        cr_assert_geq(sd_bus_get_unique_name(w.consumer, &me), 0);
        cr_assert_geq(sd_bus_get_unique_name(w.producer.bus, &owner), 0);

        for (int directed = 0; directed < 2; directed++) {
                const char *to = directed ? me : NULL;

                emit_properties(liar, to, THING, "{\"State\":\"DOWN\"}", NULL);
                emit_properties(liar, to, THING, "{}", "State");
                emit_added(liar, to, ROOT "/thing/lie", "{\"" IFACE "\":{\"State\":\"UP\"}}");
                emit_removed(liar, to, THING);
        }
        emit_owner_gone(liar, me, owner);
        emit_owner_gone(liar, NULL, owner);
        event_run_for(w.event, 2 * QUIET);
        expect_told("");
        cr_expect(mirror_synced(w.mirror));
        cr_expect_eq(w.producer.calls, 1);
        sd_bus_flush_close_unref(liar);
}

MIRROR_TEST(a_directed_signal_of_the_owner_itself_is_dropped) {
        const char *me;

        begin();
        cr_assert_geq(sd_bus_get_unique_name(w.consumer, &me), 0);
        emit_properties(w.producer.bus, me, THING, "{\"State\":\"DOWN\"}", NULL);
        event_run_for(w.event, QUIET);
        expect_told("");
}

MIRROR_TEST(malformed_signals_of_the_owner_change_nothing) {
        begin();
        cr_assert_geq(sd_bus_emit_signal(w.producer.bus, THING, "org.freedesktop.DBus.Properties",
                                      "PropertiesChanged", "ss", IFACE, "State"),
                        0);
        cr_assert_geq(sd_bus_emit_signal(w.producer.bus, ROOT, "org.freedesktop.DBus.ObjectManager",
                                      "InterfacesAdded", "s", THING),
                        0);
        cr_assert_geq(sd_bus_emit_signal(w.producer.bus, ROOT, "org.freedesktop.DBus.ObjectManager",
                                      "InterfacesRemoved", "o", THING),
                        0);
        event_run_for(w.event, QUIET);
        expect_told("");
}
