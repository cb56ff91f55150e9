/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the VRRP model holds after loading. Each test loads one instance with some lines in it. */

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "checkd/conf.h"
#include "tests/common/conf-text.h"
#include "vrrpd/conf.h"

#define INSTANCE(lines)                                                                            \
        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n"                           \
        " virtual_ipaddress {\n  192.0.2.1/24\n }\n" lines "\n}\n"
#define GLOBAL(lines) "global_defs {\n" lines "\n}\n"

static struct conf *c;

static void forget(void) {
        c = conf_free(c);
}

TestSuite(vrrp_conf, .fini = forget);

static const struct vrrp_instance_conf *load(const char *text) {
        const struct vrrp_instance_conf *i;

        forget();
        c = conf_of(text);
        i = vrrp_conf_find(c->vrrp, "VI_1");
        if (!i)
                conf_show(c);
        cr_assert(i);
        return i;
}

/* The address as text, in one of a few buffers. */
static const char *shown(const struct ip_addr *a) {
        static char bufs[4][IP_ADDR_STRLEN];
        static unsigned n;

        return ip_addr_format(a, bufs[n++ % 4]);
}

Test(vrrp_conf, has_the_defaults_of_keepalived) {
        const struct vrrp_instance_conf *i = load(INSTANCE(""));

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_eq(i->priority, 100);
        cr_expect_eq(i->state, VRRP_CONF_STATE_BACKUP);
        cr_expect_eq(i->version, 2);
        cr_expect_eq(i->family, AF_INET);
        cr_expect_eq(i->advert_int_usec, USEC_PER_SEC);
        cr_expect_eq(i->auth_type, VRRP_CONF_AUTH_NONE);
        cr_expect_str_eq(shown(&i->mcast_dst_ip), "224.0.0.18");
        cr_expect_not(ip_addr_is_set(&i->src_ip));
        cr_expect_not(i->unicast);
        cr_expect_eq(i->unicast_ttl, 255);
        cr_expect_eq(i->down_timer_adverts, 3);
        cr_expect(i->accept);
        cr_expect_not(i->nopreempt || i->strict || i->smtp_alert || i->lower_prio_no_advert);
        cr_expect_eq(i->garp.master_delay_usec, 5 * USEC_PER_SEC);
        cr_expect_eq(i->garp.master_repeat, 5);
        cr_expect_eq(i->garp.master_refresh_usec, 0);
        cr_expect_eq(i->garp.master_refresh_repeat, 1);
        cr_expect_eq(i->garp.lower_prio_delay_usec, 5 * USEC_PER_SEC);
        cr_expect_eq(i->garp.lower_prio_repeat, 5);
}

Test(vrrp_conf, knows_where_things_stand) {
        const struct vrrp_instance_conf *i = load("\n" INSTANCE(" notify /bin/x"));

        cr_expect_str_eq(i->pos.file, "text");
        cr_expect_eq(i->pos.line, 2);
        cr_expect_eq(i->virtual_ipaddress.items[0].pos.line, 6);
        cr_expect_eq(i->virtual_ipaddress.items[0].pos.column, 3);
        cr_expect_eq(i->notify.pos.line, 8);
}

Test(vrrp_conf, keeps_instances_in_the_order_of_the_file) {
        const struct vrrp_instance_conf *i;

        load("vrrp_instance Z {\n interface eth1\n virtual_router_id 1\n virtual_ipaddress {\n 192.0.2.9\n }\n}\n" INSTANCE(
                        ""));
        i = c->vrrp->instances;
        cr_expect_str_eq(i->name, "Z");
        i = i->hh.next;
        cr_expect_str_eq(i->name, "VI_1");
        cr_expect_null(i->hh.next);
}

Test(vrrp_conf, state_master_without_priority_means_255) {
        cr_expect_eq(load(INSTANCE(" state MASTER"))->priority, 255);
        cr_expect_eq(load(INSTANCE(" state MASTER\n priority 100"))->priority, 100);
        cr_expect_eq(load(INSTANCE(" state BACKUP"))->priority, 100);
        cr_expect_eq(load(INSTANCE(" priority 255"))->state, VRRP_CONF_STATE_MASTER);
}

Test(vrrp_conf, version_2_has_whole_seconds_version_3_has_centiseconds) {
        static const struct {
                const char *lines;
                usec_t usec;
                enum conf_grade grade;
        } cases[] = {
                { INSTANCE(" advert_int 2"), 2000000, CONF_CLEAN },
                { INSTANCE(" advert_int 1.5"), 2000000, CONF_COMPLAINT },
                { INSTANCE(" advert_int 0.2"), 1000000, CONF_COMPLAINT },
                { INSTANCE(" version 3\n advert_int 0.01"), 10000, CONF_CLEAN },
                { INSTANCE(" version 3\n advert_int 0.1"), 100000, CONF_CLEAN },
                { INSTANCE(" version 3\n advert_int 0.014"), 10000, CONF_COMPLAINT },
                { INSTANCE(" version 3\n advert_int 40.95"), 40950000, CONF_CLEAN },
                { INSTANCE(" version 3\n advert_int 200"), 40950000, CONF_COMPLAINT },
                { INSTANCE(" advert_int 255"), 255000000, CONF_CLEAN },
                { INSTANCE(" advert_int 256"), 1000000, CONF_COMPLAINT },
                { INSTANCE(" advert_int 0.001"), 1000000, CONF_COMPLAINT },
        };

        for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
                cr_expect_eq(load(cases[n].lines)->advert_int_usec, cases[n].usec, "%s",
                                cases[n].lines);
                cr_expect_eq(conf_grade(c), cases[n].grade, "%s", cases[n].lines);
        }
}

