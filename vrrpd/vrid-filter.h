/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which virtual router ids a raw socket takes in, as a classic socket filter (socket(7),
 * SO_ATTACH_FILTER).
 *
 * On a network with hundreds of foreign routers the kernel drops their adverts before they wake
 * anybody, and a socket that nobody reads for a while (its owner restarts) fills with adverts for us
 * only. The same program with its answer turned round selects the strays. */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of virtual router ids. Zeroed, it is empty. */
struct vrid_set {
        uint32_t words[8];
};

static inline void vrid_set_add(struct vrid_set *s, uint8_t vrid) {
        s->words[vrid / 32] |= UINT32_C(1) << vrid % 32;
}

static inline void vrid_set_remove(struct vrid_set *s, uint8_t vrid) {
        s->words[vrid / 32] &= ~(UINT32_C(1) << vrid % 32);
}

static inline bool vrid_set_has(const struct vrid_set *s, uint8_t vrid) {
        return s->words[vrid / 32] >> vrid % 32 & 1;
}

/* The most instructions vrid_filter_build() writes. */
#define VRID_FILTER_MAX 40

enum vrid_filter_mode {
        VRID_FILTER_MEMBERS, /* packets for the ids of the set */
        VRID_FILTER_STRAYS,  /* the others, and those too short to have an id */
};

/* Write a program for a raw socket of @family and @protocol, VRRP's or the authentication header's: IPv4 raw
 * sockets see the packet from the IP header on, IPv6 ones from behind it. An authentication header is taken to
 * be as long as ours; what it is not is found out later. Returns the number of instructions. */
size_t vrid_filter_build(const struct vrid_set *s, int family, int protocol,
                enum vrid_filter_mode mode, struct sock_filter ret[static VRID_FILTER_MAX]);
