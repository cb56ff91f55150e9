/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* PING_CHECK: an ICMP or ICMPv6 echo comes back. RFC 792, RFC 4443 §4.
 *
 * The kernel's datagram sockets for it (ping(8) uses them) give each its own identifier and show it its own
 * answers only; where net.ipv4.ping_group_range does not let us have one, a raw socket does the same with
 * an identifier of ours. keepalived widens that range for the whole machine instead. */

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "checkd/attempt.h"

#define ANSWERS_MAX 64U /* taken in one wake-up: raw sockets hear everybody's */

/* The same on the wire for both families. */
struct echo {
        uint8_t type, code;
        uint16_t checksum;
        uint16_t id, sequence;
        uint8_t cookie[16];
};

struct ping {
        struct check_attempt attempt;
        struct echo request;
        bool raw;
};

static int family_of(const struct ping *p) {
        return p->attempt.conf->connect_ip.family;
}

/* RFC 1071 */
static uint16_t checksum_of(const struct echo *e) {
        const uint8_t *bytes = (const uint8_t *) e;
        uint32_t sum = 0;

        for (size_t i = 0; i + 1 < sizeof(*e); i += 2)
                sum += (uint32_t) bytes[i] << 8 | bytes[i + 1];
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return htons((uint16_t) ~sum);
}

/* @buf is what the socket gave: raw IPv4 sockets give the IP header as well. */
static bool is_answer(const struct ping *p, const uint8_t *buf, size_t n) {
        const struct echo *request = &p->request;
        bool v6 = family_of(p) == AF_INET6;
        size_t skip = p->raw && !v6 && n > 0 ? (buf[0] & 0x0fU) * 4U : 0;
        struct echo e;

        if (n < skip + sizeof(e))
                return false;
        memcpy(&e, buf + skip, sizeof(e));
        return e.type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
                        (!p->raw || e.id == request->id) && e.sequence == request->sequence &&
                        memcmp(e.cookie, request->cookie, sizeof(e.cookie)) == 0;
}

static void on_ready(struct check_attempt *a, uint32_t events) {
        struct ping *p = (struct ping *) a;
        uint8_t buf[256];

        for (unsigned i = 0; i < ANSWERS_MAX; i++) {
                ssize_t n = recv(a->fd, buf, sizeof(buf), 0);

                if (n < 0) {
                        if (errno != EAGAIN)
                                check_attempt_fail(a, errno);
                        return;
                }
                if (is_answer(p, buf, (size_t) n)) {
                        check_attempt_end(a, CHECK_GOOD, "answered in %.1f ms",
                                        check_attempt_age_msec(a));
                        return;
                }
        }
}

static void on_late(struct check_attempt *a) {
        char words[CHECK_TEXT_MAX];

        check_socket_timeout_words(a->conf->connect_timeout_usec, words, sizeof(words));
        check_attempt_end(a, CHECK_BAD, "no answer, %s", words);
}

/* Raw sockets need not wake up for what is no answer. */
static void hear_answers_only(const struct ping *p) {
        struct icmp6_filter six;
        struct icmp_filter four = { .data = ~(1U << ICMP_ECHOREPLY) };

        ICMP6_FILTER_SETBLOCKALL(&six);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &six);
        if (family_of(p) == AF_INET6)
                (void) setsockopt(p->attempt.fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six, sizeof(six));
        else
                (void) setsockopt(p->attempt.fd, SOL_RAW, ICMP_FILTER, &four, sizeof(four));
}

static int open_socket(struct ping *p, const struct check_checker_conf *c, char *problem) {
        int family = c->connect_ip.family;
        int protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
        int fd = check_socket_open(c, family, SOCK_DGRAM, protocol, problem);

        if (fd != -EACCES && fd != -EPROTONOSUPPORT)
                return fd;
        p->raw = true;
        return check_socket_open(c, family, SOCK_RAW, protocol, problem);
}

static void send_request(struct ping *p) {
        struct echo *e = &p->request;

        if (p->attempt.over)
                return;
        (void) getrandom(e, sizeof(*e), GRND_NONBLOCK);
        e->type = family_of(p) == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
        e->code = 0;
        e->checksum = 0;
        e->checksum = checksum_of(e); /* where the kernel does not do it */
        if (send(p->attempt.fd, e, sizeof(*e), MSG_NOSIGNAL) < 0)
                check_attempt_fail(&p->attempt, errno);
}

static int ping_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        struct ping *p = check_attempt_new(sizeof(*p), on_ready, on_late);
        char problem[CHECK_TEXT_MAX];
        int r, fd;

        if (!p)
                return -ENOMEM;
        fd = open_socket(p, c, problem);
        if (fd < 0)
                check_attempt_end(&p->attempt, CHECK_UNTRIED, "%s", problem);
        r = check_attempt_adopt(&p->attempt, e, c, fd, done, userdata);
        if (r < 0) {
                check_attempt_cancel((struct check_try *) p);
                return r;
        }
        if (p->raw)
                hear_answers_only(p);
        check_socket_hear_errors(fd, c->connect_ip.family);
        check_attempt_connect(&p->attempt, 0);
        send_request(p);
        check_attempt_wait(&p->attempt, EPOLLIN, false);
        *ret = (struct check_try *) p;
        return 0;
}

static void ping_describe(const struct check_checker_conf *c, char *buf, size_t n) {
        char address[IP_ADDR_STRLEN];

        (void) snprintf(buf, n, "%s", ip_addr_format(&c->connect_ip, address));
}

const struct check_kind check_kind_ping = {
        .name = "PING_CHECK",
        .start = ping_start,
        .cancel = check_attempt_cancel,
        .rebase = check_attempt_rebase,
        .describe = ping_describe,
};