Test(vrrp_conf, the_version_is_the_instances_else_the_global_one) {
        cr_expect_eq(load(INSTANCE(""))->version, 2);
        cr_expect_eq(load(GLOBAL("vrrp_version 3") INSTANCE(""))->version, 3);
        cr_expect_eq(load(INSTANCE("") GLOBAL("vrrp_version 3"))->version, 3, "wherever it stands");
        cr_expect_eq(load(GLOBAL("vrrp_version 3") INSTANCE(" version 2"))->version, 2);
}

Test(vrrp_conf, a_password_has_eight_bytes) {
        cr_expect_str_eq(load(INSTANCE(" authentication {\n auth_type PASS\n auth_pass 1234\n }"))
                                         ->auth_pass,
                        "1234");
        cr_expect_eq(load(INSTANCE(" authentication {\n auth_type PASS\n auth_pass 1234\n }"))
                                        ->auth_type,
                        VRRP_CONF_AUTH_PASS);
        cr_expect_str_eq(
                        load(INSTANCE(" authentication {\n auth_type PASS\n auth_pass 1234567890\n }"))
                                        ->auth_pass,
                        "12345678");
        cr_expect(conf_says(c, CONF_COMPLAINT, "cut off"));
        cr_expect_eq(load(INSTANCE(" version 3\n authentication {\n auth_type PASS\n auth_pass 1234\n }"))
                                        ->auth_type,
                        VRRP_CONF_AUTH_NONE);
        cr_expect_str_eq(
                        load(INSTANCE(" version 3\n authentication {\n auth_type PASS\n auth_pass 12\n }"))
                                        ->auth_pass,
                        "");
}

static const struct vrrp_address_conf *address(const char *line) {
        char text[512];

        snprintf(text, sizeof(text),
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n%s\n}\n}\n",
                        line);
        return &load(text)->virtual_ipaddress.items[0];
}

Test(vrrp_conf, an_address_line_is_that_of_ip_address) {
        const struct vrrp_address_conf *a = address(
                        "192.0.2.7/24 brd + dev eth1 scope link label eth1:7 no_track noprefixroute");

        cr_expect_str_eq(shown(&a->addr), "192.0.2.7");
        cr_expect_eq(a->prefix, 24);
        cr_expect_str_eq(shown(&a->broadcast), "192.0.2.255");
        cr_expect_str_eq(a->dev, "eth1");
        cr_expect_eq(a->scope, RT_SCOPE_LINK);
        cr_expect_str_eq(a->label, "eth1:7");
        cr_expect(a->no_track);
        cr_expect_eq(a->flags, IFA_F_NOPREFIXROUTE);

        a = address("192.0.2.7");
        cr_expect_eq(a->prefix, 32);
        cr_expect_null(a->dev);
        cr_expect_null(a->label);
        cr_expect_not(ip_addr_is_set(&a->broadcast));
        cr_expect_eq(a->scope, RT_SCOPE_UNIVERSE);

        cr_expect_str_eq(shown(&address("192.0.2.7/20 brd -")->broadcast), "192.0.0.0");
        cr_expect_str_eq(shown(&address("192.0.2.7/0 brd +")->broadcast), "255.255.255.255");
        cr_expect_str_eq(shown(&address("192.0.2.7 brd 192.0.2.99")->broadcast), "192.0.2.99");
        cr_expect_eq(address("192.0.2.7 scope 200")->scope, 200);
        a = address("192.0.2.7 peer 198.51.100.1/30");
        cr_expect_str_eq(shown(&a->peer), "198.51.100.1");
        cr_expect_eq(a->peer_prefix, 30);
}

Test(vrrp_conf, one_bad_address_loses_only_itself) {
        const struct vrrp_instance_conf *i = load(
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n"
                        " x.x.x.x\n 192.0.2.1\n 2001:db8::1\n 192.0.2.2\n }\n"
                        " virtual_ipaddress_excluded {\n 192.0.2.3\n 2001:db8::2\n }\n}\n");

        cr_assert_eq(i->virtual_ipaddress.n, 2);
        cr_expect_str_eq(shown(&i->virtual_ipaddress.items[1].addr), "192.0.2.2");
        cr_expect_eq(i->virtual_ipaddress_excluded.n, 2, "any family");
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 2);
}

