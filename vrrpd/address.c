/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "common/macro.h"
#include "common/netlink.h"
#include "vrrpd/address.h"

/* Messages of one send: as many as even a socket with the default receive buffer can hold refusals of. */
#define BATCH 128

/* An address message: 24 bytes of headers and nine attributes of at most 20 bytes. */
#define MESSAGE_MAX 256

#define RECEIVE_BYTES (1 << 20)

bool vrrp_address_equal(const struct vrrp_address *a, const struct vrrp_address *b) {
        return ip_addr_equal(&a->addr, &b->addr) && a->prefix == b->prefix &&
                        ip_addr_equal(&a->peer, &b->peer) &&
                        ip_addr_equal(&a->broadcast, &b->broadcast) && a->scope == b->scope &&
                        a->flags == b->flags && a->dad == b->dad &&
                        a->has_preferred == b->has_preferred &&
                        (!a->has_preferred || a->preferred == b->preferred) &&
                        streq(a->label, b->label);
}

struct vrrp_address_batch {
        struct netlink netlink;
        vrrp_address_changed_t changed;
        void *userdata;
        struct nl_msg *message; /* the workshop: emptied and filled again */
        unsigned n;
        size_t size;
        struct nlmsghdr *last;
        struct vrrp_address_change changes[BATCH];
        char data[BATCH * MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
};

int vrrp_address_batch_new(
                vrrp_address_changed_t changed, void *userdata, struct vrrp_address_batch **ret) {
        _cleanup_(vrrp_address_batch_freep) struct vrrp_address_batch *b = calloc(1, sizeof(*b));
        int r;

        if (!b)
                return -ENOMEM;
        b->netlink = (struct netlink) NETLINK_INIT;
        b->changed = changed;
        b->userdata = userdata;
        b->message = nlmsg_alloc_size(MESSAGE_MAX);
        if (!b->message)
                return -ENOMEM;
        r = netlink_init(&b->netlink, NETLINK_ROUTE, RECEIVE_BYTES);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(b);
        return 0;
}

struct vrrp_address_batch *vrrp_address_batch_free(struct vrrp_address_batch *b) {
        if (!b)
                return NULL;
        netlink_done(&b->netlink);
        nlmsg_free(b->message);
        free(b);
        return NULL;
}

uint32_t vrrp_address_batch_portid(const struct vrrp_address_batch *b) {
        return b->netlink.portid;
}

/* MESSAGE_MAX has room for everything that is put in here: a failure would be a mistake of ours. */
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

static void build(struct nl_msg *m, uint16_t type, uint16_t flags, uint32_t seq,
                const struct vrrp_address *a, int ifindex) {
        struct nlmsghdr *h = nlmsg_hdr(m);
        struct ifaddrmsg body = {
                .ifa_family = (uint8_t) a->addr.family,
                .ifa_prefixlen = a->prefix,
                .ifa_scope = a->addr.family == AF_INET ? a->scope : 0,
                .ifa_index = (unsigned) ifindex,
        };
        int r;

        *h = (struct nlmsghdr){
                .nlmsg_len = NLMSG_HDRLEN,
                .nlmsg_type = type,
                .nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags),
                .nlmsg_seq = seq,
        };
        r = nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO);
        assert(r == 0);
        (void) r;
        put_identity(m, a);
        if (type == RTM_NEWADDR)
                put_properties(m, a);
}

static void queue(struct vrrp_address_batch *b, uint16_t type, uint16_t flags,
                const struct vrrp_address *a, int ifindex, void *cookie) {
        const struct nlmsghdr *h;

        if (b->n == BATCH)
                vrrp_address_batch_commit(b);

        build(b->message, type, flags, ++b->netlink.seq, a, ifindex);
        h = nlmsg_hdr(b->message);
        b->last = (struct nlmsghdr *) (b->data + b->size);
        memcpy(b->last, h, h->nlmsg_len);
        b->size += NLMSG_ALIGN(h->nlmsg_len);
        b->changes[b->n++] = (struct vrrp_address_change){
                .cookie = cookie,
                .seq = b->netlink.seq,
        };
}

void vrrp_address_batch_add(struct vrrp_address_batch *b, const struct vrrp_address *a, int ifindex,
                void *cookie) {
        queue(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, a, ifindex, cookie);
}

void vrrp_address_batch_remove(struct vrrp_address_batch *b, const struct vrrp_address *a,
                int ifindex, void *cookie) {
        queue(b, RTM_DELADDR, 0, a, ifindex, cookie);
}

static int on_answer(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_address_batch *b = userdata;
        uint32_t i = h->nlmsg_seq - b->changes[0].seq;

        if (h->nlmsg_type == NLMSG_ERROR && i < b->n)
                b->changes[i].error = netlink_error(h);
        return 0;
}

/* Refusals wait behind the send; none means success. When some of them were dropped, nobody can tell
 * which changes they were for, and the monitor (vrrpd/link.h) tells the truth. */
static void send_batch(struct vrrp_address_batch *b) {
        int r;

        b->last->nlmsg_flags |= NLM_F_ACK;
        r = netlink_send(&b->netlink, b->data, b->size);
        if (r < 0)
                for (unsigned i = 0; i < b->n; i++)
                        b->changes[i].error = r;
        do
                r = netlink_receive(&b->netlink, on_answer, b);
        while (r > 0 || r == -ENOBUFS);
}

void vrrp_address_batch_commit(struct vrrp_address_batch *b) {
        unsigned n = b->n;

        if (n == 0)
                return;
        send_batch(b);
        b->n = 0;
        b->size = 0;
        for (unsigned i = 0; i < n; i++)
                b->changed(&b->changes[i], b->userdata);
}
