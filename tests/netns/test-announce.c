/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/announce.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>
#include <unistd.h>

#include "common/macro.h"
#include "netns.h"

static struct fixture {
        sd_event *event;
        struct vrrp_links *links;
        struct vrrp_link *ours;
        struct vrrp_announcer *announcer;
        struct vrrp_announcement a, b;
        int wire;
        unsigned failed;
        int error;
        void *owner;
} f;

static void on_failed(void *owner, int error, void *userdata) {
        f.failed++;
        f.error = error;
        f.owner = owner;
}

static void on_changed(struct vrrp_link *l, void *userdata) {
}

static const struct vrrp_links_ops links_ops = { .changed = on_changed };

static void prepare(struct vrrp_announcement *n, const char *text) {
        struct ip_addr addr;

        cr_assert_eq(ip_addr_parse(text, &addr), 0);
        cr_assert_eq(vrrp_announcement_init(n, f.announcer, f.ours, &addr, n), 0);
}

static void init(void) {
        netns_init();
        f.wire = wire_open();
        cr_assert_geq(sd_event_new(&f.event), 0);
        cr_assert_eq(vrrp_links_new(f.event, 0, &links_ops, NULL, &f.links), 0);
        cr_assert_eq(vrrp_links_want(f.links, "ours", &f.ours), 0);
        cr_assert_eq(vrrp_announcer_new(f.event, 0, on_failed, NULL, &f.announcer), 0);
        prepare(&f.a, "192.0.2.100");
        prepare(&f.b, "192.0.2.101");
}

static void done(void) {
        vrrp_announcement_done(&f.a);
        vrrp_announcement_done(&f.b);
        f.announcer = vrrp_announcer_free(f.announcer);
        vrrp_link_unwant(f.ours);
        f.links = vrrp_links_free(f.links);
        f.event = sd_event_unref(f.event);
        (void) close(f.wire);
}

TestSuite(announce, .init = init, .fini = done, .timeout = 20);

static void set_spacing(unsigned garp_ms, unsigned gna_ms, const struct vrrp_spacing_group *groups,
                size_t n) {
        const struct vrrp_spacing spacing = {
                .garp = garp_ms * USEC_PER_MSEC,
                .gna = gna_ms * USEC_PER_MSEC,
        };

        cr_assert_eq(vrrp_announcer_set_spacing(f.announcer, &spacing, groups, n), 0);
}

static void flush(void) {
        vrrp_announcer_flush(f.announcer, usec_now(CLOCK_MONOTONIC));
}

/* And what is said again, a moment later each time. */
static void flush_all(void) {
        flush();
        while (sd_event_run(f.event, 50 * USEC_PER_MSEC) > 0)
                ;
}

/* The last byte of the address announced next, or 0 if there is none soon. */
static int announced(int timeout_ms) {
        struct ether_arp arp;

        if (wire_receive(f.wire, ETH_P_ARP, &arp, sizeof(arp), timeout_ms) == 0)
                return 0;
        cr_expect_eq(ntohs(arp.ea_hdr.ar_op), ARPOP_REQUEST);
        cr_expect_arr_eq(arp.arp_spa, arp.arp_tpa, 4);
        cr_expect_arr_eq(arp.arp_sha, f.ours->hwaddr, 6);
        return arp.arp_spa[3];
}

Test(announce, each_address_once_then_each_again) {
        vrrp_announcement_send(&f.a, 3);
        vrrp_announcement_send(&f.b, 2);
        cr_expect_eq(announced(20), 0, "not before the flush");
        flush_all();
        cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(100), 101);
        cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(100), 101);
        cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(20), 0);
        cr_expect_eq(f.failed, 0);
}

Test(announce, what_is_said_again_does_not_keep_the_first_words_of_others) {
        vrrp_announcement_send(&f.a, 3);
        flush();
        vrrp_announcement_send(&f.b, 1);
        flush_all();
        cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(100), 101);
        cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(20), 0);
}

Test(announce, more_than_one_system_call_can_take) {
        static struct vrrp_announcement many[500];
        struct ip_addr addr;

        cr_assert_eq(ip_addr_parse("192.0.2.100", &addr), 0);
        for (int i = 0; i < 500; i++) {
                cr_assert_eq(vrrp_announcement_init(&many[i], f.announcer, f.ours, &addr, NULL), 0);
                vrrp_announcement_send(&many[i], 1);
        }
        flush();
        for (int i = 0; i < 500; i++) {
                cr_assert_eq(announced(100), 100);
                vrrp_announcement_done(&many[i]);
        }
        cr_expect_eq(announced(20), 0);
}