Test(vrrp_conf, more_addresses_than_an_advert_can_name_are_excluded) {
        char text[20000] =
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n";
        const struct vrrp_instance_conf *i;

        for (unsigned n = 0; n < 260; n++)
                sprintf(text + strlen(text), "10.0.%u.%u\n", n / 250, n % 250 + 1);
        strcat(text, "}\n}\n");
        i = load(text);
        cr_expect_eq(i->virtual_ipaddress.n, 255);
        cr_expect_eq(i->virtual_ipaddress_excluded.n, 5);
        cr_expect(conf_says(c, CONF_COMPLAINT, "the last 5 are not advertised"));
}

Test(vrrp_conf, peers_make_an_instance_unicast) {
        const struct vrrp_instance_conf *i = load(INSTANCE(
                        " unicast_src_ip 192.0.2.10\n unicast_peer {\n 192.0.2.11\n 192.0.2.12 min_ttl 250\n }"));

        cr_expect(i->unicast);
        cr_expect_eq(i->unicast_peer.n, 2);
        cr_expect_str_eq(shown(&i->src_ip), "192.0.2.10");
        cr_expect_eq(i->unicast_peer.items[1].min_ttl, 250);
        cr_expect_eq(i->unicast_peer.items[1].max_ttl, 255);
        cr_expect(i->check_unicast_src, "a TTL limit turns it on");
        cr_expect_eq(conf_grade(c), CONF_CLEAN);

        i = load(INSTANCE(" unicast_src_ip 192.0.2.10"));
        cr_expect_not(i->unicast);
        cr_expect(conf_says(c, CONF_NOTE, "no unicast_peer"));
        cr_expect_str_eq(shown(&load(INSTANCE(" mcast_src_ip 192.0.2.10"))->src_ip), "192.0.2.10");
}

#define INSTANCE6(lines, addresses)                                                                \
        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n"                           \
        " virtual_ipaddress {\n" addresses "\n }\n" lines "\n}\n"

Test(vrrp_conf, an_ipv6_instance_has_version_3_and_its_own_group) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE6(" virtual_ipaddress_excluded {\n 192.0.2.7\n }",
                                        " fe80::100\n 2001:db8::1/64"));

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_eq(i->family, AF_INET6);
        cr_expect_eq(i->version, 3);
        cr_expect_str_eq(shown(&i->mcast_dst_ip), "ff02::12");
        cr_expect_eq(i->virtual_ipaddress.items[0].prefix, 128);
        cr_expect_eq(i->virtual_ipaddress_excluded.n, 1);

        i = load(GLOBAL(" vrrp_mcast_group6 ff02::99") INSTANCE6(
                        " mcast_dst_ip 224.0.0.19", " 2001:db8::1\n 192.0.2.1"));
        cr_expect_str_eq(shown(&i->mcast_dst_ip), "ff02::99");
        cr_expect_eq(i->virtual_ipaddress.n, 1);
        cr_expect(conf_says(c, CONF_COMPLAINT, "not of the family of the first address"));
        cr_expect(conf_says(c, CONF_NOTE, "none of the addresses is link-local"));
}

Test(vrrp_conf, more_ipv6_addresses_than_fit_into_a_packet_are_excluded) {
        static char text[8192];
        const struct vrrp_instance_conf *i;
        size_t n;

        n = (size_t) sprintf(text,
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 1\n"
                        " virtual_ipaddress {\n fe80::1\n");
        for (int k = 0; k < 95; k++)
                n += (size_t) sprintf(text + n, " 2001:db8::%x\n", k + 1);
        (void) sprintf(text + n, " }\n}\n");
        i = load(text);
        cr_expect_eq(i->virtual_ipaddress.n, 90);
        cr_expect_eq(i->virtual_ipaddress_excluded.n, 6);
        cr_expect(conf_says(c, CONF_COMPLAINT, "the last 6 are not advertised"));
}

Test(vrrp_conf, native_ipv6_counts_where_nothing_else_shows_the_family) {
        cr_expect_eq(load("vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n"
                          " native_ipv6\n no_virtual_ipaddress\n}\n")
                                        ->family,
                        AF_INET6);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_eq(load(INSTANCE(" native_ipv6"))->family, AF_INET);
        cr_expect(conf_says(c, CONF_COMPLAINT, "native_ipv6 is not used"));
}

Test(vrrp_conf, ah_is_for_version_2) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE(" authentication {\n auth_type AH\n auth_pass secret\n }"));

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_eq(i->auth_type, VRRP_CONF_AUTH_AH);
        cr_expect_str_eq(i->auth_pass, "secret");
        i = load(INSTANCE6(" authentication {\n auth_type AH\n auth_pass secret\n }", " fe80::1"));
        cr_expect_eq(i->auth_type, VRRP_CONF_AUTH_NONE);
        cr_expect(conf_says(c, CONF_COMPLAINT, "version 3 has no authentication"));
        i = load(INSTANCE(" authentication {\n auth_type AH\n }"));
        cr_expect_eq(i->auth_type, VRRP_CONF_AUTH_NONE);
}

