/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/ctl/fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/bus-error.h"
#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"

struct fixture fixture;

/* ---- what the daemons answer ---- */

static void append_variant(sd_bus_message *m, json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                cr_assert_geq(sd_bus_message_append(m, "v", "b", json_object_get_boolean(value)),
                                0);
                return;
        case json_type_int:
                cr_assert_geq(sd_bus_message_append(m, "v", "x", json_object_get_int64(value)), 0);
                return;
        case json_type_string:
                cr_assert_geq(sd_bus_message_append(m, "v", "s", json_object_get_string(value)), 0);
                return;
        case json_type_array: break;
        default: cr_assert_fail("a value of this type is not shown by any daemon");
        }

        /* Lists of anything: the reader does not care about the exact type. */
        cr_assert_geq(sd_bus_message_open_container(m, 'v', "av"), 0);
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "v"), 0);
        for (size_t i = 0; i < json_object_array_length(value); i++)
                append_variant(m, json_object_array_get_idx(value, i));
        cr_assert_geq(sd_bus_message_close_container(m), 0);
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_properties(sd_bus_message *m, json_object *properties) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
        if (properties) {
                json_object_object_foreach(properties, name, value) {
                        cr_assert_geq(sd_bus_message_open_container(m, 'e', "sv"), 0);
                        cr_assert_geq(sd_bus_message_append(m, "s", name), 0);
                        append_variant(m, value);
                        cr_assert_geq(sd_bus_message_close_container(m), 0);
                }
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_object(sd_bus_message *m, const char *path, json_object *interfaces) {
        cr_assert_geq(sd_bus_message_open_container(m, 'e', "oa{sa{sv}}"), 0);
        cr_assert_geq(sd_bus_message_append(m, "o", path), 0);
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "{sa{sv}}"), 0);
        json_object_object_foreach(interfaces, name, properties) {
                cr_assert_geq(sd_bus_message_open_container(m, 'e', "sa{sv}"), 0);
                cr_assert_geq(sd_bus_message_append(m, "s", name), 0);
                append_properties(m, properties);
                cr_assert_geq(sd_bus_message_close_container(m), 0);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_objects(sd_bus_message *m, const struct fake *f) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "{oa{sa{sv}}}"), 0);
        json_object_object_foreach(f->shown, path, interfaces) {
                if (!streq(path, f->root)) /* the manager's own object is not among them */
                        append_object(m, path, interfaces);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static json_object *shown(const struct fake *f, const char *path, const char *interface) {
        json_object *object, *properties;

        if (!json_object_object_get_ex(f->shown, path, &object) ||
                        !json_object_object_get_ex(object, interface, &properties))
                return NULL;
        return properties;
}

static void append_events(sd_bus_message *m, const struct fake *f, uint64_t after) {
        cr_assert_geq(sd_bus_message_append(m, "sb", "generation", 0), 0);
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "(ttsoa{sv})"), 0);
        for (size_t i = 0; f->events && i < json_object_array_length(f->events); i++) {
                json_object *e = json_object_array_get_idx(f->events, i);
                uint64_t sequence = json_object_get_uint64(json_object_array_get_idx(e, 0));

                /* Two at a time, to be asked again. */
                if (sequence <= after || sequence > after + 2)
                        continue;
                cr_assert_geq(sd_bus_message_open_container(m, 'r', "ttsoa{sv}"), 0);
                cr_assert_geq(sd_bus_message_append(m, "ttso", sequence,
                                              json_object_get_uint64(
                                                              json_object_array_get_idx(e, 1)),
                                              json_object_get_string(
                                                              json_object_array_get_idx(e, 2)),
                                              json_object_get_string(
                                                              json_object_array_get_idx(e, 3))),
                                0);
                append_properties(m, json_object_array_get_idx(e, 4));
                cr_assert_geq(sd_bus_message_close_container(m), 0);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static int answer_prepare(struct fake *f, sd_bus_message *m) {
        const char *digest;

        cr_assert_geq(sd_bus_message_read(m, "s", &digest), 0);
        free(f->digest);
        f->digest = strdup(digest);
        if (sd_bus_message_is_method_call(m, NULL, "PrepareWithFlags"))
                cr_assert_geq(sd_bus_message_read(m, "t", &f->flags), 0);
        if (f->refusal && !f->flags)
                return sd_bus_reply_method_errorf(m, BUS_ERROR_CONFIG_WORSE, "%s", f->refusal);
        f->prepared++;
        return sd_bus_reply_method_return(m, NULL);
}

static int answer_read(struct fake *f, sd_bus_message *m) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *member = sd_bus_message_get_member(m), *path = sd_bus_message_get_path(m);
        const char *interface, *property;
        uint64_t after;

        cr_assert_geq(sd_bus_message_new_method_return(m, &reply), 0);
        if (streq(member, "GetManagedObjects")) {
                append_objects(reply, f);
        } else if (streq(member, "EventsSince")) {
                cr_assert_geq(sd_bus_message_read(m, "st", &property, &after), 0);
                append_events(reply, f, after);
        } else {
                json_object *value;

                cr_assert_geq(sd_bus_message_read(m, "s", &interface), 0);
                if (streq(member, "GetAll")) {
                        append_properties(reply, shown(f, path, interface));
                } else {
                        cr_assert_geq(sd_bus_message_read(m, "s", &property), 0);
                        cr_assert(json_object_object_get_ex(
                                        shown(f, path, interface), property, &value));
                        append_variant(reply, value);
                }
        }
        return sd_bus_send(f->bus, reply, NULL);
}

