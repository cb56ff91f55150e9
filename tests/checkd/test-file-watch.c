/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real files in a directory of each test's own, and the kernel's news of them. */

#include "checkd/file-watch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkd/file-value.h"
#include "checkd/mounts.h"

static char root[] = "/tmp/mainstay-file-watch-XXXXXX";
static sd_event *event;
static struct mounts *mounts;
static struct file_watch *watch;
static const char *watched;
static unsigned changes;
static unsigned troubles;
static char why[256];

static void on_changed(void *userdata) {
        changes++;
}

static void on_unwatched(const char *text, void *userdata) {
        troubles += text != NULL;
        (void) snprintf(why, sizeof(why), "%s", text ?: "");
}

static const struct file_watch_ops ops = { .changed = on_changed, .unwatched = on_unwatched };

static void init(void) {
        cr_assert_not_null(mkdtemp(root));
        cr_assert_eq(chdir(root), 0);
        cr_assert_geq(sd_event_new(&event), 0);
        cr_assert_geq(mounts_new(event, &mounts), 0);
}

static void fini(void) {
        char command[128];

        watch = file_watch_free(watch);
        mounts = mounts_free(mounts);
        event = sd_event_unref(event);
        (void) snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -r %s", root, root);
        cr_expect_eq(system(command), 0);
}

TestSuite(file_watch, .init = init, .fini = fini, .timeout = 60);

/* --- what is done to files --- */

static void sh(const char *command) {
        cr_assert_eq(system(command), 0, "%s", command);
}

static void start(const char *path) {
        static char absolute[PATH_MAX];

        (void) snprintf(absolute, sizeof(absolute), "%s%s%s", path[0] == '/' ? "" : root,
                        path[0] == '/' ? "" : "/", path);
        watched = absolute;
        cr_assert_eq(file_watch_new(event, mounts, watched, &ops, NULL, &watch), 0);
}

/* --- what is told --- */

static const char *text_of(void) {
        static char text[FILE_VALUE_TEXT_MAX];

        (void) strcpy(text, "none");
        (void) file_value_read_text(watched, text);
        text[strcspn(text, "\n")] = '\0';
        return text;
}

static void run(usec_t duration) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), duration);

        for (usec_t now; (now = usec_now(CLOCK_MONOTONIC)) < end;)
                cr_assert_geq(sd_event_run(event, end - now), 0);
}

/* A change is told within @limit, and the file says @text. */
static bool told_within(usec_t limit, const char *text) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), limit);

        for (usec_t now; changes == 0 && (now = usec_now(CLOCK_MONOTONIC)) < end;)
                cr_assert_geq(sd_event_run(event, end - now), 0);
        if (changes == 0 || strcmp(text_of(), text) != 0)
                return false;
        changes = 0;
        return true;
}

/* And no poll can have seen it. */
static bool told(const char *text) {
        return told_within(why[0] ? FILE_WATCH_POLL_USEC * 3 / 4 : 10 * USEC_PER_SEC, text);
}

static void expect_told(const char *command, const char *text) {
        sh(command);
        cr_expect(told(text), "not told: %s (it says %s)", command, text_of());
        changes = 0;
}

Test(file_watch, tells_what_is_written_moved_and_removed) {
        start("flag");
        expect_told("echo 1 > flag", "1");
        expect_told("echo 2 > flag", "2");
        expect_told("echo 3 > new; mv new flag", "3");
        expect_told("echo 4 > flag", "4");
        expect_told("mv flag away", "none");
        expect_told("mv away flag", "4");
        expect_told("rm flag", "none");
        cr_expect_eq(troubles, 0);
}

Test(file_watch, tells_of_a_change_once) {
        sh("echo 1 > flag");
        start("flag");
        sh("echo 2 > flag");
        run(2 * FILE_WATCH_SETTLE_USEC);
        cr_expect_eq(changes, 1);
        sh("echo 2 > flag; touch flag; echo 9 > other; chmod 600 flag");
        run(2 * FILE_WATCH_SETTLE_USEC);
        cr_expect_eq(changes, 1, "what says the same as before is no news");
}

Test(file_watch, sees_directories_on_the_way_come_and_go) {
        start("a/b/flag");
        expect_told("mkdir -p a/b; echo 1 > a/b/flag", "1");
        expect_told("mkdir -p c/b; echo 2 > c/b/flag; mv a old; mv c a", "2");
        expect_told("rm -r a", "none");
        expect_told("mkdir -p n/b; echo 3 > n/b/flag; mv n a", "3");
        expect_told("rm -r a/b; echo file > a/b", "none");
        expect_told("rm a/b; mkdir x; echo 4 > x/flag; mv x a/b", "4");
        sh("echo 5 > old/b/flag");
        run(FILE_WATCH_SETTLE_USEC);
        cr_expect_eq(changes, 0, "what was led away is of no interest");
}

