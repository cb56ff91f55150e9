/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of routes and rules, as they are understood: each is printed in the words of ip(8), and these words say the
 * same when they are read. */

#include <stdlib.h>
#include <unistd.h>

#include "tests/common/conf-text.h"
#include "vrrpd/conf.h"

static struct conf *c;

static void forget(void) {
        c = conf_free(c);
}

TestSuite(conf_route, .fini = forget);

/* An instance with one line in a list. */
static const struct vrrp_instance_conf *load(
                const char *globals, const char *list, const char *line) {
        char text[2048];

        forget();
        (void) snprintf(text, sizeof(text),
                        "global_defs {\n%s\n}\nvrrp_instance VI_1 {\n interface eth0\n"
                        " virtual_router_id 51\n virtual_ipaddress {\n 192.0.2.1\n }\n"
                        " %s {\n  %s\n }\n}\n",
                        globals, list, line);
        c = conf_of(text);
        return vrrp_conf_find(c->vrrp, "VI_1");
}

static char *route_words(const char *globals, const char *line) {
        const struct vrrp_instance_conf *i = load(globals, "virtual_routes", line);

        if (i->virtual_routes.n != 1) {
                conf_show(c);
                return strdup("");
        }
        return vrrp_route_format(i->virtual_routes.items[0].route);
}

static char *rule_words(const char *line) {
        const struct vrrp_instance_conf *i = load("", "virtual_rules", line);

        if (i->virtual_rules.n != 1) {
                conf_show(c);
                return strdup("");
        }
        return vrrp_rule_format(&i->virtual_rules.items[0].rule);
}

static const struct {
        const char *line, *words;
} routes[] = {
        { "10.0.0.0/8 via 192.0.2.254", "10.0.0.0/8 via 192.0.2.254" },
        { "to unicast 10.1.2.3/8 gw 192.0.2.254 oif eth1", "10.0.0.0/8 via 192.0.2.254 dev eth1" },
        { "10.9.9.9 dev eth0", "10.9.9.9/32 dev eth0" },
        { "default via 192.0.2.254", "default via 192.0.2.254" },
        { "any via 192.0.2.254 table 100", "default via 192.0.2.254 table 100" },
        { "default via fe80::1 dev eth0", "::/0 via fe80::1 dev eth0" },
        { "inet6 all dev eth0", "::/0 dev eth0" },
        { "2001:db8::/32 dev eth0 metric 1024", "2001:db8::/32 dev eth0" },
        { "2001:db8::/32 from 2001:db8:1::/48 dev eth0 pref low expires 60",
                        "2001:db8::/32 from 2001:db8:1::/48 dev eth0 expires 60 pref low" },
        { "blackhole 10.0.0.0/8", "blackhole 10.0.0.0/8" },
        { "local 10.0.0.1 dev lo", "local 10.0.0.1/32 dev lo table 255 scope host" },
        { "10.0.0.0/8 dev eth0 scope link src 192.0.2.9 priority 7 dsfield 0x10",
                        "10.0.0.0/8 dev eth0 tos 16 scope link src 192.0.2.9 metric 7" },
        { "10.0.0.0/8 via inet6 fe80::1 dev eth0 onlink",
                        "10.0.0.0/8 via inet6 fe80::1 dev eth0 onlink" },
        { "10.0.0.0/8 via 192.0.2.254 mtu lock 1400 rtt 300ms rttvar 1s rto_min 0.2s cwnd lock 5",
                        "10.0.0.0/8 via 192.0.2.254 mtu lock 1400 rtt 300ms rttvar 1000ms cwnd lock 5 rto_min 200ms" },
        { "10.0.0.0/8 via 192.0.2.254 features ecn congctl lock bbr quickack 1 hoplimit 9",
                        "10.0.0.0/8 via 192.0.2.254 hoplimit 9 quickack 1 features ecn congctl lock bbr" },
        { "10.0.0.0/8 via 192.0.2.254 realms 1/2 protocol static no_track",
                        "10.0.0.0/8 via 192.0.2.254 realms 1/2 proto 4" },
        { "10.0.0.0/8 nexthop via 192.0.2.2 weight 2 nexthop dev eth1 onlink metric 5",
                        "10.0.0.0/8 nexthop via 192.0.2.2 weight 2 nexthop dev eth1 onlink" },
        { "10.0.0.0/8 metric 5 nexthop via 192.0.2.2 nexthop via 192.0.2.3",
                        "10.0.0.0/8 metric 5 nexthop via 192.0.2.2 nexthop via 192.0.2.3" },
        { "10.0.0.0/8 via 192.0.2.2 or 192.0.2.3",
                        "10.0.0.0/8 nexthop via 192.0.2.2 nexthop via 192.0.2.3" },
        { "10.0.0.0/8 encap mpls 100/200 ttl 9 via 192.0.2.2 ttl-propagate enabled",
                        "10.0.0.0/8 encap mpls 100/200 ttl 9 via 192.0.2.2 ttl-propagate enabled" },
        { "10.0.0.0/8 encap ip id 7 dst 192.0.2.3 ttl 5 tos 4 dev eth1",
                        "10.0.0.0/8 encap ip id 7 dst 192.0.2.3 ttl 5 tos 4 dev eth1" },
        { "10.0.0.0/8 encap ip6 id 7 src 2001:db8::1 dst 2001:db8::2 hoplimit 5 dev eth1",
                        "10.0.0.0/8 encap ip6 id 7 src 2001:db8::1 dst 2001:db8::2 hoplimit 5 dev eth1" },
        { "2001:db8::/64 encap ila 1:2:3:ffff dev eth1",
                        "2001:db8::/64 encap ila 1:2:3:ffff dev eth1" },
};