Test(vrrp_conf, without_peers_unicast_may_be_a_fault) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE(" unicast_src_ip 192.0.2.10\n unicast_fault_no_peer"));

        cr_expect(i->unicast);
        cr_expect_eq(i->unicast_peer.n, 0);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_not(load(INSTANCE(" unicast_fault_no_peer"))->unicast, "nothing says unicast");
}

Test(vrrp_conf, a_vrf_is_where_an_instance_without_interface_speaks) {
        const struct vrrp_instance_conf *i =
                        load("vrrp_instance VI_1 {\n vrf red\n virtual_router_id 51\n"
                             " unicast_src_ip 192.0.2.10\n unicast_peer {\n 192.0.2.11\n }\n"
                             " no_virtual_ipaddress\n}\n");

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_str_eq(i->port, "red");
        i = load(INSTANCE(" vrf red"));
        cr_expect_str_eq(i->port, "eth0");
        cr_expect(conf_says(c, CONF_COMPLAINT, "vrf is not used"));
}

Test(vrrp_conf, old_checksums_are_found_out_unless_it_says) {
        cr_expect_eq(load(INSTANCE(""))->old_unicast_checksum, VRRP_CONF_OLD_CHECKSUM_AUTO);
        cr_expect_eq(load(INSTANCE(" old_unicast_checksum"))->old_unicast_checksum,
                        VRRP_CONF_OLD_CHECKSUM_ALWAYS);
        cr_expect_eq(load(INSTANCE(" old_unicast_checksum never"))->old_unicast_checksum,
                        VRRP_CONF_OLD_CHECKSUM_NEVER);
        cr_expect_eq(load(INSTANCE(" old_unicast_checksum perhaps"))->old_unicast_checksum,
                        VRRP_CONF_OLD_CHECKSUM_AUTO);
        cr_expect(conf_says(c, CONF_COMPLAINT, "old_unicast_checksum perhaps"));
}

Test(vrrp_conf, interfaces_share_a_pace_in_groups) {
        const struct vrrp_garp_group_conf *g;

        load(GLOBAL(" vrrp_gna_interval 0.5") INSTANCE(
                        "") "garp_group {\n garp_interval 0.1\n interfaces {\n eth0 eth1\n eth2\n }\n}\n"
                            "garp_group {\n gna_interval 0.2\n interface eth3\n interfaces {\n eth1\n }\n}\n");
        g = c->vrrp->garp_groups;
        cr_assert(g && g->next && !g->next->next);
        cr_expect_eq(g->members.n, 3);
        cr_expect_str_eq(g->members.items[2], "eth2");
        cr_expect_eq(g->garp_interval_usec, 100 * USEC_PER_MSEC);
        cr_expect_eq(g->gna_interval_usec, 500 * USEC_PER_MSEC, "the global one");
        g = g->next;
        cr_expect_eq(g->members.n, 1);
        cr_expect_str_eq(g->members.items[0], "eth3");
        cr_expect_eq(g->garp_interval_usec, 0);
        cr_expect_eq(g->gna_interval_usec, 200 * USEC_PER_MSEC);
        cr_expect(conf_says(c, CONF_COMPLAINT, "eth1 is in another garp_group"));
}

Test(vrrp_conf, an_instance_without_number_or_interface_loses_only_itself) {
        load("vrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 192.0.2.9\n }\n}\n"
             "vrrp_instance B {\n virtual_router_id 3\n virtual_ipaddress {\n 192.0.2.8\n }\n}\n" INSTANCE(
                             ""));
        cr_expect_null(vrrp_conf_find(c->vrrp, "A"));
        cr_expect_null(vrrp_conf_find(c->vrrp, "B"));
        cr_expect_eq(HASH_COUNT(c->vrrp->instances), 1);
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 2);
}

Test(vrrp_conf, the_same_router_twice_is_once) {
        load(INSTANCE("") "vrrp_instance B {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n 192.0.2.8\n }\n}\n"
                          "vrrp_instance C {\n interface eth1\n virtual_router_id 51\n virtual_ipaddress {\n 192.0.2.7\n }\n}\n");
        cr_expect_null(vrrp_conf_find(c->vrrp, "B"));
        cr_expect_not_null(vrrp_conf_find(c->vrrp, "C"), "another interface is another network");
}

Test(vrrp_conf, preemption_words_rule_each_other_out) {
        cr_expect(load(INSTANCE(" nopreempt"))->nopreempt);
        cr_expect_not(load(INSTANCE(" nopreempt\n preempt"))->nopreempt);
        cr_expect(load(INSTANCE(" preempt\n nopreempt"))->nopreempt);
        cr_expect_not(load(INSTANCE(" state MASTER\n priority 100\n nopreempt"))->nopreempt);
        cr_expect(conf_says(c, CONF_COMPLAINT, "nopreempt has no effect"));
        cr_expect_eq(load(INSTANCE(" preempt_delay 2.5"))->preempt_delay_usec, 2500000);
        cr_expect_eq(load(INSTANCE(" preempt_delay 2\n nopreempt"))->preempt_delay_usec, 0);
        cr_expect_eq(load(INSTANCE(" preempt_delay 2\n state MASTER\n priority 9"))
                                        ->preempt_delay_usec,
                        0);
        cr_expect_eq(load(INSTANCE(" preempt_delay 1001"))->preempt_delay_usec, 0);
}

