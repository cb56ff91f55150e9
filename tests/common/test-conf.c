/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loading as a whole: grades, digest, what a reload asks, the kept copy when it is torn, what is
 * found in scripts. Details of the language are in the samples. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "vrrpd/conf.h"

#define SOUND                                                                                      \
        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 5\n"                            \
        " virtual_ipaddress {\n  192.0.2.1\n }\n}\n"

static char directory[] = "/tmp/test-conf-XXXXXX";

static void make_directory(void) {
        cr_assert(mkdtemp(directory));
        cr_assert_eq(chdir(directory), 0);
}

static void remove_directory(void) {
        cr_assert_eq(chdir("/"), 0);
        {
                char command[64];

                snprintf(command, sizeof(command), "rm -rf %s", directory);
                cr_assert_eq(system(command), 0);
        }
}

TestSuite(conf, .init = make_directory, .fini = remove_directory);

static void put(const char *path, const char *text) {
        FILE *f = fopen(path, "w");

        cr_assert(f);
        fputs(text, f);
        fclose(f);
}

static struct conf *load(const char *path) {
        struct conf *c;

        cr_assert_eq(conf_load(path, "node", CONF_READ_SCRIPTS, &c), 0);
        return c;
}

static struct conf *load_text(const char *text) {
        struct conf *c;

        cr_assert_eq(conf_load_text("text", text, strlen(text), "node", 0, &c), 0);
        return c;
}

static bool says(const struct conf *c, const char *what) {
        for (size_t i = 0; i < c->diags.n; i++)
                if (strstr(c->diags.items[i].what, what))
                        return true;
        return false;
}

Test(conf, a_missing_file_is_unusable_and_named) {
        _cleanup_(conf_freep) struct conf *c = load("none.conf");
        _cleanup_free_ char *line = NULL;

        cr_assert_eq(conf_grade(c), CONF_UNUSABLE);
        line = conf_diag_format(&c->diags.items[0]);
        cr_expect_str_eq(line, "none.conf: unusable: there is no such file");
        cr_expect(c->vrrp && !c->vrrp->instances, "the models are there, and empty");
}

Test(conf, an_unusable_file_gives_no_instances) {
        _cleanup_(conf_freep) struct conf *c = load_text(SOUND "vrrp_instance VI_2 {\n");

        cr_expect_eq(conf_grade(c), CONF_UNUSABLE);
        cr_expect_null(c->vrrp->instances);
        cr_expect_eq(c->vrrp->version, 2, "but defaults");
}

Test(conf, oversized_and_unreadable_files_are_unusable) {
        put("huge.conf", SOUND);
        cr_assert_eq(truncate("huge.conf", 17 << 20), 0);
        cr_assert_eq(mkfifo("fifo.conf", 0600), 0);
        {
                _cleanup_(conf_freep) struct conf *huge = load("huge.conf"),
                                                  *fifo = load("fifo.conf");

                cr_expect_eq(conf_grade(huge), CONF_UNUSABLE);
                cr_expect_eq(conf_grade(fifo), CONF_UNUSABLE);
        }
}

Test(conf, the_digest_covers_the_id_and_every_file) {
        put("a.conf", "include b.conf\n" SOUND);
        put("b.conf", "# b\n");
        {
                _cleanup_(conf_freep) struct conf *first = load("a.conf"), *again = load("a.conf"),
                                                  *other_id = NULL, *changed = NULL;

                cr_expect_str_eq(first->digest, again->digest);
                cr_assert_eq(conf_load("a.conf", "other", 0, &other_id), 0);
                cr_expect_str_neq(first->digest, other_id->digest);
                put("b.conf", "# c\n");
                changed = load("a.conf");
                cr_expect_str_neq(first->digest, changed->digest);
        }
}

