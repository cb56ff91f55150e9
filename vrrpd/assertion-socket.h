/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets that hear what other stations of one interface assert (vrrpd/assertion.h) of addresses of a set, and
 * nothing else: the kernel leaves out what does not concern us, so that they cost nothing on a busy network.
 *
 * IPv4: a packet socket that gets ARP alone. IPv6: a raw socket that gets neighbour advertisements alone, rather
 * than a packet socket whose filter would be run for each packet of all traffic. */

#include <stddef.h>

#include "common/ip-addr.h"
#include "vrrpd/assertion.h"

/* Of larger sets, or where the kernel has less room for filters (net.core.optmem_max), everything is let through,
 * and the reader must compare. */
#define ASSERTION_SOCKET_ARP_MAX 500
#define ASSERTION_SOCKET_NA_MAX 150

/* A socket for @family on @ifindex that hears nothing yet. A descriptor, or -errno. */
int assertion_socket_open(int family, int ifindex);

/* Hear of the @n addresses @addrs, all of the socket's family, unless from @mac. 0, or -errno. */
int assertion_socket_set_filter(int fd, int family, const struct ip_addr *addrs, size_t n,
                const uint8_t mac[static VRRP_MAC_SIZE]);

/* Read one. 1; 0 for one that asserts nothing and is to be passed over; -EAGAIN: no more; -errno. */
int assertion_socket_read(int fd, int family, struct vrrp_assertion *ret);

/* Ask all stations who has @addr, as @mac. 0, or -errno. For sockets of AF_INET. */
int assertion_socket_ask(int fd, int ifindex, const struct in_addr *addr,
                const uint8_t mac[static VRRP_MAC_SIZE]);
