/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/assertion-socket.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/macro.h"

#define RECEIVE_BYTES (1 << 20) /* a hung router may answer for a thousand addresses at once */
#define PACKET_MAX 256
#define HOP_LIMIT 255 /* RFC 4861 §7.1.2: it comes from this link */

#define ACCEPT BPF_STMT(BPF_RET | BPF_K, PACKET_MAX)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, 0)
#define LOAD(size, at) BPF_STMT(BPF_LD | BPF_##size | BPF_ABS, at)
#define IF_EQUAL(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)

static int attach(int fd, struct sock_filter *program, size_t n) {
        struct sock_fprog prog = { .len = (unsigned short) n, .filter = program };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ? -errno : 0;
}

static int open_arp(int ifindex) {
        struct sockaddr_ll to = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETH_P_ARP),
                .sll_ifindex = ifindex,
        };
        _cleanup_close_ int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sock_filter nothing[] = { REFUSE };
        int r;

        if (fd < 0)
                return -errno;
        r = attach(fd, nothing, ARRAY_SIZE(nothing));
        if (r < 0)
                return r;
        if (bind(fd, (const struct sockaddr *) &to, sizeof(to)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int open_na(int ifindex) {
        _cleanup_close_ int fd =
                        socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
        struct sock_filter nothing[] = { REFUSE };
        struct icmp6_filter types;
        const int on = 1;
        int r;

        if (fd < 0)
                return -errno;
        r = attach(fd, nothing, ARRAY_SIZE(nothing));
        if (r < 0)
                return r;
        ICMP6_FILTER_SETBLOCKALL(&types);
        ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &types);
        if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &types, sizeof(types)) < 0 ||
                        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) < 0 ||
                        setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int assertion_socket_open(int family, int ifindex) {
        const int bytes = RECEIVE_BYTES;
        int fd = family == AF_INET ? open_arp(ifindex) : open_na(ifindex);

        if (fd >= 0)
                (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
        return fd;
}

static uint32_t word(const uint8_t *bytes) {
        uint32_t w;

        memcpy(&w, bytes, sizeof(w));
        return ntohl(w);
}

/* Unless it is from @mac: its sender address in the set. */
static size_t put_arp(
                struct sock_filter *p, const struct ip_addr *addrs, size_t n, const uint8_t *mac) {
        const uint32_t sha = offsetof(struct ether_arp, arp_sha);
        const struct sock_filter head[] = {
                LOAD(W, sha),
                IF_EQUAL(word(mac), 0, 3),
                LOAD(H, sha + 4),
                IF_EQUAL((uint32_t) (mac[4] << 8 | mac[5]), 0, 1),
                REFUSE,
                LOAD(W, offsetof(struct ether_arp, arp_spa)),
        };
        size_t at = ARRAY_SIZE(head);

        memcpy(p, head, sizeof(head));
        for (size_t i = 0; i < n; i++) {
                p[at++] = (struct sock_filter) IF_EQUAL(ntohl(addrs[i].in.s_addr), 0, 1);
                p[at++] = (struct sock_filter) ACCEPT;
        }
        return at;
}

/* The target in the set. Whom it is from is seen by the reader: it stands among the options. The target is put in
 * the scratch memory first, because reading from there takes the kernel less room than from the packet. */
static size_t put_na(struct sock_filter *p, const struct ip_addr *addrs, size_t n) {
        const uint32_t target = offsetof(struct nd_neighbor_advert, nd_na_target);
        size_t at = 0;

        for (uint32_t w = 0; w < 4; w++) {
                p[at++] = (struct sock_filter) LOAD(W, target + 4 * w);
                p[at++] = (struct sock_filter) BPF_STMT(BPF_ST, w);
        }
        for (size_t i = 0; i < n; i++) {
                for (uint32_t w = 0; w < 4; w++) {
                        uint32_t k = word(&addrs[i].in6.s6_addr[4 * w]);

                        p[at++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_MEM, w);
                        p[at++] = (struct sock_filter) IF_EQUAL(k, 0, (uint8_t) (2 * (3 - w) + 1));
                }
                p[at++] = (struct sock_filter) ACCEPT;
        }
        return at;
}

static int set_filter(int fd, int family, const struct ip_addr *addrs, size_t n,
                const uint8_t mac[static VRRP_MAC_SIZE], struct sock_filter other) {
        _cleanup_free_ struct sock_filter *program = calloc(9 * n + 16, sizeof(*program));
        size_t at;

        if (!program)
                return -ENOMEM;
        at = family == AF_INET ? put_arp(program, addrs, n, mac) : put_na(program, addrs, n);
        program[at++] = other;
        return attach(fd, program, at);
}

int assertion_socket_set_filter(int fd, int family, const struct ip_addr *addrs, size_t n,
                const uint8_t mac[static VRRP_MAC_SIZE]) {
        size_t most = family == AF_INET ? ASSERTION_SOCKET_ARP_MAX : ASSERTION_SOCKET_NA_MAX;
        int r = -ENOMEM;

        if (n <= most)
                r = set_filter(fd, family, addrs, n, mac, (struct sock_filter) REFUSE);
        if (r == -ENOMEM)
                r = set_filter(fd, family, NULL, 0, mac, (struct sock_filter) ACCEPT);
        return r;
}

/* -1: not told. */
static int hop_limit(struct msghdr *m) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
                int limit;

                if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_HOPLIMIT)
                        continue;
                memcpy(&limit, CMSG_DATA(c), sizeof(limit));
                return limit;
        }
        return -1;
}

int assertion_socket_read(int fd, int family, struct vrrp_assertion *ret) {
        uint8_t packet[PACKET_MAX];
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec vector = { .iov_base = packet, .iov_len = sizeof(packet) };
        struct msghdr m = {
                .msg_iov = &vector,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

        if (n < 0)
                return -errno;
        if (family == AF_INET)
                return vrrp_assertion_parse_arp(packet, (size_t) n, ret) == 0;
        if (hop_limit(&m) != HOP_LIMIT)
                return 0;
        return vrrp_assertion_parse_na(packet, (size_t) n, ret) == 0;
}

int assertion_socket_ask(int fd, int ifindex, const struct in_addr *addr,
                const uint8_t mac[static VRRP_MAC_SIZE]) {
        struct sockaddr_ll to = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETH_P_ARP),
                .sll_ifindex = ifindex,
                .sll_halen = ETH_ALEN,
        };
        uint8_t packet[VRRP_ARP_SIZE];

        memset(to.sll_addr, 0xff, ETH_ALEN);
        vrrp_assertion_ask(addr, mac, packet);
        return sendto(fd, packet, sizeof(packet), MSG_DONTWAIT, (const struct sockaddr *) &to,
                               sizeof(to)) < 0
                        ? -errno
                        : 0;
}
