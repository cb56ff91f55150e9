/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/table.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "ipvsd/operation.h"
#include "ipvsd/table-name.h"

static struct ip_addr address(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

static struct ipvs_table_service service(const char *addr, uint16_t port) {
        struct ipvs_table_service s = { .protocol = IPPROTO_TCP, .port = port, .scheduler = "rr" };

        s.addr = address(addr);
        s.family = s.addr.family;
        return s;
}

static struct ipvs_table_server server(const char *addr, uint16_t port) {
        return (struct ipvs_table_server){ .addr = address(addr), .port = port, .weight = 1 };
}

static struct ipvs_table_service normalised(struct ipvs_table_service s) {
        struct ipvs_table t = {};

        cr_assert_eq(ipvs_table_add_service(&t, &s, NULL), 0);
        s = t.services[0];
        ipvs_table_done(&t);
        return s;
}

static struct ipvs_table_server normalised_server(struct ipvs_table_server s) {
        struct ipvs_table_service service_ = {};

        cr_assert_eq(ipvs_table_add_server(&service_, &s), 0);
        s = service_.servers[0];
        free(service_.servers);
        return s;
}

Test(table, a_thousand_services_in_any_order_are_found) {
        struct ipvs_table t = {};
        size_t n = 1000;

        for (size_t i = 0; i < n; i++) {
                struct ipvs_table_service s = service("10.0.0.100", (uint16_t) (i * 7919 % n + 1));
                struct ipvs_table_server a = server("10.0.0.2", 80), b = server("10.0.0.1", 80);
                struct ipvs_table_service *added;

                cr_assert_eq(ipvs_table_add_service(&t, &s, &added), 0);
                cr_assert_eq(ipvs_table_add_server(added, &a), 0);
                cr_assert_eq(ipvs_table_add_server(added, &b), 0);
        }
        ipvs_table_sort(&t);
        cr_assert_eq(t.n_services, n);
        for (uint16_t port = 1; port <= n; port++) {
                struct ipvs_table_service key = service("10.0.0.100", port);
                struct ipvs_table_server server_key = server("10.0.0.2", 80);
                struct ipvs_table_service *s = ipvs_table_find_service(&t, &key);

                cr_assert_not_null(s);
                cr_expect_eq(s->port, port);
                cr_expect_eq(ipvs_table_find_server(s, &server_key), &s->servers[1]);
        }
        ipvs_table_done(&t);
}

Test(table, nothing_is_found_in_an_empty_one) {
        struct ipvs_table t = {};
        struct ipvs_table_service key = service("10.0.0.100", 80);
        struct ipvs_table_server server_key = server("10.0.0.1", 80);

        ipvs_table_sort(&t);
        cr_expect_null(ipvs_table_find_service(&t, &key));
        cr_expect_null(ipvs_table_find_server(&key, &server_key));
        ipvs_table_done(&t);
}

Test(table, of_several_with_one_key_the_first_stays) {
        struct ipvs_table t = {};
        struct ipvs_table_service s = service("10.0.0.100", 80), *added;

        for (unsigned i = 0; i < 20; i++) {
                (void) snprintf(s.scheduler, sizeof(s.scheduler), "s%u", i);
                cr_assert_eq(ipvs_table_add_service(&t, &s, &added), 0);
                for (int weight = 1; weight <= 20; weight++) {
                        struct ipvs_table_server d = server("10.0.0.1", 80);

                        d.weight = weight;
                        cr_assert_eq(ipvs_table_add_server(added, &d), 0);
                }
        }
        ipvs_table_sort(&t);
        cr_assert_eq(t.n_services, 1);
        cr_expect_str_eq(t.services[0].scheduler, "s0");
        cr_assert_eq(t.services[0].n_servers, 1);
        cr_expect_eq(t.services[0].servers[0].weight, 1);

        /* There is room behind what has been dropped. */
        for (uint16_t port = 1; port <= 40; port++) {
                struct ipvs_table_server d = server("10.0.0.2", port);

                cr_assert_eq(ipvs_table_add_server(&t.services[0], &d), 0);
        }
        ipvs_table_sort(&t);
        cr_expect_eq(t.services[0].n_servers, 41);
        ipvs_table_done(&t);
}

Test(table, a_mark_is_a_key_of_its_own_in_each_family) {
        struct ipvs_table_service a = { .family = AF_INET, .fwmark = 7 };
        struct ipvs_table_service b = { .family = AF_INET6, .fwmark = 7 };
        struct ipvs_table_service c = { .family = AF_INET, .fwmark = 7, .protocol = IPPROTO_TCP };

        cr_expect_lt(ipvs_table_service_compare_key(&a, &b), 0);
        cr_expect_gt(ipvs_table_service_compare_key(&b, &a), 0);
        cr_expect_eq(ipvs_table_service_compare_key(&a, &c), 0);
}

Test(table, protocol_address_and_port_tell_services_apart) {
        struct ipvs_table_service s = service("10.0.0.100", 80);
        struct ipvs_table_service protocol = s, port = service("10.0.0.100", 81);
        struct ipvs_table_service addr = service("10.0.0.101", 80);

        protocol.protocol = IPPROTO_UDP;
        cr_expect_neq(ipvs_table_service_compare_key(&s, &protocol), 0);
        cr_expect_neq(ipvs_table_service_compare_key(&s, &port), 0);
        cr_expect_neq(ipvs_table_service_compare_key(&s, &addr), 0);
}

Test(table, persistence_is_its_timeout) {
        struct ipvs_table_service s = service("10.0.0.100", 80);

        s.mask = 1;
        s = normalised(s);
        cr_expect_eq(s.flags, 0);
        cr_expect_eq(s.mask, UINT32_MAX, "without persistence nobody looks at the mask");

        s.timeout = 300;
        s.mask = 1;
        s.flags = IP_VS_SVC_F_HASHED;
        s = normalised(s);
        cr_expect_eq(s.flags, IP_VS_SVC_F_PERSISTENT);
        cr_expect_eq(s.mask, 1);

        s = service("2001:db8::1", 80);
        cr_expect_eq(normalised(s).mask, 128);
}

Test(table, a_persistent_service_without_timeout_is_another_one) {
        struct ipvs_table_service odd = service("10.0.0.100", 80), plain = odd;

        odd.flags = IP_VS_SVC_F_PERSISTENT;
        odd = normalised(odd);
        plain = normalised(plain);
        cr_expect_not(ipvs_table_service_same(&odd, &plain));
}

Test(table, each_attribute_of_a_service_counts) {
        struct ipvs_table_service s = service("10.0.0.100", 80), o;

        s.timeout = 300;
        s = normalised(s);
        cr_expect(ipvs_table_service_same(&s, &s));
        o = s, (void) strcpy(o.scheduler, "wrr");
        cr_expect_not(ipvs_table_service_same(&s, &o));
        o = s, (void) strcpy(o.engine, "sip");
        cr_expect_not(ipvs_table_service_same(&s, &o));
        o = s, o.timeout = 301;
        cr_expect_not(ipvs_table_service_same(&s, &o));
        o = s, o.flags |= IP_VS_SVC_F_ONEPACKET;
        cr_expect_not(ipvs_table_service_same(&s, &o));
        o = s, o.mask = 1;
        cr_expect_not(ipvs_table_service_same(&s, &o));
}

Test(table, each_attribute_of_a_server_counts_but_its_connections_do_not) {
        struct ipvs_table_server s = server("10.0.0.1", 80), o;

        o = s, o.active = o.inactive = o.persistent = 5, o.owner = &s;
        cr_expect(ipvs_table_server_same(&s, &o));
        o = s, o.weight = 2;
        cr_expect_not(ipvs_table_server_same(&s, &o));
        o = s, o.forward = IP_VS_CONN_F_DROUTE;
        cr_expect_not(ipvs_table_server_same(&s, &o));
        o = s, o.upper = 5;
        cr_expect_not(ipvs_table_server_same(&s, &o));
        o = s, o.lower = 5;
        cr_expect_not(ipvs_table_server_same(&s, &o));
        o = s, o.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE;
        cr_expect_not(ipvs_table_server_same(&s, &o));
        o = s, o.tunnel_port = 5;
        cr_expect_not(ipvs_table_server_same(&s, &o));
        o = s, o.tunnel_flags = 1;
        cr_expect_not(ipvs_table_server_same(&s, &o));
}

Test(table, what_a_tunnel_does_not_have_is_cleared) {
        struct ipvs_table_server s = server("10.0.0.1", 80), n;

        s.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE;
        s.tunnel_port = 6080;
        s.tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_CSUM;
        n = normalised_server(s);
        cr_expect(n.tunnel_type == 0 && n.tunnel_port == 0 && n.tunnel_flags == 0,
                        "NAT has no tunnel");

        s.forward = IP_VS_CONN_F_TUNNEL;
        n = normalised_server(s);
        cr_expect(ipvs_table_server_same(&n, &s), "gue has all of it");

        s.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_GRE;
        n = normalised_server(s);
        cr_expect(n.tunnel_port == 0 && n.tunnel_flags == IP_VS_TUNNEL_ENCAP_FLAG_CSUM);

        s.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_IPIP;
        n = normalised_server(s);
        cr_expect(n.tunnel_port == 0 && n.tunnel_flags == 0);
}

Test(table, a_copy_is_equal_and_its_own) {
        struct ipvs_table t = {}, copy = {};
        struct ipvs_table_service s = service("10.0.0.100", 80), *added;
        struct ipvs_table_server d = server("10.0.0.1", 80);

        cr_assert_eq(ipvs_table_add_service(&t, &s, &added), 0);
        cr_assert_eq(ipvs_table_add_server(added, &d), 0);
        cr_assert_eq(ipvs_table_copy(&t, &copy), 0);
        cr_expect_neq(copy.services[0].servers, t.services[0].servers);
        cr_expect(ipvs_table_service_same(&copy.services[0], &t.services[0]));
        ipvs_table_done(&t);
        cr_expect_eq(copy.services[0].servers[0].port, 80);
        ipvs_table_done(&copy);
}

Test(table_name, names_are_read_as_they_are_written) {
        static const char *const names[] = { "10.0.0.100 80 TCP", "10.0.0.100 0 UDP",
                "2001:db8::1 65535 SCTP", "10.0.0.100 500 51", "fwmark 7",
                "fwmark 4294967295 IPv6" };
        char buf[IPVS_SERVICE_NAME_MAX];

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                struct ipvs_table_service s = {};

                cr_expect_eq(ipvs_table_service_parse(names[i], &s), 0, "%s", names[i]);
                cr_expect_str_eq(ipvs_table_service_format(&s, buf), names[i]);
        }
}

