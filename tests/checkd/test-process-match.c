/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/process-match.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define WORDS(...) ((char **) (const char *[]){ __VA_ARGS__, NULL })

/* A process called @comm with a command line of @n bytes. */
static struct process_image image(const char *comm, const char *cmdline, size_t n) {
        struct process_image i = { .cmdline = (char *) cmdline, .cmdline_bytes = n };

        (void) snprintf(i.comm, sizeof(i.comm), "%s", comm);
        return i;
}
#define IMAGE(comm, cmdline) image(comm, cmdline, sizeof(cmdline))

static bool matches(char **argv, enum check_params_conf how, bool full, struct process_image i) {
        const struct check_process_conf c = {
                .argv = argv, .param_match = how, .full_command = full
        };

        return process_match(&c, &i);
}

#define NGINX IMAGE("nginx", "/usr/sbin/nginx\0-g\0daemon off;")

Test(process_match, compares_the_name) {
        cr_expect(matches(WORDS("nginx"), CHECK_PARAMS_UNSET, false, NGINX));
        cr_expect_not(matches(WORDS("ngin"), CHECK_PARAMS_UNSET, false, NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/nginx"), CHECK_PARAMS_UNSET, false, NGINX));
        cr_expect(matches(WORDS("kthread"), CHECK_PARAMS_UNSET, false, image("kthread", NULL, 0)));
}

Test(process_match, finds_a_name_that_the_kernel_cuts) {
        struct process_image i = IMAGE("systemd-resolve", "/lib/systemd/systemd-resolved");

        cr_expect(matches(WORDS("systemd-resolved"), CHECK_PARAMS_UNSET, false, i));
        cr_expect(matches(WORDS("systemd-resolve"), CHECK_PARAMS_UNSET, false, i), "as cut");
        cr_expect_not(matches(WORDS("systemd-resolver"), CHECK_PARAMS_UNSET, false, i));
}

Test(process_match, compares_the_first_word_with_full_command) {
        cr_expect(matches(WORDS("/usr/sbin/nginx"), CHECK_PARAMS_UNSET, true, NGINX));
        cr_expect_not(matches(WORDS("nginx"), CHECK_PARAMS_UNSET, true, NGINX));
}

Test(process_match, compares_parameters_exactly) {
        cr_expect(matches(WORDS("/usr/sbin/nginx", "-g", "daemon off;"), CHECK_PARAMS_UNSET, false,
                        NGINX));
        cr_expect(matches(WORDS("/usr/sbin/nginx", "-g", "daemon off;"), CHECK_PARAMS_EXACT, false,
                        NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/nginx", "-g"), CHECK_PARAMS_UNSET, false, NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/nginx", "-g", "daemon"), CHECK_PARAMS_EXACT, false,
                        NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/nginx", "-g", "daemon off;", "x"),
                        CHECK_PARAMS_EXACT, false, NGINX));
        cr_expect_not(matches(
                        WORDS("nginx", "-g", "daemon off;"), CHECK_PARAMS_EXACT, false, NGINX));
}

Test(process_match, can_demand_that_there_are_no_parameters) {
        cr_expect_not(matches(WORDS("/usr/sbin/nginx"), CHECK_PARAMS_EXACT, false, NGINX));
        cr_expect(matches(WORDS("/bin/cat"), CHECK_PARAMS_EXACT, false, IMAGE("cat", "/bin/cat")));
}

Test(process_match, lets_others_follow) {
        cr_expect(matches(WORDS("/usr/sbin/nginx", "-g"), CHECK_PARAMS_PARTIAL, false, NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/nginx", "-"), CHECK_PARAMS_PARTIAL, false, NGINX));
        cr_expect(matches(
                        WORDS("/usr/sbin/nginx", "-g", "dae"), CHECK_PARAMS_INITIAL, false, NGINX));
        cr_expect(matches(WORDS("/usr/sbin/nginx", "-"), CHECK_PARAMS_INITIAL, false, NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/nginx", "g"), CHECK_PARAMS_INITIAL, false, NGINX));
        cr_expect_not(matches(WORDS("/usr/sbin/ngin"), CHECK_PARAMS_INITIAL, false, NGINX),
                        "the name is whole");
}

Test(process_match, counts_no_zombies_and_nothing_without_a_command_line) {
        struct process_image i = NGINX;

        i.dead = true;
        cr_expect_not(matches(WORDS("nginx"), CHECK_PARAMS_UNSET, false, i));
        cr_expect_not(matches(
                        WORDS("kthread"), CHECK_PARAMS_UNSET, true, image("kthread", NULL, 0)));
        cr_expect_not(matches(WORDS("kthread", "x"), CHECK_PARAMS_PARTIAL, false,
                        image("kthread", NULL, 0)));
}

Test(process_match, reads_stat_with_any_name) {
        struct process_image i;

        cr_expect(process_image_parse_stat("12 (cat) S 1 12 12 0", &i));
        cr_expect_str_eq(i.comm, "cat");
        cr_expect_not(i.dead);
        cr_expect(process_image_parse_stat("12 (a) Z (b)) R 1", &i));
        cr_expect_str_eq(i.comm, "a) Z (b)");
        cr_expect_not(i.dead);
        cr_expect(process_image_parse_stat("12 (gone) Z 1", &i));
        cr_expect(i.dead);
        cr_expect_not(process_image_parse_stat("12 (torn", &i));
        cr_expect_not(process_image_parse_stat("", &i));
        cr_expect_not(process_image_parse_stat("12 (x)", &i));
}

Test(process_match, knows_when_two_mean_the_same) {
        struct check_process_conf a = { .argv = WORDS("a", "b") }, b = { .argv = WORDS("a", "b") };

        cr_expect(process_match_same(&a, &b));
        b.argv = WORDS("a");
        cr_expect_not(process_match_same(&a, &b));
        cr_expect_not(process_match_same(&b, &a));
        b = a;
        b.full_command = true;
        cr_expect_not(process_match_same(&a, &b));
}
