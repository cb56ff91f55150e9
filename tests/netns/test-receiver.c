/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/receiver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/macro.h"
#include "netns.h"
#include "vrrpd/packet.h"
#include "vrrpd/raw-socket.h"

#define GROUP "224.0.0.18"

static const struct raw_socket_kind inet = { AF_INET, VRRP_IPPROTO },
                                    inet6 = { AF_INET6, VRRP_IPPROTO },
                                    ah = { AF_INET, AUTH_HEADER_IPPROTO };

struct seen {
        unsigned packets;
        unsigned strays;
        unsigned char last[VRRP_PACKET_SIZE_MAX];
        struct vrrp_received info;
};

static void on_packet(struct vrrp_receiver *r, const struct vrrp_received *p, void *userdata) {
        struct seen *s = userdata;

        s->packets++;
        s->info = *p;
        memcpy(s->last, p->packet, p->size);
}

static void on_stray(struct vrrp_receiver *r, const struct vrrp_received *p, void *userdata) {
        struct seen *s = userdata;

        s->strays++;
}

static const struct vrrp_receiver_ops ops = { .packet = on_packet, .stray = on_stray };

/* What every test needs, made anew in its own process and network. */
static struct fixture {
        sd_event *event;
        struct receive_buffer *buffer;
        struct vrrp_receiver *receiver;
        struct seen seen;
        int wire;
} f;

/* The receiver of the test is one of @kind. */
static void be(struct raw_socket_kind kind) {
        f.receiver = vrrp_receiver_free(f.receiver);
        cr_assert_eq(vrrp_receiver_new(f.event, 0, "ours", kind, f.buffer, &ops, &f.seen,
                                     &f.receiver),
                        0);
        cr_assert_eq(vrrp_receiver_add_vrid(f.receiver, 51), 0);
}

static void init(void) {
        netns_init();
        f.wire = wire_open();
        cr_assert_geq(sd_event_new(&f.event), 0);
        cr_assert_eq(receive_buffer_new(&f.buffer), 0);
        be(inet);
}

static void done(void) {
        f.receiver = vrrp_receiver_free(f.receiver);
        f.buffer = receive_buffer_free(f.buffer);
        f.event = sd_event_unref(f.event);
        (void) close(f.wire);
}

TestSuite(receiver, .init = init, .fini = done, .timeout = 20);

static int ours(void) {
        return (int) if_nametoindex("ours");
}

