/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/address.h"

bool vrrp_address_equal(const struct vrrp_address *a, const struct vrrp_address *b) {
        return ip_addr_equal(&a->addr, &b->addr) && a->prefix == b->prefix &&
                        ip_addr_equal(&a->peer, &b->peer) &&
                        ip_addr_equal(&a->broadcast, &b->broadcast) && a->scope == b->scope &&
                        a->flags == b->flags && a->dad == b->dad &&
                        a->has_preferred == b->has_preferred &&
                        (!a->has_preferred || a->preferred == b->preferred) &&
                        streq(a->label, b->label);
}

/* A message has room for everything that is put in here: a failure would be a mistake of ours. */
static void put(struct nl_msg *m, int type, const void *data, size_t size) {
        int r = nla_put(m, type, (int) size, data);

        assert(r == 0);
        (void) r;
}

static void put_ip(struct nl_msg *m, int type, const struct ip_addr *a) {
        put(m, type, &a->in6, ip_addr_bits(a->family) / 8);
}

static void put_u32(struct nl_msg *m, int type, uint32_t value) {
        put(m, type, &value, sizeof(value));
}

/* What tells an address from others; enough to remove it. */
static void put_identity(struct nl_msg *m, const struct vrrp_address *a) {
        put_ip(m, IFA_LOCAL, &a->addr);
        put_ip(m, IFA_ADDRESS, ip_addr_is_set(&a->peer) ? &a->peer : &a->addr);
}

static void put_properties(struct nl_msg *m, const struct vrrp_address *a) {
        uint8_t protocol = VRRP_ADDRESS_PROTOCOL;
        uint32_t flags = a->flags;

        if (a->addr.family == AF_INET6 && !a->dad)
                flags |= IFA_F_NODAD;
        if (flags != 0)
                put_u32(m, IFA_FLAGS, flags);
        if (ip_addr_is_set(&a->broadcast))
                put_ip(m, IFA_BROADCAST, &a->broadcast);
        if (a->label[0] && a->addr.family == AF_INET)
                put(m, IFA_LABEL, a->label, strlen(a->label) + 1);
        if (a->has_preferred) {
                struct ifa_cacheinfo c = { .ifa_prefered = a->preferred, .ifa_valid = UINT32_MAX };

                put(m, IFA_CACHEINFO, &c, sizeof(c));
        }
        put(m, IFA_PROTO, &protocol, sizeof(protocol));
}

static void build(struct nl_msg *m, uint16_t type, const struct vrrp_address *a, int ifindex) {
        struct ifaddrmsg body = {
                .ifa_family = (uint8_t) a->addr.family,
                .ifa_prefixlen = a->prefix,
                .ifa_scope = a->addr.family == AF_INET ? a->scope : 0,
                .ifa_index = (unsigned) ifindex,
        };
        int r = nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO);

        assert(r == 0);
        (void) r;
        put_identity(m, a);
        if (type == RTM_NEWADDR)
                put_properties(m, a);
}

static void queue(struct vrrp_batch *b, uint16_t type, uint16_t flags, const struct vrrp_address *a,
                int ifindex, void *cookie) {
        build(vrrp_batch_begin(b, type, flags), type, a, ifindex);
        vrrp_batch_queue(b, cookie);
}

void vrrp_address_add(
                struct vrrp_batch *b, const struct vrrp_address *a, int ifindex, void *cookie) {
        queue(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, a, ifindex, cookie);
}

void vrrp_address_remove(
                struct vrrp_batch *b, const struct vrrp_address *a, int ifindex, void *cookie) {
        queue(b, RTM_DELADDR, 0, a, ifindex, cookie);
}
