/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The raw sockets (raw(7), ipv6(7)) by which adverts come in, of VRRP's own protocol or of the authentication
 * header's: how one is set up, and how one that an earlier process left behind is recognised.
 *
 * IPv6 sockets are not told where the checksum is (IPV6_CHECKSUM): the kernel would then drop bad packets
 * itself and count them as lost, which would look as if there had been no room for them. */

#include <stdbool.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "vrrpd/vrid-filter.h"

/* Room for adverts that come while nobody reads. A full buffer keeps the oldest packets and drops the
 * newest, the very ones that tell who is master now. */
#define RAW_SOCKET_RECEIVE_BYTES (4 << 20)

/* What a socket takes in. */
struct raw_socket_kind {
        int family;
        int protocol; /* VRRP_IPPROTO or, IPv4 only, AUTH_HEADER_IPPROTO */
};

/* "inet", "inet6" or "ah", and back; -EINVAL: none of these. */
const char *raw_socket_kind_to_string(struct raw_socket_kind kind);
int raw_socket_kind_from_string(const char *word, struct raw_socket_kind *ret);

static inline bool raw_socket_kind_equal(struct raw_socket_kind a, struct raw_socket_kind b) {
        return a.family == b.family && a.protocol == b.protocol;
}

/* A socket for receiving on @ifindex (0: everywhere), with @set's filter from its first packet on.
 * Needs CAP_NET_RAW and CAP_NET_ADMIN. Returns the descriptor or -errno. */
int raw_socket_open_receive(struct raw_socket_kind kind, int ifindex, const struct vrid_set *set,
                enum vrid_filter_mode mode, int receive_bytes);

/* Is @fd a socket that raw_socket_open_receive() made for @kind? Then 0, and the index it is bound
 * to; else -EINVAL. */
int raw_socket_identify(int fd, struct raw_socket_kind kind, int *ret_ifindex);

int raw_socket_set_filter(int fd, struct raw_socket_kind kind, const struct vrid_set *set,
                enum vrid_filter_mode mode);

/* Join or leave @group on @ifindex. Joining what is joined, and leaving what is not, is 0. */
int raw_socket_join(int fd, const struct ip_addr *group, int ifindex);
int raw_socket_leave(int fd, const struct ip_addr *group, int ifindex);

/* Packets dropped for want of room since the socket was made (those the filter refused do not count),
 * or -errno. */
int raw_socket_dropped(int fd, uint32_t *ret);