Test(conf_route, lines_mean_what_ip_route_says) {
        for (size_t n = 0; n < ARRAY_SIZE(routes); n++) {
                _cleanup_free_ char *words = route_words("", routes[n].line), *again = NULL;
                char line[512];

                if (strstr(routes[n].words, "metric 5") || !strstr(routes[n].line, "metric 5"))
                        cr_expect_str_eq(words, routes[n].words, "%s: %s", routes[n].line, words);
                (void) snprintf(line, sizeof(line), "%s%s", words,
                                strstr(words, "proto") ? " no_track" : "");
                again = route_words("", line);
                cr_expect_str_eq(again, words, "%s is read as %s", line, again);
        }
}

static const struct {
        const char *line, *words;
} rules[] = {
        { "from 10.0.0.0/8 table 100 preference 5", "preference 5 from 10.0.0.0/8 table 100" },
        { "to 10.0.0.0/8 lookup main order 5", "preference 5 from all to 10.0.0.0/8 table 254" },
        { "from 10.0.0.0/8 table 100", "preference 16384 from 10.0.0.0/8 table 100" },
        { "inet6 from all table 100 priority 5", "inet6 preference 5 from all table 100" },
        { "not from 10.0.0.0/8 dev eth0 prohibit preference 5",
                        "not preference 5 from 10.0.0.0/8 iif eth0 prohibit" },
        { "fwmark 5 table 6 preference 0x10", "preference 16 from all fwmark 0x5 table 6" },
        { "fwmark 0x5/0xff oif eth0 table 6 preference 5",
                        "preference 5 from all fwmark 0x5/0xff oif eth0 table 6" },
        { "uidrange 5-9 ipproto udp sport 53 dport 1-9 table 6 preference 5",
                        "preference 5 from all uidrange 5-9 ipproto 17 sport 53-53 dport 1-9 table 6" },
        { "from all goto 100 preference 5", "preference 5 from all goto 100" },
        { "l3mdev preference 5 from all", "preference 5 from all l3mdev" },
        { "tos 0x10 tunnel-id 77 realms 3 table 6 sup_pl 0 sup_group default preference 5",
                        "preference 5 from all tos 16 tunnel-id 77 realms 3 table 6 suppress_prefixlength 0 suppress_ifgroup 0" },
        { "type blackhole from 2001:db8::/32 preference 5",
                        "inet6 preference 5 from 2001:db8::/32 blackhole" },
};

