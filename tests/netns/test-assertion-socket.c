/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/assertion-socket.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/macro.h"
#include "netns.h"

static const uint8_t them[VRRP_MAC_SIZE] = { 2, 0, 0, 0, 0, 7 };
static const uint8_t us[VRRP_MAC_SIZE] = { 2, 0, 0, 0, 0, 1 };

static int wire, fd = -1;
static int ifindex;

static void init(void) {
        netns_init();
        netns_run("ip link set ours address 02:00:00:00:00:01");
        netns_run("sysctl -qw net.ipv6.conf.ours.accept_dad=0 net.ipv6.conf.ours.disable_ipv6=0");
        netns_run("ip address add 2001:db8::1/64 dev ours nodad");
        wire = wire_open();
        ifindex = (int) if_nametoindex("ours");
}

static void done(void) {
        (void) close(fd);
        (void) close(wire);
}

TestSuite(assertion_socket, .init = init, .fini = done, .timeout = 30);

static struct ip_addr address(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

static void open_for(int family, const char *text, size_t n) {
        struct ip_addr *all = calloc(n, sizeof(*all));

        cr_assert_not_null(all);
        for (size_t i = 0; i < n; i++)
                all[i] = address(text);
        /* The one that counts is the last one. */
        for (size_t i = 0; i + 1 < n; i++)
                if (family == AF_INET)
                        all[i].in.s_addr = htonl(0x0b000000U + (uint32_t) i);
                else
                        all[i].in6.s6_addr[7] = (uint8_t) (2 + i);
        fd = assertion_socket_open(family, ifindex);
        cr_assert_geq(fd, 0, "%s", strerror(-fd));
        cr_assert_eq(assertion_socket_set_filter(fd, family, all, n, us), 0);
        free(all);
}

struct arp_frame {
        struct ether_header ethernet;
        uint8_t arp[VRRP_ARP_SIZE];
} __attribute__((packed));

static void send_arp(const char *sender, const uint8_t *mac) {
        struct ip_addr addr = address(sender);
        struct arp_frame f = { .ethernet.ether_type = htons(ETH_P_ARP) };

        memset(f.ethernet.ether_dhost, 0xff, ETH_ALEN);
        memcpy(f.ethernet.ether_shost, mac, ETH_ALEN);
        vrrp_assertion_ask(&addr.in, mac, f.arp);
        memcpy(f.arp + 14, &addr.in, sizeof(addr.in));
        cr_assert_eq(send(wire, &f, sizeof(f), 0), (ssize_t) sizeof(f));
}

struct na_frame {
        struct ether_header ethernet;
        struct ip6_hdr ip;
        struct nd_neighbor_advert na;
        uint8_t option[8];
} __attribute__((packed));

static uint16_t checksum(const struct na_frame *f) {
        const uint8_t *p = (const uint8_t *) &f->ip.ip6_src;
        uint32_t sum = sizeof(f->na) + sizeof(f->option) + IPPROTO_ICMPV6;

        for (size_t i = 0; i < 32 + sizeof(f->na) + sizeof(f->option); i += 2)
                sum += (uint32_t) (p[i] << 8 | p[i + 1]);
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return htons((uint16_t) ~sum);
}

static void send_na(const char *target, const uint8_t *mac, uint8_t hops) {
        struct na_frame f = {
                .ethernet.ether_type = htons(ETH_P_IPV6),
                .ethernet.ether_dhost = { 0x33, 0x33, 0, 0, 0, 1 },
                .ip.ip6_flow = htonl(6U << 28),
                .ip.ip6_plen = htons(sizeof(f.na) + sizeof(f.option)),
                .ip.ip6_nxt = IPPROTO_ICMPV6,
                .ip.ip6_hlim = hops,
                .na.nd_na_type = ND_NEIGHBOR_ADVERT,
                .na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
                .option = { ND_OPT_TARGET_LINKADDR, 1 },
        };

        memcpy(f.ethernet.ether_shost, mac, ETH_ALEN);
        f.ip.ip6_src = address("fe80::7").in6;
        f.ip.ip6_dst = address("ff02::1").in6;
        f.na.nd_na_target = address(target).in6;
        memcpy(f.option + 2, mac, ETH_ALEN);
        f.na.nd_na_cksum = checksum(&f);
        cr_assert_eq(send(wire, &f, sizeof(f), 0), (ssize_t) sizeof(f));
}

/* Nothing but this is heard. */
static void expect_only(int family, const char *text) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        struct vrrp_assertion a;
        char ip[IP_ADDR_STRLEN];

        cr_assert_eq(poll(&p, 1, 2000), 1, "nothing is heard");
        cr_assert_eq(assertion_socket_read(fd, family, &a), 1);
        cr_expect_str_eq(ip_addr_format(&a.addr, ip), text);
        cr_expect_eq(memcmp(a.mac, them, sizeof(a.mac)), 0);
        cr_expect_eq(poll(&p, 1, 100), 0, "more is heard");
        cr_expect_eq(assertion_socket_read(fd, family, &a), -EAGAIN);
}