Test(announce, with_spacing_they_follow_one_by_one) {
        usec_t start = usec_now(CLOCK_MONOTONIC);
        int next = 100;

        set_spacing(20, 0, NULL, 0);
        vrrp_announcement_send(&f.a, 2);
        vrrp_announcement_send(&f.b, 2);
        flush();
        cr_expect_eq(announced(10), 100, "the first at once");
        cr_expect_eq(announced(5), 0);
        for (int i = 0; i < 3; i++) {
                cr_assert_gt(sd_event_run(f.event, USEC_PER_SEC), 0);
                next = next == 100 ? 101 : 100;
                cr_expect_eq(announced(10), next);
        }
        cr_expect_geq(usec_now(CLOCK_MONOTONIC) - start, 60 * USEC_PER_MSEC);
        cr_expect_eq(sd_event_run(f.event, 30 * USEC_PER_MSEC), 0, "and then silence");
}

Test(announce, what_is_cancelled_is_not_said) {
        vrrp_announcement_send(&f.a, 5);
        vrrp_announcement_send(&f.b, 1);
        vrrp_announcement_cancel(&f.a);
        flush();
        cr_expect_eq(announced(100), 101);
        cr_expect_eq(announced(20), 0);
}

Test(announce, asked_twice_it_is_said_as_often_as_the_larger) {
        vrrp_announcement_send(&f.a, 2);
        vrrp_announcement_send(&f.a, 3);
        vrrp_announcement_send(&f.a, 1);
        flush_all();
        for (int i = 0; i < 3; i++)
                cr_expect_eq(announced(100), 100);
        cr_expect_eq(announced(20), 0);
}

Test(announce, an_interface_without_arp_is_passed_over) {
        netns_run("ip link set ours arp off");
        while (sd_event_run(f.event, 0) > 0)
                ;
        vrrp_announcement_send(&f.a, 2);
        flush();
        cr_expect_eq(announced(20), 0);
        cr_expect_eq(f.failed, 0);
}

Test(announce, a_failure_is_told) {
        netns_run("ip link set ours down");
        vrrp_announcement_send(&f.a, 1);
        flush();
        cr_expect_eq(f.failed, 1);
        cr_expect_eq(f.error, -ENETDOWN);
        cr_expect_eq(f.owner, &f.a);
}

/* The neighbour advertisement that comes next, or false if there is none soon. */
static bool advertised(uint8_t *ret_last, int timeout_ms) {
        struct {
                struct ip6_hdr ip;
                struct nd_neighbor_advert na;
                struct nd_opt_hdr option;
                uint8_t hwaddr[6];
        } __attribute__((packed)) p;
        static const struct in6_addr all_nodes = { .s6_addr = { 0xff, 0x02, [15] = 1 } };
        unsigned char buf[2048];

        do {
                if (wire_receive(f.wire, ETH_P_IPV6, buf, sizeof(buf), timeout_ms) == 0)
                        return false;
                memcpy(&p, buf, sizeof(p));
        } while (p.ip.ip6_nxt != IPPROTO_ICMPV6 || p.na.nd_na_type != ND_NEIGHBOR_ADVERT);

        cr_expect_eq(p.ip.ip6_hlim, 255, "RFC 4861 §7.1.2");
        cr_expect_arr_eq(&p.ip.ip6_dst, &all_nodes, 16);
        cr_expect_arr_eq(&p.ip.ip6_src, &p.na.nd_na_target, 16);
        cr_expect_eq(p.na.nd_na_flags_reserved, ND_NA_FLAG_ROUTER | ND_NA_FLAG_OVERRIDE);
        cr_expect_eq(p.option.nd_opt_type, ND_OPT_TARGET_LINKADDR);
        cr_expect_eq(p.option.nd_opt_len, 1);
        cr_expect_arr_eq(p.hwaddr, f.ours->hwaddr, 6);
        *ret_last = p.na.nd_na_target.s6_addr[15];
        return true;
}

static int advertised_last(int timeout_ms) {
        uint8_t last;

        return advertised(&last, timeout_ms) ? last : 0;
}