static json_object *value_of(json_object *o, const char *key) {
        json_object *value = NULL;

        (void) json_object_object_get_ex(o, key, &value);
        return value;
}

static void append_strings(sd_bus_message *m, json_object *list) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "s"), 0);
        for (size_t i = 0; list && i < json_object_array_length(list); i++)
                cr_assert_geq(sd_bus_message_append(m, "s",
                                              json_object_get_string(
                                                              json_object_array_get_idx(list, i))),
                                0);
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_trackers(sd_bus_message *m, json_object *list) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "(ssii)"), 0);
        for (size_t i = 0; list && i < json_object_array_length(list); i++) {
                json_object *t = json_object_array_get_idx(list, i);

                cr_assert_geq(sd_bus_message_append(m, "(ssii)",
                                              json_object_get_string(
                                                              json_object_array_get_idx(t, 0)),
                                              json_object_get_string(
                                                              json_object_array_get_idx(t, 1)),
                                              json_object_get_int(json_object_array_get_idx(t, 2)),
                                              json_object_get_int(json_object_array_get_idx(t, 3))),
                                0);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_conflicts(sd_bus_message *m, json_object *list) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', "(sst)"), 0);
        for (size_t i = 0; list && i < json_object_array_length(list); i++) {
                json_object *c = json_object_array_get_idx(list, i);

                cr_assert_geq(sd_bus_message_append(m, "(sst)",
                                              json_object_get_string(
                                                              json_object_array_get_idx(c, 0)),
                                              json_object_get_string(
                                                              json_object_array_get_idx(c, 1)),
                                              json_object_get_uint64(
                                                              json_object_array_get_idx(c, 2))),
                                0);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_instance(sd_bus_message *m, json_object *o) {
        cr_assert_geq(sd_bus_message_open_container(m, 'r', "ssssyyyystsyasasasa(ssii)asa(sst)"),
                        0);
        cr_assert_geq(sd_bus_message_append(m, "ssssyyyystsy", json_get_string(o, "Name"),
                                      json_get_string(o, "State"), json_get_string(o, "Interface"),
                                      json_get_string(o, "Group"),
                                      (int) json_get_uint64(o, "VirtualRouterId"),
                                      (int) json_get_uint64(o, "BasePriority"),
                                      (int) json_get_uint64(o, "OrderedPriority"),
                                      (int) json_get_uint64(o, "EffectivePriority"),
                                      json_get_string(o, "Reason"),
                                      json_get_uint64(o, "LastTransitionUsec"),
                                      json_get_string(o, "MasterAddress"),
                                      (int) json_get_uint64(o, "MasterPriority")),
                        0);
        append_strings(m, value_of(o, "Addresses"));
        append_strings(m, value_of(o, "Routes"));
        append_strings(m, value_of(o, "Rules"));
        append_trackers(m, value_of(o, "Trackers"));
        append_strings(m, value_of(o, "FaultReasons"));
        append_conflicts(m, value_of(o, "Conflicts"));
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_group(sd_bus_message *m, json_object *o) {
        cr_assert_geq(sd_bus_message_open_container(m, 'r', "ssstas"), 0);
        cr_assert_geq(sd_bus_message_append(m, "ssst", json_get_string(o, "Name"),
                                      json_get_string(o, "State"), json_get_string(o, "Reason"),
                                      json_get_uint64(o, "LastTransitionUsec")),
                        0);
        append_strings(m, value_of(o, "Members"));
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

static void append_list(const struct fake *f, sd_bus_message *m, const char *type,
                const char *interface, void (*append)(sd_bus_message *m, json_object *o)) {
        cr_assert_geq(sd_bus_message_open_container(m, 'a', type), 0);
        json_object_object_foreach(f->shown, path, interfaces) {
                json_object *o = value_of(interfaces, interface);

                (void) path;
                if (o)
                        append(m, o);
        }
        cr_assert_geq(sd_bus_message_close_container(m), 0);
}

/* A vrrpd that shows a manager has one; older ones know of no such method. */
static int answer_summary(struct fake *f, sd_bus_message *m) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        if (!shown(f, f->root, "org.mainstay.Vrrp1.Manager"))
                return sd_bus_reply_method_errorf(
                                m, SD_BUS_ERROR_UNKNOWN_METHOD, "Unknown method.");
        f->summaries++;
        cr_assert_geq(sd_bus_message_new_method_return(m, &reply), 0);
        append_list(f, reply, "(ssssyyyystsyasasasa(ssii)asa(sst))", "org.mainstay.Vrrp1.Instance",
                        append_instance);
        append_list(f, reply, "(ssstas)", "org.mainstay.Vrrp1.Group", append_group);
        return sd_bus_send(f->bus, reply, NULL);
}

/* Of the basic types that our methods have. */
static int read_argument(sd_bus_message *m) {
        char type;
        const char *contents;
        uint8_t byte = 0;
        int value = 0;

        if (sd_bus_message_peek_type(m, &type, &contents) <= 0)
                return 0;
        if (type != 'y')
                return sd_bus_message_read_basic(m, type, &value) >= 0 ? value : 0;
        return sd_bus_message_read_basic(m, type, &byte) >= 0 ? byte : 0;
}

static int answer_method(struct fake *f, sd_bus_message *m) {
        json_object *object;

        if (!json_object_object_get_ex(f->shown, sd_bus_message_get_path(m), &object))
                return sd_bus_reply_method_errorf(
                                m, SD_BUS_ERROR_UNKNOWN_OBJECT, "Unknown object.");
        f->called++;
        f->argument = read_argument(m);
        if (f->method_error)
                return sd_bus_reply_method_errorf(
                                m, f->method_error, "as %s said", f->method_error);
        return sd_bus_reply_method_return(m, NULL);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct fake *f = userdata;
        const char *member = sd_bus_message_get_member(m);
        uint8_t type;
        int r;

        cr_assert_geq(sd_bus_message_get_type(m, &type), 0);
        if (type != SD_BUS_MESSAGE_METHOD_CALL)
                return 0;
        cr_expect(!sd_bus_message_get_auto_start(m), "%s would start a stopped daemon", member);
        if (f->silent)
                return 1;

        if (streq(member, "GetManagedObjects") || streq(member, "GetAll") || streq(member, "Get") ||
                        streq(member, "EventsSince")) {
                r = answer_read(f, m);
        } else if (strncmp(member, "Prepare", 7) == 0) {
                r = answer_prepare(f, m);
        } else if (streq(member, "Summary")) {
                r = answer_summary(f, m);
        } else if (streq(member, "Commit")) {
                f->committed++;
                r = sd_bus_reply_method_return(m, NULL);
        } else {
                r = answer_method(f, m);
        }
        cr_assert_geq(r, 0);
        return 1;
}

void fake_start(struct fake *f, const char *name, const char *root, const char *text) {
        *f = (struct fake){ .root = strdup(root), .shown = json_tokener_parse(text) };
        cr_assert_not_null(f->shown, "%s", text);
        f->bus = private_bus_connect(&fixture.private_bus, fixture.event);
        cr_assert_geq(sd_bus_add_filter(f->bus, NULL, on_message, f), 0);
        cr_assert_geq(sd_bus_request_name(f->bus, name, 0), 0);
}

void fake_stop(struct fake *f) {
        f->bus = sd_bus_flush_close_unref(f->bus);
        json_object_put(f->shown);
        json_object_put(f->events);
        free(f->root);
        free(f->digest);
        *f = (struct fake){};
}

/* ---- the test's world ---- */

void fixture_init(void) {
        fixture = (struct fixture){};
        cr_assert_eq(setenv("TZ", "UTC", 1), 0);
        private_bus_start(&fixture.private_bus);
        cr_assert_eq(setenv("DBUS_SYSTEM_BUS_ADDRESS", fixture.private_bus.address, 1), 0);
        cr_assert_geq(sd_event_new(&fixture.event), 0);
}

static void forget_run(void) {
        free(fixture.run.out);
        free(fixture.run.err);
        fixture.run = (struct run){ .status = -1 };
}

void fixture_done(void) {
        forget_run();
        fake_stop(&fixture.vrrpd);
        fake_stop(&fixture.checkd);
        fake_stop(&fixture.ipvsd);
        fake_stop(&fixture.notifyd);
        sd_event_unref(fixture.event);
        private_bus_stop(&fixture.private_bus);
}

/* ---- mainstayctl ---- */

void start_ctl(const char *const *words) {
        const char *argv[32] = { MAINSTAYCTL };

        for (size_t i = 0; words[i]; i++)
                argv[i + 1] = words[i];

        fixture.seen = 0;
        fixture.out = tmpfile();
        fixture.err = tmpfile();
        cr_assert(fixture.out && fixture.err);
        fixture.pid = fork();
        cr_assert_geq(fixture.pid, 0);
        if (fixture.pid > 0)
                return;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) dup2(fileno(fixture.out), STDOUT_FILENO);
        (void) dup2(fileno(fixture.err), STDERR_FILENO);
        (void) execv(MAINSTAYCTL, (char *const *) argv);
        _exit(127);
}

static char *read_all(FILE *f) {
        char *text = calloc(1, 65536);

        cr_assert_not_null(text);
        cr_assert_geq(pread(fileno(f), text, 65535, 0), 0);
        return text;
}

static void read_run(int status) {
        forget_run();
        fixture.run = (struct run){
                .status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                .out = read_all(fixture.out),
                .err = read_all(fixture.err),
        };
}

static void end_run(int status) {
        fixture.pid = 0;
        read_run(status);
        cr_assert_eq(fclose(fixture.out), 0);
        cr_assert_eq(fclose(fixture.err), 0);
}

static void turn(void) {
        (void) sd_event_run(fixture.event, 5 * USEC_PER_MSEC);
}

void run_ctl(const char *const *words) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), 20 * USEC_PER_SEC);
        int status = -1;

        start_ctl(words);
        while (waitpid(fixture.pid, &status, WNOHANG) == 0) {
                turn();
                if (usec_now(CLOCK_MONOTONIC) > end)
                        (void) kill(fixture.pid, SIGKILL);
        }
        end_run(status);
}

bool wait_for_output(const char *text) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), 10 * USEC_PER_SEC);
        const char *found;

        do {
                turn();
                read_run(-1);
                found = strstr(fixture.run.out + fixture.seen, text);
                if (found) {
                        fixture.seen = (size_t) (found - fixture.run.out) + strlen(text);
                        return true;
                }
        } while (usec_now(CLOCK_MONOTONIC) < end);
        return false;
}

void stop_ctl(void) {
        int status = -1;

        (void) kill(fixture.pid, SIGTERM);
        cr_assert_eq(waitpid(fixture.pid, &status, 0), fixture.pid);
        end_run(status);
}