Test(vrrp_conf, values_not_given_are_the_global_ones) {
        const struct vrrp_instance_conf *i = load(GLOBAL(
                        "vrrp_garp_master_delay 1\n vrrp_garp_master_repeat 2\n vrrp_garp_master_refresh 60\n"
                        "vrrp_garp_lower_prio_repeat 0\n vrrp_lower_prio_no_advert\n vrrp_down_timer_adverts 5\n"
                        "vrrp_mcast_group4 224.0.0.99\n vrrp_skip_check_adv_addr\n vrrp_startup_delay 3.5\n"
                        "vrrp_higher_prio_send_advert on") INSTANCE(" garp_master_repeat 7\n"
                                                                    " lower_prio_no_advert false"));

        cr_expect_eq(i->garp.master_delay_usec, USEC_PER_SEC);
        cr_expect_eq(i->garp.master_repeat, 7);
        cr_expect_eq(i->garp.master_refresh_usec, 60 * USEC_PER_SEC);
        cr_expect_eq(i->garp.lower_prio_delay_usec, USEC_PER_SEC, "as the delay of a new master");
        cr_expect_eq(i->garp.lower_prio_repeat, 0);
        cr_expect_not(i->lower_prio_no_advert);
        cr_expect(i->higher_prio_send_advert);
        cr_expect(i->skip_check_adv_addr);
        cr_expect_eq(i->down_timer_adverts, 5);
        cr_expect_str_eq(shown(&i->mcast_dst_ip), "224.0.0.99");
        cr_expect_eq(c->vrrp->startup_delay_usec, 3500000);
}

Test(vrrp_conf, min_garp_is_one_message_unless_said_otherwise) {
        const struct vrrp_instance_conf *i =
                        load(GLOBAL("vrrp_min_garp\n vrrp_garp_master_delay 3") INSTANCE(""));

        cr_expect_eq(i->garp.master_repeat, 1);
        cr_expect_eq(i->garp.master_delay_usec, 3 * USEC_PER_SEC);
        cr_expect_eq(i->garp.master_refresh_usec, 0);
}

Test(vrrp_conf, trackers_have_their_own_weight_or_the_scripts) {
        const struct vrrp_instance_conf *i = load(INSTANCE(
                        " track_script {\n a\n b weight 5\n c weight -3 reverse\n d\n }\n"
                        " track_interface {\n eth0\n eth1\n eth2 weight -10\n }") "vrrp_script a {\n script /a\n weight -20\n}\nvrrp_script b {\n script /b\n weight -20\n}\n"
                                                                                  "vrrp_script c {\n script /c\n}\n");

        cr_assert_eq(i->track_script.n, 3, "d is not there");
        cr_expect_eq(i->track_script.items[0].weight, -20);
        cr_expect_not(i->track_script.items[0].has_weight);
        cr_expect_eq(i->track_script.items[1].weight, 5);
        cr_expect_eq(i->track_script.items[2].weight, -3);
        cr_expect(i->track_script.items[2].reverse);
        cr_assert_eq(i->track_interface.n, 2, "the instance's own is tracked anyway");
        cr_expect_str_eq(i->track_interface.items[0].name, "eth1");
        cr_expect_eq(i->track_interface.items[1].weight, -10);
        cr_expect_eq(check_conf_find_script(c->check, "a")->n_trackers, 1);
        cr_expect(conf_says(c, CONF_COMPLAINT, "there is no vrrp_script d"));
}

Test(vrrp_conf, an_owner_does_not_follow_weights) {
        const struct vrrp_instance_conf *i = load(INSTANCE(
                        " priority 255\n track_script {\n a\n b\n }") "vrrp_script a {\n script /a\n weight 5\n}\nvrrp_script b {\n script /b\n}\n");

        cr_assert_eq(i->track_script.n, 1);
        cr_expect_str_eq(i->track_script.items[0].name, "b");
}

#define TRACKED                                                                                    \
        "track_file f {\n file /f\n weight -2 reverse\n}\ntrack_file g {\n file /g\n}\n"           \
        "vrrp_track_process p {\n process a\n weight 7\n}\n"

Test(vrrp_conf, files_and_processes_have_weights_as_scripts_have) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE(" track_file {\n f\n g weight 254\n h\n }\n"
                                      " track_process {\n p\n q\n }") TRACKED);

        cr_assert_eq(i->track_file.n, 2, "h does not exist");
        cr_expect_eq(i->track_file.items[0].weight, -2);
        cr_expect(i->track_file.items[0].reverse);
        cr_expect_eq(i->track_file.items[1].weight, 254);
        cr_assert_eq(i->track_process.n, 1);
        cr_expect_eq(i->track_process.items[0].weight, 7);
        cr_expect_eq(check_conf_find_file(c->check, "f")->n_trackers, 1);
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 2);
}

