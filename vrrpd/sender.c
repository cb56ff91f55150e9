/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrpd/sender.h"

#define SEND_BYTES (4 << 20)

/* IP_PKTINFO, or IPV6_PKTINFO and IPV6_HOPLIMIT, which is the more. */
#define CONTROL_MAX (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)))

struct packet {
        union {
                struct sockaddr_in to4;
                struct sockaddr_in6 to6;
        };
        struct iovec vector;
        char control[CONTROL_MAX] __attribute__((aligned(8)));
        unsigned char data[VRRP_PACKET_SIZE_MAX] __attribute__((aligned(8)));
        void *cookie;
};

struct vrrp_sender {
        int family;
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

/* IPPROTO_RAW receives nothing and builds its own header. */
static int open_inet(int *ret_fd) {
        *ret_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
        return *ret_fd < 0 ? -errno : set_int(*ret_fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
}

/* In IPv6 IPPROTO_RAW would mean that the header is ours to build. So it is VRRP's own protocol, with a
 * filter that takes nothing in. As over IPv4 the source need not be on the interface yet. */
static int open_inet6(int *ret_fd) {
        struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
        struct sock_fprog program = { .len = 1, .filter = &nothing };
        int r;

        *ret_fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP_IPPROTO);
        if (*ret_fd < 0)
                return -errno;
        if (setsockopt(*ret_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
                return -errno;
        r = set_int(*ret_fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
        if (r < 0)
                return r;
        r = set_int(*ret_fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
        if (r < 0)
                return r;
        return set_int(*ret_fd, IPPROTO_IPV6, IPV6_TCLASS, VRRP_TOS);
}

static int open_socket(int family) {
        _cleanup_close_ int fd = -1;
        int r;

        r = family == AF_INET ? open_inet(&fd) : open_inet6(&fd);
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
        _cleanup_(vrrp_sender_freep) struct vrrp_sender *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->family = family;
        s->failed = failed;
        s->userdata = userdata;
        s->fd = open_socket(family);
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

static void put_control(struct cmsghdr *c, int level, int type, const void *data, size_t size) {
        c->cmsg_level = level;
        c->cmsg_type = type;
        c->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(c), data, size);
}

static void address_inet(
                struct packet *to, struct msghdr *h, const struct vrrp_packet *p, int ifindex) {
        struct in_pktinfo info = { .ipi_ifindex = ifindex };

        to->to4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = p->destination.in };
        h->msg_name = &to->to4;
        h->msg_namelen = sizeof(to->to4);
        h->msg_controllen = CMSG_SPACE(sizeof(info));
        put_control(CMSG_FIRSTHDR(h), IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

/* What would stand in the header of IPv4. The scope is for link-local destinations, which are most. */
static void address_inet6(
                struct packet *to, struct msghdr *h, const struct vrrp_packet *p, int ifindex) {
        struct in6_pktinfo info = {
                .ipi6_ifindex = (unsigned) ifindex,
                .ipi6_addr = p->source.in6,
        };
        int hops = p->ttl;

        to->to6 = (struct sockaddr_in6){
                .sin6_family = AF_INET6,
                .sin6_addr = p->destination.in6,
                .sin6_scope_id = (unsigned) ifindex,
        };
        h->msg_name = &to->to6;
        h->msg_namelen = sizeof(to->to6);
        h->msg_controllen = CONTROL_MAX;
        put_control(CMSG_FIRSTHDR(h), IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
        put_control(CMSG_NXTHDR(h, CMSG_FIRSTHDR(h)), IPPROTO_IPV6, IPV6_HOPLIMIT, &hops,
                        sizeof(hops));
}

void vrrp_sender_queue(struct vrrp_sender *s, size_t size, const struct vrrp_packet *p, int ifindex,
                void *cookie) {
        struct packet *to = &s->packets[s->n];
        struct mmsghdr *m = &s->messages[s->n];

        assert(s->n < VRRP_SENDER_BATCH);
        assert(size <= sizeof(to->data));
        assert(p->destination.family == s->family);

        to->cookie = cookie;
        to->vector = (struct iovec){ .iov_base = to->data, .iov_len = size };
        memset(to->control, 0, sizeof(to->control));
        *m = (struct mmsghdr) {
                .msg_hdr = {
                        .msg_iov = &to->vector,
                        .msg_iovlen = 1,
                        .msg_control = to->control,
                        .msg_controllen = sizeof(to->control),
                },
        };
        if (s->family == AF_INET)
                address_inet(to, &m->msg_hdr, p, ifindex);
        else
                address_inet6(to, &m->msg_hdr, p, ifindex);
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