static struct ip_addr addr(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

static void open_with_group(void) {
        struct ip_addr group = addr(GROUP);

        cr_assert_eq(vrrp_receiver_open(f.receiver, ours()), 0);
        cr_assert_eq(vrrp_receiver_join(f.receiver, &group), 0);
}

static void send_advert(const char *destination, uint8_t vrid, size_t payload) {
        unsigned char buf[65536];

        wire_send(f.wire, buf, wire_advert(buf, "192.0.2.2", destination, vrid, payload));
}

/* Packets cross a veth in the sender's context: what was sent is there. */
static void run_loop(void) {
        while (sd_event_run(f.event, 0) > 0)
                ;
}

Test(receiver, hands_on_an_advert_with_its_time_and_interface) {
        usec_t before = usec_now(CLOCK_REALTIME);

        open_with_group();
        send_advert(GROUP, 51, 20);
        run_loop();

        cr_assert_eq(f.seen.packets, 1);
        cr_expect_eq(f.seen.info.size, 40);
        cr_expect_eq(f.seen.info.ifindex, ours());
        cr_expect_geq(f.seen.info.realtime_usec, before);
        cr_expect_leq(f.seen.info.realtime_usec, usec_now(CLOCK_REALTIME));
        cr_expect_eq(f.seen.last[8], 255);
        cr_expect_eq(f.seen.last[21], 51);
}

Test(receiver, hears_unicast_too) {
        open_with_group();
        send_advert("192.0.2.1", 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
}

Test(receiver, is_not_woken_by_foreign_ids_but_counts_them) {
        open_with_group();
        for (int i = 0; i < 100; i++)
                send_advert(GROUP, 52, 20);
        send_advert(GROUP, 51, 1);
        run_loop();

        cr_expect_eq(f.seen.packets, 0);
        cr_expect_eq(f.seen.strays, 1, "shown at most once a second, was %u", f.seen.strays);
        cr_expect_eq(vrrp_receiver_strays(f.receiver), 101);
        vrrp_receiver_close(f.receiver);
        cr_expect_eq(vrrp_receiver_strays(f.receiver), 101);
}

Test(receiver, does_not_hear_a_group_it_left) {
        struct ip_addr group = addr(GROUP);

        open_with_group();
        cr_assert_eq(vrrp_receiver_join(f.receiver, &group), 0);
        cr_assert_eq(vrrp_receiver_leave(f.receiver, &group), 0);
        send_advert(GROUP, 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1, "one of two users is left");

        cr_assert_eq(vrrp_receiver_leave(f.receiver, &group), 0);
        send_advert(GROUP, 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
}

Test(receiver, hears_a_second_group_and_no_other) {
        struct ip_addr group = addr("224.0.0.240");

        open_with_group();
        cr_assert_eq(vrrp_receiver_join(f.receiver, &group), 0);
        send_advert("224.0.0.240", 51, 20);
        send_advert("224.0.0.241", 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
}

Test(receiver, refuses_more_groups_than_it_has_room_for) {
        struct ip_addr group = addr("239.0.0.1");

        for (int i = 0; i < VRRP_RECEIVER_GROUPS_MAX; i++) {
                cr_expect_eq(vrrp_receiver_join(f.receiver, &group), 0);
                group.in.s_addr += htonl(1);
        }
        cr_expect_eq(vrrp_receiver_join(f.receiver, &group), -ENOSPC);
}

Test(receiver, takes_ids_in_and_out_while_open) {
        open_with_group();
        cr_assert_eq(vrrp_receiver_add_vrid(f.receiver, 200), 0);
        send_advert(GROUP, 200, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
        cr_assert_eq(vrrp_receiver_remove_vrid(f.receiver, 200), 0);
        send_advert(GROUP, 200, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
}

Test(receiver, a_huge_packet_is_cut_and_harmless) {
        open_with_group();
        netns_run("ip link set ours mtu 20000 && ip link set wire mtu 20000");
        send_advert(GROUP, 51, 18000);
        run_loop();
        cr_assert_eq(f.seen.packets, 1);
        cr_expect_eq(f.seen.info.size, VRRP_PACKET_SIZE_MAX);
}

Test(receiver, stops_after_its_budget) {
        open_with_group();
        for (int i = 0; i < 200; i++)
                send_advert(GROUP, 51, 20);
        cr_expect_eq(vrrp_receiver_drain(f.receiver, 64), 64);
        cr_expect_eq(vrrp_receiver_drain(f.receiver, 1000), 136);
        cr_expect_eq(vrrp_receiver_drain(f.receiver, 1000), 0);
}

Test(receiver, the_interface_coming_back_is_heard_again) {
        open_with_group();
        netns_run("ip link del ours && ip link add ours type veth peer name wire && "
                  "ip link set wire arp off up && ip link set ours up && ip addr add 192.0.2.1/24 dev ours");
        (void) close(f.wire);
        f.wire = wire_open();
        send_advert(GROUP, 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 0, "the old socket is deaf");

        cr_assert_eq(vrrp_receiver_open(f.receiver, ours()), 0);
        send_advert(GROUP, 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
}

/* A successor: another receiver that is given the descriptor. */
static struct vrrp_receiver *successor(int fd, int expected) {
        struct vrrp_receiver *r = NULL;
        struct ip_addr group = addr(GROUP);

        cr_assert_eq(vrrp_receiver_new(f.event, 0, "ours", inet, f.buffer, &ops, &f.seen, &r), 0);
        cr_assert_eq(vrrp_receiver_add_vrid(r, 51), 0);
        cr_assert_eq(vrrp_receiver_join(r, &group), 0);
        cr_assert_eq(vrrp_receiver_adopt(r, fd, ours()), expected);
        return r;
}

Test(receiver, what_came_while_nobody_was_there_is_read_by_the_successor) {
        struct vrrp_receiver *r;
        int fd;

        open_with_group();
        fd = fcntl(vrrp_receiver_fd(f.receiver), F_DUPFD_CLOEXEC, 3);
        f.receiver = vrrp_receiver_free(f.receiver);
        send_advert(GROUP, 51, 20);
        send_advert(GROUP, 52, 20);

        r = successor(fd, 0);
        cr_expect_eq(vrrp_receiver_drain(r, 100), 1);
        cr_expect_eq(vrrp_receiver_dropped(r), 0);
        send_advert(GROUP, 51, 20);
        run_loop();
        cr_expect_eq(f.seen.packets, 2, "it goes on hearing");
        r = vrrp_receiver_free(r);
}

Test(receiver, a_kept_socket_of_a_former_interface_is_refused) {
        struct vrrp_receiver *r;
        int fd;

        open_with_group();
        fd = fcntl(vrrp_receiver_fd(f.receiver), F_DUPFD_CLOEXEC, 3);
        netns_run("ip link del ours && ip link add ours type veth peer name wire && ip link set ours up");
        r = successor(fd, -ESTALE);
        cr_expect_not(vrrp_receiver_is_open(r));
        r = vrrp_receiver_free(r);
        (void) close(fd);
}

Test(receiver, a_descriptor_of_another_kind_is_refused) {
        int fds[] = {
                socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP),
                socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, VRRP_IPPROTO),
                open("/dev/null", O_RDONLY | O_CLOEXEC),
        };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                cr_assert_geq(fds[i], 0);
                (void) vrrp_receiver_free(successor(fds[i], -EINVAL));
                (void) close(fds[i]);
        }
}

Test(receiver, a_full_buffer_is_noticed) {
        static const struct vrrp_receiver_ops silent = { .packet = on_packet };
        struct vrrp_receiver *r = NULL;
        struct vrid_set s = {};
        int fd;

        vrid_set_add(&s, 51);
        fd = raw_socket_open_receive(inet, ours(), &s, VRID_FILTER_MEMBERS, 4096);
        cr_assert_geq(fd, 0);
        for (int i = 0; i < 100; i++)
                send_advert("192.0.2.1", 51, 20);
        cr_assert_eq(vrrp_receiver_new(f.event, 0, "ours", inet, f.buffer, &silent, &f.seen, &r),
                        0);
        cr_assert_eq(vrrp_receiver_add_vrid(r, 51), 0);
        cr_assert_eq(vrrp_receiver_adopt(r, fd, ours()), 0);
        cr_expect_eq((uint32_t) vrrp_receiver_drain(r, 1000) + vrrp_receiver_dropped(r), 100);
        cr_expect_gt(vrrp_receiver_dropped(r), 0);
        r = vrrp_receiver_free(r);
}

Test(receiver, names_in_the_store_are_read_back_and_others_refused) {
        static const char *const bad[] = { "vrrp-inet-", "vrrp-inet--1", "vrrp-inet-3x", "vrrp-6-3",
                "vrrp", "", "vrrp-inet6-99999999999", "vrrp-inet 3", "vrrp-ah6-3" };
        const struct raw_socket_kind kinds[] = { inet, inet6, ah };
        struct raw_socket_kind kind;
        char name[VRRP_RECEIVER_FDNAME_MAX];
        int ifindex;

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                be(kinds[i]);
                cr_assert_eq(vrrp_receiver_open(f.receiver, ours()), 0);
                (void) vrrp_receiver_fdname(f.receiver, name);
                cr_assert_eq(vrrp_receiver_fdname_parse(name, &kind, &ifindex), 0, "%s", name);
                cr_expect(raw_socket_kind_equal(kind, kinds[i]));
                cr_expect_eq(ifindex, ours());
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                cr_expect_eq(vrrp_receiver_fdname_parse(bad[i], &kind, &ifindex), -EINVAL, "%s",
                                bad[i]);
}

static void send_inet6(const char *source, const char *destination, uint8_t vrid, bool spoil) {
        const struct vrrp_packet p = {
                .version = 3,
                .vrid = vrid,
                .priority = 100,
                .interval = USEC_PER_SEC,
                .source = addr(source),
                .destination = addr(destination),
                .ttl = 254,
        };
        unsigned char buf[VRRP_PACKET_SIZE_MAX];
        size_t n = wire_packet(buf, &p);

        buf[n - 2] ^= spoil;
        wire_send_inet6(f.wire, buf, n);
}

static void open_inet6_with_group(void) {
        struct ip_addr group = addr("ff02::12");

        be(inet6);
        cr_assert_eq(vrrp_receiver_open(f.receiver, ours()), 0);
        cr_assert_eq(vrrp_receiver_join(f.receiver, &group), 0);
}

Test(receiver, of_ipv6_tells_what_stood_in_the_header) {
        struct ip_addr source = addr("fe80::2"), group = addr("ff02::12");

        open_inet6_with_group();
        send_inet6("fe80::2", "ff02::12", 51, false);
        send_inet6("fe80::2", "ff02::12", 52, false);
        send_inet6("fe80::2", "ff02::13", 51, false);
        run_loop();
        cr_assert_eq(f.seen.packets, 1, "the other id and the other group are not ours");
        cr_expect_eq(f.seen.info.size, 8);
        cr_expect_eq(f.seen.info.hop_limit, 254);
        cr_expect_eq(f.seen.info.ifindex, ours());
        cr_expect_gt(f.seen.info.realtime_usec, 0);
        cr_expect(ip_addr_equal(&f.seen.info.source, &source));
        cr_expect(ip_addr_equal(&f.seen.info.destination, &group));
        cr_expect_eq(f.seen.last[1], 51);
        cr_expect_eq(f.seen.strays, 1);
}

Test(receiver, of_ipv6_hears_unicast_too) {
        struct ip_addr self = addr("fe80::1");

        open_inet6_with_group();
        send_inet6("fe80::2", "fe80::1", 51, false);
        run_loop();
        cr_assert_eq(f.seen.packets, 1);
        cr_expect(ip_addr_equal(&f.seen.info.destination, &self));
}

/* It is counted as bad where it is judged; the kernel's counter of drops must mean lack of room. */
Test(receiver, of_ipv6_gets_packets_with_a_bad_checksum) {
        open_inet6_with_group();
        send_inet6("fe80::2", "ff02::12", 51, true);
        run_loop();
        cr_expect_eq(f.seen.packets, 1);
        cr_expect_eq(vrrp_receiver_dropped(f.receiver), 0);
}

Test(receiver, of_ipv6_is_taken_over_with_what_waits) {
        int fd;

        open_inet6_with_group();
        fd = fcntl(vrrp_receiver_fd(f.receiver), F_DUPFD_CLOEXEC, 3);
        be(inet6);
        send_inet6("fe80::2", "ff02::12", 51, false);
        cr_assert_eq(vrrp_receiver_adopt(f.receiver, fd, ours()), 0);
        cr_expect_eq(vrrp_receiver_drain(f.receiver, 100), 1);
        cr_expect_eq(f.seen.info.hop_limit, 254);
}

Test(receiver, a_socket_of_one_kind_is_not_adopted_for_another) {
        const struct raw_socket_kind kinds[] = { inet, inet6, ah };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                        struct vrid_set s = {};
                        int fd = raw_socket_open_receive(
                                        kinds[k], ours(), &s, VRID_FILTER_MEMBERS, 4096);

                        cr_assert_geq(fd, 0);
                        be(kinds[i]);
                        cr_expect_eq(vrrp_receiver_adopt(f.receiver, fd, ours()),
                                        i == k ? 0 : -EINVAL);
                        if (i != k)
                                (void) close(fd);
                }
}

Test(receiver, with_authentication_header_is_a_protocol_of_its_own) {
        struct vrrp_packet p = {
                .version = 2,
                .vrid = 51,
                .interval = USEC_PER_SEC,
                .source = addr("192.0.2.2"),
                .destination = addr(GROUP),
                .ttl = 255,
                .auth = VRRP_AUTH_AH,
                .sequence = 1,
        };
        struct ip_addr group = addr(GROUP);
        unsigned char buf[VRRP_PACKET_SIZE_MAX];

        be(ah);
        cr_assert_eq(vrrp_receiver_open(f.receiver, ours()), 0);
        cr_assert_eq(vrrp_receiver_join(f.receiver, &group), 0);
        send_advert(GROUP, 51, 20);
        wire_send(f.wire, buf, wire_packet(buf, &p));
        p.vrid = 52;
        wire_send(f.wire, buf, wire_packet(buf, &p));
        run_loop();
        cr_assert_eq(f.seen.packets, 1);
        cr_expect_eq(f.seen.last[9], 51, "the protocol");
        cr_expect_eq(f.seen.last[20 + 24 + 1], 51, "the id");
        cr_expect_eq(f.seen.strays, 1);
}
