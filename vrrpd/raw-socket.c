/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "vrrpd/packet.h"
#include "vrrpd/raw-socket.h"

static const struct {
        const char *word;
        struct raw_socket_kind kind;
} kinds[] = {
        { "inet", { AF_INET, VRRP_IPPROTO } },
        { "inet6", { AF_INET6, VRRP_IPPROTO } },
        { "ah", { AF_INET, AUTH_HEADER_IPPROTO } },
};

const char *raw_socket_kind_to_string(struct raw_socket_kind kind) {
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (raw_socket_kind_equal(kinds[i].kind, kind))
                        return kinds[i].word;
        return NULL;
}

int raw_socket_kind_from_string(const char *word, struct raw_socket_kind *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (streq(kinds[i].word, word)) {
                        *ret = kinds[i].kind;
                        return 0;
                }
        return -EINVAL;
}

static int set_int(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int get_int(int fd, int option, int *ret) {
        socklen_t n = sizeof(*ret);

        return getsockopt(fd, SOL_SOCKET, option, ret, &n) < 0 ? -errno : 0;
}

int raw_socket_set_filter(int fd, struct raw_socket_kind kind, const struct vrid_set *set,
                enum vrid_filter_mode mode) {
        struct sock_filter code[VRID_FILTER_MAX];
        struct sock_fprog program = {
                .len = (unsigned short) vrid_filter_build(
                                set, kind.family, kind.protocol, mode, code),
                .filter = code,
        };

        if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
                return -errno;
        return 0;
}

/* SO_RCVBUFFORCE passes net.core.rmem_max, with CAP_NET_ADMIN; less room is no reason to fail. */
static void set_receive_room(int fd, int bytes) {
        if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0)
                (void) set_int(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

static int set_common_options(int fd, int ifindex) {
        int r;

        if (ifindex > 0) {
                r = set_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX, ifindex);
                if (r < 0)
                        return r;
        }
        r = set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
        if (r < 0)
                return r;
        return 0;
}

/* With IP_MULTICAST_ALL a socket gets the groups that any program on the machine has joined: right for
 * finding strays, wrong for a router, whose groups are its own. */
static int set_inet_options(int fd, bool all_groups) {
        int r;

        r = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
        if (r < 0)
                return r;
        return set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, all_groups);
}

static int set_inet6_options(int fd, bool all_groups) {
        int r;

        r = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        if (r < 0)
                return r;
        r = set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
        if (r < 0)
                return r;
        return set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, all_groups);
}

/* What came between socket() and the last option was not selected by them: throw it away. */
static void discard_waiting(int fd) {
        char byte;

        for (int i = 0; i < 4096; i++)
                if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) < 0 && errno != EINTR)
                        return;
}

int raw_socket_open_receive(struct raw_socket_kind kind, int ifindex, const struct vrid_set *set,
                enum vrid_filter_mode mode, int receive_bytes) {
        bool all_groups = mode == VRID_FILTER_STRAYS;
        _cleanup_close_ int fd = -1;
        int r;

        /* The family as a constant: RestrictAddressFamilies= compares the whole register, whose upper half may
         * be anything, the protocol for instance, where an int is taken out of a struct. */
        fd = socket(kind.family == AF_INET6 ? AF_INET6 : AF_INET,
                        SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kind.protocol);
        if (fd < 0)
                return -errno;

        r = raw_socket_set_filter(fd, kind, set, mode);
        if (r < 0)
                return r;
        r = set_common_options(fd, ifindex);
        if (r < 0)
                return r;
        r = kind.family == AF_INET ? set_inet_options(fd, all_groups)
                                   : set_inet6_options(fd, all_groups);
        if (r < 0)
                return r;
        set_receive_room(fd, receive_bytes);
        discard_waiting(fd);
        return TAKE_FD(fd);
}

int raw_socket_identify(int fd, struct raw_socket_kind kind, int *ret_ifindex) {
        int domain, type, protocol, ifindex;

        if (get_int(fd, SO_DOMAIN, &domain) < 0 || get_int(fd, SO_TYPE, &type) < 0 ||
                        get_int(fd, SO_PROTOCOL, &protocol) < 0 ||
                        get_int(fd, SO_BINDTOIFINDEX, &ifindex) < 0)
                return -EINVAL;
        if (domain != kind.family || type != SOCK_RAW || protocol != kind.protocol)
                return -EINVAL;

        *ret_ifindex = ifindex;
        return 0;
}

/* Add or drop a membership: the options differ by family, and so do their arguments. */
static int set_membership(int fd, const struct ip_addr *group, int ifindex, int inet_option,
                int inet6_option) {
        struct ip_mreqn m4 = { .imr_multiaddr = group->in, .imr_ifindex = ifindex };
        struct ipv6_mreq m6 = {
                .ipv6mr_multiaddr = group->in6,
                .ipv6mr_interface = (unsigned) ifindex,
        };
        int r;

        if (group->family == AF_INET)
                r = setsockopt(fd, IPPROTO_IP, inet_option, &m4, sizeof(m4));
        else
                r = setsockopt(fd, IPPROTO_IPV6, inet6_option, &m6, sizeof(m6));
        return r < 0 ? -errno : 0;
}

int raw_socket_join(int fd, const struct ip_addr *group, int ifindex) {
        int r = set_membership(fd, group, ifindex, IP_ADD_MEMBERSHIP, IPV6_ADD_MEMBERSHIP);

        return r == -EADDRINUSE ? 0 : r;
}

int raw_socket_leave(int fd, const struct ip_addr *group, int ifindex) {
        int r = set_membership(fd, group, ifindex, IP_DROP_MEMBERSHIP, IPV6_DROP_MEMBERSHIP);

        return r == -EADDRNOTAVAIL || r == -ENODEV ? 0 : r;
}

int raw_socket_dropped(int fd, uint32_t *ret) {
        uint32_t info[SK_MEMINFO_VARS] = {};
        socklen_t n = sizeof(info);

        if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &n) < 0)
                return -errno;
        if (n <= SK_MEMINFO_DROPS * sizeof(info[0]))
                return -EOPNOTSUPP;
        *ret = info[SK_MEMINFO_DROPS];
        return 0;
}
