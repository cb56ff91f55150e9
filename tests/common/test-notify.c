/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/notify.h"

/* A manager that listens on an abstract socket and reads only when told to. */
static int manager_listen(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char name[64];
        int fd, n;

        n = snprintf(name, sizeof(name), "@test-notify-%d", (int) getpid());
        memcpy(address.sun_path, name, (size_t) n);
        address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        cr_assert_eq(bind(fd, (struct sockaddr *) &address,
                                     (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n)),
                        0);
        cr_assert_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
        return fd;
}

Test(notify, without_a_manager_nothing_happens) {
        cr_assert_eq(unsetenv("NOTIFY_SOCKET"), 0);
        cr_assert_eq(notify_send("READY=1"), 0);
}

Test(notify, the_manager_reads_what_was_sent) {
        _cleanup_close_ int fd = manager_listen();
        char buf[64] = {};

        cr_assert_eq(notify_send("READY=1\nSTATUS=x"), 0);
        cr_assert_gt(recv(fd, buf, sizeof(buf) - 1, 0), 0);
        cr_assert_str_eq(buf, "READY=1\nSTATUS=x");
}

Test(notify, a_manager_that_does_not_read_is_not_waited_for, .timeout = 5) {
        _cleanup_close_ int fd = manager_listen();
        int r = 0;

        for (int i = 0; i < 10000 && r == 0; i++)
                r = notify_send("WATCHDOG=1");
        cr_assert_eq(r, -EAGAIN);
}

Test(notify, descriptors_travel_along) {
        _cleanup_close_ int fd = manager_listen();
        char buf[64], control[CMSG_SPACE(sizeof(int) * 2)];
        struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
        struct msghdr message = { .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = sizeof(control) };
        int fds[2], got[2];

        cr_assert_eq(pipe(fds), 0);
        cr_assert_eq(notify_send_fds("FDSTORE=1\nFDNAME=a", fds, 2), 0);
        cr_assert_gt(recvmsg(fd, &message, 0), 0);
        memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(got));
        cr_assert_eq(write(got[1], "x", 1), 1);
        cr_assert_eq(read(fds[0], buf, 1), 1);
}

Test(notify, a_senseless_address_is_an_error) {
        cr_assert_eq(setenv("NOTIFY_SOCKET", "relative/path", 1), 0);
        cr_assert_eq(notify_send("READY=1"), -EINVAL);
}
