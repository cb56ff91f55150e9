/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/ip-addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

int ip_addr_parse(const char *text, struct ip_addr *ret) {
        struct ip_addr a = { .family = AF_INET };

        if (inet_pton(AF_INET, text, &a.in) == 1) {
                *ret = a;
                return 0;
        }
        a = (struct ip_addr){ .family = AF_INET6 };
        if (inet_pton(AF_INET6, text, &a.in6) == 1) {
                *ret = a;
                return 0;
        }
        return -EINVAL;
}

const char *ip_addr_format(const struct ip_addr *a, char buf[static IP_ADDR_STRLEN]) {
        buf[0] = '\0';
        if (a->family == AF_INET)
                (void) inet_ntop(AF_INET, &a->in, buf, IP_ADDR_STRLEN);
        else if (a->family == AF_INET6)
                (void) inet_ntop(AF_INET6, &a->in6, buf, IP_ADDR_STRLEN);
        return buf;
}

unsigned ip_addr_bits(int family) {
        return family == AF_INET ? 32 : family == AF_INET6 ? 128 : 0;
}

int ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b) {
        int r;

        if (a->family != b->family)
                return a->family < b->family ? -1 : 1;

        /* Both are in network byte order, the most significant byte first. */
        r = memcmp(&a->in6, &b->in6, ip_addr_bits(a->family) / 8);
        return r < 0 ? -1 : r > 0;
}

static const uint8_t *bytes_of(const struct ip_addr *a) {
        return (const uint8_t *) &a->in6;
}

bool ip_addr_is_multicast(const struct ip_addr *a) {
        if (a->family == AF_INET)
                return (bytes_of(a)[0] & 0xf0) == 0xe0;
        return a->family == AF_INET6 && bytes_of(a)[0] == 0xff;
}

bool ip_addr_is_linklocal(const struct ip_addr *a) {
        const uint8_t *b = bytes_of(a);

        if (a->family == AF_INET)
                return b[0] == 169 && b[1] == 254;
        return a->family == AF_INET6 && b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

bool ip_addr_is_network(const struct ip_addr *a, unsigned prefix) {
        for (unsigned bit = prefix; bit < ip_addr_bits(a->family); bit++)
                if (bytes_of(a)[bit / 8] & (0x80U >> (bit % 8)))
                        return false;
        return true;
}
