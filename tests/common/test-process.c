/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real processes: shells, sleeps, floods. Each test has a runner, a loop and a directory of its own. */

#include "common/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/macro.h"
#include "common/process-record.h"

#define PATIENCE_USEC                                                                              \
        (20 * USEC_PER_SEC) /* for what must happen; a sanitizer on a busy machine is slow */

struct run {
        struct process *process;
        struct process_result result;
        usec_t told_usec, gone_usec; /* after the start */
        usec_t started_usec;
};

static char directory[] = "/tmp/mainstay-process-XXXXXX";
static char records[64];
static sd_event *event;
static struct process_runner *runner;

static void on_result(struct process *p, const struct process_result *r, void *userdata) {
        struct run *run = userdata;

        cr_assert_eq(run->told_usec, 0, "told twice");
        run->result = *r;
        run->told_usec = usec_now(CLOCK_MONOTONIC) - run->started_usec;
}

static void on_gone(struct process *p, void *userdata) {
        struct run *run = userdata;

        cr_assert_neq(run->told_usec, 0, "gone before it was told");
        run->gone_usec = usec_now(CLOCK_MONOTONIC) - run->started_usec;
        run->process = NULL;
}

static const struct process_ops ops = { .result = on_result, .gone = on_gone };

static void new_runner(void) {
        cr_assert_eq(process_runner_new(event, records, &runner), 0);
}

static void setup(void) {
        cr_assert(mkdtemp(directory));
        cr_assert_eq(chmod(directory, 0755), 0);
        (void) snprintf(records, sizeof(records), "%s/records", directory);
        cr_assert_geq(sd_event_new(&event), 0);
        new_runner();
}