Test(vrrp_conf, an_owner_keeps_of_files_what_can_be_fault) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE(" priority 255\n state MASTER\n track_file {\n f\n g\n }\n"
                                      " track_process {\n p\n }") TRACKED);

        cr_assert_eq(i->track_file.n, 1, "f has a weight of its own");
        cr_expect_str_eq(i->track_file.items[0].name, "g");
        cr_expect_eq(i->track_file.items[0].weight, 0, "nobody asked for the default of 1");
        cr_expect_eq(i->track_process.n, 0);
}

Test(vrrp_conf, delays_of_interfaces_are_shorter_than_the_patience_of_backups) {
        const struct vrrp_link_conf *d;

        (void) load(INSTANCE(
                        " track_interface {\n eth1\n }") "interface_up_down_delays {\n eth0 1.5\n eth1 2 30\n eth2 255\n}\n");
        d = vrrp_link_conf_find(&c->vrrp->delays, "eth0");
        cr_expect_eq(d->down_usec, 1500000);
        cr_expect_eq(d->up_usec, 0);
        cr_expect_eq(vrrp_link_conf_find(&c->vrrp->delays, "eth1")->up_usec, 30 * USEC_PER_SEC);
        cr_expect_eq(vrrp_conf_down_limit(3, USEC_PER_SEC), 1990000);
        cr_expect_eq(vrrp_conf_down_limit(1, USEC_PER_SEC), 0);
        cr_expect(conf_says(c, CONF_COMPLAINT,
                        "eth1: down counts after 1.99 s already, for the sake of VI_1"));
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 1);
}

Test(vrrp_conf, notify_scripts_are_ready_to_run) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE(" notify_master \"/etc/keepalived/notify.sh master\"\n"
                                      " notify_backup /bin/b root :\n notify \"a && b\"\n"));

        cr_expect_str_eq(i->notify_master.argv[0], "/etc/keepalived/notify.sh");
        cr_expect_str_eq(i->notify_master.argv[1], "master");
        cr_expect_null(i->notify_master.user);
        cr_expect_str_eq(i->notify_backup.user, "root");
        cr_expect(i->notify_backup.supplementary);
        cr_expect(i->notify.needs_shell);
        cr_expect_not(conf_script_is_set(&i->notify_fault));
        cr_expect(conf_says(c, CONF_NOTE, "is run by /bin/sh -c"));
}

Test(vrrp_conf, mail_is_asked_for_at_three_places) {
        static const struct {
                const char *text;
                bool alert;
        } cases[] = {
                { INSTANCE(""), false },
                { INSTANCE(" smtp_alert"), true },
                { GLOBAL("smtp_alert") INSTANCE(""), true },
                { GLOBAL("smtp_alert\n smtp_alert_vrrp off") INSTANCE(""), false },
                { GLOBAL("smtp_alert_vrrp") INSTANCE(""), true },
                { GLOBAL("smtp_alert") INSTANCE(" smtp_alert no"), false },
        };

        for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
                cr_expect_eq(load(cases[n].text)->smtp_alert, cases[n].alert, "%s", cases[n].text);
}

/* vrrp_strict */

Test(vrrp_conf, strict_takes_out_what_the_rfc_does_not_have) {
        const struct vrrp_instance_conf *i = load(GLOBAL("vrrp_strict") INSTANCE(
                        " state MASTER\n priority 100\n authentication {\n auth_type PASS\n auth_pass redhat\n }\n"
                        " garp_lower_prio_repeat 5\n"));

        cr_expect(i->strict);
        cr_expect_eq(i->auth_type, VRRP_CONF_AUTH_NONE);
        cr_expect_eq(i->state, VRRP_CONF_STATE_BACKUP);
        cr_expect_eq(i->garp.lower_prio_repeat, 0);
        cr_expect(i->lower_prio_no_advert);
        cr_expect_not(i->accept);
        cr_expect(conf_says(c, CONF_NOTE,
                        "strict mode has the address itself drop all traffic sent to it"));
}

Test(vrrp_conf, no_accept_is_for_those_that_do_not_own_the_address) {
        cr_expect(load(INSTANCE(""))->accept);
        cr_expect_not(load(INSTANCE(" no_accept"))->accept);
        cr_expect(load(INSTANCE(" no_accept\n priority 255"))->accept);
        cr_expect(load(INSTANCE(" no_accept\n accept"))->accept);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
}

