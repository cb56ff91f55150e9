/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <limits.h>

#include "checkd/conf.h"
#include "common/conf-global.h"
#include "ipvsd/conf.h"
#include "tests/common/conf-text.h"

static struct conf *c;

static void forget(void) {
        c = conf_free(c);
}

TestSuite(check_conf, .fini = forget);

/* The script "a" with some lines in its block. */
static const struct check_script_conf *script(const char *lines) {
        char text[512];

        forget();
        snprintf(text, sizeof(text), "vrrp_script a {\n script \"/bin/check x\"\n%s\n}\n", lines);
        c = conf_of(text);
        cr_assert(check_conf_find_script(c->check, "a"), "%s", lines);
        return check_conf_find_script(c->check, "a");
}

Test(check_conf, a_script_has_the_defaults_of_keepalived) {
        const struct check_script_conf *s = script("");

        cr_expect_str_eq(s->script.argv[0], "/bin/check");
        cr_expect_str_eq(s->script.argv[1], "x");
        cr_expect_null(s->script.user);
        cr_expect_eq(s->interval_usec, USEC_PER_SEC);
        cr_expect_eq(s->timeout_usec, USEC_PER_SEC);
        cr_expect_eq(s->weight, 0);
        cr_expect_eq(s->rise, 1);
        cr_expect_eq(s->fall, 1);
        cr_expect_not(s->init_fail || s->reverse);
        cr_expect_eq(s->n_trackers, 0);
        cr_expect(conf_says(c, CONF_NOTE, "nothing tracks it"));
}

Test(check_conf, a_script_has_what_it_says) {
        const struct check_script_conf *s = script(
                        "interval 2.5\n timeout 0.5\n weight -20 reverse\n rise 5\n fall 3\n user nobody nogroup\n init_fail");

        cr_expect_eq(s->interval_usec, 2500000);
        cr_expect_eq(s->timeout_usec, 500000);
        cr_expect_eq(s->weight, -20);
        cr_expect(s->reverse);
        cr_expect_eq(s->rise, 5);
        cr_expect_eq(s->fall, 3);
        cr_expect_str_eq(s->script.user, "nobody");
        cr_expect_str_eq(s->script.group, "nogroup");
        cr_expect(s->init_fail);
}

Test(check_conf, the_timeout_is_the_interval_unless_said) {
        cr_expect_eq(script("interval 7")->timeout_usec, 7 * USEC_PER_SEC);
        cr_expect_eq(script("timeout 2\n interval 7")->timeout_usec, 2 * USEC_PER_SEC);
}

Test(check_conf, zero_seconds_are_one) {
        cr_expect_eq(script("interval 0\n timeout 0")->interval_usec, USEC_PER_SEC);
        cr_expect_eq(conf_grade(c), CONF_NOTE);
}

Test(check_conf, weights_out_of_range_leave_the_default) {
        cr_expect_eq(script("weight 254")->weight, 0);
        cr_expect(conf_says(c, CONF_COMPLAINT, "not in -253..253"));
        cr_expect_eq(script("weight -253")->weight, -253);
        cr_expect_eq(script("weight 20%")->weight, 20, "digits count");
        cr_expect(conf_says(c, CONF_COMPLAINT, "is taken as 20"));
}

Test(check_conf, a_script_without_command_is_none) {
        forget();
        c = conf_of("vrrp_script a {\n interval 2\n}\nvrrp_script b {\n script /b\n}\n");
        cr_expect_null(check_conf_find_script(c->check, "a"));
        cr_expect_not_null(check_conf_find_script(c->check, "b"));
}

Test(check_conf, opening_a_file_is_a_check) {
        forget();
        c = conf_of("vrrp_script a {\n script \"</run/flag\"\n}\n");
        cr_expect(check_conf_find_script(c->check, "a")->script.file_test);
        cr_expect_str_eq(check_conf_find_script(c->check, "a")->script.argv[0], "/run/flag");
}

Test(check_conf, the_default_user_is_a_global) {
        forget();
        c = conf_of("global_defs {\n script_user watcher :watchers\n enable_script_security\n router_id lb1\n}\n");
        cr_expect_str_eq(c->global->script_user, "watcher");
        cr_expect_str_eq(c->global->script_group, "watchers");
        cr_expect(c->global->script_supplementary);
        cr_expect(c->global->script_security);
        cr_expect_str_eq(c->global->router_id, "lb1");
}

Test(check_conf, other_trackers_are_known) {
        forget();
        c = conf_of("track_file f {\n file /f\n weight 2\n}\nvrrp_track_process p {\n process nginx\n quorum 3\n}\n"
                    "bfd_instance b {\n neighbor_ip 192.0.2.1\n}\n");
        cr_expect_str_eq(c->check->files->file, "/f");
        cr_expect_eq(c->check->files->weight, 2);
        cr_expect_eq(c->check->processes->quorum, 3);
        cr_expect_eq(c->check->bfds->neighbor_ip.family, AF_INET);
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 1, "BFD is not implemented yet");
}

Test(check_conf, a_tracked_process_has_what_it_says) {
        const struct check_process_conf *p;

        forget();
        c = conf_of("vrrp_track_process p {\n process \"/usr/sbin/my server\" -c x\n param_match partial\n delay 2.5\n"
                    " terminate_delay 0.25\n full_command\n}\nvrrp_track_process none {\n process nginx\n quorum_max 0\n}\n"
                    "vrrp_track_process odd {\n process a\n quorum 4\n quorum_max 3\n param_match sometimes\n}\n");
        p = check_conf_find_process(c->check, "p");
        cr_expect_str_eq(p->argv[0], "/usr/sbin/my server");
        cr_expect_str_eq(p->argv[2], "x");
        cr_expect_null(p->argv[3]);
        cr_expect_eq(p->param_match, CHECK_PARAMS_PARTIAL);
        cr_expect_eq(p->fork_delay_usec, 2500000);
        cr_expect_eq(p->terminate_delay_usec, 250000);
        cr_expect(p->full_command);
        p = check_conf_find_process(c->check, "none");
        cr_expect_eq(p->quorum, 0);
        cr_expect_eq(p->quorum_max, 0);
        p = check_conf_find_process(c->check, "odd");
        cr_expect_eq(p->quorum_max, UINT_MAX);
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 2);
}