static void teardown(void) {
        char command[128];

        runner = process_runner_free(runner);
        event = sd_event_unref(event);
        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(process, .init = setup, .fini = teardown, .timeout = 60);

/* Turn the loop until @done says so, or for PATIENCE_USEC. */
static void loop_until(bool (*done)(const void *), const void *what) {
        usec_t end = usec_now(CLOCK_MONOTONIC) + PATIENCE_USEC;

        while (!done(what)) {
                cr_assert_lt(usec_now(CLOCK_MONOTONIC), end, "nothing happened");
                cr_assert_geq(sd_event_run(event, 20 * USEC_PER_MSEC), 0);
        }
}

static void loop_for(usec_t usec) {
        usec_t end = usec_now(CLOCK_MONOTONIC) + usec;

        while (usec_now(CLOCK_MONOTONIC) < end)
                cr_assert_geq(sd_event_run(event, 20 * USEC_PER_MSEC), 0);
}

static bool is_gone(const void *what) {
        return ((const struct run *) what)->gone_usec;
}

static bool is_told(const void *what) {
        return ((const struct run *) what)->told_usec;
}

static void start(struct run *run, const struct process_spec *spec) {
        *run = (struct run){ .started_usec = usec_now(CLOCK_MONOTONIC) };
        cr_assert_eq(process_start(runner, spec, &ops, run, &run->process), 0);
}

static void start_shell(struct run *run, const char *script, usec_t timeout) {
        char *argv[] = { (char *) "/bin/sh", (char *) "-c", (char *) script, NULL };

        start(run, &(struct process_spec){ .tag = "test", .argv = argv, .timeout_usec = timeout });
}

static void run_shell(struct run *run, const char *script, usec_t timeout) {
        start_shell(run, script, timeout);
        loop_until(is_gone, run);
}

static void run_program(struct run *run, struct process_spec spec, const char *program) {
        char *argv[] = { (char *) program, NULL };

        spec.argv = argv;
        spec.tag = "test";
        spec.timeout_usec = 10 * USEC_PER_SEC;
        start(run, &spec);
        loop_until(is_gone, run);
}

static const char *in_directory(const char *name) {
        static char path[64];

        (void) snprintf(path, sizeof(path), "%s/%s", directory, name);
        return path;
}

static const char *make_file(const char *name, mode_t mode, const char *text) {
        const char *path = in_directory(name);
        FILE *f = fopen(path, "w");

        cr_assert(f);
        cr_assert_geq(fputs(text, f), 0);
        cr_assert_eq(fclose(f), 0);
        cr_assert_eq(chmod(path, mode), 0);
        return path;
}

static const char *read_file(const char *name) {
        static char text[1 << 20];
        FILE *f = fopen(in_directory(name), "r");
        size_t n;

        cr_assert(f, "%s does not exist", name);
        n = fread(text, 1, sizeof(text) - 1, f);
        text[n] = '\0';
        (void) fclose(f);
        return text;
}

static bool has_line(const void *name) {
        struct stat st;

        return stat(in_directory(name), &st) >= 0 && st.st_size > 0;
}

static pid_t read_pid(const char *name) {
        loop_until(has_line, name);
        return atoi(read_file(name));
}

static bool is_dead(const void *pid) {
        struct process_record r = {};
        bool dead;

        if (kill(*(const pid_t *) pid, 0) < 0)
                return errno == ESRCH;
        /* Nobody may be there to reap it: a zombie is dead, too. */
        cr_assert_eq(process_record_init(&r, *(const pid_t *) pid, 0, ""), 0);
        dead = !process_record_main_alive(&r);
        process_record_done(&r);
        return dead;
}

static void expect_words(const struct run *run, const char *words) {
        char buf[PROCESS_TEXT_MAX];

        cr_expect_str_eq(process_result_format(&run->result, buf, sizeof(buf)), words);
}

static size_t count_records(void) {
        struct process_record *all = NULL;
        size_t n = 0, torn = 0;

        cr_assert_eq(process_record_read_all(records, &all, &n, &torn), 0);
        for (size_t i = 0; i < n; i++)
                process_record_done(&all[i]);
        free(all);
        return n;
}

/* Direct what is logged into the file "log". */
static void catch_log(void) {
        int fd = open(in_directory("log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        cr_assert_geq(fd, 0);
        cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        (void) close(fd);
}

static size_t count_lines(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                n += *text == '\n';
        return n;
}

static void need_root(void) {
        if (geteuid() != 0)
                cr_skip_test("needs root to change identity");
}

/* --- how it ends --- */

Test(process, exit_status_0_is_good) {
        struct run run;

        run_shell(&run, "exit 0", USEC_PER_SEC);
        cr_expect(process_result_good(&run.result));
        cr_expect_eq(count_records(), 0, "the record stays behind");
}

Test(process, another_exit_status_is_told) {
        struct run run;

        run_shell(&run, "exit 3", 10 * USEC_PER_SEC);
        cr_expect_not(process_result_good(&run.result));
        expect_words(&run, "exit status 3");
}

Test(process, death_by_a_signal_is_told) {
        struct run run;

        run_shell(&run, "kill -SEGV $$", 10 * USEC_PER_SEC);
        expect_words(&run, "killed by SIGSEGV");
}

Test(process, a_run_that_hangs_is_told_at_its_limit_and_ended) {
        struct run run;

        run_shell(&run, "sleep 100", 300 * USEC_PER_MSEC);
        expect_words(&run, "timeout after 0.3 s");
        cr_expect_geq(run.told_usec, 300 * USEC_PER_MSEC);
        cr_expect_lt(run.gone_usec, PROCESS_KILL_AFTER_USEC, "SIGTERM did not end it");
}

Test(process, a_run_that_ignores_sigterm_is_killed) {
        struct run run;

        run_shell(&run, "trap '' TERM; while :; do sleep 0.1; done", 200 * USEC_PER_MSEC);
        cr_expect_eq(run.result.outcome, PROCESS_TIMEOUT);
        cr_expect_lt(run.told_usec, PROCESS_KILL_AFTER_USEC, "the verdict waited for the death");
        cr_expect_geq(run.gone_usec, 200 * USEC_PER_MSEC + PROCESS_KILL_AFTER_USEC);
}

Test(process, an_owner_may_end_it_early) {
        struct run run;

        start_shell(&run, "sleep 100", USEC_INFINITY);
        process_end(run.process);
        loop_until(is_gone, &run);
        expect_words(&run, "killed by SIGTERM");
}

Test(process, an_owner_may_forget_it) {
        struct run run;

        start_shell(&run, "exit 0", USEC_PER_SEC);
        process_forget(run.process);
        loop_for(300 * USEC_PER_MSEC);
        cr_expect_eq(run.told_usec, 0);
        cr_expect_eq(count_records(), 0);
}

/* --- the group --- */

Test(process, what_stays_in_the_group_is_ended_at_the_limit) {
        struct run run;
        char script[256];
        pid_t pid;

        (void) snprintf(script, sizeof(script), "sleep 100 & echo $! > %s; exit 0",
                        in_directory("pid"));
        run_shell(&run, script, 600 * USEC_PER_MSEC);
        cr_expect(process_result_good(&run.result));
        cr_expect_lt(run.gone_usec, 600 * USEC_PER_MSEC, "the result waited for the others");
        cr_expect_eq(count_records(), 1, "a successor would not know of it");
        pid = read_pid("pid");
        cr_expect_not(is_dead(&pid), "it was ended before the limit");
        loop_until(is_dead, &pid);
        cr_expect_geq(usec_now(CLOCK_MONOTONIC) - run.started_usec, 600 * USEC_PER_MSEC);
}

Test(process, a_horde_is_ended_whole) {
        struct run run;
        char script[512];
        pid_t pid;

        /* Each of them ignores SIGTERM; the last is the youngest. */
        (void) snprintf(script, sizeof(script),
                        "trap '' TERM; i=0; while [ $i -lt 150 ]; do sleep 100 & i=$((i+1)); done; "
                        "echo $! > %s; wait",
                        in_directory("pid"));
        /* A second is enough for so many, but on a machine that has other things to do. */
        for (usec_t limit = USEC_PER_SEC; access(in_directory("pid"), F_OK) < 0; limit *= 4) {
                cr_assert_leq(limit, 16 * USEC_PER_SEC, "the horde is never whole");
                start_shell(&run, script, limit);
                loop_until(is_gone, &run);
        }
        pid = read_pid("pid");
        loop_until(is_dead, &pid);
        cr_expect_eq(run.result.outcome, PROCESS_TIMEOUT);
}

Test(process, a_daemon_that_was_started_stays) {
        struct run run;
        char script[256];
        pid_t pid;

        (void) snprintf(script, sizeof(script), "setsid sh -c 'echo $$ > %s; exec sleep 100' &",
                        in_directory("pid"));
        run_shell(&run, script, 500 * USEC_PER_MSEC);
        pid = read_pid("pid");
        loop_for(USEC_PER_SEC);
        cr_expect_not(is_dead(&pid));
        (void) kill(pid, SIGKILL);
}

Test(process, it_leads_a_group_of_its_own) {
        struct run run;

        start_shell(&run, "sleep 1", 10 * USEC_PER_SEC);
        cr_expect_eq(getpgid(process_pid(run.process)), process_pid(run.process));
        loop_until(is_gone, &run);
}

/* --- what it is given --- */

Test(process, its_environment_is_ours_without_what_misleads) {
        struct run run;
        char script[256];
        char *extra[] = { (char *) "MAINSTAY_TEST=new", NULL };
        char *argv[] = { (char *) "/bin/sh", (char *) "-c", script, NULL };
        const char *text;

        (void) setenv("LD_PRELOADED", "x", 1);
        (void) setenv("IFS", "x", 1);
        (void) setenv("NOTIFY_SOCKET", "/nowhere", 1);
        (void) setenv("MAINSTAY_TEST", "old", 1);
        (void) setenv("MAINSTAY_KEPT", "yes", 1);
        (void) snprintf(script, sizeof(script), "env > %s", in_directory("env"));
        start(&run,
                        &(struct process_spec){ .tag = "test",
                                        .argv = argv,
                                        .environment = extra,
                                        .timeout_usec = USEC_PER_SEC });
        loop_until(is_gone, &run);
        text = read_file("env");
        cr_expect_not(strstr(text, "LD_PRELOADED"));
        cr_expect_not(strstr(text, "IFS="));
        cr_expect_not(strstr(text, "NOTIFY_SOCKET"));
        cr_expect(strstr(text, "MAINSTAY_TEST=new"));
        cr_expect_not(strstr(text, "MAINSTAY_TEST=old"));
        cr_expect(strstr(text, "MAINSTAY_KEPT=yes"));
}

Test(process, it_has_three_descriptors_and_no_input) {
        struct run run;
        char script[256];

        /* ls itself opens the directory: 3 */
        (void) snprintf(script, sizeof(script),
                        "cd %s; ls /proc/self/fd | tr '\\n' ' ' > fds; cat > in", directory);
        run_shell(&run, script, 10 * USEC_PER_SEC);
        cr_expect_str_eq(read_file("fds"), "0 1 2 3 ");
        cr_expect_str_eq(read_file("in"), "");
}

Test(process, signals_are_as_if_nobody_had_touched_them) {
        struct run run;
        sigset_t all;

        (void) sigfillset(&all);
        (void) sigprocmask(SIG_SETMASK, &all, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
        run_shell(&run, "kill -PIPE $$; exit 5", 10 * USEC_PER_SEC);
        expect_words(&run, "killed by SIGPIPE");
}

Test(process, it_takes_on_the_identity_of_a_user) {
        struct process_identity nobody;
        struct run run;
        char script[256];
        char *argv[] = { (char *) "/bin/sh", (char *) "-c", script, NULL };

        need_root();
        cr_assert_eq(process_identity_lookup("nobody", NULL, false, &nobody), 0);
        cr_assert_eq(chmod(directory, 0777), 0);
        (void) snprintf(script, sizeof(script), "id -u > %s/id; id -G >> %s/id", directory,
                        directory);
        start(&run,
                        &(struct process_spec){ .tag = "test",
                                        .argv = argv,
                                        .identity = &nobody,
                                        .timeout_usec = 10 * USEC_PER_SEC });
        loop_until(is_gone, &run);
        (void) snprintf(script, sizeof(script), "%u\n%u\n", nobody.uid, nobody.gid);
        cr_expect_str_eq(read_file("id"), script);
}

Test(process, without_the_right_to_change_identity_it_says_so) {
        struct process_identity identity = { .uid = 1, .gid = 1 };
        struct run run;

        if (geteuid() == 0) {
                cr_assert_eq(chown(directory, 65534, 65534), 0);
                cr_assert_eq(chown(records, 65534, 65534), 0);
                cr_assert_eq(setgroups(0, NULL), 0);
                cr_assert_eq(setresgid(65534, 65534, 65534), 0);
                cr_assert_eq(setresuid(65534, 65534, 65534), 0);
        }
        run_program(&run, (struct process_spec){ .identity = &identity }, "/bin/true");
        cr_expect_eq(run.result.outcome, PROCESS_NOT_RUN);
        expect_words(&run, "cannot run /bin/true as user 1: Operation not permitted");
}

/* --- programs that cannot run --- */

Test(process, a_missing_program_says_so) {
        struct run run;

        run_program(&run, (struct process_spec){}, "/nonexistent/program");
        cr_expect_eq(run.result.outcome, PROCESS_NOT_RUN);
        expect_words(&run, "cannot run /nonexistent/program: No such file or directory");
}

Test(process, a_file_that_is_not_executable_says_so) {
        struct run run;
        char words[256];
        const char *path = make_file("script", 0644, "#!/bin/sh\n");

        (void) snprintf(words, sizeof(words), "cannot run %s: Permission denied", path);
        run_program(&run, (struct process_spec){}, path);
        expect_words(&run, words);
}

Test(process, a_missing_interpreter_says_so) {
        struct run run;
        char words[256];
        const char *path = make_file("script", 0755, "#!/nonexistent/sh\n");

        (void) snprintf(words, sizeof(words), "cannot run %s: its interpreter does not exist",
                        path);
        run_program(&run, (struct process_spec){}, path);
        expect_words(&run, words);
}

Test(process, a_script_without_a_first_line_is_run_by_the_shell) {
        struct run run;

        run_program(&run, (struct process_spec){}, make_file("script", 0755, "exit 7\n"));
        expect_words(&run, "exit status 7");
}

Test(process, a_bare_name_is_searched_in_path) {
        struct run run;
        char path[256];

        (void) make_file("my-check", 0755, "#!/bin/sh\nexit 9\n");
        (void) snprintf(path, sizeof(path), "/nonexistent:%s:/bin", directory);
        (void) setenv("PATH", path, 1);
        run_program(&run, (struct process_spec){}, "my-check");
        expect_words(&run, "exit status 9");
        run_program(&run, (struct process_spec){}, "my-other-check");
        expect_words(&run, "cannot run my-other-check: not found in PATH");
}

Test(process, a_file_test_only_opens_the_file) {
        struct run run;
        char words[256];
        const char *path = make_file("flag", 0644, "");

        run_program(&run, (struct process_spec){ .file_test = true }, path);
        cr_expect(process_result_good(&run.result));
        cr_assert_eq(unlink(path), 0);
        run_program(&run, (struct process_spec){ .file_test = true }, path);
        cr_expect_eq(run.result.outcome, PROCESS_FAILED);
        (void) snprintf(words, sizeof(words), "cannot open %s: No such file or directory", path);
        expect_words(&run, words);
}

Test(process, a_script_of_root_that_others_may_change_is_refused_or_warned_of) {
        struct run run;
        char path[256];

        need_root();
        (void) snprintf(path, sizeof(path), "%s", make_file("script", 0755, "#!/bin/sh\nexit 4\n"));
        run_program(&run, (struct process_spec){ .secure = true }, path);
        expect_words(&run, "exit status 4");
        cr_expect_str_eq(run.result.warning, "");

        cr_assert_eq(chmod(directory, 0777), 0);
        run_program(&run, (struct process_spec){}, path);
        expect_words(&run, "exit status 4");
        cr_expect(strstr(run.result.warning, directory));
        run_program(&run, (struct process_spec){ .secure = true }, path);
        cr_expect_eq(run.result.outcome, PROCESS_NOT_RUN);
        cr_expect(strstr(run.result.text, directory));

        cr_assert_eq(chmod(directory, 01777), 0);
        run_program(&run, (struct process_spec){ .secure = true }, path);
        expect_words(&run, "exit status 4");
}

Test(process, a_link_to_what_others_may_change_is_refused) {
        struct run run;
        char target[256], path[256];

        need_root();
        (void) snprintf(target, sizeof(target), "%s/open", directory);
        cr_assert_eq(mkdir(target, 0777), 0);
        cr_assert_eq(chmod(target, 0777), 0);
        (void) snprintf(target, sizeof(target), "%s",
                        make_file("open/script", 0755, "#!/bin/sh\nexit 0\n"));
        (void) snprintf(path, sizeof(path), "%s", in_directory("link"));
        cr_assert_eq(symlink(target, path), 0);
        run_program(&run, (struct process_spec){ .secure = true }, path);
        cr_expect_eq(run.result.outcome, PROCESS_NOT_RUN);
}

/* --- output --- */

Test(process, its_output_is_logged_line_by_line_with_its_tag) {
        struct run run;

        catch_log();
        run_shell(&run, "echo one; echo two >&2; printf three", USEC_PER_SEC);
        runner = process_runner_free(
                        runner); /* a line without an end is told when nothing can follow */
        cr_expect_str_eq(read_file("log"),
                        "mainstay: test: one\nmainstay: test: two\nmainstay: test: three\n");
}

Test(process, a_flood_neither_blocks_it_nor_reaches_the_journal) {
        struct run run;
        const char *log;

        catch_log();
        run_shell(&run, "yes this line is printed two million times | head -n 2000000",
                        PATIENCE_USEC);
        cr_expect(process_result_good(&run.result));
        loop_for(100 * USEC_PER_MSEC);
        runner = process_runner_free(runner);
        log = read_file("log");
        cr_expect_leq(count_lines(log), 250);
        cr_expect(strstr(log, "more lines"), "nobody is told that something is missing");
}

Test(process, an_endless_line_is_cut) {
        struct run run;

        catch_log();
        run_shell(&run, "head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end", PATIENCE_USEC);
        loop_for(100 * USEC_PER_MSEC);
        cr_expect_lt(strlen(read_file("log")), 4096);
        cr_expect(strstr(read_file("log"), "test: end\n"));
}

/* --- successors --- */

Test(process, a_successor_adopts_what_still_runs) {
        struct run run, claimed = {};

        start_shell(&run, "sleep 0.7", 10 * USEC_PER_SEC);
        runner = process_runner_free(runner);
        new_runner();
        cr_expect_not(process_claim(runner, "another", &ops, &claimed));
        claimed.started_usec = run.started_usec;
        claimed.process = process_claim(runner, "test", &ops, &claimed);
        cr_assert(claimed.process);
        cr_expect_not(process_claim(runner, "test", &ops, &claimed), "claimed twice");
        loop_until(is_gone, &claimed);
        cr_expect_eq(claimed.result.outcome, PROCESS_UNSEEN);
        cr_expect_geq(claimed.gone_usec, 700 * USEC_PER_MSEC);
        cr_expect_eq(count_records(), 0);
}

Test(process, a_successor_ends_what_is_over_its_limit) {
        struct run run, claimed = {};

        start_shell(&run, "sleep 100", 500 * USEC_PER_MSEC);
        runner = process_runner_free(runner);
        new_runner();
        claimed.started_usec = run.started_usec;
        cr_assert(process_claim(runner, "test", &ops, &claimed));
        loop_until(is_told, &claimed);
        expect_words(&claimed, "timeout after 0.5 s");
        cr_expect_geq(claimed.told_usec, 500 * USEC_PER_MSEC);
        loop_until(is_gone, &claimed);
}

Test(process, a_successor_ends_what_a_dead_run_left_behind) {
        struct run run;
        char script[256];
        pid_t pid;

        (void) snprintf(script, sizeof(script), "sleep 100 & echo $! > %s; exit 0",
                        in_directory("pid"));
        run_shell(&run, script, USEC_PER_SEC);
        pid = read_pid("pid");
        runner = process_runner_free(runner);
        new_runner();
        cr_expect_not(is_dead(&pid));
        loop_until(is_dead, &pid);
        cr_expect_geq(usec_now(CLOCK_MONOTONIC) - run.started_usec, USEC_PER_SEC);
}

Test(process, a_stranger_with_the_same_number_is_left_alone) {
        struct process_record r = {};
        struct run run;
        pid_t pid;

        start_shell(&run, "sleep 100", USEC_INFINITY);
        pid = process_pid(run.process);
        runner = process_runner_free(runner);
        cr_assert_eq(process_record_init(&r, pid, 0, "test"), 0);
        r.start_ticks--;
        cr_assert_eq(process_record_write(records, &r), 0);
        new_runner();
        cr_expect_not(process_claim(runner, "test", &ops, &run));
        loop_for(500 * USEC_PER_MSEC);
        cr_expect_not(is_dead(&r.pid));
        cr_expect_eq(count_records(), 0);
        (void) kill(-r.pid, SIGKILL);
        process_record_done(&r);
}

Test(process, torn_records_are_ignored) {
        runner = process_runner_free(runner);
        (void) make_file("records/1234", 0600, "{\"pid\":1,\"tag\":\"x\"");
        (void) make_file("records/-1", 0600, "");
        new_runner();
        cr_expect_eq(count_records(), 0);
}

Test(process, printing_to_a_daemon_that_has_gone_does_not_kill) {
        struct run run;
        char script[256];

        (void) snprintf(script, sizeof(script), "sleep 0.3; echo one; echo two; echo done > %s",
                        in_directory("done"));
        start_shell(&run, script, 10 * USEC_PER_SEC);
        runner = process_runner_free(runner);
        loop_until(has_line, "done");
}

static void set_true(void *userdata) {
        *(bool *) userdata = true;
}

static bool is_true(const void *what) {
        return *(const bool *) what;
}

Test(process, a_runner_ends_all_it_has) {
        struct run polite, stubborn;
        bool done = false;

        start_shell(&polite, "sleep 100", USEC_INFINITY);
        start_shell(&stubborn, "trap '' TERM; while :; do sleep 0.1; done", USEC_INFINITY);
        loop_for(200 * USEC_PER_MSEC);
        process_runner_end(runner, 300 * USEC_PER_MSEC, set_true, &done);
        loop_until(is_true, &done);
        cr_expect(is_gone(&polite));
        cr_expect(is_gone(&stubborn));
        cr_expect_eq(count_records(), 0);
}

Test(process, runs_have_a_number_that_is_not_exceeded) {
        char *argv[PROCESS_ARGS_MAX + 2];
        struct process *p;

        for (size_t i = 0; i < ARRAY_SIZE(argv) - 1; i++)
                argv[i] = (char *) "/bin/true";
        argv[ARRAY_SIZE(argv) - 1] = NULL;
        cr_expect_eq(process_start(runner, &(struct process_spec){ .tag = "x", .argv = argv }, &ops,
                                     NULL, &p),
                        -E2BIG);
}
