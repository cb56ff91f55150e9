/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An IPv4 or IPv6 address as a value. AF_UNSPEC is "none"; a zeroed struct is that. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define IP_ADDR_STRLEN INET6_ADDRSTRLEN

struct ip_addr {
        int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
        union {
                struct in_addr in;
                struct in6_addr in6;
        };
};

/* Read "192.0.2.1" or "2001:db8::1"; nothing may follow. 0 or -EINVAL. */
int ip_addr_parse(const char *text, struct ip_addr *ret);

/* Write @a into @buf of IP_ADDR_STRLEN bytes and return @buf; the empty string for AF_UNSPEC. */
const char *ip_addr_format(const struct ip_addr *a, char buf[static IP_ADDR_STRLEN]);

/* -1, 0 or 1; first by family, then as the numbers they are (RFC 9568 §6.4.3 compares so). */
int ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b);

bool ip_addr_is_multicast(const struct ip_addr *a);
bool ip_addr_is_linklocal(const struct ip_addr *a);

/* 32, 128, or 0 for none. */
unsigned ip_addr_bits(int family);

/* Whether no bit behind @prefix is set. */
bool ip_addr_is_network(const struct ip_addr *a, unsigned prefix);

static inline bool ip_addr_is_set(const struct ip_addr *a) {
        return a->family != AF_UNSPEC;
}

static inline bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b) {
        return ip_addr_compare(a, b) == 0;
}