Test(vrrp_conf, tables_of_nftables_have_a_name_and_a_priority) {
        load(INSTANCE(""));
        cr_expect_null(c->vrrp->nftables.table);
        cr_expect_eq(c->vrrp->nftables.priority, -1);
        load(GLOBAL("nftables") INSTANCE(""));
        cr_expect_str_eq(c->vrrp->nftables.table, "");
        load(GLOBAL("nftables vip.s-1\n nftables_priority -300\n nftables_ifindex\n nftables_counters")
                                        INSTANCE(""));
        cr_expect_str_eq(c->vrrp->nftables.table, "vip.s-1");
        cr_expect_eq(c->vrrp->nftables.priority, -300);
        cr_expect(c->vrrp->nftables.ifindex && c->vrrp->nftables.counters);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        load(GLOBAL("nftables \"a;b\"") INSTANCE(""));
        cr_expect_null(c->vrrp->nftables.table);
        cr_expect(conf_says(c, CONF_COMPLAINT, "a;b cannot be the name of a table"));
}
Test(vrrp_conf, strict_leaves_out_instances_that_cannot_be) {
        load(GLOBAL("vrrp_strict") INSTANCE(
                        "") "vrrp_instance U {\n interface eth0\n virtual_router_id 2\n"
                            " unicast_peer {\n 192.0.2.9\n }\n virtual_ipaddress {\n 192.0.2.2\n }\n}\n"
                            "vrrp_instance E {\n interface eth0\n virtual_router_id 3\n}\n"
                            "vrrp_instance V6 {\n interface eth0\n virtual_router_id 4\n version 2\n"
                            " virtual_ipaddress {\n 2001:db8::1\n }\n}\n");
        cr_expect_null(vrrp_conf_find(c->vrrp, "U"));
        cr_expect_null(vrrp_conf_find(c->vrrp, "E"));
        cr_expect_eq(vrrp_conf_find(c->vrrp, "V6")->version, 3);
        cr_expect(conf_says(c, CONF_COMPLAINT, "strict mode has no unicast peers"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "strict mode needs a virtual_ipaddress"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "IPv6 needs version 3"));
}

Test(vrrp_conf, strict_lets_owners_and_version_3_accept) {
        cr_expect(load(GLOBAL("vrrp_strict") INSTANCE(" priority 255"))->accept);
        cr_expect(load(GLOBAL("vrrp_strict\n vrrp_version 3") INSTANCE(" accept"))->accept);
        cr_expect_not(load(GLOBAL("vrrp_strict\n vrrp_version 3") INSTANCE(""))->accept);
        cr_expect_not(load(GLOBAL("vrrp_strict") INSTANCE(" accept"))->accept);
        cr_expect(load(GLOBAL("vrrp_strict") INSTANCE(" strict_mode off"))->accept);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
}

/* Sync groups */

#define MEMBER(name, interface, id, lines)                                                         \
        "vrrp_instance " name " {\n interface " interface "\n virtual_router_id " id               \
        "\n virtual_ipaddress {\n  192.0.2." id "\n }\n" lines "\n}\n"
#define GROUP(lines) "vrrp_sync_group G {\n group {\n  VI_1\n  VI_2\n }\n" lines "\n}\n"
#define SCRIPT(name, lines) "vrrp_script " name " {\n script /bin/true\n" lines "\n}\n"

static const struct vrrp_track_conf *tracked(const struct vrrp_track_list *l, const char *name) {
        for (size_t k = 0; k < l->n; k++)
                if (strcmp(l->items[k].name, name) == 0)
                        return &l->items[k];
        return NULL;
}

Test(vrrp_conf, a_group_knows_its_members_and_they_know_it) {
        const struct vrrp_instance_conf *i = load(
                        GROUP("") MEMBER("VI_1", "eth0", "1", "") MEMBER("VI_2", "eth1", "2", ""));
        const struct vrrp_group_conf *g = vrrp_conf_find_group(c->vrrp, "G");

        cr_assert(g);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_assert_eq(g->n_members, 2);
        cr_expect_str_eq(g->members[0]->name, "VI_1");
        cr_expect_str_eq(g->members[1]->name, "VI_2");
        cr_expect_eq(i->group, g);
        cr_expect_eq(g->members[1]->group, g);
        cr_expect_not(g->start_master);
        cr_expect_null(vrrp_conf_find_group(c->vrrp, "H"));
}

Test(vrrp_conf, a_group_starts_as_master_when_all_members_are_owners) {
        load(GROUP("") MEMBER("VI_1", "eth0", "1", " priority 255")
                                        MEMBER("VI_2", "eth1", "2", " priority 255"));
        cr_expect(vrrp_conf_find_group(c->vrrp, "G")->start_master);
        load(GROUP("") MEMBER("VI_1", "eth0", "1", " priority 255")
                                        MEMBER("VI_2", "eth1", "2", ""));
        cr_expect_not(vrrp_conf_find_group(c->vrrp, "G")->start_master);
}

