/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "common/netlink.h"

/* The kernel never makes a larger part of a dump than this (NLMSG_GOODSIZE), or than the buffer that
 * it has seen before; a single link with many virtual functions may need most of it. */
#define DATAGRAM_MAX 32768

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static int set_int(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int netlink_init(struct netlink *n, int protocol, int receive_bytes) {
        struct sockaddr_nl self = { .nl_family = AF_NETLINK };
        socklen_t length = sizeof(self);
        _cleanup_close_ int fd = -1;

        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
        if (fd < 0)
                return -errno;
        if (bind(fd, (struct sockaddr *) &self, sizeof(self)) < 0)
                return -errno;
        if (getsockname(fd, (struct sockaddr *) &self, &length) < 0)
                return -errno;

        if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_bytes) < 0)
                (void) set_int(fd, SOL_SOCKET, SO_RCVBUF, receive_bytes);
        /* Errors without the whole request; dumps of one interface only. Old kernels lack these, and
         * one gets more than one wanted. */
        (void) set_int(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
        (void) set_int(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);

        *n = (struct netlink){ .fd = TAKE_FD(fd), .portid = self.nl_pid };
        return 0;
}

void netlink_done(struct netlink *n) {
        if (n->fd >= 0)
                (void) close(TAKE_FD(n->fd));
}

int netlink_subscribe(struct netlink *n, unsigned group) {
        return set_int(n->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, (int) group);
}

int netlink_send(struct netlink *n, const void *messages, size_t size) {
        struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
        ssize_t k;

        do
                k = sendto(n->fd, messages, size, MSG_DONTWAIT, (struct sockaddr *) &kernel,
                                sizeof(kernel));
        while (k < 0 && errno == EINTR);
        return k < 0 ? -errno : 0;
}

static ssize_t receive_datagram(int fd, void *buf, size_t size, struct sockaddr_nl *from) {
        socklen_t length = sizeof(*from);
        ssize_t n;

        do
                n = recvfrom(fd, buf, size, MSG_DONTWAIT, (struct sockaddr *) from, &length);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : n;
}

int netlink_receive(struct netlink *n, netlink_handler_t handler, void *userdata) {
        char buf[DATAGRAM_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
        struct sockaddr_nl from;
        ssize_t k = receive_datagram(n->fd, buf, sizeof(buf), &from);
        int left = (int) k;

        if (k < 0)
                return k == -EAGAIN ? 0 : (int) k;
        if (from.nl_pid != 0)
                return 1;

        for (struct nlmsghdr *h = (struct nlmsghdr *) buf; nlmsg_ok(h, left);
                        h = nlmsg_next(h, &left)) {
                int r = handler(h, userdata);

                if (r < 0)
                        return r;
        }
        return 1;
}

int netlink_error(const struct nlmsghdr *h) {
        struct nlmsgerr e;

        if (nlmsg_datalen(h) < (int) sizeof(e))
                return -EBADMSG;
        memcpy(&e, nlmsg_data(h), sizeof(e));
        return e.error;
}

struct query {
        netlink_handler_t handler;
        void *userdata;
        uint32_t seq;
        bool done;
        bool interrupted;
};

static int on_answer(const struct nlmsghdr *h, void *userdata) {
        struct query *q = userdata;

        if (h->nlmsg_seq != q->seq)
                return 0;
        if (h->nlmsg_flags & NLM_F_DUMP_INTR)
                q->interrupted = true;
        if (h->nlmsg_type == NLMSG_DONE) {
                q->done = true;
                return 0;
        }
        if (h->nlmsg_type == NLMSG_ERROR) {
                q->done = true;
                return netlink_error(h);
        }
        if (!(h->nlmsg_flags & NLM_F_MULTI))
                q->done = true;
        return q->handler(h, q->userdata);
}

int netlink_query(struct netlink *n, struct nl_msg *m, netlink_handler_t handler, void *userdata) {
        struct nlmsghdr *h = nlmsg_hdr(m);
        struct query q = { .handler = handler, .userdata = userdata, .seq = ++n->seq };
        int r;

        h->nlmsg_seq = q.seq;
        h->nlmsg_flags |= NLM_F_REQUEST;
        r = netlink_send(n, h, h->nlmsg_len);
        if (r < 0)
                return r;
        while (!q.done) {
                r = netlink_receive(n, on_answer, &q);
                if (r < 0)
                        return r;
                if (r == 0)
                        return -ENODATA;
        }
        return q.interrupted ? -EINTR : 0;
}
