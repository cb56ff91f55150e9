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

static int set_int(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int get_int(int fd, int option, int *ret) {
        socklen_t n = sizeof(*ret);

        return getsockopt(fd, SOL_SOCKET, option, ret, &n) < 0 ? -errno : 0;
}

int raw_socket_set_filter(
                int fd, int family, const struct vrid_set *set, enum vrid_filter_mode mode) {
        struct sock_filter code[VRID_FILTER_MAX];
        struct sock_fprog program = {
                .len = (unsigned short) vrid_filter_build(set, family, mode, code),
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

/* What came between socket() and the last option was not selected by them: throw it away. */
static void discard_waiting(int fd) {
        char byte;

        for (int i = 0; i < 4096; i++)
                if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) < 0 && errno != EINTR)
                        return;
}

int raw_socket_open_receive(int family, int ifindex, const struct vrid_set *set,
                enum vrid_filter_mode mode, int receive_bytes) {
        _cleanup_close_ int fd = -1;
        int r;

        if (family != AF_INET)
                return -EAFNOSUPPORT;

        fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP_IPPROTO);
        if (fd < 0)
                return -errno;

        r = raw_socket_set_filter(fd, family, set, mode);
        if (r < 0)
                return r;
        r = set_common_options(fd, ifindex);
        if (r < 0)
                return r;
        r = set_inet_options(fd, mode == VRID_FILTER_STRAYS);
        if (r < 0)
                return r;
        set_receive_room(fd, receive_bytes);
        discard_waiting(fd);
        return TAKE_FD(fd);
}

int raw_socket_identify(int fd, int family, int *ret_ifindex) {
        int domain, type, protocol, ifindex;

        if (get_int(fd, SO_DOMAIN, &domain) < 0 || get_int(fd, SO_TYPE, &type) < 0 ||
                        get_int(fd, SO_PROTOCOL, &protocol) < 0 ||
                        get_int(fd, SO_BINDTOIFINDEX, &ifindex) < 0)
                return -EINVAL;
        if (domain != family || type != SOCK_RAW || protocol != VRRP_IPPROTO)
                return -EINVAL;

        *ret_ifindex = ifindex;
        return 0;
}

static struct ip_mreqn membership(const struct ip_addr *group, int ifindex) {
        return (struct ip_mreqn){ .imr_multiaddr = group->in, .imr_ifindex = ifindex };
}

int raw_socket_join(int fd, const struct ip_addr *group, int ifindex) {
        struct ip_mreqn m = membership(group, ifindex);

        if (group->family != AF_INET)
                return -EAFNOSUPPORT;
        if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)) < 0)
                return errno == EADDRINUSE ? 0 : -errno;
        return 0;
}

int raw_socket_leave(int fd, const struct ip_addr *group, int ifindex) {
        struct ip_mreqn m = membership(group, ifindex);

        if (group->family != AF_INET)
                return -EAFNOSUPPORT;
        if (setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof(m)) < 0)
                return errno == EADDRNOTAVAIL || errno == ENODEV ? 0 : -errno;
        return 0;
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