Test(conf_route, lines_mean_what_ip_rule_says) {
        for (size_t n = 0; n < ARRAY_SIZE(rules); n++) {
                _cleanup_free_ char *words = rule_words(rules[n].line), *again = NULL;

                cr_expect_str_eq(words, rules[n].words, "%s: %s", rules[n].line, words);
                again = strstr(words, " l3mdev") ? strdup(words) : rule_words(words);
                cr_expect_str_eq(again, words, "%s is read as %s", words, again);
        }
}

Test(conf_route, defaults_are_those_of_keepalived) {
        const struct vrrp_route *r = load("", "virtual_routes", "10.0.0.0/8 dev eth1")
                                                     ->virtual_routes.items[0]
                                                     .route;

        cr_expect_eq(r->protocol, 18);
        cr_expect_eq(r->scope, RT_SCOPE_UNIVERSE);
        cr_expect_eq(r->table, RT_TABLE_MAIN);
        cr_expect_eq(r->insert, 0, "prepended");
        cr_expect_eq(r->type, RTN_UNICAST);
        cr_expect_eq(load("", "virtual_routes", "10.0.0.0/8 dev eth1 append")
                                        ->virtual_routes.items[0]
                                        .route->insert,
                        NLM_F_APPEND);
}

/* The administrator's directory comes before that of the package, and both before nothing. */
Test(conf_route, names_are_looked_up_where_global_defs_says) {
        char dir[] = "/tmp/names.XXXXXX", command[512], globals[256];

        cr_assert_not_null(mkdtemp(dir));
        (void) snprintf(command, sizeof(command),
                        "cd %s && mkdir etc usr usr/rt_tables.d && "
                        "printf '# 9 lan\\n100 lan\\n' > etc/rt_tables && "
                        "printf '200 lan\\n0x12c wan\\n' > usr/rt_tables && "
                        "echo 400 dmz > usr/rt_tables.d/more.conf && echo 77 bird9 > etc/rt_protos",
                        dir);
        cr_assert_eq(system(command), 0);
        (void) snprintf(globals, sizeof(globals), "iproute_etc_dir %s/etc\niproute_usr_dir %s/usr",
                        dir, dir);
        static const struct {
                const char *line, *words;
        } cases[] = {
                { "10.0.0.0/8 dev eth1 table lan", "10.0.0.0/8 dev eth1 table 100" },
                { "10.0.0.0/8 dev eth1 table wan", "10.0.0.0/8 dev eth1 table 300" },
                { "10.0.0.0/8 dev eth1 table dmz", "10.0.0.0/8 dev eth1 table 400" },
                { "10.0.0.0/8 dev eth1 protocol bird9 no_track", "10.0.0.0/8 dev eth1 proto 77" },
        };
        for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
                _cleanup_free_ char *words = route_words(globals, cases[n].line);

                cr_expect_str_eq(words, cases[n].words, "%s", words);
        }
        (void) load(globals, "virtual_routes", "10.0.0.0/8 dev eth1 table elsewhere");
        cr_expect(conf_says(c, CONF_COMPLAINT, "nor a name in rt_tables"));
        (void) snprintf(command, sizeof(command), "rm -r %s", dir);
        cr_expect_eq(system(command), 0);
}

Test(conf_route, members_of_a_track_group_follow_interfaces_of_static_entries) {
        const struct vrrp_instance_conf *i;

        c = conf_of("track_group G {\n group {\n VI_1\n }\n}\n"
                    "static_ipaddress {\n 192.0.2.9/24 dev lan1 track_group G\n 192.0.2.8\n}\n"
                    "static_routes {\n 10.0.0.0/8 dev lan2 track_group G\n 10.1.0.0/16 dev lan4\n}\n"
                    "static_rules {\n iif lan3 table 5 preference 6 track_group G\n}\n"
                    "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n"
                    " virtual_ipaddress {\n 192.0.2.1\n }\n}\n");
        conf_show(c);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        i = vrrp_conf_find(c->vrrp, "VI_1");
        cr_assert_eq(i->n_static_links, 3);
        cr_expect_str_eq(i->static_links[0], "lan1");
        cr_expect_str_eq(i->static_links[1], "lan2");
        cr_expect_str_eq(i->static_links[2], "lan3");
        cr_expect_str_eq(c->vrrp->static_ipaddress.items[1].dev, "eth0");
}
