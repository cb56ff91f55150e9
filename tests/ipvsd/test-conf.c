/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/conf.h"
#include "tests/common/conf-text.h"

static struct conf *c;

static void forget(void) {
        c = conf_free(c);
}

TestSuite(ipvs_conf, .fini = forget);

static const struct ipvs_service_conf *load(const char *text) {
        forget();
        c = conf_of(text);
        if (!c->ipvs->services)
                conf_show(c);
        cr_assert(c->ipvs->services);
        return c->ipvs->services;
}

#define SERVICE(head, lines, server_lines)                                                         \
        "virtual_server " head " {\n protocol TCP\n" lines                                         \
        "\n real_server 192.0.2.10 80 {\n" server_lines "\n }\n}\n"

static const char *shown(const struct ip_addr *a) {
        static char buf[IP_ADDR_STRLEN];

        return ip_addr_format(a, buf);
}

Test(ipvs_conf, a_service_has_the_defaults_of_keepalived) {
        const struct ipvs_service_conf *s = load(SERVICE("192.0.2.1 80", "", ""));

        cr_expect_eq(s->kind, IPVS_CONF_ADDRESS);
        cr_expect_str_eq(s->name, "[192.0.2.1]:tcp:80");
        cr_expect_str_eq(s->scheduler, "wlc");
        cr_expect_eq(s->forward.method, IPVS_CONF_NAT);
        cr_expect_eq(s->family, AF_INET);
        cr_expect_eq(s->delay_loop_usec, 60 * USEC_PER_SEC);
        cr_expect_eq(s->connect_timeout_usec, 5 * USEC_PER_SEC);
        cr_expect_eq(s->quorum, 1);
        cr_expect_eq(s->persistence_timeout, 0);
        cr_expect_not(s->smtp_alert);
        cr_expect_eq(s->servers->weight, 1);
        cr_expect(s->servers->smtp_alert);
        cr_expect_str_eq(s->servers->name, "[192.0.2.10]:80");
        cr_expect_eq(s->servers->forward.method, IPVS_CONF_NAT);
        cr_expect_eq(c->diags.n, 0);
}

Test(ipvs_conf, services_have_three_kinds_of_heads) {
        const struct ipvs_service_conf *s = load(SERVICE("fwmark 7", "", ""));

        cr_expect_eq(s->kind, IPVS_CONF_FWMARK);
        cr_expect_eq(s->fwmark, 7);
        cr_expect_eq(s->protocol, 0);
        cr_expect_str_eq(s->name, "FWM 7");

        s = load(SERVICE("group g", "",
                        "") "virtual_server_group g {\n 192.0.2.1 80\n 192.0.2.2-5 80\n"
                            " 198.51.100.0/24\n fwmark 3\n}\n");
        cr_expect_eq(s->kind, IPVS_CONF_GROUP);
        cr_expect_str_eq(s->group, "g");
        cr_expect_str_eq(s->name, "[g]:0");
        cr_assert_eq(c->ipvs->groups->members.n, 4);
        cr_expect_str_eq(shown(&c->ipvs->groups->members.items[1].last), "192.0.2.5");
        cr_expect_str_eq(shown(&c->ipvs->groups->members.items[2].last), "198.51.100.255");
        cr_expect_eq(c->ipvs->groups->members.items[3].fwmark, 3);
}