Test(conf, a_reload_gets_worse_by_a_new_complaint_only) {
        _cleanup_(conf_freep) struct conf *sound = load_text(SOUND), *moved = NULL, *bad = NULL,
                                          *worse = NULL, *unusable = load_text("");

        bad = load_text("nonsense\n" SOUND);
        moved = load_text("# a comment\n\nnonsense\n" SOUND);
        worse = load_text("nonsense\n" SOUND "more_nonsense\n");
        cr_expect_not_null(conf_worse_than(bad, sound));
        cr_expect_null(conf_worse_than(moved, bad));
        cr_expect_null(conf_worse_than(sound, bad));
        cr_expect_str_eq(conf_worse_than(worse, bad)->what, "more_nonsense is no keyword");
        cr_expect_null(conf_worse_than(bad, NULL), "a first start goes on with complaints");
        cr_expect_eq(conf_worse_than(unusable, NULL)->grade, CONF_UNUSABLE);
        cr_expect_eq(conf_worse_than(unusable, bad)->grade, CONF_UNUSABLE);
}

Test(conf, relative_scripts_lie_beside_their_file) {
        _cleanup_(conf_freep) struct conf *c = NULL;
        char wanted[128];

        cr_assert_eq(mkdir("sub", 0755), 0);
        put("main.conf", "include sub/i.conf\n");
        put("sub/i.conf",
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 5\n"
                        " virtual_ipaddress {\n  192.0.2.1\n }\n notify \"./n.sh x\"\n}\n");
        c = load("main.conf");
        snprintf(wanted, sizeof(wanted), "%s/sub/./n.sh", directory);
        cr_expect_str_eq(vrrp_conf_find(c->vrrp, "VI_1")->notify.argv[0], wanted);
        cr_expect_str_eq(vrrp_conf_find(c->vrrp, "VI_1")->notify.pos.file, "sub/i.conf");
        cr_expect_eq(vrrp_conf_find(c->vrrp, "VI_1")->notify.pos.line, 7);
}

/* The kept copy */

static int directory_fd(void) {
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        cr_assert_geq(fd, 0);
        return fd;
}

Test(conf, a_kept_copy_survives_the_files_it_was_made_of) {
        _cleanup_(conf_freep) struct conf *c = NULL, *kept = NULL;
        _cleanup_close_ int fd = directory_fd();

        put("a.conf",
                        "nonsense\tx\n$A=eth0\nvrrp_instance \"a\tb\" {\n interface $A\n virtual_router_id 5\n"
                        " virtual_ipaddress {\n  192.0.2.1 # c\n }\n}\n");
        c = load("a.conf");
        cr_assert_eq(conf_save_expanded(c, fd, "kept"), 0);
        cr_assert_eq(unlink("a.conf"), 0);
        cr_assert_eq(conf_load_expanded(fd, "kept", &kept), 0);
        cr_expect_str_eq(kept->vrrp->instances->name, "a\tb");
        cr_expect_str_eq(kept->vrrp->instances->interface, "eth0");
        cr_expect_str_eq(kept->vrrp->instances->pos.file, "a.conf");
        cr_expect_eq(kept->vrrp->instances->pos.line, 3);
        cr_expect_str_eq(kept->digest, c->digest);
        cr_expect_str_eq(kept->config_id, "node");
        cr_expect_eq(kept->diags.n, c->diags.n);
        cr_expect_null(conf_worse_than(kept, c));
}

Test(conf, there_need_not_be_a_kept_copy) {
        _cleanup_close_ int fd = directory_fd();
        struct conf *kept;

        cr_expect_eq(conf_load_expanded(fd, "kept", &kept), -ENOENT);
}

Test(conf, a_torn_copy_is_refused_wherever_it_is_torn) {
        _cleanup_(conf_freep) struct conf *c = load_text(SOUND);
        _cleanup_close_ int fd = directory_fd();
        struct stat st;

        cr_assert_eq(conf_save_expanded(c, fd, "kept"), 0);
        cr_assert_eq(stat("kept", &st), 0);
        for (off_t n = 0; n < st.st_size; n++) {
                struct conf *kept = NULL;

                cr_assert_eq(conf_save_expanded(c, fd, "kept"), 0);
                cr_assert_eq(truncate("kept", n), 0);
                cr_assert_eq(conf_load_expanded(fd, "kept", &kept), -EBADMSG, "%ld bytes",
                                (long) n);
        }
}

