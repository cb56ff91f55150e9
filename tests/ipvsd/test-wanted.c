/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The wanted table, for each of the things that a configuration, checks and the operator can want. It is written
 * down as ipvsadm would be told. */

#include "ipvsd/wanted.h"

#include <criterion/criterion.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/macro.h"

#define SERVERS_MAX 4

static struct conf *c;
static struct ipvs_wanted_service services[8];
static struct ipvs_wanted_server servers[8][SERVERS_MAX];
static size_t n_services;
static struct ipvs_group_marks marks;
static char text[4096];

/* Everybody is good, and the quorum is reached. */
static void load(const char *conf) {
        const struct ipvs_service_conf *s;

        c = conf_free(c);
        cr_assert_eq(conf_load_text("test", conf, strlen(conf), "id", 0, &c), 0);
        n_services = 0;
        ipvs_group_marks_done(&marks);
        cr_assert_eq(ipvs_group_marks_assign(c->ipvs, NULL, &marks), 0);
        DL_FOREACH (c->ipvs->services, s) {
                struct ipvs_wanted_service *w = &services[n_services];
                const struct ipvs_server_conf *r;

                *w = (struct ipvs_wanted_service){
                        .conf = s,
                        .group = ipvs_conf_find_group(c->ipvs, s),
                        .marks = c->ipvs->marks.table ? &marks : NULL,
                        .up = true,
                        .servers = servers[n_services],
                };
                DL_FOREACH (s->servers, r)
                        servers[n_services][w->n_servers++] = (struct ipvs_wanted_server){
                                .conf = r, .good = true, .weight = r->weight
                        };
                n_services++;
        }
        cr_assert_gt(n_services, 0);
}

static void forget(void) {
        c = conf_free(c);
        ipvs_group_marks_done(&marks);
}

TestSuite(wanted, .fini = forget);

static void print_server(FILE *f, const struct ipvs_table_server *r) {
        static const char *const methods[] = {
                [IP_VS_CONN_F_MASQ] = "NAT",
                [IP_VS_CONN_F_TUNNEL] = "TUN",
                [IP_VS_CONN_F_DROUTE] = "DR",
        };
        char buf[IP_ADDR_STRLEN];

        fprintf(f, " > %s %u %s %d", ip_addr_format(&r->addr, buf), r->port, methods[r->forward],
                        r->weight);
        if (r->tunnel_type > 0)
                fprintf(f, " type %u port %u flags %u", r->tunnel_type, r->tunnel_port,
                                r->tunnel_flags);
        if (r->upper > 0)
                fprintf(f, " x %u y %u", r->upper, r->lower);
}

static const char *wanted(void) {
        struct ipvs_table t = {};
        FILE *f = fmemopen(text, sizeof(text), "w");
        char buf[IP_ADDR_STRLEN];

        cr_assert_eq(ipvs_wanted_build(services, n_services, &t), 0);
        for (size_t i = 0; i < t.n_services; i++) {
                const struct ipvs_table_service *s = &t.services[i];

                if (s->fwmark > 0)
                        fprintf(f, "mark %u %s %s", s->fwmark,
                                        s->family == AF_INET6 ? "inet6" : "inet", s->scheduler);
                else
                        fprintf(f, "%u %s %u %s", s->protocol, ip_addr_format(&s->addr, buf),
                                        s->port, s->scheduler);
                for (size_t j = 0; j < s->n_servers; j++)
                        print_server(f, &s->servers[j]);
                fputc('\n', f);
        }
        fclose(f);
        ipvs_table_done(&t);
        return text;
}

#define WEB(lines) "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n" lines "}\n"
#define ONE(lines) " real_server 10.0.1.1 80 {\n weight 3\n" lines "\n }\n"
#define TWO(lines) " real_server 10.0.1.2 80 {\n weight 2\n" lines "\n }\n"
#define SORRY " sorry_server 10.0.1.9 81\n"