Test(ipvs_conf, servers_inherit_from_their_service) {
        const struct ipvs_service_conf *s = load(SERVICE("192.0.2.1 80",
                        " weight 5\n lvs_method DR\n inhibit_on_failure\n delay_loop 6\n alpha\n"
                        " virtualhost www.example\n retry 4\n",
                        " TCP_CHECK {\n connect_port 81\n }\n HTTP_GET {\n url {\n path /\n }\n delay_loop 2\n nb_get_retry 0\n }"));
        const struct ipvs_server_conf *server = s->servers;
        const struct check_checker_conf *tcp = server->checkers, *http = tcp->next;

        cr_expect_eq(server->weight, 5);
        cr_expect_eq(server->forward.method, IPVS_CONF_DR);
        cr_expect(server->inhibit_on_failure && server->alpha);
        cr_expect_str_eq(server->virtualhost, "www.example");
        cr_expect_eq(tcp->kind, CHECK_CONF_TCP);
        cr_expect_eq(tcp->connect_port, 81);
        cr_expect_str_eq(shown(&tcp->connect_ip), "192.0.2.10");
        cr_expect_eq(tcp->retry, 4);
        cr_expect_eq(tcp->delay_loop_usec, 6 * USEC_PER_SEC);
        cr_expect_eq(tcp->delay_before_retry_usec, USEC_PER_SEC);
        cr_expect(tcp->alpha);
        cr_expect_eq(http->kind, CHECK_CONF_HTTP);
        cr_expect_eq(http->retry, 0);
        cr_expect_eq(http->delay_loop_usec, 2 * USEC_PER_SEC);
        cr_expect_eq(http->delay_before_retry_usec, 3 * USEC_PER_SEC);
        cr_expect_eq(http->connect_port, 80);
}

/* As in keepalived, where the check is made before the port is taken away. */
Test(ipvs_conf, checks_ask_the_port_that_is_written) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("fwmark 7", " lvs_method DR\n", " TCP_CHECK {\n }"));

        cr_expect_eq(s->servers->port, 0);
        cr_expect_eq(s->servers->checkers->connect_port, 80);
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 0);
}

Test(ipvs_conf, persistence_is_six_minutes_when_bare_and_off_when_zero) {
        cr_expect_eq(load(SERVICE("192.0.2.1 80", " persistence_timeout", ""))->persistence_timeout,
                        360);
        cr_expect_eq(load(SERVICE("192.0.2.1 80", " persistence_timeout 50", ""))
                                        ->persistence_timeout,
                        50);
        cr_expect_eq(load(SERVICE("192.0.2.1 80", " persistence_timeout 0", ""))
                                        ->persistence_timeout,
                        0);
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 0, "which is only a note");
}

Test(ipvs_conf, ports_are_translated_by_nat_only) {
        cr_expect_eq(load(SERVICE("192.0.2.1 443", "", ""))->servers->port, 80);
        cr_expect_eq(load(SERVICE("192.0.2.1 443", " lb_kind DR", ""))->servers->port, 443);
        cr_expect(conf_says(c, CONF_COMPLAINT, "DR does not translate ports"));
}

Test(ipvs_conf, a_sorry_server_has_the_port_of_the_service) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("192.0.2.1 80", " sorry_server 192.0.2.99", ""));

        cr_expect_str_eq(shown(&s->sorry.addr), "192.0.2.99");
        cr_expect_eq(s->sorry.port, 80);
}

Test(ipvs_conf, flags_of_schedulers_have_two_names) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("192.0.2.1 80", " lb_algo sh\n sh-port\n flag-3", ""));

        cr_expect_str_eq(s->scheduler, "sh");
        cr_expect(!s->flags[0] && s->flags[1] && s->flags[2]);
}

Test(ipvs_conf, what_is_twice_or_empty_is_left_out) {
        load(SERVICE("192.0.2.1 80", " real_server 192.0.2.10 80 {\n }", "") SERVICE("192.0.2.1 80",
                        "",
                        "") "virtual_server 192.0.2.3 80 {\n protocol TCP\n}\nvirtual_server group none {\n real_server 192.0.2.1 1 {\n }\n}\n"
                            "virtual_server nonsense {\n real_server 192.0.2.1 1 {\n }\n}\n");
        cr_expect_null(c->ipvs->services->next);
        cr_expect_null(c->ipvs->services->servers->next);
}

