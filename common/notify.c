/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The datagram protocol of sd_notify(3), sent without waiting. */

#include "common/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"

#define NOTIFY_FDS_MAX 253 /* SCM_MAX_FD of the kernel */

/* $NOTIFY_SOCKET is a path, or an abstract name after '@'. Returns the address's length, 0 if unset. */
static int notify_address(struct sockaddr_un *ret, socklen_t *ret_length) {
        const char *e = getenv("NOTIFY_SOCKET");
        size_t n;

        if (!e || !*e)
                return 0;
        n = strlen(e);
        if (n >= sizeof(ret->sun_path) || (e[0] != '/' && e[0] != '@'))
                return -EINVAL;

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(ret->sun_path, e, n);
        if (e[0] == '@')
                ret->sun_path[0] = '\0';
        *ret_length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n);
        return 1;
}

int notify_send_fds(const char *state, const int *fds, size_t n_fds) {
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX)];
        } control = {};
        struct sockaddr_un address;
        struct iovec iov = { .iov_base = (void *) state, .iov_len = strlen(state) };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_name = &address };
        _cleanup_close_ int fd = -1;
        int r;

        if (n_fds > NOTIFY_FDS_MAX)
                return -EINVAL;
        r = notify_address(&address, &message.msg_namelen);
        if (r <= 0)
                return r;

        if (n_fds > 0) {
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
                control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                        .cmsg_type = SCM_RIGHTS,
                        .cmsg_len = CMSG_LEN(sizeof(int) * n_fds) };
                memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n_fds);
        }

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        return 0;
}

int notify_send(const char *state) {
        return notify_send_fds(state, NULL, 0);
}