Test(wanted, servers_are_there_with_their_weight) {
        load(WEB(ONE("") TWO(" lvs_method DR\n uthreshold 100\n lthreshold 50")));
        cr_expect_str_eq(wanted(),
                        "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 3 > 10.0.1.2 80 DR 2 x 100 y 50\n");
        servers[0][0].weight = 7;
        cr_expect_str_eq(wanted(),
                        "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 7 > 10.0.1.2 80 DR 2 x 100 y 50\n");
}

Test(wanted, bad_ones_are_not_or_have_no_weight) {
        load(WEB(ONE("") TWO(" inhibit_on_failure")));
        servers[0][0].good = servers[0][1].good = false;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.2 80 NAT 0\n");
        cr_expect_eq(ipvs_wanted_vote(&servers[0][0]), 0);
}

Test(wanted, orders_stand_above_health) {
        load(WEB(ONE("") TWO("")));
        servers[0][0].override = IPVS_OVERRIDE_DRAIN;
        servers[0][1].override = IPVS_OVERRIDE_DISABLE;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 0\n");
        cr_expect_eq(ipvs_wanted_vote(&servers[0][0]), 0);
        cr_expect_eq(ipvs_wanted_vote(&servers[0][1]), 0);
        servers[0][0].good = false;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr\n", "draining helps no dead server");
}

Test(wanted, a_draining_service_keeps_its_servers_and_its_quorum) {
        load(WEB(ONE("") TWO("") SORRY " sorry_server_inhibit\n"));
        services[0].drain = true;
        cr_expect_str_eq(wanted(),
                        "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 0 > 10.0.1.2 80 NAT 0 > 10.0.1.9 81 NAT 0\n");
        cr_expect_eq(ipvs_wanted_vote(&servers[0][0]), 3);
}

Test(wanted, the_sorry_server_takes_the_place_of_all_but_the_draining) {
        load(WEB(ONE("") TWO("") SORRY));
        servers[0][1].override = IPVS_OVERRIDE_DRAIN;
        services[0].up = false;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.2 80 NAT 0 > 10.0.1.9 81 NAT 1\n");
        services[0].up = true;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 3 > 10.0.1.2 80 NAT 0\n");
}

Test(wanted, without_a_sorry_server_what_is_good_stays) {
        load(WEB(ONE("") TWO("")));
        services[0].up = false;
        servers[0][0].good = false;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.2 80 NAT 2\n");
}

Test(wanted, a_sorry_server_that_also_serves_is_there_once) {
        load(WEB(ONE("") " sorry_server 10.0.1.1 80\n sorry_server_inhibit\n"));
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 3\n");
        services[0].up = false;
        cr_expect_str_eq(wanted(), "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 1\n");
}

Test(wanted, the_sorry_server_has_its_own_method) {
        load(WEB(" lb_kind DR\n" ONE("") SORRY
                        " sorry_server_lvs_method TUN type gue port 6080 csum\n"));
        services[0].up = false;
        cr_expect_str_eq(wanted(),
                        "6 10.0.0.1 80 rr > 10.0.1.9 80 TUN 1 type 1 port 6080 flags 1\n");
}

Test(wanted, marks_have_a_family_and_no_ports_but_with_nat) {
        load("virtual_server fwmark 7 {\n lb_kind DR\n real_server 10.0.1.1 80 {\n }\n}\n"
             "virtual_server fwmark 8 {\n ip_family inet6\n real_server 2001:db8::1 80 {\n }\n}\n");
        cr_expect_str_eq(wanted(),
                        "mark 7 inet wlc > 10.0.1.1 0 DR 1\nmark 8 inet6 wlc > 2001:db8::1 80 NAT 1\n");
}