Test(conf, a_changed_copy_is_refused) {
        _cleanup_(conf_freep) struct conf *c = load_text(SOUND);
        _cleanup_close_ int fd = directory_fd();
        struct conf *kept = NULL;
        int k;

        cr_assert_eq(conf_save_expanded(c, fd, "kept"), 0);
        k = open("kept", O_RDWR | O_CLOEXEC);
        cr_assert_eq(pwrite(k, "X", 1, 60), 1);
        close(k);
        cr_expect_eq(conf_load_expanded(fd, "kept", &kept), -EBADMSG);
        put("kept", "something else\n");
        cr_expect_eq(conf_load_expanded(fd, "kept", &kept), -EBADMSG);
}

Test(conf, an_unusable_configuration_is_not_kept) {
        _cleanup_(conf_freep) struct conf *c = load_text("");
        _cleanup_close_ int fd = directory_fd();

        cr_expect_lt(conf_save_expanded(c, fd, "kept"), 0);
        cr_expect_lt(access("kept", F_OK), 0);
}

/* What scripts do */

static struct conf *load_with_script(const char *text) {
        char conf[512];

        put("check.sh", text);
        snprintf(conf, sizeof(conf),
                        "vrrp_script chk {\n script \"%s/check.sh\"\n}\n"
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 5\n track_script {\n  chk\n }\n"
                        " virtual_ipaddress {\n  192.0.2.1\n }\n}\n",
                        directory);
        put("a.conf", conf);
        return load("a.conf");
}

Test(conf, a_script_that_stops_keepalived_is_told) {
        static const char *const killers[] = {
                "systemctl restart nginx\n[ $? = 0 ] || killall keepalived\n",
                "pkill -9 keepalived\n",
                "/usr/bin/systemctl stop keepalived.service\n",
                "service keepalived stop\n",
                "/etc/init.d/keepalived stop\n",
                "kill `cat /var/run/keepalived.pid`\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(killers); i++) {
                _cleanup_(conf_freep) struct conf *c = load_with_script(killers[i]);

                cr_expect(says(c, "stops keepalived"), "%s", killers[i]);
                cr_expect_eq(conf_grade(c), CONF_NOTE);
        }
}

Test(conf, a_script_that_does_not_is_not) {
        static const char *const harmless[] = {
                "# killall keepalived\n",
                "killall -0 keepalived\n",
                "killall nginx\n",
                "systemctl status keepalived\n",
                "echo keepalived\n",
                "ls /etc/keepalived\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
                _cleanup_(conf_freep) struct conf *c = load_with_script(harmless[i]);

                cr_expect_not(says(c, "stops keepalived"), "%s", harmless[i]);
        }
}

Test(conf, a_check_that_ends_with_its_own_status_can_never_fail) {
        _cleanup_(conf_freep) struct conf
                        *hides = load_with_script(
                                        "#!/bin/sh\nkillall -0 haproxy\necho $?\n\n# end\n"),
                        *one_line = NULL, *sound = NULL;

        cr_expect(says(hides, "can never fail"));
        cr_assert(says(hides, "can never fail"));
        one_line = load_with_script("killall -0 haproxy; echo \"$?\"\n");
        cr_expect(says(one_line, "can never fail"));
        sound = load_with_script("echo $?\nkillall -0 haproxy\n");
        cr_expect_not(says(sound, "can never fail"));
}

Test(conf, scripts_are_looked_into_only_when_asked) {
        _cleanup_(conf_freep) struct conf *checked = load_with_script("killall keepalived\n"),
                                          *daemon = NULL;

        cr_assert_eq(conf_load("a.conf", "node", 0, &daemon), 0);
        cr_expect_eq(conf_grade(checked), CONF_NOTE);
        cr_expect_eq(conf_grade(daemon), CONF_CLEAN);
        cr_expect_null(conf_worse_than(checked, daemon), "advice never refuses a reload");
}