Test(announce, ipv6_addresses_are_advertised_to_all_nodes) {
        struct vrrp_announcement c = {};

        prepare(&c, "2001:db8::64");
        vrrp_announcement_send(&c, 2);
        vrrp_announcement_send(&f.a, 1);
        flush_all();
        cr_expect_eq(advertised_last(100), 0x64);
        cr_expect_eq(advertised_last(100), 0x64);
        cr_expect_eq(advertised_last(20), 0);
        vrrp_announcement_done(&c);
}

/* A host in the network of the test believes it: the message is right in every field. */
Test(announce, a_neighbour_believes_the_advertisement) {
        struct vrrp_announcement c = {};

        netns_run("ip link set wire arp on && ip addr add fe80::2/64 dev wire nodad && "
                  "ip neigh replace 2001:db8::64 lladdr 02:00:00:00:00:99 router dev wire nud stale");
        prepare(&c, "2001:db8::64");
        vrrp_announcement_send(&c, 1);
        flush();
        netns_run("ip -6 neigh show 2001:db8::64 dev wire | "
                  "grep -q 'lladdr %02x:%02x:%02x:%02x:%02x:%02x router'",
                        f.ours->hwaddr[0], f.ours->hwaddr[1], f.ours->hwaddr[2], f.ours->hwaddr[3],
                        f.ours->hwaddr[4], f.ours->hwaddr[5]);
        vrrp_announcement_done(&c);
}

Test(announce, the_families_do_not_wait_for_each_other) {
        struct vrrp_announcement c = {};

        prepare(&c, "2001:db8::64");
        set_spacing(200, 0, NULL, 0);
        vrrp_announcement_send(&f.a, 2);
        vrrp_announcement_send(&c, 3);
        flush_all();
        for (int i = 0; i < 3; i++)
                cr_expect_eq(advertised_last(5), 0x64);
        cr_assert_gt(sd_event_run(f.event, USEC_PER_SEC), 0);
        cr_expect_eq(sd_event_run(f.event, 40 * USEC_PER_MSEC), 0, "the second ARP was the last");

        set_spacing(0, 20, NULL, 0);
        vrrp_announcement_send(&c, 2);
        flush();
        cr_expect_eq(advertised_last(5), 0x64);
        cr_expect_eq(advertised_last(5), 0, "now they have a pause");
        cr_assert_gt(sd_event_run(f.event, USEC_PER_SEC), 0);
        cr_expect_eq(advertised_last(5), 0x64);
        vrrp_announcement_done(&c);
}

static struct vrrp_link *second_link(void) {
        struct vrrp_link *l;

        netns_run("ip link add second type veth peer name far && ip link set second up && "
                  "ip link set far up");
        cr_assert_eq(vrrp_links_want(f.links, "second", &l), 0);
        return l;
}

Test(announce, interfaces_of_a_group_share_one_pace) {
        char *names[] = { (char *) "second", (char *) "ours" };
        const struct vrrp_spacing_group group = {
                .spacing = { .garp = 20 * USEC_PER_MSEC },
                .interfaces = names,
                .n_interfaces = 2,
        };
        struct vrrp_link *second = second_link();
        struct vrrp_announcement c = {};
        struct ip_addr addr;
        int runs = 0;

        cr_assert_eq(ip_addr_parse("192.0.2.102", &addr), 0);
        cr_assert_eq(vrrp_announcement_init(&c, f.announcer, second, &addr, NULL), 0);
        set_spacing(0, 0, &group, 1);
        vrrp_announcement_send(&c, 2);
        vrrp_announcement_send(&f.a, 2);
        flush();
        cr_expect_eq(announced(5), 0, "it is the other interface's turn");
        while (sd_event_run(f.event, 40 * USEC_PER_MSEC) > 0)
                runs++;
        cr_expect_geq(runs, 3, "one after the other");
        cr_expect_eq(announced(5), 100);
        cr_expect_eq(announced(5), 100);

        /* What waits goes on at the new pace. */
        vrrp_announcement_send(&c, 2);
        vrrp_announcement_send(&f.a, 3);
        set_spacing(0, 0, NULL, 0);
        flush_all();
        for (int i = 0; i < 3; i++)
                cr_expect_eq(announced(5), 100);
        vrrp_announcement_done(&c);
        vrrp_link_unwant(second);
}