Test(file_watch, sees_the_target_of_a_dangling_link_come) {
        sh("ln -s far/away/target flag");
        start("flag");
        expect_told("mkdir -p far/away; echo 1 > far/away/target", "1");
        expect_told("echo 2 > far/away/target", "2");
        expect_told("rm -r far", "none");
        expect_told("mkdir -p new/away; echo 3 > new/away/target; mv new far", "3");
        expect_told("rm far/away/target", "none");
        expect_told("echo 4 > far/away/target", "4");
}

Test(file_watch, sees_chains_of_links_led_elsewhere) {
        sh("mkdir cfg cfg/..1 cfg/..2; echo 1 > cfg/..1/flag; echo 2 > cfg/..2/flag;"
           "ln -s ..1 cfg/..data; ln -s ..data/flag cfg/flag");
        start("cfg/flag");
        expect_told("ln -s ..2 cfg/..tmp; mv -T cfg/..tmp cfg/..data; rm -r cfg/..1", "2");
        expect_told("mkdir cfg/..3; echo 3 > cfg/..3/flag;"
                    "ln -s ..3 cfg/..tmp; mv -T cfg/..tmp cfg/..data; rm -r cfg/..2",
                        "3");
        expect_told("echo 4 > cfg/..3/flag", "4");
        expect_told("ln -s $PWD/abs lead; mkdir abs; echo 5 > abs/flag; rm cfg/flag;"
                    "ln -s ../lead/flag cfg/flag",
                        "5");
        expect_told("mkdir other; echo 6 > other/flag; ln -sfn other lead", "6");
        expect_told("ln -sfn lead lead", "none");
        expect_told("ln -sfn abs lead", "5");
}

Test(file_watch, sees_what_comes_by_other_names) {
        sh("mkdir far; echo 1 > far/file; ln far/file flag");
        start("flag");
        expect_told("echo 2 > far/file", "2");
        expect_told("rm flag", "none");
        expect_told("echo 3 > far/file; ln far/file flag", "3");
        expect_told("echo 4 > far/file", "4");
}

Test(file_watch, sees_the_writer_who_does_not_close) {
        _cleanup_close_ int fd = open("flag", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        cr_assert_geq(fd, 0);
        start("flag");
        cr_assert_eq(pwrite(fd, "7\n", 2, 0), 2);
        cr_expect(told("7"));
        cr_assert_eq(pwrite(fd, "8\n", 2, 0), 2);
        cr_expect(told("8"));
        cr_assert_eq(truncate("flag", 0), 0);
        cr_expect(told(""));
}

/* Made without a name, written, and then given one: the file is complete, and may be closed before we see it. */
Test(file_watch, sees_what_is_given_a_name_when_it_is_written) {
        _cleanup_close_ int fd = open(root, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
        char path[64];

        if (fd < 0)
                cr_skip_test("no O_TMPFILE here");
        start("flag");
        cr_assert_eq(write(fd, "5\n", 2), 2);
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        cr_assert_eq(linkat(AT_FDCWD, path, AT_FDCWD, "flag", AT_SYMLINK_FOLLOW), 0);
        cr_expect(told("5"));
}

/* --- where nothing is told --- */

static void expect_polled(const char *part) {
        cr_expect_eq(troubles, 1);
        cr_expect_not_null(strstr(why, part), "why: %s", why);
}

Test(file_watch, polls_where_nothing_is_told) {
        cr_assert_eq(prctl(PR_SET_NAME, "11"), 0);
        start("/proc/self/comm");
        expect_polled("is on proc: changes there are not told");
        cr_assert_eq(prctl(PR_SET_NAME, "12"), 0);
        cr_expect(told_within(5 * FILE_WATCH_POLL_USEC, "12"));
        cr_assert_eq(prctl(PR_SET_NAME, "13"), 0);
        cr_expect(told_within(5 * FILE_WATCH_POLL_USEC, "13"));
        expect_polled("is on proc");
}

Test(file_watch, by_way_of_a_link_into_such_a_place_polls) {
        sh("echo 1 > flag");
        start("flag");
        cr_expect_eq(troubles, 0);
        cr_assert_eq(prctl(PR_SET_NAME, "21"), 0);
        expect_told("ln -sf /proc/$PPID/comm flag", "21");
        expect_polled("is on proc");
        expect_told("ln -sf other flag", "none");
        cr_expect_str_empty(why, "it is watched again");
}

/* --- in a process of its own, which may give up rights --- */

static unsigned wrong;

#define CHECK(condition)                                                                           \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        fprintf(stderr, "%d: not so: %s (why: %s)\n", __LINE__, #condition, why);  \
                        wrong++;                                                                   \
                }                                                                                  \
        } while (false)

