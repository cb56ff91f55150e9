/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Trackers of a daemon that never runs anything: what is saved of them, and what is believed of it later. */

#include "checkd/tracker-store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checkd/checkd.h"
#include "checkd/tracker-file.h"
#include "checkd/tracker-script.h"
#include "common/conf.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

static const char config[] = "vrrp_script a {\n script \"/bin/true\"\n fall 3\n rise 2\n}\n"
                             "vrrp_script b {\n script \"/bin/true\"\n}\n"
                             "track_file load {\n file /srv/load\n}\n";

static struct tracker_script *script_of(struct tracker *t) {
        return CONTAINER_OF(t, struct tracker_script, base);
}

static char directory[] = "/tmp/mainstay-store-XXXXXX";
static char path[64], events[64], records[64];
static struct daemon d;

static void setup(void) {
        cr_assert(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/trackers", directory);
        (void) snprintf(events, sizeof(events), "%s/events", directory);
        (void) snprintf(records, sizeof(records), "%s/scripts", directory);
        cr_assert_geq(sd_event_new(&d.event), 0);
        cr_assert_geq(event_log_open(events, &d.events), 0);
        cr_assert_eq(conf_load_text("test", config, strlen(config), "id", 0, &d.conf), 0);
}

static void teardown(void) {
        d.conf = conf_free(d.conf);
        d.events = event_log_free(d.events);
        d.event = sd_event_unref(d.event);
        (void) unlink(path);
        (void) unlink(events);
        (void) rmdir(records);
        cr_expect_eq(rmdir(directory), 0);
}

TestSuite(tracker_store, .init = setup, .fini = teardown);

static void open_checkd(struct checkd *c) {
        const struct check_script_conf *s;

        *c = (struct checkd){ .daemon = &d };
        cr_assert_eq(process_runner_new(d.event, records, &c->runner), 0);
        for (s = d.conf->check->scripts; s; s = s->hh.next) {
                struct tracker *t;

                cr_assert_eq(tracker_script_new(c, s, &t), 0);
        }
        for (const struct check_file_conf *f = d.conf->check->files; f; f = f->hh.next) {
                struct tracker *t;

                cr_assert_eq(tracker_file_new(c, f, &t), 0);
        }
}

static void close_checkd(struct checkd *c) {
        struct tracker *t, *next;

        HASH_ITER (hh, c->trackers, t, next)
                (void) tracker_free(t);
        c->runner = process_runner_free(c->runner);
}

/* What a successor makes of @path; nothing, where there is no file. */
static void restore(struct checkd *c) {
        _cleanup_(json_object_putp) json_object *saved = NULL;
        struct tracker *t;

        open_checkd(c);
        (void) tracker_store_read(path, &saved);
        for (t = c->trackers; t; t = t->hh.next) {
                json_object *entry = tracker_store_find(saved, t->id);

                if (entry)
                        tracker_store_restore(t, entry);
        }
        tracker_store_catch_up(c, saved);
}

static void write_text(const char *entry) {
        _cleanup_(json_object_putp) json_object *o = json_tokener_parse(entry);

        cr_assert(o, "%s", entry);
        cr_assert_eq(state_file_write(path, o, false), 0);
}

static void append_event_of(const char *kind, const char *name, const char *state) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();
        const struct event *e;

        (void) json_object_object_add(data, "name", json_object_new_string(name));
        if (kind)
                (void) json_object_object_add(data, "kind", json_object_new_string(kind));
        (void) json_object_object_add(data, "state", json_object_new_string(state));
        (void) json_object_object_add(data, "result", json_object_new_string("as told"));
        cr_assert_eq(event_log_append(d.events, "tracker-state", "/x", data, 77, &e), 0);
}

/* As earlier releases did. */
static void append_event(const char *name, const char *state) {
        append_event_of(NULL, name, state);
}

/* Both UP, with a reason and a past. */
static void save_both_up(void) {
        struct checkd c;
        struct tracker *t;

        open_checkd(&c);
        for (t = c.trackers; t; t = t->hh.next) {
                (void) check_verdict_feed(&t->verdict, true);
                t->state_since_usec = 1234567;
                if (t->kind->kind == CHECK_TRACKER_SCRIPT)
                        script_of(t)->schedule.phase_usec = 42;
                (void) strcpy(t->state_reason, "a reason");
                (void) strcpy(t->last_result, "a result");
        }
        (void) check_verdict_feed(&tracker_find(&c, "a")->verdict, false);
        cr_assert_eq(tracker_store_write(&c, path), 0);
        close_checkd(&c);
}

