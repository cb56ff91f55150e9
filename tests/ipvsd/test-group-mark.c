/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Marks of groups: which they get, and that they keep them. */

#include "ipvsd/group-mark.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "common/conf.h"

static struct conf *c;
static struct ipvs_group_marks before, now;

static void forget(void) {
        c = conf_free(c);
        ipvs_group_marks_done(&before);
        ipvs_group_marks_done(&now);
}

TestSuite(group_mark, .fini = forget);

/* Another file; what was given out is remembered. */
static void load(const char *conf) {
        struct ipvs_group_marks next = {};

        c = conf_free(c);
        cr_assert_eq(conf_load_text("test", conf, strlen(conf), "id", 0, &c), 0);
        cr_assert_eq(ipvs_group_marks_assign(c->ipvs, now.n > 0 ? &now : NULL, &next), 0);
        ipvs_group_marks_done(&before);
        before = now;
        now = next;
}

static uint32_t mark(const char *group, int protocol, int family) {
        return ipvs_group_marks_find(&now, group, protocol, family);
}

#define GLOBAL(start) "global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark " start "\n}\n"
#define GROUP(name, address) "virtual_server_group " name " {\n " address " 80\n}\n"
#define SERVICE(head, protocol)                                                                    \
        "virtual_server " head " {\n protocol " protocol                                           \
        "\n lb_algo rr\n lb_kind TUN\n real_server 10.0.1.1 80 {\n }\n}\n"

Test(group_mark, they_begin_at_1000) {
        load("global_defs {\n nftables_ipvs\n}\n" GROUP("a", "10.0.0.1") SERVICE("group a", "TCP"));
        cr_expect_eq(mark("a", IPPROTO_TCP, AF_INET), 1000);
        cr_expect_eq(mark("a", IPPROTO_UDP, AF_INET), 0);
        cr_expect_eq(mark("a", IPPROTO_TCP, AF_INET6), 0);
        cr_expect_eq(mark("b", IPPROTO_TCP, AF_INET), 0);
}

Test(group_mark, what_the_file_uses_is_left_out) {
        load(GLOBAL("5") GROUP("a", "10.0.0.1") GROUP("b",
                        "10.0.0.2") "virtual_server_group m {\n fwmark 5\n}\n" SERVICE("fwmark 7",
                        "TCP") SERVICE("group a", "TCP") SERVICE("group a", "UDP")
                                        SERVICE("group b", "TCP"));
        cr_expect_eq(mark("a", IPPROTO_TCP, AF_INET), 6);
        cr_expect_eq(mark("a", IPPROTO_UDP, AF_INET), 8);
        cr_expect_eq(mark("b", IPPROTO_TCP, AF_INET), 9);
}

Test(group_mark, they_stay_while_others_come_and_go) {
        load(GLOBAL("5") GROUP("a", "10.0.0.1") GROUP("b", "10.0.0.2") SERVICE("group a", "TCP")
                                        SERVICE("group b", "TCP"));
        cr_expect_eq(mark("b", IPPROTO_TCP, AF_INET), 6);
        load(GLOBAL("5") GROUP("b", "10.0.0.3") GROUP("n", "10.0.0.1") SERVICE("group n", "TCP")
                                        SERVICE("group b", "TCP"));
        cr_expect_eq(mark("b", IPPROTO_TCP, AF_INET), 6);
        cr_expect_eq(mark("n", IPPROTO_TCP, AF_INET), 7,
                        "that of a departed group is not given out at once");
        load(GLOBAL("5") GROUP("b", "10.0.0.3") GROUP("p", "10.0.0.1") SERVICE("group p", "TCP")
                                        SERVICE("group b", "TCP"));
        cr_expect_eq(mark("p", IPPROTO_TCP, AF_INET), 5, "but later");
}

Test(group_mark, a_mark_that_the_file_takes_is_given_up) {
        load(GLOBAL("5") GROUP("a", "10.0.0.1") SERVICE("group a", "TCP"));
        load(GLOBAL("5") GROUP("a", "10.0.0.1") SERVICE("fwmark 5", "TCP")
                                        SERVICE("group a", "TCP"));
        cr_expect_eq(mark("a", IPPROTO_TCP, AF_INET), 6);
        load(GLOBAL("9") GROUP("a", "10.0.0.1") SERVICE("group a", "TCP"));
        cr_expect_eq(mark("a", IPPROTO_TCP, AF_INET), 9, "and one that lies before the first");
}

Test(group_mark, there_are_not_more_than_there_are_numbers) {
        struct ipvs_group_marks none = {};
        const char *conf = GLOBAL("4294967295") GROUP("a", "10.0.0.1") GROUP("b", "10.0.0.2")
                        SERVICE("group a", "TCP") SERVICE("group b", "TCP");

        cr_assert_eq(conf_load_text("test", conf, strlen(conf), "id", 0, &c), 0);
        cr_expect_eq(ipvs_group_marks_assign(c->ipvs, NULL, &none), -ERANGE);
        cr_expect_eq(none.n, 0);
}
