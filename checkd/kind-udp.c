/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* UDP_CHECK: a datagram is sent, and no ICMP error comes back within connect_timeout; with require_reply an
 * answer must come, which may be given. Any answer ends the try. The socket is connected: nobody but the
 * server can answer. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "checkd/attempt.h"

#define RANDOM_PAYLOAD_BYTES 16U
#define DATAGRAM_BYTES_MAX 65535U

static bool matches(const struct check_bytes_conf *wanted, const uint8_t *answer, size_t n) {
        n = MIN(n, wanted->n);
        for (size_t i = 0; i < n; i++)
                if ((answer[i] & wanted->mask[i]) != wanted->bytes[i])
                        return false;
        return true;
}

static void judge(struct check_attempt *a, const uint8_t *answer, size_t n) {
        const struct check_checker_conf *c = a->conf;

        if (c->udp_reply.n == 0)
                check_attempt_end(a, CHECK_GOOD, "answered in %.1f ms", check_attempt_age_msec(a));
        else if (n < c->udp_min_reply || n > c->udp_max_reply)
                check_attempt_end(a, CHECK_BAD, "answered %zu bytes, wanted %u to %u", n,
                                c->udp_min_reply, c->udp_max_reply);
        else if (!matches(&c->udp_reply, answer, n))
                check_attempt_end(a, CHECK_BAD, "answered %zu bytes, not those wanted", n);
        else
                check_attempt_end(a, CHECK_GOOD, "answered as wanted in %.1f ms",
                                check_attempt_age_msec(a));
}

static void on_ready(struct check_attempt *a, uint32_t events) {
        uint8_t answer[DATAGRAM_BYTES_MAX];
        ssize_t n = recv(a->fd, answer, sizeof(answer), 0);

        if (n >= 0)
                judge(a, answer, (size_t) n);
        else if (errno != EAGAIN)
                check_attempt_fail(a, errno);
}

static void on_late(struct check_attempt *a) {
        char words[CHECK_TEXT_MAX];

        check_socket_timeout_words(a->conf->connect_timeout_usec, words, sizeof(words));
        if (a->conf->udp_require_reply)
                check_attempt_end(a, CHECK_BAD, "no answer, %s", words);
        else
                check_attempt_end(a, CHECK_GOOD, "no error within %g s",
                                (double) a->conf->connect_timeout_usec / (double) USEC_PER_SEC);
}

static void send_payload(struct check_attempt *a) {
        const struct check_bytes_conf *payload = &a->conf->udp_payload;
        uint8_t dice[RANDOM_PAYLOAD_BYTES] = {};
        ssize_t r;

        if (a->over)
                return;
        if (payload->n > 0)
                r = send(a->fd, payload->bytes, payload->n, MSG_NOSIGNAL);
        else {
                (void) getrandom(dice, sizeof(dice), GRND_NONBLOCK);
                r = send(a->fd, dice, sizeof(dice), MSG_NOSIGNAL);
        }
        if (r < 0)
                check_attempt_fail(a, errno);
}

static int udp_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        struct check_attempt *a = check_attempt_new(sizeof(*a), on_ready, on_late);
        int r;

        if (!a)
                return -ENOMEM;
        r = check_attempt_begin(a, e, c, SOCK_DGRAM, 0, done, userdata);
        if (r < 0) {
                check_attempt_cancel((struct check_try *) a);
                return r;
        }
        check_socket_hear_errors(a->fd, c->connect_ip.family);
        check_attempt_connect(a, c->connect_port);
        send_payload(a);
        check_attempt_wait(a, EPOLLIN, false);
        *ret = (struct check_try *) a;
        return 0;
}

static bool udp_same(const struct check_checker_conf *a, const struct check_checker_conf *b) {
        return check_bytes_conf_equal(&a->udp_payload, &b->udp_payload) &&
                        check_bytes_conf_equal(&a->udp_reply, &b->udp_reply) &&
                        a->udp_require_reply == b->udp_require_reply &&
                        a->udp_min_reply == b->udp_min_reply &&
                        a->udp_max_reply == b->udp_max_reply;
}

const struct check_kind check_kind_udp = {
        .name = "UDP_CHECK",
        .start = udp_start,
        .cancel = check_attempt_cancel,
        .rebase = check_attempt_rebase,
        .same = udp_same,
};