Test(table_name, what_is_no_name_is_refused) {
        static const char *const wrong[] = { "", "10.0.0.100", "10.0.0.100 80",
                "10.0.0.100 65536 TCP", "10.0.0.100 80 ICMP", "10.0.0.100 80 TCP more", "x 80 TCP",
                "fwmark", "fwmark 0", "fwmark 7 IPv4", "fwmark 7 IPv6 more",
                "10.0.0.100 80 70000" };
        struct ipvs_table_service s;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                cr_expect_eq(ipvs_table_service_parse(wrong[i], &s), -EINVAL, "%s", wrong[i]);
}

static void expect_words(enum ipvs_operation_kind kind, const struct ipvs_table_service *s,
                const struct ipvs_table_server *d, int error, const char *words) {
        struct ipvs_operation o = { .kind = kind, .service = s, .server = d };
        char buf[IPVS_EXPLANATION_MAX];

        cr_expect_str_eq(ipvs_operation_explain(&o, error, buf), words);
}

Test(operation, errors_are_explained_for_people) {
        struct ipvs_table_service s = service("10.0.0.1", 80);
        struct ipvs_table_server d = server("10.0.0.11", 80), other = server("2001:db8::1", 80);

        (void) strcpy(s.scheduler, "twos");
        expect_words(IPVS_ADD_SERVICE, &s, NULL, -ENOENT,
                        "cannot add service 10.0.0.1 80 TCP: the kernel has no scheduler twos");
        (void) strcpy(s.engine, "sip");
        expect_words(IPVS_EDIT_SERVICE, &s, NULL, -ENOENT,
                        "cannot change service 10.0.0.1 80 TCP: the kernel has no scheduler twos or no "
                        "persistence engine sip");
        expect_words(IPVS_DELETE_SERVICE, &s, NULL, -EBUSY,
                        "cannot delete service 10.0.0.1 80 TCP: Device or resource busy");
        expect_words(IPVS_ADD_SERVER, &s, &d, -ESRCH,
                        "cannot add server 10.0.0.11 80 of service 10.0.0.1 80 TCP: the service is not "
                        "in the kernel's table");
        expect_words(IPVS_ADD_SERVER, &s, &other, -EINVAL,
                        "cannot add server 2001:db8::1 80 of service 10.0.0.1 80 TCP: only TUN reaches "
                        "a server of another address family");
        d.lower = 5;
        expect_words(IPVS_EDIT_SERVER, &s, &d, -ERANGE,
                        "cannot change server 10.0.0.11 80 of service 10.0.0.1 80 TCP: its lower "
                        "threshold 5 is above the upper one, 0");
}