Test(check_conf, a_tracked_file_may_be_made) {
        forget();
        c = conf_of("track_file a {\n file /a\n init_file\n}\ntrack_file b {\n file /b\n init_file -7 overwrite\n}\n"
                    "track_file c {\n file c\n}\ntrack_file d {\n file /d\n init_file overwrite\n}\n"
                    "track_file e {\n file /e\n}\n");
        cr_expect(check_conf_find_file(c->check, "a")->init_file.given);
        cr_expect_not(check_conf_find_file(c->check, "a")->init_file.overwrite);
        cr_expect_eq(check_conf_find_file(c->check, "b")->init_file.value, -7);
        cr_expect(check_conf_find_file(c->check, "b")->init_file.overwrite);
        cr_expect_null(check_conf_find_file(c->check, "c"), "no whole path");
        cr_expect(check_conf_find_file(c->check, "d")->init_file.overwrite);
        cr_expect_not(check_conf_find_file(c->check, "e")->init_file.given);
}

/* --- checkers --- */

/* The first checker of a server with these lines in its block. */
static struct check_checker_conf *checker(const char *blocks) {
        char text[2048];

        forget();
        snprintf(text, sizeof(text),
                        "virtual_server 192.0.2.1 80 {\n protocol TCP\n delay_loop 7\n real_server 192.0.2.11 80 {\n%s\n}\n}\n",
                        blocks);
        c = conf_of(text);
        cr_assert(c->ipvs->services, "%s", text);
        return c->ipvs->services->servers->checkers;
}

Test(check_conf, a_checker_has_what_server_and_kind_give_it) {
        const struct check_checker_conf *k = checker("TCP_CHECK {\n}");

        cr_expect_eq(k->connect_port, 80);
        cr_expect_eq(k->connect_ip.family, AF_INET);
        cr_expect_eq(k->retry, 1);
        cr_expect_eq(k->delay_before_retry_usec, USEC_PER_SEC);
        cr_expect_eq(k->delay_loop_usec, 7 * USEC_PER_SEC);
        cr_expect_eq(k->warmup_usec, 7 * USEC_PER_SEC);
        cr_expect_eq(k->connect_timeout_usec, 5 * USEC_PER_SEC);
}

Test(check_conf, bytes_are_hexadecimal_digits_in_pairs) {
        const struct check_checker_conf *k =
                        checker("UDP_CHECK {\n payload 0a1B 2 abc\n require_reply 0X x1 ff\n}");

        cr_assert_eq(k->udp_payload.n, 5);
        cr_expect_arr_eq(k->udp_payload.bytes, "\x0a\x1b\x02\xab\x0c", 5);
        cr_expect_arr_eq(k->udp_payload.mask, "\xff\xff\xff\xff\xff", 5);
        cr_assert_eq(k->udp_reply.n, 3);
        cr_expect_arr_eq(k->udp_reply.bytes, "\x00\x01\xff", 3);
        cr_expect_arr_eq(k->udp_reply.mask, "\xf0\x0f\xff", 3);
        cr_expect(k->udp_require_reply);
        cr_expect_eq(k->udp_max_reply, 255);
}

Test(check_conf, a_reply_may_be_required_without_saying_which) {
        cr_expect(checker("UDP_CHECK {\n require_reply\n}")->udp_require_reply);
        cr_expect_eq(checker("UDP_CHECK {\n require_reply\n}")->udp_reply.n, 0);
        cr_expect_not(checker("UDP_CHECK {\n}")->udp_require_reply);
}

Test(check_conf, what_is_no_hexadecimal_is_refused) {
        cr_expect_eq(checker("UDP_CHECK {\n payload 0g\n}")->udp_payload.n, 0);
        cr_expect_eq(checker("UDP_CHECK {\n payload 0x\n}")->udp_payload.n, 0, "no wildcards here");
}

Test(check_conf, a_host_block_is_one_more_checker) {
        const struct check_checker_conf *k = checker(
                        "SMTP_CHECK {\n helo_name mx.example.org\n host {\n connect_port 26\n }\n host {\n connect_port 27\n }\n}\nTCP_CHECK {\n}");

        cr_assert(k->next && k->next->next && k->next->next->next);
        cr_expect_eq(k->connect_port, 80);
        cr_expect_eq(k->next->connect_port, 26);
        cr_expect_eq(k->next->next->connect_port, 27);
        cr_expect_eq(k->next->next->kind, CHECK_CONF_SMTP);
        cr_expect_str_eq(check_conf_helo_name(k->next), "mx.example.org");
        cr_expect_eq(k->next->next->next->kind, CHECK_CONF_TCP);
}

Test(check_conf, a_helo_name_cannot_smuggle_a_command) {
        cr_expect_str_eq(check_conf_helo_name(checker("SMTP_CHECK {\n helo_name \"a b\"\n}")),
                        "smtpchecker.keepalived.org");
}

Test(check_conf, a_source_of_another_family_is_ignored) {
        cr_expect_not(ip_addr_is_set(&checker("TCP_CHECK {\n bindto ::1\n}")->bind_ip));
        cr_expect(conf_says(c, CONF_COMPLAINT, "there is no way to 192.0.2.11"));
}
