/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/sender.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

#define GROUP "224.0.0.18"

struct failures {
        unsigned n;
        void *cookie;
        int error;
};

static void on_failed(void *cookie, int error, void *userdata) {
        struct failures *s = userdata;

        s->n++;
        s->cookie = cookie;
        s->error = error;
}

static struct fixture {
        struct vrrp_sender *sender;
        struct failures failures;
        int wire;
} f;

static void init(void) {
        netns_init();
        f.wire = wire_open();
        cr_assert_eq(vrrp_sender_new(AF_INET, on_failed, &f.failures, &f.sender), 0);
}

static void done(void) {
        f.sender = vrrp_sender_free(f.sender);
        (void) close(f.wire);
}

TestSuite(sender, .init = init, .fini = done, .timeout = 20);

static int ours(void) {
        return (int) if_nametoindex("ours");
}

static void queue(const char *source, const char *destination, uint8_t vrid, int ifindex,
                void *cookie) {
        struct vrrp_packet p = {
                .destination = { .family = AF_INET, .in.s_addr = inet_addr(destination) },
        };
        size_t n = wire_advert(vrrp_sender_room(f.sender), source, destination, vrid, 20);

        vrrp_sender_queue(f.sender, n, &p, ifindex, cookie);
}

/* The VRID of the next packet on the wire, or -1 if there is none soon. */
static int receive_vrid(struct iphdr *ret) {
        unsigned char buf[2048];

        for (;;) {
                size_t n = wire_receive(f.wire, ETH_P_IP, buf, sizeof(buf), 50);

                if (n == 0)
                        return -1;
                memcpy(ret, buf, sizeof(*ret));
                if (ret->protocol == VRRP_IPPROTO)
                        return buf[sizeof(*ret) + 1];
        }
}

Test(sender, sends_what_is_queued_when_flushed_and_not_before) {
        struct iphdr ip;

        queue("192.0.2.1", GROUP, 51, ours(), NULL);
        cr_expect_eq(receive_vrid(&ip), -1);
        vrrp_sender_flush(f.sender);
        cr_assert_eq(receive_vrid(&ip), 51);
        cr_expect_eq(ip.ttl, 255);
        cr_expect_eq(ip.tos, 0xc0);
        cr_expect_eq(ip.saddr, inet_addr("192.0.2.1"));
        cr_expect_eq(ip.daddr, inet_addr(GROUP));
        cr_expect_neq(ip.id, 0);
        cr_expect_eq(ntohs(ip.tot_len), 40);
        cr_expect_eq(f.failures.n, 0);
}

Test(sender, keeps_the_order_of_more_packets_than_fit) {
        struct iphdr ip;

        for (int i = 0; i < 200; i++)
                queue("192.0.2.1", GROUP, (uint8_t) i, ours(), NULL);
        vrrp_sender_flush(f.sender);
        for (int i = 0; i < 200; i++)
                cr_assert_eq(receive_vrid(&ip), i);
}

Test(sender, a_source_that_no_interface_has_is_sent_all_the_same) {
        struct iphdr ip;

        queue("198.51.100.7", GROUP, 51, ours(), NULL);
        vrrp_sender_flush(f.sender);
        cr_assert_eq(receive_vrid(&ip), 51);
        cr_expect_eq(ip.saddr, inet_addr("198.51.100.7"));
}

Test(sender, unicast_goes_to_the_neighbour) {
        struct iphdr ip;

        netns_run("ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev ours");
        queue("192.0.2.1", "192.0.2.2", 51, ours(), NULL);
        queue("192.0.2.1", "192.0.2.2", 52, 0, NULL);
        vrrp_sender_flush(f.sender);
        cr_expect_eq(receive_vrid(&ip), 51);
        cr_expect_eq(receive_vrid(&ip), 52);
        cr_expect_eq(ip.daddr, inet_addr("192.0.2.2"));
}

Test(sender, one_failure_is_told_and_does_not_stop_the_others) {
        struct iphdr ip;
        int cookie;

        queue("192.0.2.1", GROUP, 1, ours(), NULL);
        queue("192.0.2.1", GROUP, 2, 9999, &cookie);
        queue("192.0.2.1", GROUP, 3, ours(), NULL);
        vrrp_sender_flush(f.sender);
        cr_expect_eq(receive_vrid(&ip), 1);
        cr_expect_eq(receive_vrid(&ip), 3);
        cr_expect_eq(f.failures.n, 1);
        cr_expect_eq(f.failures.cookie, &cookie);
        cr_expect_eq(f.failures.error, -ENODEV);
}

Test(sender, an_interface_that_is_down_is_an_error) {
        int cookie;

        netns_run("ip link set ours down");
        queue("192.0.2.1", GROUP, 1, ours(), &cookie);
        vrrp_sender_flush(f.sender);
        cr_expect_eq(f.failures.n, 1);
        cr_expect_lt(f.failures.error, 0);
}

Test(sender, a_forgotten_owner_still_says_farewell) {
        struct iphdr ip;
        int cookie;

        queue("192.0.2.1", GROUP, 1, ours(), &cookie);
        queue("192.0.2.1", GROUP, 2, 9999, &cookie);
        vrrp_sender_forget(f.sender, &cookie);
        vrrp_sender_flush(f.sender);
        cr_expect_eq(receive_vrid(&ip), 1);
        cr_expect_eq(f.failures.n, 0);
}

