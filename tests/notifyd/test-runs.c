/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real scripts, with a time limit of a fraction of a second. */

#include "notifyd/runs.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/json.h"
#include "common/macro.h"

#define RUNS _cleanup_(runs_freep)
#define LIMIT_USEC (300 * USEC_PER_MSEC)

static char directory[] = "/tmp/test-runs-XXXXXX";
static char records[sizeof(directory) + 16];
static sd_event *event;
static const struct global_conf global;

/* What was told last. */
static unsigned told;
static uint64_t told_id;
static struct carried last;

static void set_up(void) {
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(records, sizeof(records), "%s/records", directory);
        cr_assert_geq(sd_event_new(&event), 0);
}

static void tear_down(void) {
        char command[64];

        event = sd_event_unref(event);
        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(runs, .init = set_up, .fini = tear_down, .timeout = 60);

static void on_carried(uint64_t id, const struct carried *c, void *userdata) {
        told++;
        told_id = id;
        last = *c;
}

static struct runs *new_runs(void) {
        struct runs *r = NULL;

        cr_assert_eq(runs_new(event, records, LIMIT_USEC, on_carried, NULL, &r), 0);
        return r;
}

/* An action that runs @text, a shell script to which $D is our directory. */
static struct action action_of(uint64_t id, const char *text) {
        char command[1024];
        char *argv[] = { (char *) "/bin/sh", (char *) "-c", command, (char *) "sh", NULL };
        char *append[] = { (char *) "INSTANCE", (char *) "VI_1", NULL };
        struct conf_script s = { .command = (char *) "a script", .argv = argv };

        (void) snprintf(command, sizeof(command), "D=%s; %s", directory, text);
        return (struct action){
                .id = id,
                .kind = ACTION_SCRIPT,
                .object = (char *) "/o",
                .about = (char *) "VI_1",
                .content = runs_content("notify", &s, append),
        };
}

static void run_until_told(unsigned n) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), 20 * USEC_PER_SEC);

        while (told < n && usec_now(CLOCK_MONOTONIC) < end)
                cr_assert_geq(sd_event_run(event, USEC_PER_SEC / 10), 0);
        cr_assert_eq(told, n);
}

static bool exists(const char *name) {
        char path[128];

        (void) snprintf(path, sizeof(path), "%s/%s", directory, name);
        return access(path, F_OK) >= 0;
}