Test(tracker_store, brings_back_what_was_known) {
        struct checkd c;
        struct tracker *t;

        save_both_up();
        restore(&c);
        t = tracker_find(&c, "a");
        cr_expect_eq(t->verdict.state, CHECK_STATE_UP);
        cr_expect_eq(t->verdict.against, 1);
        cr_expect_not(t->verdict.provisional);
        cr_expect_eq(t->state_since_usec, 1234567);
        cr_expect_eq(script_of(t)->schedule.phase_usec, 42);
        cr_expect_str_eq(t->state_reason, "a reason");
        cr_expect_str_eq(t->last_result, "a result");
        close_checkd(&c);
}

Test(tracker_store, without_a_file_knows_nothing) {
        struct checkd c;

        restore(&c);
        cr_expect_eq(tracker_find(&c, "a")->verdict.state, CHECK_STATE_UNKNOWN);
        close_checkd(&c);
}

Test(tracker_store, believes_a_later_event_more) {
        struct checkd c;

        save_both_up();
        append_event("a", "DOWN");
        append_event("nobody", "DOWN");
        restore(&c);
        cr_expect_eq(tracker_find(&c, "a")->verdict.state, CHECK_STATE_DOWN);
        cr_expect_eq(tracker_find(&c, "a")->state_since_usec, 77);
        cr_expect_str_eq(tracker_find(&c, "a")->state_reason, "as told");
        cr_expect_eq(tracker_find(&c, "b")->verdict.state, CHECK_STATE_UP);
        close_checkd(&c);
}

/* Else the number would be told a second time, as a change from the one before. */
Test(tracker_store, believes_the_number_in_a_later_event_of_a_file) {
        struct checkd c;
        struct tracker *t;

        save_both_up();
        append_event_of("file", "load", "12");
        append_event_of("file", "load", "-7");
        restore(&c);
        t = tracker_find(&c, "file:load");
        cr_expect_eq(t->value, -7);
        cr_expect_eq(t->verdict.state, CHECK_STATE_UP);
        cr_expect_eq(t->state_since_usec, 77);
        cr_expect_str_eq(t->state_reason, "as told");
        close_checkd(&c);
}

Test(tracker_store, does_not_believe_an_event_that_it_knew_of) {
        struct checkd c;

        append_event("a", "DOWN");
        save_both_up();
        restore(&c);
        cr_expect_eq(tracker_find(&c, "a")->verdict.state, CHECK_STATE_UP);
        close_checkd(&c);
}

Test(tracker_store, does_not_believe_events_of_another_generation) {
        struct checkd c;

        save_both_up();
        d.events = event_log_free(d.events);
        cr_assert_eq(unlink(events), 0);
        cr_assert_geq(event_log_open(events, &d.events), 0);
        append_event("a", "DOWN");
        restore(&c);
        cr_expect_eq(tracker_find(&c, "a")->verdict.state, CHECK_STATE_UP);
        close_checkd(&c);
}

Test(tracker_store, lets_another_script_decide_at_once) {
        struct checkd c;
        struct tracker *t;

        write_text("{\"trackers\":{\"a\":{\"state\":\"UP\",\"command\":\"/bin/false\",\"against\":1}}}");
        restore(&c);
        t = tracker_find(&c, "a");
        cr_expect_eq(t->verdict.state, CHECK_STATE_UP);
        cr_expect(t->verdict.provisional);
        close_checkd(&c);
}

Test(tracker_store, takes_what_it_understands_and_defaults_the_rest) {
        static const char *const entries[] = {
                "{}",
                "{\"trackers\":[]}",
                "{\"trackers\":{\"a\":1}}",
                "{\"trackers\":{\"a\":{}}}",
                "{\"trackers\":{\"a\":{\"state\":\"SIDEWAYS\",\"against\":-7,\"since\":\"never\"}}}",
                "{\"trackers\":{\"a\":{\"state\":7,\"reason\":{},\"provisional\":[],\"phase\":-1}}}",
                "{\"generation\":5,\"sequence\":\"x\",\"trackers\":{\"a\":{\"from-the-future\":true}}}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
                struct checkd c;

                write_text(entries[i]);
                restore(&c);
                cr_expect_eq(tracker_find(&c, "a")->verdict.state, CHECK_STATE_UNKNOWN, "%s",
                                entries[i]);
                cr_expect_lt(tracker_find(&c, "a")->verdict.against, 3);
                close_checkd(&c);
        }
}

Test(tracker_store, ignores_a_torn_file) {
        struct checkd c;

        save_both_up();
        cr_assert_eq(truncate(path, 100), 0);
        restore(&c);
        cr_expect_eq(tracker_find(&c, "a")->verdict.state, CHECK_STATE_UNKNOWN);
        close_checkd(&c);
}
