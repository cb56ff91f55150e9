/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the model holds of use_vmac, use_ipvlan and their company. */

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

TestSuite(vrrp_conf_vmac, .fini = forget);

static const struct vrrp_instance_conf *load(const char *text) {
        forget();
        c = conf_of(text);
        cr_assert(vrrp_conf_find(c->vrrp, "VI_1"));
        return vrrp_conf_find(c->vrrp, "VI_1");
}

static void expect_mac(const struct vrrp_instance_conf *i, int family, const char *text) {
        char shown[18];
        uint8_t mac[6];

        vrrp_vmac_conf_mac(&i->vmac, family, i->vrid, mac);
        (void) snprintf(shown, sizeof(shown), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                        mac[2], mac[3], mac[4], mac[5]);
        cr_expect_str_eq(shown, text);
}

Test(vrrp_conf_vmac, is_off_unless_said) {
        const struct vrrp_instance_conf *i = load(INSTANCE(""));

        cr_expect_not(i->vmac.on || i->ipvlan.on || i->use_vmac_addr || i->vmac_xmit_base);
        cr_expect_eq(i->extra_garp.seconds, 0);
        cr_expect_str_eq(c->vrrp->vmac_prefix, "vrrp");
        cr_expect_null(c->vrrp->vmac_addr_prefix);
        cr_expect_not(c->vrrp->disable_local_igmp);
}

Test(vrrp_conf_vmac, has_the_mac_address_of_the_rfc) {
        const struct vrrp_instance_conf *i = load(INSTANCE(" use_vmac"));

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect(i->vmac.on);
        cr_expect_null(i->vmac.name);
        expect_mac(i, AF_INET, "00:00:5e:00:01:33");
        expect_mac(i, AF_INET6, "00:00:5e:00:02:33");
}

Test(vrrp_conf_vmac, has_the_one_given_or_five_octets_of_it_and_the_id) {
        expect_mac(load(INSTANCE(" use_vmac 02:1:2:3:4:Ff")), AF_INET, "02:01:02:03:04:ff");
        expect_mac(load(INSTANCE(" use_vmac 02:01:02:03:04")), AF_INET, "02:01:02:03:04:33");
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
}

Test(vrrp_conf_vmac, takes_its_words_in_any_order) {
        const struct vrrp_instance_conf *i = load(
                        INSTANCE(" use_vmac group 9 02:01:02:03:04:05 netlink_notify_msg mine"));

        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_str_eq(i->vmac.name, "mine");
        cr_expect(i->vmac.notify && i->vmac.group.given);
        cr_expect_eq(i->vmac.group.number, 9);
        cr_expect_eq(i->vmac.mac_octets, 6);
}

Test(vrrp_conf_vmac, has_no_name_that_the_kernel_or_nft_would_take_for_another) {
        static const char *const names[] = { "a/b", "vrrp%d", "vrrp*", "a\\b", "..",
                "sixteen-letters0" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ char *text = NULL;

                cr_assert_geq(asprintf(&text, INSTANCE(" use_vmac name %s"), names[i]), 0);
                cr_expect_null(load(text)->vmac.name, "%s", names[i]);
                cr_expect_eq(conf_grade(c), CONF_COMPLAINT, "%s", names[i]);
        }
}

Test(vrrp_conf_vmac, speaks_from_below_where_it_has_peers) {
        cr_expect_not(load(INSTANCE(" use_vmac"))->vmac_xmit_base);
        cr_expect(load(INSTANCE(" use_vmac\n vmac_xmit_base"))->vmac_xmit_base);
        cr_expect(load(INSTANCE(" use_vmac\n unicast_peer {\n 192.0.2.9\n }"))->vmac_xmit_base);
}

Test(vrrp_conf_vmac, an_ipvlan_speaks_from_its_own_address) {
        const struct vrrp_instance_conf *i =
                        load(INSTANCE(" use_ipvlan name mine 192.0.2.7/24 vepa"));
        struct ip_addr own;

        cr_assert_eq(ip_addr_parse("192.0.2.7", &own), 0);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        cr_expect_eq(i->ipvlan.mode, VRRP_IPVLAN_VEPA);
        cr_expect_eq(i->ipvlan.prefix, 24);
        cr_expect_str_eq(i->ipvlan.name, "mine");
        cr_expect(ip_addr_equal(&i->src_ip, &own));
        cr_expect_eq(load(INSTANCE(" use_ipvlan 192.0.2.7"))->ipvlan.mode, VRRP_IPVLAN_BRIDGE);
}

Test(vrrp_conf_vmac, extra_announcements_are_the_instances_or_the_global_ones) {
        const struct vrrp_instance_conf *i;

        i = load(GLOBAL("vrrp_garp_extra_if all 20") INSTANCE(""));
        cr_expect(i->extra_garp.all && i->extra_garp.seconds == 20);
        i = load(GLOBAL("vrrp_garp_extra_if all 20") INSTANCE(" garp_extra_if 5"));
        cr_expect(!i->extra_garp.all && i->extra_garp.seconds == 5);
        i = load(GLOBAL("vrrp_garp_extra_if 20") INSTANCE(" garp_extra_if 0"));
        cr_expect_eq(i->extra_garp.seconds, 0);
        load(GLOBAL("vrrp_garp_extra_if 86401") INSTANCE(""));
        cr_expect_eq(conf_grade(c), CONF_COMPLAINT);
}

Test(vrrp_conf_vmac, two_are_the_same_when_nothing_about_the_interface_differs) {
        static const char *const lines[] = { "", " use_vmac", " use_vmac mine",
                " use_vmac 02:00:00:00:00:01", " use_vmac group 1", " use_ipvlan 192.0.2.7",
                " use_ipvlan 192.0.2.8", " use_ipvlan 192.0.2.8 private" };

        for (size_t n = 0; n < ARRAY_SIZE(lines); n++)
                for (size_t m = 0; m < ARRAY_SIZE(lines); m++) {
                        _cleanup_free_ char *text = NULL;

                        cr_assert_geq(asprintf(&text,
                                                      INSTANCE("%s") "vrrp_instance V2 {\n interface eth0\n virtual_router_id 52\n"
                                                                     " virtual_ipaddress {\n 192.0.2.2\n }\n%s\n}\n",
                                                      lines[n], lines[m]),
                                        0);
                        load(text);
                        if (strstr(lines[n], "mine") && n == m)
                                continue; /* a name cannot be had twice */
                        cr_expect_eq(vrrp_conf_same_own_link(vrrp_conf_find(c->vrrp, "VI_1"),
                                                     vrrp_conf_find(c->vrrp, "V2")),
                                        n == m, "'%s' and '%s'", lines[n], lines[m]);
                }
}

Test(vrrp_conf_vmac, dynamic_interfaces_has_one_word) {
        load(GLOBAL("dynamic_interfaces") INSTANCE(""));
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        load(GLOBAL("dynamic_interfaces allow_if_changes") INSTANCE(""));
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        load(GLOBAL("dynamic_interfaces allow_all") INSTANCE(""));
        cr_expect_eq(conf_grade(c), CONF_COMPLAINT);
}
