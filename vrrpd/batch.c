/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/batch.h"

#include <assert.h>
#include <errno.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <string.h>

#include "common/netlink.h"

/* Messages of one send: as many as even a socket with the default receive buffer can hold refusals of. */
#define BATCH 128

/* So many addresses; of larger messages a send has fewer. */
#define DATA_BYTES (BATCH * 256U)

#define RECEIVE_BYTES (1 << 20)

struct vrrp_batch {
        struct netlink netlink;
        vrrp_batch_changed_t changed;
        vrrp_batch_echoed_t echoed; /* may be NULL */
        void *userdata;
        struct nl_msg *message; /* the workshop: emptied and filled again */
        unsigned n;
        size_t size;
        struct nlmsghdr *last;
        struct vrrp_batch_change changes[BATCH];
        char data[DATA_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
};
_Static_assert(VRRP_BATCH_MESSAGE_MAX <= DATA_BYTES, "any message fits into an empty batch");

int vrrp_batch_new(vrrp_batch_changed_t changed, void *userdata, struct vrrp_batch **ret) {
        _cleanup_(vrrp_batch_freep) struct vrrp_batch *b = calloc(1, sizeof(*b));
        int r;

        if (!b)
                return -ENOMEM;
        b->netlink = (struct netlink) NETLINK_INIT;
        b->changed = changed;
        b->userdata = userdata;
        b->message = nlmsg_alloc_size(VRRP_BATCH_MESSAGE_MAX);
        if (!b->message)
                return -ENOMEM;
        r = netlink_init(&b->netlink, NETLINK_ROUTE, RECEIVE_BYTES);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(b);
        return 0;
}

struct vrrp_batch *vrrp_batch_free(struct vrrp_batch *b) {
        if (!b)
                return NULL;
        netlink_done(&b->netlink);
        nlmsg_free(b->message);
        free(b);
        return NULL;
}

void vrrp_batch_set_echoed(struct vrrp_batch *b, vrrp_batch_echoed_t echoed) {
        b->echoed = echoed;
}

uint32_t vrrp_batch_portid(const struct vrrp_batch *b) {
        return b->netlink.portid;
}

struct nl_msg *vrrp_batch_begin(struct vrrp_batch *b, uint16_t type, uint16_t flags) {
        *nlmsg_hdr(b->message) = (struct nlmsghdr){
                .nlmsg_len = NLMSG_HDRLEN,
                .nlmsg_type = type,
                .nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags),
        };
        return b->message;
}

void vrrp_batch_queue(struct vrrp_batch *b, void *cookie) {
        struct nlmsghdr *h = nlmsg_hdr(b->message);

        if (b->n == BATCH || b->size + NLMSG_ALIGN(h->nlmsg_len) > sizeof(b->data))
                vrrp_batch_commit(b);
        h->nlmsg_seq = ++b->netlink.seq;
        b->last = (struct nlmsghdr *) (b->data + b->size);
        memcpy(b->last, h, h->nlmsg_len);
        b->size += NLMSG_ALIGN(h->nlmsg_len);
        b->changes[b->n++] = (struct vrrp_batch_change){
                .cookie = cookie,
                .seq = b->netlink.seq,
        };
}

static int on_answer(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_batch *b = userdata;
        uint32_t i = h->nlmsg_seq - b->changes[0].seq;

        if (i >= b->n)
                return 0;
        if (h->nlmsg_type == NLMSG_ERROR)
                b->changes[i].error = netlink_error(h);
        else if (b->echoed)
                b->echoed(b->changes[i].cookie, h, b->userdata);
        return 0;
}

/* Refusals wait behind the send; none means success. When some of them were dropped, nobody can tell
 * which changes they were for, and the monitor (vrrpd/link.h) tells the truth. */
static void send_batch(struct vrrp_batch *b) {
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

void vrrp_batch_commit(struct vrrp_batch *b) {
        unsigned n = b->n;

        if (n == 0)
                return;
        send_batch(b);
        b->n = 0;
        b->size = 0;
        for (unsigned i = 0; i < n; i++)
                b->changed(&b->changes[i], b->userdata);
}
