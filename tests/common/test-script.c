/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/script.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/descriptors.h"

static const struct global_conf nothing_said = {};
static char *argv_true[] = { (char *) "/bin/true", NULL };

static struct conf_script script_as(const char *user, const char *group) {
        return (struct conf_script){
                .command = (char *) "/bin/true",
                .argv = argv_true,
                .user = (char *) user,
                .group = (char *) group,
        };
}

static void expect_problem(
                const struct conf_script *c, const struct global_conf *g, const char *words) {
        struct script s;

        script_init(&s, c, g);
        cr_expect_not(s.identity_known);
        cr_expect_str_eq(s.problem, words);
        script_done(&s);
}

Test(script, of_a_user_that_does_not_exist_cannot_run_and_says_so) {
        struct conf_script c = script_as("no-such-user", NULL);

        expect_problem(&c, &nothing_said, "cannot run: no user no-such-user");
}

Test(script, of_a_group_that_does_not_exist_cannot_run_and_says_so) {
        struct conf_script c = script_as("root", "no-such-group");

        expect_problem(&c, &nothing_said, "cannot run: no group no-such-group");
}

Test(script, that_cannot_run_is_not_started) {
        struct conf_script c = script_as("no-such-user", NULL);
        struct process *p;
        struct script s;

        script_init(&s, &c, &nothing_said);
        cr_expect_eq(script_start(&s, NULL, "t", NULL, NULL, USEC_PER_SEC, NULL, NULL, &p), 1);
        script_done(&s);
}

/* A check must not fail, and a notification not be given up, because we lack something for a moment. */
Test(script, whose_user_cannot_be_looked_up_is_not_to_blame) {
        const struct global_conf secure = { .script_security = true };
        const struct conf_script named = script_as("no-such-user", NULL),
                                 none = script_as(NULL, NULL);
        struct script s[3];
        int r[3];
        struct process *p;
        rlim_t before = descriptors_limit(0);

        script_init(&s[0], &named, &nothing_said);
        script_init(&s[1], &none, &nothing_said);
        script_init(&s[2], &none, &secure);
        for (size_t i = 0; i < 3; i++)
                r[i] = script_start(&s[i], NULL, "t", NULL, NULL, USEC_PER_SEC, NULL, NULL, &p);
        (void) descriptors_limit(before);
        for (size_t i = 0; i < 3; i++) {
                cr_expect_eq(r[i], -EMFILE, "%zu: %d, %s", i, r[i], s[i].problem);
                cr_expect_str_eq(s[i].problem, "");
                script_done(&s[i]);
        }
}

Test(script, uses_script_user_unless_it_names_its_own) {
        struct global_conf g = { .script_user = (char *) "nobody" };
        struct conf_script own = script_as("root", NULL), none = script_as(NULL, NULL);
        struct script s;

        script_init(&s, &none, &g);
        cr_expect(s.identity_known);
        cr_expect_eq(s.identity.uid, getpwnam("nobody")->pw_uid);
        script_rebase(&s, &own, &g);
        cr_expect_eq(s.identity.uid, 0);
        script_done(&s);
}

Test(script, with_security_enabled_needs_somebody_to_be) {
        struct global_conf g = { .script_security = true };
        struct conf_script none = script_as(NULL, NULL);
        struct script s;

        if (getpwnam("keepalived_script"))
                cr_skip_test("this machine has a user keepalived_script");
        script_init(&s, &none, &nothing_said);
        cr_expect(s.identity_known);
        cr_expect_eq(s.identity.uid, geteuid());
        script_rebase(&s, &none, &g);
        cr_expect_not(s.identity_known);
        cr_expect(strstr(s.problem, "enable_script_security"));
        script_done(&s);
}

Test(script, run_by_a_shell_is_inspected_itself) {
        char *argv[] = { (char *) "/bin/sh", (char *) "-c",
                (char *) "/usr/bin/test -e /x || exit 1", NULL };
        struct conf_script c = { .command = argv[2], .argv = argv, .needs_shell = true };
        struct script s;

        script_init(&s, &c, &nothing_said);
        cr_expect_str_eq(s.program, "/usr/bin/test");
        script_done(&s);
}

Test(script, is_the_same_while_command_and_user_are) {
        struct global_conf as_nobody = { .script_user = (char *) "nobody" };
        struct conf_script a = script_as(NULL, NULL), b = script_as(NULL, NULL);

        cr_expect(script_same(&a, &nothing_said, &b, &nothing_said));
        cr_expect_not(script_same(&a, &nothing_said, &b, &as_nobody));
        b.user = (char *) "nobody";
        cr_expect(script_same(&a, &as_nobody, &b, &nothing_said));
        b.command = (char *) "/bin/false";
        cr_expect_not(script_same(&a, &as_nobody, &b, &as_nobody));
}
