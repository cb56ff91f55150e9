/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which packets get which mark, as lines "PROTOCOL PORT FIRST-LAST MARK"; and the table as nft(8) takes it. */

#include "ipvsd/mark-rule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"

static struct conf *c;
static struct ipvs_group_marks marks;
static struct ipvs_wanted_service services[8];
static struct ipvs_mark_rules rules;
static char text[4096];

static void forget(void) {
        c = conf_free(c);
        ipvs_group_marks_done(&marks);
        ipvs_mark_rules_done(&rules);
}

TestSuite(mark_rule, .fini = forget);

static void load(const char *conf) {
        const struct ipvs_service_conf *s;
        size_t n = 0;

        cr_assert_eq(conf_load_text("test", conf, strlen(conf), "id", 0, &c), 0);
        cr_assert_eq(ipvs_group_marks_assign(c->ipvs, NULL, &marks), 0);
        DL_FOREACH (c->ipvs->services, s)
                services[n++] = (struct ipvs_wanted_service){
                        .conf = s,
                        .group = ipvs_conf_find_group(c->ipvs, s),
                        .marks = &marks,
                };
        cr_assert_gt(n, 0);
        cr_assert_eq(ipvs_mark_rules_build(services, n, &rules), 0);
}

static const char *list(void) {
        FILE *f = fmemopen(text, sizeof(text), "w");
        char first[IP_ADDR_STRLEN], last[IP_ADDR_STRLEN];

        for (size_t i = 0; i < rules.n; i++)
                fprintf(f, "%d %u %s-%s %u\n", rules.items[i].protocol, rules.items[i].port,
                                ip_addr_format(&rules.items[i].first, first),
                                ip_addr_format(&rules.items[i].last, last), rules.items[i].mark);
        fclose(f);
        return text;
}

static const char *print(int family, int priority, bool counters) {
        FILE *f = fmemopen(text, sizeof(text), "w");

        ipvs_mark_rules_print(f, &rules, family, "t", priority, counters);
        fclose(f);
        return text;
}

#define GLOBAL "global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 5\n}\n"
#define GROUP(name, lines) "virtual_server_group " name " {\n" lines "}\n"
#define SERVICE(head, protocol)                                                                    \
        "virtual_server " head " {\n protocol " protocol                                           \
        "\n lb_algo rr\n real_server 10.0.1.1 80 {\n }\n}\n"

Test(mark_rule, members_become_ranges) {
        load(GLOBAL GROUP("a", " 10.0.0.9 81\n 10.0.0.1-3 80\n 10.8.0.0/14 80\n fwmark 3\n")
                                        SERVICE("group a", "TCP") SERVICE("group a", "UDP"));
        cr_expect_str_eq(list(),
                        "6 80 10.0.0.1-10.0.0.3 5\n6 80 10.8.0.0-10.11.255.255 5\n6 81 10.0.0.9-10.0.0.9 5\n"
                        "17 80 10.0.0.1-10.0.0.3 6\n17 80 10.8.0.0-10.11.255.255 6\n17 81 10.0.0.9-10.0.0.9 6\n");
}

Test(mark_rule, the_first_of_the_file_has_the_address) {
        load(GLOBAL GROUP("a", " 10.0.0.4-6 80\n") GROUP("b", " 10.0.0.1-9 80\n") SERVICE(
                        "10.0.0.2 80", "TCP") SERVICE("group a", "TCP") SERVICE("group b", "TCP")
                                        SERVICE("10.0.0.9 80", "TCP"));
        cr_expect_str_eq(list(),
                        "6 80 10.0.0.1-10.0.0.1 6\n6 80 10.0.0.2-10.0.0.2 0\n6 80 10.0.0.3-10.0.0.3 6\n"
                        "6 80 10.0.0.4-10.0.0.6 5\n6 80 10.0.0.7-10.0.0.9 6\n");
        cr_expect_eq(services[1].n_left_out, 0);
        cr_expect_gt(services[2].n_left_out, 0);
}

Test(mark_rule, the_ends_of_the_address_space_are_no_trap) {
        load(GLOBAL GROUP("a", " 0.0.0.0 80\n 255.255.255.255 80\n") GROUP("b", " 0.0.0.0/0 80\n")
                                        SERVICE("group a", "TCP") SERVICE("group b", "TCP"));
        cr_expect_str_eq(list(),
                        "6 80 0.0.0.0-0.0.0.0 5\n6 80 0.0.0.1-255.255.255.254 6\n"
                        "6 80 255.255.255.255-255.255.255.255 5\n");
}

Test(mark_rule, the_table_looks_at_any_port_first_and_at_one_port_last) {
        load(GLOBAL GROUP("a", " 10.0.0.1\n 10.0.0.2 80\n") SERVICE("group a", "TCP") SERVICE(
                        "10.0.0.1 81", "TCP") SERVICE("10.0.0.7 81", "TCP"));
        cr_expect_str_eq(print(AF_INET, -1, true),
                        "table ip t {\n"
                        "\tmap p6_any {\n\t\ttype ipv4_addr : mark\n\t\telements = { 10.0.0.1 : 5 }\n\t}\n"
                        "\tmap p6 {\n\t\ttype ipv4_addr . inet_service : mark\n"
                        "\t\telements = { 10.0.0.2 . 80 : 5, 10.0.0.1 . 81 : 0 }\n\t}\n"
                        "\tchain marks {\n"
                        "\t\tmeta l4proto 6 meta mark set ip daddr map @p6_any counter\n"
                        "\t\tmeta l4proto 6 meta mark set ip daddr . th dport map @p6 counter\n\t}\n"
                        "\tchain prerouting {\n\t\ttype filter hook prerouting priority -1; policy accept;\n"
                        "\t\tjump marks\n\t}\n"
                        "\tchain output {\n\t\ttype filter hook output priority -150; policy accept;\n"
                        "\t\tjump marks\n\t}\n}\n");
        cr_expect(ipvs_mark_rules_have(&rules, AF_INET));
        cr_expect_not(ipvs_mark_rules_have(&rules, AF_INET6));
}

Test(mark_rule, ranges_are_told_and_an_early_priority_stays) {
        load(GLOBAL GROUP("a",
                        " fd00::1-ff 80\n") "virtual_server group a {\n protocol SCTP\n lb_algo rr\n real_server fd00:1::1 80 {\n }\n}\n");
        print(AF_INET6, -200, false);
        cr_expect(strstr(text,
                        "type ipv6_addr . inet_service : mark\n\t\tflags interval\n"
                        "\t\telements = { fd00::1-fd00::ff . 80 : 5 }"));
        cr_expect(strstr(text, "meta l4proto 132 meta mark set ip6 daddr . th dport map @p132\n"));
        cr_expect(strstr(text, "hook output priority -200;"));
}