static void expect_arp(size_t n) {
        open_for(AF_INET, "192.0.2.100", n);
        send_arp("192.0.2.99", them);
        send_arp("192.0.2.100", us);
        send_arp("192.0.2.100", them);
        expect_only(AF_INET, "192.0.2.100");
}

Test(assertion_socket, of_arp_only_what_others_say_of_our_addresses_is_heard) {
        expect_arp(1);
        cr_assert_eq(assertion_socket_set_filter(fd, AF_INET, NULL, 0, us), 0);
        send_arp("192.0.2.100", them);
        send_arp("0.0.0.0", them);
        cr_expect_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 100), 0);
}

Test(assertion_socket, many_addresses_are_no_hindrance) {
        expect_arp(ASSERTION_SOCKET_ARP_MAX);
}

Test(assertion_socket, too_many_let_everything_through_but_ones_own) {
        struct vrrp_assertion a;

        open_for(AF_INET, "192.0.2.100", ASSERTION_SOCKET_ARP_MAX + 1);
        send_arp("192.0.2.100", us);
        send_arp("192.0.2.99", them);
        cr_assert_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 2000), 1);
        cr_assert_eq(assertion_socket_read(fd, AF_INET, &a), 1);
        cr_expect_eq(memcmp(a.mac, them, sizeof(a.mac)), 0);
}

Test(assertion_socket, a_question_is_answered_by_who_has_the_address) {
        uint8_t question[VRRP_ARP_SIZE], asked[64];
        struct ip_addr addr = address("192.0.2.100");

        open_for(AF_INET, "192.0.2.100", 1);
        cr_assert_eq(assertion_socket_ask(fd, ifindex, &addr.in, us), 0);
        cr_assert_geq(wire_receive(wire, ETH_P_ARP, asked, sizeof(asked), 2000), sizeof(question));
        vrrp_assertion_ask(&addr.in, us, question);
        cr_expect_eq(memcmp(asked, question, sizeof(question)), 0);
}

static void expect_na(size_t n) {
        open_for(AF_INET6, "2001:db8::64", n);
        send_na("2001:db8::63", them, 255);
        send_na("2001:db8:0:1::64", them, 255);
        send_na("2001:db8::64", them, 255);
        expect_only(AF_INET6, "2001:db8::64");
}

Test(assertion_socket, of_advertisements_only_those_of_our_addresses_are_heard) {
        expect_na(1);
}

Test(assertion_socket, many_ipv6_addresses_are_no_hindrance) {
        expect_na(ASSERTION_SOCKET_NA_MAX);
}

Test(assertion_socket, an_advertisement_from_far_away_is_a_lie) {
        struct vrrp_assertion a;

        open_for(AF_INET6, "2001:db8::64", 1);
        send_na("2001:db8::64", them, 254);
        cr_assert_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 2000), 1);
        cr_expect_eq(assertion_socket_read(fd, AF_INET6, &a), 0);
}