Test(ipvs_conf, a_mark_is_one_service_for_each_family) {
        const struct ipvs_service_conf *s = load(SERVICE("fwmark 7", "",
                        "") "virtual_server fwmark 7 {\n real_server 2001:db8::1 {\n }\n}\n");

        cr_assert(s->next);
        cr_expect_str_eq(s->label, "fwmark 7");
        cr_expect_str_eq(s->next->label, "fwmark 7 IPv6");
        cr_expect_str_eq(s->next->name, "FWM 7");
        s = load(SERVICE("fwmark 7", "", "") SERVICE("fwmark 7", "", ""));
        cr_expect_null(s->next);
}

Test(ipvs_conf, tunnels_have_a_type) {
        const struct ipvs_service_conf *s = load(
                        SERVICE("192.0.2.1 80", " lvs_method TUN type gue port 6080 remcsum", ""));

        cr_expect_eq(s->forward.method, IPVS_CONF_TUN);
        cr_expect_eq(s->forward.tunnel_type, 1);
        cr_expect_eq(s->forward.tunnel_port, 6080);
        cr_expect_eq(s->forward.tunnel_flags, 2);
        cr_expect_eq(load(SERVICE("192.0.2.1 80", " lvs_method TUN type gue", ""))->forward.method,
                        IPVS_CONF_NAT);
        cr_expect_eq(load(SERVICE("192.0.2.1 80", " lvs_method TUN csum", ""))->forward.method,
                        IPVS_CONF_NAT);
}

Test(ipvs_conf, flags_belong_to_their_scheduler) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("192.0.2.1 80", " lb_algo rr\n mh-port\n sh-fallback", ""));

        cr_expect(!s->flags[0] && !s->flags[1]);
        cr_expect(conf_says(c, CONF_COMPLAINT, "mh-port is for lb_algo mh and not for rr"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "sh-fallback is for lb_algo sh and not for rr"));
        s = load(SERVICE("192.0.2.1 80", " mh-port\n lb_algo mh\n ops", ""));
        cr_expect(s->flags[1], "the order means nothing");
        cr_expect(!s->ops);
        cr_expect(conf_says(c, CONF_COMPLAINT, "ops is for UDP and marks"));
}

Test(ipvs_conf, a_quorum_that_cannot_be_reached_is_cut) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("192.0.2.1 80", " quorum 9\n hysteresis 5", " weight 3"));

        cr_expect_eq(s->quorum, 3);
        cr_expect_eq(s->hysteresis, 2);
        cr_expect(conf_says(c, CONF_COMPLAINT, "quorum 9 is more than all servers weigh"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "hysteresis 5 is not below quorum"));
}

/* Weights may grow, by checks and by order: so it is only said. */
Test(ipvs_conf, a_quorum_that_is_reached_with_hysteresis_only_is_told) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("192.0.2.1 80", " quorum 3\n hysteresis 1", " weight 3"));

        cr_expect_eq(s->quorum, 3);
        cr_expect_eq(s->hysteresis, 1);
        cr_expect(conf_says(c, CONF_COMPLAINT, "quorum 3 and hysteresis 1 together are more than"));
        (void) load(SERVICE("192.0.2.1 80", " quorum 2\n hysteresis 1", " weight 3"));
        cr_expect_eq(c->diags.n, 0);
}

Test(ipvs_conf, a_lower_threshold_above_the_upper_one_is_ignored) {
        const struct ipvs_service_conf *s =
                        load(SERVICE("192.0.2.1 80", "", " uthreshold 5\n lthreshold 50") SERVICE(
                                        "192.0.2.2 80", "", " lthreshold 3") SERVICE("192.0.2.3 80",
                                        "", " uthreshold 3\n lthreshold 3"));

        cr_expect_eq(s->servers->uthreshold, 5);
        cr_expect_eq(s->servers->lthreshold, 0);
        cr_expect_eq(s->next->servers->lthreshold, 0);
        cr_expect_eq(s->next->next->servers->lthreshold, 3);
        cr_expect(conf_says(c, CONF_COMPLAINT, "lthreshold 50 is above uthreshold 5"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "lthreshold 3 is above uthreshold 0"));
        cr_expect_eq(c->diags.n, 2);
}

