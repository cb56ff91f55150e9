/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checkers of a daemon that never checks anything: what is saved of them, and what is believed of it later. */

#include "checkd/checker-store.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checkd/checkd.h"
#include "checkd/checker-table.h"
#include "checkd/checker.h"
#include "checkd/probe.h"
#include "common/conf.h"
#include "common/daemon-private.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

#define A "192.0.2.1 80 TCP/192.0.2.11 80/1"
#define B "192.0.2.1 80 TCP/192.0.2.12 80/1"

static const char config[] = "virtual_server 192.0.2.1 80 {\n protocol TCP\n"
                             " real_server 192.0.2.11 80 {\n TCP_CHECK {\n retry 3\n }\n }\n"
                             " real_server 192.0.2.12 80 {\n TCP_CHECK {\n }\n }\n}\n";
static const char other_config[] = "virtual_server 192.0.2.1 80 {\n protocol TCP\n"
                                   " real_server 192.0.2.11 80 {\n TCP_CHECK {\n connect_port 81\n"
                                   " retry 3\n }\n }\n}\n";

static char directory[] = "/tmp/mainstay-checkers-XXXXXX";
static char events[64];
static struct daemon_private private; /* where the status is put */
static struct daemon d = { .private = &private };
static struct checkd c;

static void read_config(const char *text) {
        d.conf = conf_free(d.conf);
        cr_assert_eq(conf_load_text("test", text, strlen(text), "id", 0, &d.conf), 0);
}

static void setup(void) {
        cr_assert(mkdtemp(directory));
        (void) snprintf(events, sizeof(events), "%s/events", directory);
        cr_assert_geq(sd_event_new(&d.event), 0);
        cr_assert_geq(event_log_open(events, &d.events), 0);
        d.runtime_dir = directory;
        read_config(config);
}

static void empty_directory(void) {
        DIR *dir = opendir(directory);
        struct dirent *e;

        while (dir && (e = readdir(dir)))
                (void) unlinkat(dirfd(dir), e->d_name, 0);
        (void) closedir(dir);
}

static void teardown(void) {
        d.conf = conf_free(d.conf);
        d.events = event_log_free(d.events);
        d.event = sd_event_unref(d.event);
        empty_directory();
        cr_expect_eq(rmdir(directory), 0);
}

TestSuite(checker_store, .init = setup, .fini = teardown);

static void open_checkd(void) {
        c = (struct checkd){ .daemon = &d, .engine = { .event = d.event } };
        checker_table_configure(&c, d.conf);
        cr_assert_geq(checker_store_new(&c, &c.store), 0);
}

static void close_checkd(void) {
        checker_table_done(&c);
        c.store = checker_store_free(c.store);
        cr_expect_null(c.probes);
}

/* What a successor makes of it. */
static void restore(void) {
        open_checkd();
        checker_store_load(c.store);
}

static struct checker *find(const char *name) {
        struct checker *k = checker_find(&c, name);

        cr_assert(k, "%s", name);
        return k;
}

static void feed(const char *name, bool good) {
        struct checker *k = find(name);

        (void) check_course_feed(&k->probe->course, good);
        checker_take(k, &k->probe->course.verdict, 7, good ? "seen good" : "seen bad");
}

/* A is UP and has failed once since; B is DOWN. */
static void save_some(void) {
        open_checkd();
        feed(A, true);
        feed(A, false);
        find(A)->state_since_usec = 1234567;
        find(A)->probe->course.schedule.phase_usec = 42;
        feed(B, false);
        checker_store_write(c.store);
        close_checkd();
}

static void append_event(const char *name, const char *state) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();
        const struct event *e;

        (void) json_object_object_add(data, "name", json_object_new_string(name));
        (void) json_object_object_add(data, "state", json_object_new_string(state));
        (void) json_object_object_add(data, "result", json_object_new_string("as told"));
        cr_assert_eq(event_log_append(d.events, "checker-state", "/x", data, 77, &e), 0);
}

Test(checker_store, brings_back_what_was_known) {
        save_some();
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_UP);
        cr_expect_eq(find(A)->state_since_usec, 1234567);
        cr_expect_str_eq(find(A)->state_reason, "seen good");
        cr_expect_eq(find(A)->weight_change, 7);
        cr_expect_eq(find(A)->probe->course.verdict.against, 1);
        cr_expect_not(find(A)->probe->course.verdict.provisional);
        cr_expect_eq(find(A)->probe->course.schedule.phase_usec, 42);
        cr_expect_eq(find(B)->state, CHECK_STATE_DOWN);
        cr_expect_eq(c.n_checkers[CHECK_STATE_UP], 1);
        cr_expect_eq(c.n_checkers[CHECK_STATE_DOWN], 1);
        cr_expect_eq(c.n_checkers[CHECK_STATE_UNKNOWN], 0);
        close_checkd();
}

static void remove_file_of(const char *name) {
        char path[128];

        (void) snprintf(path, sizeof(path), "%s/checkers-%u", directory, checker_store_file(name));
        cr_assert_eq(unlink(path), 0);
}

Test(checker_store, without_a_file_knows_what_later_events_say) {
        save_some();
        append_event(A, "DOWN");
        remove_file_of(A);
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_DOWN);
        cr_expect_str_eq(find(A)->state_reason, "as told");
        close_checkd();
}

Test(checker_store, believes_a_later_event_more) {
        save_some();
        append_event(A, "DOWN");
        append_event("nobody", "DOWN");
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_DOWN);
        cr_expect_eq(find(A)->state_since_usec, 77);
        cr_expect_str_eq(find(A)->state_reason, "as told");
        cr_expect_eq(find(A)->weight_change, 0);
        cr_expect_eq(find(A)->probe->course.verdict.state, CHECK_STATE_DOWN);
        close_checkd();
}

