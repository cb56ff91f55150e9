/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "common/macro.h"
#include "vrrpd/packet.h"
#include "vrrpd/receive.h"

#define BATCH 32

/* Room for SCM_TIMESTAMPNS and IP_PKTINFO or IPV6_PKTINFO + IPV6_HOPLIMIT. */
#define CONTROL_MAX                                                                                \
        (CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct in6_pktinfo)) +            \
                        CMSG_SPACE(sizeof(int)))

struct receive_buffer {
        struct sockaddr_in6 from[BATCH];
        struct mmsghdr messages[BATCH];
        struct iovec vectors[BATCH];
        char control[BATCH][CONTROL_MAX] __attribute__((aligned(8)));
        unsigned char data[BATCH][VRRP_PACKET_SIZE_MAX] __attribute__((aligned(8)));
};

/* recvmmsg() writes into the headers; make the first @n fit for use again. */
static void reset(struct receive_buffer *b, size_t n) {
        for (size_t i = 0; i < n; i++) {
                b->vectors[i] = (struct iovec){
                        .iov_base = b->data[i],
                        .iov_len = sizeof(b->data[i]),
                };
                b->messages[i] = (struct mmsghdr) {
                        .msg_hdr = {
                                .msg_name = &b->from[i],
                                .msg_namelen = sizeof(b->from[i]),
                                .msg_iov = &b->vectors[i],
                                .msg_iovlen = 1,
                                .msg_control = b->control[i],
                                .msg_controllen = sizeof(b->control[i]),
                        },
                };
        }
}

int receive_buffer_new(struct receive_buffer **ret) {
        struct receive_buffer *b = calloc(1, sizeof(*b));

        if (!b)
                return -ENOMEM;
        reset(b, BATCH);
        *ret = b;
        return 0;
}

struct receive_buffer *receive_buffer_free(struct receive_buffer *b) {
        free(b);
        return NULL;
}

static void read_timestamp(const struct cmsghdr *c, struct vrrp_received *p) {
        struct timespec ts;

        memcpy(&ts, CMSG_DATA(c), sizeof(ts));
        p->realtime_usec = usec_from_timespec(&ts);
}

static void read_pktinfo(const struct cmsghdr *c, struct vrrp_received *p) {
        struct in_pktinfo info;

        memcpy(&info, CMSG_DATA(c), sizeof(info));
        p->ifindex = info.ipi_ifindex;
}

static void read_pktinfo6(const struct cmsghdr *c, struct vrrp_received *p) {
        struct in6_pktinfo info;

        memcpy(&info, CMSG_DATA(c), sizeof(info));
        p->ifindex = (int) info.ipi6_ifindex;
        p->destination = (struct ip_addr){ .family = AF_INET6, .in6 = info.ipi6_addr };
}

static void read_control(struct msghdr *h, struct vrrp_received *p) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
                        read_timestamp(c, p);
                else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
                        read_pktinfo(c, p);
                else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
                        read_pktinfo6(c, p);
                else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
                        memcpy(&p->hop_limit, CMSG_DATA(c), sizeof(p->hop_limit));
        }
}

static void hand_on(struct receive_buffer *b, size_t i, receive_handler_t handler, void *userdata) {
        struct mmsghdr *m = &b->messages[i];
        struct vrrp_received p = {
                .packet = b->data[i],
                .size = MIN(m->msg_len, sizeof(b->data[i])),
                .hop_limit = -1,
        };

        if (b->from[i].sin6_family == AF_INET6)
                p.source = (struct ip_addr){ .family = AF_INET6, .in6 = b->from[i].sin6_addr };
        read_control(&m->msg_hdr, &p);
        handler(&p, userdata);
}

int receive_packets(struct receive_buffer *b, int fd, unsigned budget, receive_handler_t handler,
                void *userdata) {
        unsigned total = 0;

        while (total < budget) {
                int n;

                n = recvmmsg(fd, b->messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return total > 0 || errno == EAGAIN ? (int) total : -errno;

                for (int i = 0; i < n; i++)
                        hand_on(b, (size_t) i, handler, userdata);
                reset(b, (size_t) n);
                total += (unsigned) n;
                if (n < BATCH)
                        break;
        }
        return (int) total;
}
