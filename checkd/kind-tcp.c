/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TCP_CHECK: good when a connection is accepted. It is reset, not closed: so a port checked each second does
 * not leave a trail of sockets in TIME_WAIT, here or there, and the server need not answer the end. */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "checkd/attempt.h"

static void on_ready(struct check_attempt *a, uint32_t events) {
        const struct linger reset = { .l_onoff = 1 };
        int error = check_socket_error(a->fd);

        if (error > 0) {
                check_attempt_fail(a, error);
                return;
        }
        (void) setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        check_attempt_end(a, CHECK_GOOD, "connected in %.1f ms", check_attempt_age_msec(a));
}

static int tcp_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        struct check_attempt *a = check_attempt_new(sizeof(*a), on_ready, NULL);
        int r;

        if (!a)
                return -ENOMEM;
        r = check_attempt_begin(a, e, c, SOCK_STREAM, 0, done, userdata);
        if (r < 0) {
                check_attempt_cancel((struct check_try *) a);
                return r;
        }
        check_attempt_connect(a, c->connect_port);
        check_attempt_wait(a, EPOLLOUT, false);
        *ret = (struct check_try *) a;
        return 0;
}

const struct check_kind check_kind_tcp = {
        .name = "TCP_CHECK",
        .start = tcp_start,
        .cancel = check_attempt_cancel,
        .rebase = check_attempt_rebase,
};
