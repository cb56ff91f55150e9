/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/firewall-set.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "common/netlink.h"

#define BATCH_BYTES                                                                                \
        (128U << 10) /* some 8,000 IPv4 addresses; below what a socket sends at once by default */
#define MESSAGE_BYTES (32U << 10) /* the length of an attribute has 16 bits */
#define RECEIVE_BYTES (64 << 10)
#define NAME_BYTES_MAX 128U

struct vrrp_set_batch {
        struct netlink netlink;
        size_t size;
        uint32_t first; /* sequence number of its beginning */
        bool overflown;

        /* the message that is open; SIZE_MAX: none */
        size_t message, list;
        bool add;
        int family;
        char table[NAME_BYTES_MAX], set[NAME_BYTES_MAX];

        uint8_t data[BATCH_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
};

int vrrp_set_batch_new(struct vrrp_set_batch **ret) {
        _cleanup_(vrrp_set_batch_freep) struct vrrp_set_batch *b = calloc(1, sizeof(*b));
        int r;

        if (!b)
                return -ENOMEM;
        b->netlink = (struct netlink) NETLINK_INIT;
        b->message = SIZE_MAX;
        r = netlink_init(&b->netlink, NETLINK_NETFILTER, RECEIVE_BYTES);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(b);
        return 0;
}

struct vrrp_set_batch *vrrp_set_batch_free(struct vrrp_set_batch *b) {
        if (!b)
                return NULL;
        netlink_done(&b->netlink);
        free(b);
        return NULL;
}

uint32_t vrrp_set_batch_portid(const struct vrrp_set_batch *b) {
        return b->netlink.portid;
}

/* --- putting together; whoever calls has seen to the room --- */

static void append(struct vrrp_set_batch *b, const void *data, size_t n) {
        assert(b->size + NLA_ALIGN(n) <= sizeof(b->data));
        memset(b->data + b->size, 0, NLA_ALIGN(n));
        memcpy(b->data + b->size, data, n);
        b->size += NLA_ALIGN(n);
}

static void append_attribute(struct vrrp_set_batch *b, uint16_t type, const void *data, size_t n) {
        const struct nlattr a = { .nla_len = (uint16_t) (NLA_HDRLEN + n), .nla_type = type };

        append(b, &a, sizeof(a));
        append(b, data, n);
}

static size_t open_list(struct vrrp_set_batch *b, uint16_t type) {
        size_t at = b->size;

        append_attribute(b, NLA_F_NESTED | type, "", 0);
        return at;
}

static void close_list(struct vrrp_set_batch *b, size_t at) {
        ((struct nlattr *) (b->data + at))->nla_len = (uint16_t) (b->size - at);
}

static size_t open_message(struct vrrp_set_batch *b, uint16_t type, uint16_t flags, uint8_t family,
                uint16_t resource) {
        const struct nlmsghdr h = {
                .nlmsg_type = type,
                .nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags),
                .nlmsg_seq = ++b->netlink.seq,
        };
        const struct nfgenmsg body = {
                .nfgen_family = family,
                .version = NFNETLINK_V0,
                .res_id = htons(resource),
        };
        size_t at = b->size;

        append(b, &h, sizeof(h));
        append(b, &body, sizeof(body));
        return at;
}

static void close_message(struct vrrp_set_batch *b, size_t at) {
        ((struct nlmsghdr *) (b->data + at))->nlmsg_len = (uint32_t) (b->size - at);
}

static void close_elements(struct vrrp_set_batch *b) {
        if (b->message == SIZE_MAX)
                return;
        close_list(b, b->list);
        close_message(b, b->message);
        b->message = SIZE_MAX;
}

static void open_elements(struct vrrp_set_batch *b, bool add, int family, const char *table,
                const char *set) {
        uint16_t type = (NFNL_SUBSYS_NFTABLES << 8) |
                        (add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM);

        b->add = add;
        b->family = family;
        (void) strncpy(b->table, table, sizeof(b->table) - 1);
        (void) strncpy(b->set, set, sizeof(b->set) - 1);
        b->message = open_message(
                        b, type, NLM_F_ACK | (add ? NLM_F_CREATE : 0), (uint8_t) family, 0);
        append_attribute(b, NFTA_SET_ELEM_LIST_TABLE, table, strlen(table) + 1);
        append_attribute(b, NFTA_SET_ELEM_LIST_SET, set, strlen(set) + 1);
        b->list = open_list(b, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static bool continues(const struct vrrp_set_batch *b, bool add, int family, const char *table,
                const char *set) {
        return b->message != SIZE_MAX && b->add == add && b->family == family &&
                        streq(b->table, table) && streq(b->set, set) &&
                        b->size - b->message < MESSAGE_BYTES;
}

static void begin(struct vrrp_set_batch *b) {
        size_t at;

        if (b->size > 0)
                return;
        at = open_message(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
        close_message(b, at);
        b->first = b->netlink.seq;
}

void vrrp_set_batch_put(struct vrrp_set_batch *b, bool add, int family, const char *table,
                const char *set, const void *key, size_t n) {
        size_t element, value;

        if (strlen(table) >= NAME_BYTES_MAX || strlen(set) >= NAME_BYTES_MAX ||
                        b->size + n + 2 * NAME_BYTES_MAX + 256 > sizeof(b->data)) {
                b->overflown = true;
                return;
        }
        begin(b);
        if (!continues(b, add, family, table, set)) {
                close_elements(b);
                open_elements(b, add, family, table, set);
        }
        element = open_list(b, NFTA_LIST_ELEM);
        value = open_list(b, NFTA_SET_ELEM_KEY);
        append_attribute(b, NFTA_DATA_VALUE, key, n);
        close_list(b, value);
        close_list(b, element);
}

/* --- sending --- */

struct answer {
        uint32_t first;
        int error;
};

static int on_answer(const struct nlmsghdr *h, void *userdata) {
        struct answer *a = userdata;

        if (h->nlmsg_type == NLMSG_ERROR && h->nlmsg_seq - a->first < UINT32_MAX / 2 &&
                        a->error == 0)
                a->error = netlink_error(h);
        return 0;
}

/* The kernel answers before the send returns. */
static int transact(struct vrrp_set_batch *b) {
        struct answer answer = { .first = b->first };
        int r;

        r = netlink_send(&b->netlink, b->data, b->size);
        if (r < 0)
                return r;
        do
                r = netlink_receive(&b->netlink, on_answer, &answer);
        while (r > 0);
        return r < 0 ? r : answer.error;
}

int vrrp_set_batch_commit(struct vrrp_set_batch *b) {
        int r = b->overflown ? -ENOBUFS : 0;

        if (r == 0 && b->size > 0) {
                close_elements(b);
                close_message(b,
                                open_message(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC,
                                                NFNL_SUBSYS_NFTABLES));
                r = transact(b);
        }
        b->size = 0;
        b->message = SIZE_MAX;
        b->overflown = false;
        return r;
}