Test(wanted, a_group_is_a_service_for_each_address_and_mark) {
        load("virtual_server group g {\n protocol UDP\n lb_kind DR\n real_server 10.0.1.1 {\n }\n}\n"
             "virtual_server_group g {\n 10.0.0.254-10.0.1.0 53\n 10.9.0.0/31 54\n fwmark 3\n}\n");
        cr_expect_str_eq(wanted(),
                        "17 10.0.0.254 53 wlc > 10.0.1.1 53 DR 1\n17 10.0.0.255 53 wlc > 10.0.1.1 53 DR 1\n"
                        "17 10.0.1.0 53 wlc > 10.0.1.1 53 DR 1\n17 10.9.0.0 54 wlc > 10.0.1.1 54 DR 1\n"
                        "17 10.9.0.1 54 wlc > 10.0.1.1 54 DR 1\nmark 3 inet wlc > 10.0.1.1 0 DR 1\n");
}

Test(wanted, what_two_services_want_is_the_first_ones) {
        load(WEB(ONE("")) "virtual_server group g {\n protocol TCP\n real_server 10.0.1.2 80 {\n }\n}\n"
                          "virtual_server_group g {\n 10.0.0.1 80\n 10.0.0.2 80\n}\n");
        cr_expect_str_eq(wanted(),
                        "6 10.0.0.1 80 rr > 10.0.1.1 80 NAT 3\n6 10.0.0.2 80 wlc > 10.0.1.2 80 NAT 1\n");
        cr_expect_eq(services[0].n_left_out, 0);
        cr_expect_eq(services[1].n_left_out, 1);
}

static struct ipvs_table_service first(void) {
        struct ipvs_table t = {};
        struct ipvs_table_service s;

        cr_assert_eq(ipvs_wanted_build(services, n_services, &t), 0);
        s = t.services[0];
        ipvs_table_done(&t);
        return s;
}

Test(wanted, flags_and_persistence) {
        struct ipvs_table_service s;

        load(WEB(" lb_algo sh\n sh-port\n flag-3\n persistence_timeout 50\n"
                 " persistence_granularity 255.255.255.0\n persistence_engine sip\n" ONE("")));
        s = first();
        cr_expect_eq(s.flags, IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2 | IP_VS_SVC_F_SCHED3);
        cr_expect_eq(s.timeout, 50);
        cr_expect_eq(ntohl(s.mask), 0xffffff00);
        cr_expect_str_eq(s.engine, "sip");

        load("virtual_server 2001:db8::1 53 {\n protocol UDP\n ops\n persistence_granularity 64\n"
             " real_server 2001:db8::2 53 {\n }\n}\n");
        s = first();
        cr_expect(s.flags & IP_VS_SVC_F_ONEPACKET);
        cr_expect_eq(s.mask, 64);

        load(WEB(" persistence_engine sip\n" ONE("")));
        s = first();
        cr_expect_str_empty(s.engine, "only with persistence");
        cr_expect_eq(s.mask, UINT32_MAX);
}

#define MARKS "global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 50\n}\n"
#define GROUP "virtual_server_group g {\n 10.0.0.1 80\n 10.1.0.0/16 81\n fwmark 7\n}\n"

Test(wanted, a_group_with_marks_is_one_service) {
        load(MARKS GROUP "virtual_server group g {\n protocol TCP\n lb_algo rr\n" ONE(
                        "") "}\n"
                            "virtual_server group g {\n protocol UDP\n lb_algo rr\n lb_kind DR\n" TWO(
                                            "") "}\n");
        cr_expect_str_eq(wanted(),
                        "mark 7 inet rr > 10.0.1.1 80 NAT 3\n"
                        "mark 50 inet rr > 10.0.1.1 80 NAT 3\n"
                        "mark 51 inet rr > 10.0.1.2 0 DR 2\n");
}

Test(wanted, a_group_of_both_families_has_a_mark_for_each) {
        load(MARKS "virtual_server_group g {\n 10.0.0.1 80\n fd00::1 80\n}\n"
                   "virtual_server group g {\n protocol TCP\n lb_algo rr\n lb_kind TUN\n" ONE(
                                   "") "}\n");
        cr_expect_str_eq(wanted(),
                        "mark 50 inet rr > 10.0.1.1 0 TUN 3\n"
                        "mark 51 inet6 rr > 10.0.1.1 0 TUN 3\n");
}
