/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrpd/sender.h"

#define SEND_BYTES (4 << 20)

struct packet {
        struct sockaddr_in to;
        struct iovec vector;
        char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));
        unsigned char data[VRRP_PACKET_SIZE_MAX] __attribute__((aligned(8)));
        void *cookie;
};

struct vrrp_sender {
        int fd;
        vrrp_sender_failed_t failed;
        void *userdata;
        unsigned n; /* queued */
        struct mmsghdr messages[VRRP_SENDER_BATCH];
        struct packet packets[VRRP_SENDER_BATCH];
};

static int set_int(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int open_socket(void) {
        _cleanup_close_ int fd = -1;
        int r;

        /* IPPROTO_RAW receives nothing and builds its own header. */
        fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
        if (fd < 0)
                return -errno;
        r = set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
        if (r < 0)
                return r;
        /* Ahead of other traffic in the interface's queue; not worth failing for. */
        (void) set_int(fd, SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL);
        if (set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BYTES) < 0)
                (void) set_int(fd, SOL_SOCKET, SO_SNDBUF, SEND_BYTES);
        return TAKE_FD(fd);
}

int vrrp_sender_new(
                int family, vrrp_sender_failed_t failed, void *userdata, struct vrrp_sender **ret) {
        _cleanup_(vrrp_sender_freep) struct vrrp_sender *s = NULL;

        if (family != AF_INET)
                return -EAFNOSUPPORT;
        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->failed = failed;
        s->userdata = userdata;
        s->fd = open_socket();
        if (s->fd < 0)
                return s->fd;
        *ret = TAKE_PTR(s);
        return 0;
}

struct vrrp_sender *vrrp_sender_free(struct vrrp_sender *s) {
        if (!s)
                return NULL;
        if (s->fd >= 0)
                (void) close(s->fd);
        free(s);
        return NULL;
}

void *vrrp_sender_room(struct vrrp_sender *s) {
        if (s->n == VRRP_SENDER_BATCH)
                vrrp_sender_flush(s);
        return s->packets[s->n].data;
}

static void put_ifindex(struct msghdr *h, int ifindex) {
        struct in_pktinfo info = { .ipi_ifindex = ifindex };
        struct cmsghdr *c = CMSG_FIRSTHDR(h);

        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof(info));
        memcpy(CMSG_DATA(c), &info, sizeof(info));
}

void vrrp_sender_queue(struct vrrp_sender *s, size_t size, const struct ip_addr *destination,
                int ifindex, void *cookie) {
        struct packet *p = &s->packets[s->n];
        struct mmsghdr *m = &s->messages[s->n];

        assert(s->n < VRRP_SENDER_BATCH);
        assert(size <= sizeof(p->data));
        assert(destination->family == AF_INET);

        p->cookie = cookie;
        p->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = destination->in };
        p->vector = (struct iovec){ .iov_base = p->data, .iov_len = size };
        *m = (struct mmsghdr) {
                .msg_hdr = {
                        .msg_name = &p->to,
                        .msg_namelen = sizeof(p->to),
                        .msg_iov = &p->vector,
                        .msg_iovlen = 1,
                        .msg_control = p->control,
                        .msg_controllen = sizeof(p->control),
                },
        };
        put_ifindex(&m->msg_hdr, ifindex);
        s->n++;
}

struct failure {
        void *cookie;
        int error;
};

/* Send all; sendmmsg() stops at the packet that fails, which is then left out. */
static unsigned send_all(struct vrrp_sender *s, struct failure *failures) {
        unsigned done = 0, n_failures = 0;

        while (done < s->n) {
                int n = sendmmsg(s->fd, s->messages + done, s->n - done, MSG_DONTWAIT);

                if (n > 0) {
                        done += (unsigned) n;
                        continue;
                }
                if (n < 0 && errno == EINTR)
                        continue;
                failures[n_failures++] = (struct failure){
                        .cookie = s->packets[done].cookie,
                        .error = -errno,
                };
                done++;
        }
        s->n = 0;
        return n_failures;
}

void vrrp_sender_flush(struct vrrp_sender *s) {
        struct failure failures[VRRP_SENDER_BATCH];
        unsigned n;

        if (s->n == 0)
                return;
        n = send_all(s, failures);
        for (unsigned i = 0; i < n; i++)
                if (failures[i].cookie)
                        s->failed(failures[i].cookie, failures[i].error, s->userdata);
}

void vrrp_sender_forget(struct vrrp_sender *s, const void *cookie) {
        for (unsigned i = 0; i < s->n; i++)
                if (s->packets[i].cookie == cookie)
                        s->packets[i].cookie = NULL;
}