#define EXIT_CANNOT 77

static void forked(void (*body)(void)) {
        int status = 0;
        pid_t pid = fork();

        cr_assert_geq(pid, 0);
        if (pid == 0) {
                if (sd_event_new(&event) < 0 || mounts_new(event, &mounts) < 0)
                        _exit(1);
                body();
                _exit(wrong > 0);
        }
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert(WIFEXITED(status));
        if (WEXITSTATUS(status) == EXIT_CANNOT)
                cr_skip_test("not allowed here");
        cr_expect_eq(WEXITSTATUS(status), 0);
}

/* A user namespace has limits of its own. */
static void limit_watches(unsigned n) {
        FILE *f = fopen("/proc/sys/user/max_inotify_watches", "we");

        if (!f || fprintf(f, "%u", n) < 0 || fclose(f) != 0)
                _exit(EXIT_CANNOT);
}

static void enter_namespace(void) {
        if (unshare(CLONE_NEWUSER) < 0)
                _exit(EXIT_CANNOT);
}

static void begin_without_watches(void) {
        enter_namespace();
        limit_watches(2);
        start("a/flag");
        CHECK(troubles == 1);
        CHECK(strstr(why, "cannot be watched: fs.inotify.max_user_watches allows no more"));
        sh("echo 2 > a/flag");
        CHECK(told_within(5 * FILE_WATCH_POLL_USEC, "2"));
        limit_watches(100);
        run(FILE_WATCH_POLL_USEC * 3 / 2);
        CHECK(why[0] == '\0');
        sh("echo 3 > a/flag");
        CHECK(told("3"));
        CHECK(troubles == 1);
}

Test(file_watch, polls_until_the_kernel_grants_watches) {
        sh("mkdir a; echo 1 > a/flag");
        forked(begin_without_watches);
}

static void lose_watches(void) {
        enter_namespace();
        start("a/flag");
        CHECK(troubles == 0);
        limit_watches(2);
        sh("mv a c; mv b a");
        CHECK(told("2"));
        CHECK(troubles == 1 && strstr(why, "fs.inotify.max_user_watches"));
        sh("echo 3 > a/flag");
        CHECK(told_within(5 * FILE_WATCH_POLL_USEC, "3"));
}

Test(file_watch, polls_what_cannot_be_watched_anew) {
        sh("mkdir a b; echo 1 > a/flag; echo 2 > b/flag");
        forked(lose_watches);
}

static void be_nobody(void) {
        if (setresuid(65534, 65534, 65534) < 0)
                _exit(EXIT_CANNOT);
        start("a/flag");
        CHECK(troubles == 1 && strstr(why, "a cannot be watched: Permission denied"));
        CHECK(strcmp(text_of(), "1") == 0);
}

/* To read what is in a directory one need not be allowed to list it; to watch it, yes. */
Test(file_watch, polls_in_a_directory_that_it_may_not_watch) {
        sh("mkdir a; echo 1 > a/flag; chmod 711 a; chmod 755 .");
        forked(be_nobody);
}

static void mount_on_the_way(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                _exit(EXIT_CANNOT);
        mounts = mounts_free(mounts);
        CHECK(mounts_new(event, &mounts) == 0);
        start("a/flag");
        run(FILE_WATCH_SETTLE_USEC);
        CHECK(mount("b", "a", NULL, MS_BIND, NULL) == 0);
        CHECK(told("2"));
        sh("echo 3 > b/flag");
        CHECK(told("3"));
        run(FILE_WATCH_SETTLE_USEC); /* which closes what the watch was made from */
        CHECK(umount("a") == 0);
        CHECK(told("1"));
        CHECK(mount("b/flag", "a/flag", NULL, MS_BIND, NULL) == 0);
        CHECK(told("3"));
        sh("echo 4 > b/flag");
        CHECK(told("4"));
        run(FILE_WATCH_SETTLE_USEC);
        CHECK(umount("a/flag") == 0);
        CHECK(told("1"));
}

Test(file_watch, sees_what_is_mounted_on_the_way) {
        sh("mkdir a b; echo 1 > a/flag; echo 2 > b/flag");
        forked(mount_on_the_way);
}
