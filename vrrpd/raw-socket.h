/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* IPPROTO_VRRP raw sockets (raw(7)): how one for receiving is set up, and how one that an earlier
 * process left behind is recognised. */

#include <stdint.h>

#include "common/ip-addr.h"
#include "vrrpd/vrid-filter.h"

/* Room for adverts that come while nobody reads. A full buffer keeps the oldest packets and drops the
 * newest, the very ones that tell who is master now. */
#define RAW_SOCKET_RECEIVE_BYTES (4 << 20)

/* A socket for receiving on @ifindex (0: everywhere), with @set's filter from its first packet on.
 * Needs CAP_NET_RAW and CAP_NET_ADMIN. Returns the descriptor or -errno. */
int raw_socket_open_receive(int family, int ifindex, const struct vrid_set *set,
                enum vrid_filter_mode mode, int receive_bytes);

/* Is @fd a socket that raw_socket_open_receive() made for @family? Then 0, and the index it is bound
 * to; else -EINVAL. */
int raw_socket_identify(int fd, int family, int *ret_ifindex);

int raw_socket_set_filter(
                int fd, int family, const struct vrid_set *set, enum vrid_filter_mode mode);

/* Join or leave @group on @ifindex. Joining what is joined, and leaving what is not, is 0. */
int raw_socket_join(int fd, const struct ip_addr *group, int ifindex);
int raw_socket_leave(int fd, const struct ip_addr *group, int ifindex);

/* Packets dropped for want of room since the socket was made (those the filter refused do not count),
 * or -errno. */
int raw_socket_dropped(int fd, uint32_t *ret);
