/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An IPv4 or IPv6 address as a value: what the election compares, the packet carries and the bus shows.
 * Bytes are in network order, so comparing them as a string of bytes is the comparison the RFC means. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VRRP_IP_TEXT_MAX INET6_ADDRSTRLEN

struct vrrp_ip {
        int family; /* AF_INET, AF_INET6; AF_UNSPEC (0): no address */
        union {
                struct in_addr in;
                struct in6_addr in6;
                uint8_t bytes[16]; /* IPv4 uses the first four, the rest is zero */
        };
};

static inline bool vrrp_ip_is_set(const struct vrrp_ip *a) {
        return a->family != AF_UNSPEC;
}

/* Bytes of an address of @family: 4, 16, or 0 when it is neither. */
size_t vrrp_ip_size(int family);

/* Make the address of @family whose vrrp_ip_size() bytes stand at @bytes. */
struct vrrp_ip vrrp_ip_from_bytes(int family, const void *bytes);

/* Less, equal, greater than 0, as memcmp(); an unset address is lower than any. RFC 9568 §6.4.3. */
int vrrp_ip_compare(const struct vrrp_ip *a, const struct vrrp_ip *b);

bool vrrp_ip_is_multicast(const struct vrrp_ip *a);

/* The address as text in @ret (VRRP_IP_TEXT_MAX bytes), "-" when unset. Returns @ret. */
const char *vrrp_ip_format(const struct vrrp_ip *a, char *ret);

/* The reverse; no name is ever looked up. Returns 0 or -EINVAL. */
int vrrp_ip_parse(const char *text, struct vrrp_ip *ret);
