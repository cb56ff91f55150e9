/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the configuration as people write it to what the election and the kernel are told. */

#include "vrrpd/setup.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/conf.h"

static struct conf *conf;

static void load(const char *text) {
        cr_assert_eq(conf_load_text("test", text, strlen(text), NULL, 0, &conf), 0);
}

static void done(void) {
        conf = conf_free(conf);
}

TestSuite(setup, .fini = done);

static struct vrrp_params params(usec_t uptime) {
        struct vrrp_instance_conf *c = vrrp_conf_find(conf->vrrp, "V");
        struct vrrp_params p;

        cr_assert_not_null(c);
        vrrp_setup_params(c, conf->vrrp, uptime, &p);
        return p;
}

#define INSTANCE(more)                                                                             \
        "vrrp_instance V {\n interface eth0\n virtual_router_id 51\n" more                         \
        "\n virtual_ipaddress {\n 10.0.0.100/24 dev eth1 label eth1:7 brd 10.0.0.255 scope link\n" \
        " 10.0.0.101\n }\n}\n"

Test(setup, what_is_not_said_has_keepalived_s_defaults) {
        struct vrrp_params p;

        load(INSTANCE(""));
        p = params(0);
        cr_expect_eq(p.version, 2);
        cr_expect_eq(p.vrid, 51);
        cr_expect_eq(p.priority, 100);
        cr_expect_eq(p.advert_interval, USEC_PER_SEC);
        cr_expect_eq(p.down_timer_adverts, 3);
        cr_expect(p.preempt);
        cr_expect_not(p.start_master);
        cr_expect_eq(p.start_delay, 0);
        cr_expect_eq(p.garp_master_delay, 5 * USEC_PER_SEC);
        cr_expect_eq(p.garp_master_repeat, 5);
        cr_expect_eq(p.garp_lower_prio_delay, 5 * USEC_PER_SEC);
        cr_expect_eq(p.garp_lower_prio_repeat, 5);
        cr_expect_eq(p.garp_master_refresh, 0);
}

#define OTHER(more)                                                                                \
        "vrrp_instance W {\n interface eth1\n virtual_router_id 52\n" more                         \
        "\n virtual_ipaddress {\n 10.1.0.100/24\n }\n}\n"
#define GROUP "vrrp_sync_group G {\n group {\n V\n W\n }\n}\n"

Test(setup, an_owner_waits_for_a_group_that_is_not_all_owners) {
        load(INSTANCE("state MASTER") OTHER(""));
        cr_expect_not(params(0).grouped);
        cr_expect(params(0).start_master);
        done();
        load(INSTANCE("state MASTER") OTHER("") GROUP);
        cr_expect(params(0).grouped);
        cr_expect_not(params(0).start_master);
        done();
        load(INSTANCE("state MASTER") OTHER("state MASTER") GROUP);
        cr_expect(params(0).grouped);
        cr_expect(params(0).start_master);
}

Test(setup, state_master_without_priority_is_an_owner) {
        struct vrrp_params p;

        load(INSTANCE("state MASTER"));
        p = params(0);
        cr_expect_eq(p.priority, 255);
        cr_expect(p.start_master);
}

Test(setup, state_master_with_a_priority_is_no_head_start) {
        load(INSTANCE("state MASTER\n priority 150"));
        cr_expect_not(params(0).start_master);
}

Test(setup, the_longer_of_the_two_delays_at_start_counts) {
        load("global_defs {\n vrrp_startup_delay 5\n vrrp_delay_after_boot 60\n}\n" INSTANCE(""));
        cr_expect_eq(params(10 * USEC_PER_SEC).start_delay, 50 * USEC_PER_SEC);
        cr_expect_eq(params(58 * USEC_PER_SEC).start_delay, 5 * USEC_PER_SEC);
        cr_expect_eq(params(3600 * USEC_PER_SEC).start_delay, 5 * USEC_PER_SEC);
}

Test(setup, intervals_are_what_the_wire_can_carry) {
        load("global_defs {\n vrrp_version 3\n}\n" INSTANCE("advert_int 0.256"));
        cr_expect_eq(params(0).advert_interval, 260 * USEC_PER_MSEC);
}

Test(setup, an_address_line_reaches_the_kernel_whole) {
        struct vrrp_instance_conf *c;
        struct vrrp_address a, b;
        char ip[IP_ADDR_STRLEN];

        load(INSTANCE(""));
        c = vrrp_conf_find(conf->vrrp, "V");
        cr_assert_not_null(c);
        cr_assert_eq(c->virtual_ipaddress.n, 2);
        a = vrrp_setup_address(&c->virtual_ipaddress.items[0]);
        cr_expect_str_eq(ip_addr_format(&a.addr, ip), "10.0.0.100");
        cr_expect_eq(a.prefix, 24);
        cr_expect_str_eq(a.label, "eth1:7");
        cr_expect_str_eq(ip_addr_format(&a.broadcast, ip), "10.0.0.255");
        cr_expect_eq(a.scope, 253);
        cr_expect_not(a.has_preferred);

        b = vrrp_setup_address(&c->virtual_ipaddress.items[1]);
        cr_expect_eq(b.prefix, 32);
        cr_expect_str_eq(b.label, "");
        cr_expect_not(ip_addr_is_set(&b.broadcast));
}

Test(setup, an_ipv6_address_alone_is_no_source_unless_it_says_so) {
        struct vrrp_instance_conf *c;
        struct vrrp_address a;

        load("vrrp_instance V {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n"
             " fe80::1/64\n 2001:db8::1\n 2001:db8::2 preferred_lft forever\n 2001:db8::3/64 -nodad\n }\n}\n");
        c = vrrp_conf_find(conf->vrrp, "V");
        cr_assert(c && c->virtual_ipaddress.n == 4);
        cr_expect_not(vrrp_setup_address(&c->virtual_ipaddress.items[0]).has_preferred);
        a = vrrp_setup_address(&c->virtual_ipaddress.items[1]);
        cr_expect(a.has_preferred && a.preferred == 0);
        cr_expect_not(a.dad);
        a = vrrp_setup_address(&c->virtual_ipaddress.items[2]);
        cr_expect(a.has_preferred && a.preferred == UINT32_MAX);
        a = vrrp_setup_address(&c->virtual_ipaddress.items[3]);
        cr_expect(a.dad && !a.has_preferred);
}