Test(ipvs_conf, words_too_many_are_told) {
        load(SERVICE("192.0.2.1 80 TCP", "", "") SERVICE("fwmark 7 8080", "", "") SERVICE(
                        "group g 8081", " real_server 192.0.2.12 80 x {\n }",
                        "") "virtual_server_group g {\n 192.0.2.2 80 y\n fwmark 8 inet z\n fwmark 9 inet7\n}\n");
        cr_expect(conf_says(c, CONF_NOTE, "virtual_server: TCP and what follows is ignored"));
        cr_expect(conf_says(c, CONF_NOTE, "virtual_server: 8080 and what follows is ignored"));
        cr_expect(conf_says(c, CONF_NOTE, "virtual_server: 8081 and what follows is ignored"));
        cr_expect(conf_says(c, CONF_NOTE, "real_server: x and what follows is ignored"));
        cr_expect(conf_says(c, CONF_NOTE, "y and what follows is ignored"));
        cr_expect(conf_says(c, CONF_NOTE, "z and what follows is ignored"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "unknown family inet7"));
        cr_expect_eq(c->ipvs->groups->members.n, 3);
        cr_expect_eq(c->ipvs->groups->members.items[2].family, 0);
}

Test(ipvs_conf, all_ports_need_persistence) {
        const struct ipvs_service_conf *s = load(SERVICE("192.0.2.1", "", ""));

        cr_expect_eq(s->persistence_timeout, 360);
        cr_expect_eq(conf_grade(c), CONF_NOTE);
        s = load(SERVICE("192.0.2.1", " persistence_timeout 50", ""));
        cr_expect_eq(s->persistence_timeout, 50);
        s = load(SERVICE("192.0.2.1 80", " persistence_granularity 64", ""));
        cr_expect_eq(s->granularity.prefix, 0, "that is for IPv6");
        cr_expect_eq(s->persistence_timeout, 0);
}

Test(ipvs_conf, only_tunnels_cross_families) {
        const struct ipvs_service_conf *s =
                        load("virtual_server 2001:db8::1 80 {\n protocol TCP\n lb_kind TUN\n"
                             " real_server 192.0.2.10 80 {\n }\n"
                             " real_server 192.0.2.11 80 {\n lvs_method NAT\n }\n}\n");

        cr_expect_str_eq(s->servers->label, "192.0.2.10 80");
        cr_expect_null(s->servers->next);
        cr_expect(conf_says(c, CONF_COMPLAINT, "only TUN reaches servers of the other"));
}

Test(ipvs_conf, servers_that_lose_their_ports_may_be_the_same) {
        const struct ipvs_service_conf *s = load(SERVICE(
                        "192.0.2.1 80", " lb_kind DR\n real_server 192.0.2.10 81 {\n }\n", ""));

        cr_expect_null(s->servers->next);
        cr_expect(conf_says(c, CONF_COMPLAINT, "the server is there already"));
}

Test(ipvs_conf, a_group_serves_once_and_within_bounds) {
        load(SERVICE("192.0.2.1 80", "", "") SERVICE("group g", "", "") SERVICE(
                        "group g", "", "") SERVICE("group h", "", "") SERVICE("group e", "",
                        "") "virtual_server_group g {\n 192.0.2.2-5 80\n}\n"
                            "virtual_server_group h {\n 10.0.0.0/8 80\n}\n"
                            "virtual_server_group e {\n}\n");
        cr_assert(c->ipvs->services->next);
        cr_expect_str_eq(c->ipvs->services->next->label, "group g");
        cr_expect_eq(ipvs_conf_expansion(c->ipvs, c->ipvs->services->next), 4);
        cr_expect_null(c->ipvs->services->next->next);
        cr_expect(conf_says(c, CONF_COMPLAINT, "another virtual_server has this group"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "more than 65536 services"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "its virtual_server_group is empty"));
}

