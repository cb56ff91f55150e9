/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "netns.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/usec.h"

static int enter(void) {
        return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

/* Runs in the runner, before any test. */
ReportHook(PRE_ALL)(struct criterion_test_set *tests) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
                _exit(-enter());
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
                _exit(99);
        if (WEXITSTATUS(status) == 0)
                return;
        (void) fprintf(stderr, "skipped: a network namespace needs CAP_SYS_ADMIN: %s\n",
                        strerror(WEXITSTATUS(status)));
        _exit(77);
}

void netns_run(const char *format, ...) {
        char command[1024];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(command, sizeof(command), format, ap);
        va_end(ap);
        cr_assert_eq(system(command), 0, "failed: %s", command);
}

void netns_init(void) {
        cr_assert_eq(enter(), 0);
        netns_run("ip link set lo up && ip link add ours type veth peer name wire && "
                  "ip link set wire arp off up && ip link set ours up && "
                  "ip addr add 192.0.2.1/24 dev ours && ip addr add fe80::1/64 dev ours nodad");
}

int wire_open(void) {
        struct sockaddr_ll at = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETH_P_ALL),
                .sll_ifindex = (int) if_nametoindex("wire"),
        };
        int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

        int room = 16 << 20;

        cr_assert_geq(fd, 0);
        cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)), 0);
        cr_assert_eq(bind(fd, (struct sockaddr *) &at, sizeof(at)), 0);
        return fd;
}

static uint16_t checksum(const void *data, size_t n) {
        const unsigned char *p = data;
        uint32_t sum = 0;

        for (size_t i = 0; i + 1 < n; i += 2)
                sum += (uint32_t) p[i] << 8 | p[i + 1];
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return htons((uint16_t) ~sum);
}

static void send_frame(int fd, uint16_t ethertype, const void *packet, size_t n) {
        unsigned char frame[ETH_HLEN + 65536] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,
                1, (unsigned char) (ethertype >> 8), (unsigned char) ethertype };

        memcpy(frame + ETH_HLEN, packet, n);
        cr_assert_eq(send(fd, frame, ETH_HLEN + n, 0), (ssize_t) (ETH_HLEN + n), "%s",
                        strerror(errno));
}

void wire_send_inet6(int fd, const void *packet, size_t n) {
        send_frame(fd, ETH_P_IPV6, packet, n);
}

void wire_send(int fd, const void *packet, size_t n) {
        unsigned char copy[65536];
        struct iphdr ip;

        memcpy(&ip, packet, sizeof(ip));
        ip.tot_len = htons((uint16_t) n);
        ip.check = 0;
        memcpy(copy, packet, n);
        memcpy(copy, &ip, sizeof(ip));
        ip.check = checksum(copy, ip.ihl * 4U);
        memcpy(copy, &ip, sizeof(ip));
        send_frame(fd, ETH_P_IP, copy, n);
}

size_t wire_receive(int fd, uint16_t ethertype, void *buf, size_t size, int timeout_ms) {
        usec_t end = usec_now(CLOCK_MONOTONIC) + (usec_t) timeout_ms * USEC_PER_MSEC;

        for (;;) {
                unsigned char frame[ETH_HLEN + 4096];
                struct sockaddr_ll from;
                socklen_t length = sizeof(from);
                usec_t left = usec_sub(end, usec_now(CLOCK_MONOTONIC));
                struct pollfd p = { .fd = fd, .events = POLLIN };
                ssize_t n;

                if (poll(&p, 1, (int) ((left + 999) / USEC_PER_MSEC)) == 0)
                        return 0;
                n = recvfrom(fd, frame, sizeof(frame), 0, (struct sockaddr *) &from, &length);
                if (n < ETH_HLEN || from.sll_pkttype == PACKET_OUTGOING)
                        continue;
                if (frame[12] != ethertype >> 8 || frame[13] != (ethertype & 0xff))
                        continue;
                n -= ETH_HLEN;
                cr_assert_leq((size_t) n, size);
                memcpy(buf, frame + ETH_HLEN, (size_t) n);
                return (size_t) n;
        }
}

size_t wire_advert(void *buf, const char *source, const char *destination, uint8_t vrid,
                size_t payload) {
        struct iphdr ip = {
                .version = 4,
                .ihl = 5,
                .tos = 0xc0,
                .ttl = 255,
                .protocol = 112,
                .saddr = inet_addr(source),
                .daddr = inet_addr(destination),
        };
        unsigned char *p = buf;

        memcpy(p, &ip, sizeof(ip));
        memset(p + sizeof(ip), 0, payload);
        if (payload > 0)
                p[sizeof(ip)] = 0x31;
        if (payload > 1)
                p[sizeof(ip) + 1] = vrid;
        return sizeof(ip) + payload;
}

size_t wire_packet(void *buf, const struct vrrp_packet *p) {
        bool inet6 = p->source.family == AF_INET6;
        struct ip6_hdr ip = {
                .ip6_flow = htonl(UINT32_C(6) << 28),
                .ip6_nxt = VRRP_IPPROTO,
                .ip6_hlim = p->ttl,
                .ip6_src = p->source.in6,
                .ip6_dst = p->destination.in6,
        };
        unsigned char *at = buf;
        int n = vrrp_packet_build(p, inet6 ? at + sizeof(ip) : at, VRRP_PACKET_SIZE_MAX);

        cr_assert_gt(n, 0);
        if (!inet6)
                return (size_t) n;
        ip.ip6_plen = htons((uint16_t) n);
        memcpy(at, &ip, sizeof(ip));
        return sizeof(ip) + (size_t) n;
}