static struct ip_addr addr(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

static void be_inet6(void) {
        f.sender = vrrp_sender_free(f.sender);
        cr_assert_eq(vrrp_sender_new(AF_INET6, on_failed, &f.failures, &f.sender), 0);
}

static void queue_inet6(const char *source, const char *destination, uint8_t vrid, uint8_t ttl,
                int ifindex, void *cookie) {
        struct vrrp_packet p = {
                .version = 3,
                .vrid = vrid,
                .interval = USEC_PER_SEC,
                .source = addr(source),
                .destination = addr(destination),
                .ttl = ttl,
        };
        int n = vrrp_packet_build(&p, vrrp_sender_room(f.sender), VRRP_PACKET_SIZE_MAX);

        cr_assert_gt(n, 0);
        vrrp_sender_queue(f.sender, (size_t) n, &p, ifindex, cookie);
}

/* The VRID of the next advert over IPv6, or -1 if there is none soon. Its checksum is right. */
static int receive_inet6(struct ip6_hdr *ret) {
        unsigned char buf[2048];

        for (;;) {
                struct vrrp_packet_rules rules = { .version = 3, .family = AF_INET6 };
                struct vrrp_rx rx = { .hop_limit = -1 };
                size_t n = wire_receive(f.wire, ETH_P_IPV6, buf, sizeof(buf), 50);
                struct vrrp_advert advert;

                if (n == 0)
                        return -1;
                memcpy(ret, buf, sizeof(*ret));
                if (ret->ip6_nxt != VRRP_IPPROTO)
                        continue;
                rx.source = (struct ip_addr){ .family = AF_INET6, .in6 = ret->ip6_src };
                rx.destination = (struct ip_addr){ .family = AF_INET6, .in6 = ret->ip6_dst };
                rules.unicast = !ip_addr_is_multicast(&rx.destination);
                rules.vrid = buf[sizeof(*ret) + 1];
                cr_expect_eq(vrrp_packet_parse(buf + sizeof(*ret), n - sizeof(*ret), &rx, &rules,
                                             &advert),
                                0);
                return rules.vrid;
        }
}

Test(sender, over_ipv6_the_header_is_as_the_rfc_wants_it) {
        struct ip_addr source = addr("fe80::1"), group = addr("ff02::12");
        struct ip6_hdr ip;

        be_inet6();
        queue_inet6("fe80::1", "ff02::12", 51, 255, ours(), NULL);
        queue_inet6("fe80::1", "ff02::12", 52, 255, ours(), NULL);
        cr_expect_eq(receive_inet6(&ip), -1);
        vrrp_sender_flush(f.sender);
        cr_assert_eq(receive_inet6(&ip), 51);
        cr_expect_eq(ip.ip6_hlim, 255);
        cr_expect_eq(ntohl(ip.ip6_flow) >> 20 & 0xff, 0xc0);
        cr_expect_arr_eq(&ip.ip6_src, &source.in6, 16);
        cr_expect_arr_eq(&ip.ip6_dst, &group.in6, 16);
        cr_expect_eq(receive_inet6(&ip), 52);
        cr_expect_eq(f.failures.n, 0);
}

Test(sender, over_ipv6_the_source_need_not_be_there) {
        struct ip_addr source = addr("2001:db8::7");
        struct ip6_hdr ip;

        be_inet6();
        queue_inet6("2001:db8::7", "ff02::12", 51, 255, ours(), NULL);
        vrrp_sender_flush(f.sender);
        cr_assert_eq(receive_inet6(&ip), 51);
        cr_expect_arr_eq(&ip.ip6_src, &source.in6, 16);
}

Test(sender, over_ipv6_unicast_has_the_hop_limit_it_is_told) {
        struct ip6_hdr ip;

        be_inet6();
        netns_run("ip neigh add fe80::2 lladdr 02:00:00:00:00:02 dev ours");
        queue_inet6("fe80::1", "fe80::2", 51, 7, ours(), NULL);
        queue_inet6("fe80::1", "fe80::2", 52, 0, ours(), NULL);
        vrrp_sender_flush(f.sender);
        cr_assert_eq(receive_inet6(&ip), 51);
        cr_expect_eq(ip.ip6_hlim, 7);
        cr_assert_eq(receive_inet6(&ip), 52);
        cr_expect_eq(ip.ip6_hlim, 0);
}

Test(sender, over_ipv6_one_failure_is_told_and_does_not_stop_the_others) {
        struct ip6_hdr ip;
        int cookie;

        be_inet6();
        queue_inet6("fe80::1", "ff02::12", 1, 255, ours(), NULL);
        queue_inet6("fe80::1", "ff02::12", 2, 255, 9999, &cookie);
        queue_inet6("fe80::1", "ff02::12", 3, 255, ours(), NULL);
        vrrp_sender_flush(f.sender);
        cr_expect_eq(receive_inet6(&ip), 1);
        cr_expect_eq(receive_inet6(&ip), 3);
        cr_expect_eq(f.failures.n, 1);
        cr_expect_eq(f.failures.cookie, &cookie);
        cr_expect_eq(f.failures.error, -ENODEV);
}