#define GLOBALS(lines)                                                                             \
        SERVICE("192.0.2.1 80", "", "")                                                            \
        "vrrp_instance VI_1 {\n interface eth0\n"                                                  \
        " virtual_router_id 7\n virtual_ipaddress {\n 192.0.2.9\n }\n}\nglobal_defs {\n" lines     \
        "\n}\n"

Test(ipvs_conf, the_sync_daemon_follows_an_instance) {
        const struct ipvs_sync_conf *s;

        load(GLOBALS("lvs_sync_daemon eth0 VI_1"));
        s = &c->ipvs->sync;
        cr_expect_str_eq(s->interface, "eth0");
        cr_expect_str_eq(s->instance, "VI_1");
        cr_expect_eq(s->id, 7, "that of the router");
        load(GLOBALS("lvs_sync_daemon eth0 VI_1 9"));
        cr_expect_eq(c->ipvs->sync.id, 9, "as of old");
        load(GLOBALS("lvs_sync_daemon eth0 inst VI_1 id 3 maxlen 1400 port 8849 ttl 2 group 224.0.0.82"));
        s = &c->ipvs->sync;
        cr_expect(s->id == 3 && s->maxlen == 1400 && s->port == 8849 && s->ttl == 2);
        cr_expect_str_eq(shown(&s->group), "224.0.0.82");
        load(GLOBALS("lvs_sync_daemon eth0"));
        cr_expect_null(c->ipvs->sync.instance);
        cr_expect_eq(c->ipvs->sync.id, 0);
}

#define OF_OLD(name, vrid)                                                                         \
        "vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid                      \
        "\n lvs_sync_daemon_interface eth1\n virtual_ipaddress {\n 192.0.2." vrid "\n }\n}\n"

Test(ipvs_conf, an_instance_may_name_the_interface_of_the_sync_daemon_as_of_old) {
        load(GLOBALS("") OF_OLD("VI_2", "8") OF_OLD("VI_3", "9"));
        cr_expect_str_eq(c->ipvs->sync.interface, "eth1");
        cr_expect_str_eq(c->ipvs->sync.instance, "VI_2");
        cr_expect_eq(c->ipvs->sync.id, 8);
        cr_expect(conf_says(c, CONF_COMPLAINT, "there is one sync daemon"));
        load(GLOBALS("lvs_sync_daemon eth0") OF_OLD("VI_2", "8"));
        cr_expect_str_eq(c->ipvs->sync.interface, "eth0");
        cr_expect(conf_says(c, CONF_COMPLAINT, "there is one sync daemon"));
}

Test(ipvs_conf, a_sync_daemon_without_its_instance_is_not_run) {
        load(GLOBALS("lvs_sync_daemon eth0 VI_2"));
        cr_expect_str_empty(c->ipvs->sync.interface);
        cr_expect(conf_says(c, CONF_COMPLAINT, "there is no vrrp_instance VI_2"));
        load(GLOBALS("lvs_sync_daemon eth0 port"));
        cr_expect_str_empty(c->ipvs->sync.interface);
        cr_expect(conf_says(c, CONF_COMPLAINT, "port needs a value"));
}

Test(ipvs_conf, timeouts_and_flushing) {
        load(GLOBALS("lvs_timeouts tcp 7200 udp 30\n lvs_flush_on_stop VS"));
        cr_expect_eq(c->ipvs->timeouts.tcp, 7200);
        cr_expect_eq(c->ipvs->timeouts.tcp_fin, 0);
        cr_expect_eq(c->ipvs->timeouts.udp, 30);
        cr_expect_eq(c->ipvs->flush_on_stop, IPVS_FLUSH_SERVICES);
        load(GLOBALS("lvs_timeouts tcp 7200 sctp 30\n lvs_flush_onstop"));
        cr_expect_eq(c->ipvs->timeouts.tcp, 0);
        cr_expect(conf_says(c, CONF_COMPLAINT, "lvs_timeouts: unknown word sctp"));
        cr_expect_eq(c->ipvs->flush_on_stop, IPVS_FLUSH_ALL);
}