static void wait_for(const char *name) {
        for (unsigned i = 0; i < 1000 && !exists(name); i++)
                cr_assert_geq(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
        cr_assert(exists(name), "%s", name);
}

/* The process whose id a script wrote to @name. */
static pid_t read_pid(const char *name) {
        char path[128];
        int pid = 0;
        FILE *f;

        (void) snprintf(path, sizeof(path), "%s/%s", directory, name);
        f = fopen(path, "r");
        cr_assert_not_null(f);
        cr_assert_eq(fscanf(f, "%d", &pid), 1);
        (void) fclose(f);
        return pid;
}

static void start(struct runs *r, struct action *a) {
        struct carried c;

        cr_assert_eq(runs_start(r, a, &global, &c), 0);
        (void) json_object_put(a->content);
        a->content = NULL;
}

Test(runs, a_script_gets_its_arguments) {
        RUNS struct runs *r = new_runs();
        struct action a = action_of(
                        7, "[ \"$1 $2\" = 'INSTANCE VI_1' ] && [ -z \"$MAINSTAY_REPEAT\" ]");

        start(r, &a);
        run_until_told(1);
        cr_expect_eq(told_id, 7);
        cr_expect_eq(last.outcome, CARRIED_DONE);
        cr_expect_str_eq(last.text, "");
}

Test(runs, a_repeat_is_marked) {
        RUNS struct runs *r = new_runs();
        struct action a = action_of(1, "[ \"$MAINSTAY_REPEAT\" = 1 ]");

        a.repeat = true;
        start(r, &a);
        run_until_told(1);
        cr_expect_str_eq(last.text, "");
}

Test(runs, a_failure_is_told_and_that_is_all) {
        RUNS struct runs *r = new_runs();
        struct action a = action_of(1, "exit 3"), b = action_of(2, "kill -SEGV $$");

        start(r, &a);
        run_until_told(1);
        cr_expect_eq(last.outcome, CARRIED_DONE);
        cr_expect_str_eq(last.text, "exit status 3");
        start(r, &b);
        run_until_told(2);
        cr_expect_eq(last.outcome, CARRIED_DONE);
        cr_expect_str_eq(last.text, "killed by SIGSEGV");
}

/* The script, its child, and what ignores SIGTERM: all are gone before the next may begin. */
Test(runs, a_script_that_hangs_is_ended_with_its_group) {
        RUNS struct runs *r = new_runs();
        struct action a = action_of(1,
                        "sleep 1000 & echo $! >$D/child; trap '' TERM; echo $$ >$D/self; "
                        ">$D/begun; while :; do sleep 1; done");
        usec_t begin = usec_now(CLOCK_MONOTONIC), took;

        start(r, &a);
        wait_for("begun");
        run_until_told(1);
        took = usec_sub(usec_now(CLOCK_MONOTONIC), begin);
        cr_expect_eq(last.outcome, CARRIED_GIVEN_UP);
        cr_expect_str_eq(last.text, "still running after 0.3 s, ended");
        cr_expect_geq(took, LIMIT_USEC);
        cr_expect_eq(kill(read_pid("self"), 0), -1);
        cr_expect_eq(kill(read_pid("child"), 0), -1);
}

/* notify_master "haproxy &" is meant to go on, however long ago its script ended. */
Test(runs, what_a_script_leaves_running_is_left_alone) {
        RUNS struct runs *r = new_runs();
        struct action a = action_of(1, "sleep 1000 >/dev/null 2>&1 & echo $! >$D/child");
        usec_t end;
        pid_t child;

        start(r, &a);
        run_until_told(1);
        cr_expect_eq(last.outcome, CARRIED_DONE);
        child = read_pid("child");
        end = usec_add(usec_now(CLOCK_MONOTONIC), 3 * LIMIT_USEC);
        while (usec_now(CLOCK_MONOTONIC) < end)
                cr_assert_geq(sd_event_run(event, USEC_PER_SEC / 20), 0);
        cr_expect_eq(kill(child, SIGKILL), 0);
}

Test(runs, a_program_that_is_not_there_is_given_up) {
        RUNS struct runs *r = new_runs();
        char *argv[] = { (char *) "/nowhere/x", NULL };
        struct conf_script s = { .command = (char *) "/nowhere/x", .argv = argv };
        struct action a = { .id = 1, .about = (char *) "VI_1" };

        a.content = runs_content("notify", &s, NULL);
        start(r, &a);
        run_until_told(1);
        cr_expect_eq(last.outcome, CARRIED_GIVEN_UP);
        cr_expect_not_null(strstr(last.text, "/nowhere/x"));
}

Test(runs, a_user_that_does_not_exist_is_given_up_at_once) {
        RUNS struct runs *r = new_runs();
        char *argv[] = { (char *) "/bin/true", NULL };
        struct conf_script s = { .command = (char *) "/bin/true",
                .argv = argv,
                .user = (char *) "nobody-of-that-name" };
        struct action a = { .id = 1, .about = (char *) "VI_1" };
        struct carried c;

        a.content = runs_content("notify", &s, NULL);
        cr_expect_gt(runs_start(r, &a, &global, &c), 0);
        cr_expect_eq(c.outcome, CARRIED_GIVEN_UP);
        cr_expect_not_null(strstr(c.text, "nobody-of-that-name"));
        cr_expect_eq(told, 0);
        (void) json_object_put(a.content);
}

Test(runs, content_of_another_kind_is_given_up) {
        static const char *const texts[] = {
                "{}",
                "{\"command\":\"/x\"}",
                "{\"command\":\"/x\",\"argv\":[]}",
                "{\"command\":7,\"argv\":[\"/x\"]}",
                "{\"command\":\"/x\",\"argv\":\"/x\"}",
        };
        RUNS struct runs *r = new_runs();

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_(json_object_putp) json_object *content = json_tokener_parse(texts[i]);
                struct action a = { .id = 1, .about = (char *) "VI_1", .content = content };
                struct carried c;

                cr_expect_gt(runs_start(r, &a, &global, &c), 0);
                cr_expect_eq(c.outcome, CARRIED_GIVEN_UP);
        }
}

/* The runner goes away as in a restart; its successor finds what still runs, by the same action. */
Test(runs, a_successor_finds_what_still_runs) {
        struct runs *first = new_runs();
        struct action a = action_of(5, ">$D/begun; while [ ! -e $D/go ]; do sleep 0.01; done"), b;
        char path[128];

        b = a;
        b.content = json_object_get(a.content);
        start(first, &a);
        wait_for("begun");
        first = runs_free(first);

        RUNS struct runs *second = new_runs();
        struct action other = b;

        other.about = (char *) "VI_2";
        cr_expect_not(runs_claim(second, &other));
        cr_assert(runs_claim(second, &b));
        cr_expect_not(runs_claim(second, &b)); /* once */
        (void) snprintf(path, sizeof(path), "%s/go", directory);
        cr_assert_eq(mkdir(path, 0700), 0);
        run_until_told(1);
        cr_expect_eq(told_id, 5);
        cr_expect_eq(last.outcome, CARRIED_DONE);
        (void) json_object_put(b.content);
}

Test(runs, a_claimed_script_has_a_time_limit_too) {
        struct runs *first = new_runs();
        struct action a = action_of(5, ">$D/begun; echo $$ >$D/self; exec sleep 1000"), b;

        b = a;
        b.content = json_object_get(a.content);
        start(first, &a);
        wait_for("self");
        first = runs_free(first);

        RUNS struct runs *second = new_runs();

        cr_assert(runs_claim(second, &b));
        run_until_told(1);
        cr_expect_eq(last.outcome, CARRIED_GIVEN_UP);
        (void) json_object_put(b.content);
}
