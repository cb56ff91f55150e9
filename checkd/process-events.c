/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/process-events.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

#define RECEIVE_BYTES (1 << 20) /* a burst of some thousand forks */

/* Answers go to everybody who listens. They come with this number, less one, which tells ours from others'; the
 * sequence number is the kernel's own. */
static uint32_t our_answer(void) {
        return (uint32_t) getpid();
}

/* A netlink message with a connector's message with one word. */
static int ask(int fd) {
        const uint32_t op = PROC_CN_MCAST_LISTEN;
        const struct cn_msg message = {
                .id = { CN_IDX_PROC, CN_VAL_PROC }, .ack = our_answer() - 1, .len = sizeof(op)
        };
        char request[NLMSG_LENGTH(sizeof(message) + sizeof(op))] = {};
        const struct nlmsghdr header = { .nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE };

        memcpy(request, &header, sizeof(header));
        memcpy(request + NLMSG_HDRLEN, &message, sizeof(message));
        memcpy(request + NLMSG_HDRLEN + sizeof(message), &op, sizeof(op));
        return send(fd, request, sizeof(request), 0) < 0 ? -errno : 0;
}

int process_events_open(void) {
        struct sockaddr_nl address = { .nl_family = AF_NETLINK }, kernel = address;
        _cleanup_close_ int fd = -1;
        int bytes = RECEIVE_BYTES, group = CN_IDX_PROC, r;

        fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
        if (fd < 0)
                return -errno;
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
                        setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) <
                                        0 ||
                        connect(fd, (struct sockaddr *) &kernel, sizeof(kernel)) < 0)
                return -errno;
        r = ask(fd);
        return r < 0 ? r : TAKE_FD(fd);
}

/* False: it tells nothing of a process as a whole. */
static bool translate(
                const struct cn_msg *m, const struct proc_event *e, struct process_event *ret) {
        *ret = (struct process_event){};
        switch ((unsigned) e->what) {
        case PROC_EVENT_NONE:
                ret->kind = PROCESS_EVENT_LISTENING;
                ret->error = (int) e->event_data.ack.err;
                return m->ack == our_answer();
        case PROC_EVENT_FORK:
                ret->kind = PROCESS_EVENT_FORK;
                ret->pid = e->event_data.fork.child_tgid;
                ret->parent = e->event_data.fork.parent_tgid;
                return e->event_data.fork.child_pid == e->event_data.fork.child_tgid;
        case PROC_EVENT_EXEC:
                ret->kind = PROCESS_EVENT_CHANGED;
                ret->pid = e->event_data.exec.process_tgid;
                return true;
        case PROC_EVENT_COMM:
                ret->kind = PROCESS_EVENT_CHANGED;
                ret->pid = e->event_data.comm.process_tgid;
                return e->event_data.comm.process_pid == e->event_data.comm.process_tgid;
        case PROC_EVENT_EXIT:
                ret->kind = PROCESS_EVENT_EXIT;
                ret->pid = e->event_data.exit.process_tgid;
                return e->event_data.exit.process_pid == e->event_data.exit.process_tgid;
        }
        return false;
}

int process_events_receive(int fd, struct process_event *ret) {
        char buf[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(struct proc_event)) + 256]
                        __attribute__((aligned(NLMSG_ALIGNTO)));
        struct sockaddr_nl from = {};
        socklen_t length = sizeof(from);
        struct proc_event e = {};
        struct cn_msg m;
        ssize_t n;

        n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *) &from, &length);
        if (n < 0)
                return errno == EAGAIN ? 0 : -errno;
        if (from.nl_pid != 0 || (size_t) n < NLMSG_HDRLEN + sizeof(m))
                return -EAGAIN;
        memcpy(&m, buf + NLMSG_HDRLEN, sizeof(m));
        n -= (ssize_t) (NLMSG_HDRLEN + sizeof(m));
        memcpy(&e, buf + NLMSG_HDRLEN + sizeof(m), (size_t) n < sizeof(e) ? (size_t) n : sizeof(e));
        if (m.id.idx != CN_IDX_PROC || m.id.val != CN_VAL_PROC || !translate(&m, &e, ret))
                return -EAGAIN;
        return 1;
}