Test(checker_store, does_not_believe_events_of_another_generation) {
        save_some();
        d.events = event_log_free(d.events);
        cr_assert_eq(unlink(events), 0);
        cr_assert_geq(event_log_open(events, &d.events), 0);
        append_event(A, "DOWN");
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_UP);
        close_checkd();
}

Test(checker_store, lets_the_first_answer_to_another_question_decide) {
        save_some();
        read_config(other_config);
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_UP);
        cr_expect(find(A)->probe->course.verdict.provisional);
        feed(A, false);
        cr_expect_eq(find(A)->state, CHECK_STATE_DOWN);
        close_checkd();
}

Test(checker_store, forgets_at_a_stop) {
        save_some();
        append_event(A, "DOWN");
        open_checkd();
        checker_store_remove(c.store);
        close_checkd();
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_UNKNOWN, "what the log has was before the stop");
        close_checkd();
}

/* Both ask the same, and one has slept since it was UP. */
Test(checker_store, does_not_take_what_a_sleeper_remembers_for_an_answer) {
        static const char awake[] = "192.0.2.1 80 TCP/192.0.2.11 80/1",
                          sleeper[] = "192.0.2.1 81 TCP/192.0.2.11 80/1";

        read_config("virtual_server 192.0.2.1 80 {\n protocol TCP\n real_server 192.0.2.11 80 {\n"
                    " TCP_CHECK {\n retry 3\n }\n }\n}\n"
                    "virtual_server 192.0.2.1 81 {\n protocol TCP\n real_server 192.0.2.11 80 {\n"
                    " TCP_CHECK {\n retry 3\n }\n }\n}\n");
        open_checkd();
        cr_assert_eq(find(awake)->probe, find(sleeper)->probe);
        feed(awake, true);
        checker_catch_up(find(sleeper));
        (void) checker_suspend(find(sleeper), true);
        for (unsigned i = 0; i < 4; i++)
                feed(awake, false);
        cr_assert_eq(find(sleeper)->state, CHECK_STATE_UP);
        checker_store_write(c.store);
        close_checkd();

        restore();
        feed(awake, false);
        cr_expect_eq(find(awake)->state, CHECK_STATE_DOWN);
        cr_expect_eq(find(sleeper)->state, CHECK_STATE_UP);
        close_checkd();
}

static void write_file(const char *text) {
        _cleanup_(json_object_putp) json_object *o = json_tokener_parse(text);
        char path[128];

        cr_assert(o, "%s", text);
        (void) snprintf(path, sizeof(path), "%s/checkers-%u", directory, checker_store_file(A));
        cr_assert_eq(state_file_write(path, o, false), 0);
}

Test(checker_store, takes_what_it_understands_and_defaults_the_rest) {
        static const char *const files[] = {
                "{}",
                "{\"checkers\":[]}",
                "{\"checkers\":{\"" A "\":1}}",
                "{\"checkers\":{\"" A "\":{}}}",
                "{\"checkers\":{\"" A
                "\":{\"state\":\"SIDEWAYS\",\"against\":-7,\"since\":\"never\"}}}",
                "{\"checkers\":{\"" A
                "\":{\"state\":7,\"reason\":{},\"provisional\":[],\"phase\":-1,\"step\":99}}}",
                "{\"generation\":5,\"sequence\":\"x\",\"checkers\":{\"" A
                "\":{\"from-the-future\":true}}}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                write_file(files[i]);
                restore();
                cr_expect_eq(find(A)->state, CHECK_STATE_UNKNOWN, "%s", files[i]);
                cr_expect_eq(find(A)->probe->course.step, 0, "%s", files[i]);
                cr_expect_gt(check_course_next(&find(A)->probe->course, 5), 5, "%s", files[i]);
                close_checkd();
        }
}

Test(checker_store, ignores_a_torn_file) {
        char path[128];

        save_some();
        (void) snprintf(path, sizeof(path), "%s/checkers-%u", directory, checker_store_file(A));
        cr_assert_eq(truncate(path, 100), 0);
        restore();
        cr_expect_eq(find(A)->state, CHECK_STATE_UNKNOWN);
        cr_expect_eq(find(B)->state, CHECK_STATE_DOWN);
        close_checkd();
}

/* --- what the table of probes makes of questions --- */

Test(checker_store, asks_equal_questions_once) {
        read_config("virtual_server 192.0.2.1 80 {\n protocol TCP\n real_server 192.0.2.11 80 {\n"
                    " TCP_CHECK {\n }\n TCP_CHECK {\n }\n UDP_CHECK {\n payload 01\n }\n"
                    " UDP_CHECK {\n payload 02\n }\n UDP_CHECK {\n payload 01\n }\n }\n}\n");
        open_checkd();
        cr_expect_eq(HASH_COUNT(c.checkers), 5);
        cr_expect_eq(find("192.0.2.1 80 TCP/192.0.2.11 80/1")->probe,
                        find("192.0.2.1 80 TCP/192.0.2.11 80/2")->probe);
        cr_expect_eq(find("192.0.2.1 80 TCP/192.0.2.11 80/3")->probe,
                        find("192.0.2.1 80 TCP/192.0.2.11 80/5")->probe);
        cr_expect_neq(find("192.0.2.1 80 TCP/192.0.2.11 80/3")->probe,
                        find("192.0.2.1 80 TCP/192.0.2.11 80/4")->probe);
        close_checkd();
}