Test(vrrp_conf, what_a_group_tracks_each_member_tracks) {
        const struct vrrp_instance_conf *i = load(SCRIPT("s", " weight 5") GROUP(
                        " track_script {\n  s\n }\n track_interface {\n  eth0\n  eth5\n }")
                                        MEMBER("VI_1", "eth0", "1", "")
                                                        MEMBER("VI_2", "eth1", "2", ""));
        const struct vrrp_instance_conf *other = vrrp_conf_find(c->vrrp, "VI_2");

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_assert(tracked(&i->track_script, "s"));
        cr_expect_eq(tracked(&i->track_script, "s")->weight, 5);
        cr_assert(tracked(&other->track_script, "s"));
        cr_expect_null(tracked(&i->track_interface, "eth0")); /* its own is tracked anyway */
        cr_expect(tracked(&i->track_interface, "eth5"));
        cr_expect(tracked(&other->track_interface, "eth0"));
}

Test(vrrp_conf, a_group_tracks_files_and_processes_too) {
        load("track_file load {\n file /srv/load\n weight 2\n}\n"
             "vrrp_track_process web {\n process nginx\n weight -7\n}\n" GROUP(
                             " track_file {\n  load\n  none\n }\n track_process {\n  web\n }")
                                        MEMBER("VI_1", "eth0", "1", "")
                                                        MEMBER("VI_2", "eth1", "2", ""));
        for (const struct vrrp_instance_conf *i = c->vrrp->instances; i; i = i->hh.next) {
                cr_assert(tracked(&i->track_file, "load"));
                cr_expect_eq(tracked(&i->track_file, "load")->weight, 2);
                cr_expect_null(tracked(&i->track_file, "none"));
                cr_assert(tracked(&i->track_process, "web"));
                cr_expect_eq(tracked(&i->track_process, "web")->weight, -7);
        }
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 1, "of a line, not of a member");
        cr_expect(conf_says(c, CONF_COMPLAINT, "there is no track_file none"));
}

Test(vrrp_conf, members_lose_the_weights_of_what_they_track_by_themselves) {
        const char *own = " track_script {\n  s\n  t\n }\n track_interface {\n  eth5 weight 5\n }";
        char text[2048];
        const struct vrrp_instance_conf *i;

        (void) snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", SCRIPT("s", " weight 5"),
                        SCRIPT("t", ""), GROUP(""),
                        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 1\n"
                        " virtual_ipaddress {\n 192.0.2.1\n }\n",
                        own, "\n}\n", MEMBER("VI_2", "eth1", "2", ""));
        i = load(text);
        cr_expect_eq(conf_grade(c), CONF_COMPLAINT);
        cr_expect_null(tracked(&i->track_script, "s"));
        cr_expect(tracked(&i->track_script, "t"));
        cr_assert(tracked(&i->track_interface, "eth5"));
        cr_expect_eq(tracked(&i->track_interface, "eth5")->weight, 0);
}

Test(vrrp_conf, members_keep_the_weights_when_the_group_says_so) {
        const struct vrrp_instance_conf *i = load(
                        SCRIPT("s", " weight 5") GROUP(" sync_group_tracking_weight")
                                        MEMBER("VI_1", "eth0", "1", " track_script {\n  s\n }")
                                                        MEMBER("VI_2", "eth1", "2", ""));

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_assert(tracked(&i->track_script, "s"));
        cr_expect_eq(tracked(&i->track_script, "s")->weight, 5);
}

Test(vrrp_conf, the_weight_of_the_group_counts_where_both_track_unless_the_members_is_0) {
        const struct vrrp_instance_conf *i = load(SCRIPT("s", " weight 5") SCRIPT("t", "") GROUP(
                        " track_script {\n  s weight 9\n  t weight 9\n }") MEMBER("VI_1", "eth0",
                        "1", " track_script {\n  s\n  t weight 0\n }")
                                        MEMBER("VI_2", "eth1", "2", ""));

        cr_assert(tracked(&i->track_script, "s"));
        cr_expect_eq(tracked(&i->track_script, "s")->weight, 9);
        cr_expect_eq(tracked(&i->track_script, "t")->weight, 0);
        cr_expect_eq(i->track_script.n, 2);
}

Test(vrrp_conf, a_group_with_an_owner_follows_no_weights) {
        const struct vrrp_instance_conf *i = load(SCRIPT("s", " weight 5") GROUP(
                        " track_script {\n  s\n }") MEMBER("VI_1", "eth0", "1", "")
                                        MEMBER("VI_2", "eth1", "2", " priority 255"));

        cr_expect_eq(conf_grade(c), CONF_COMPLAINT);
        cr_expect_eq(i->track_script.n, 0);
        cr_expect_eq(vrrp_conf_find(c->vrrp, "VI_2")->track_script.n, 0);
}

Test(vrrp_conf, members_take_the_groups_word_on_priority_changes) {
        const struct vrrp_instance_conf *i = load(
                        GROUP(" notify_priority_changes") MEMBER("VI_1", "eth0", "1", "") MEMBER(
                                        "VI_2", "eth1", "2", " notify_priority_changes off"));

        cr_expect(i->notify_priority_changes);
        cr_expect_not(vrrp_conf_find(c->vrrp, "VI_2")->notify_priority_changes);
}
