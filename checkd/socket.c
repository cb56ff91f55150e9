/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/socket.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/macro.h"

/* Linux >= 4.2: take the source address at bind(), its port only at connect(): so as many connections are
 * possible as there are different targets. */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

static unsigned interface_index(const struct check_checker_conf *c) {
        return c->bind_if ? if_nametoindex(c->bind_if) : 0;
}

static socklen_t fill(
                const struct ip_addr *a, uint16_t port, unsigned scope, union check_address *ret) {
        *ret = (union check_address){};
        if (a->family == AF_INET) {
                ret->in = (struct sockaddr_in){
                        .sin_family = AF_INET, .sin_addr = a->in, .sin_port = htons(port)
                };
                return sizeof(ret->in);
        }
        ret->in6 = (struct sockaddr_in6){
                .sin6_family = AF_INET6,
                .sin6_addr = a->in6,
                .sin6_port = htons(port),
                .sin6_scope_id = ip_addr_is_linklocal(a) ? scope : 0,
        };
        return sizeof(ret->in6);
}

socklen_t check_address_target(
                const struct check_checker_conf *c, uint16_t port, union check_address *ret) {
        return fill(&c->connect_ip, port, interface_index(c), ret);
}

_printf_(2, 3) static int lacks(char *problem, const char *format, ...) {
        int error = errno;
        char words[CHECK_TEXT_MAX / 2];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof(words), format, ap);
        va_end(ap);
        (void) snprintf(problem, CHECK_TEXT_MAX, "%s: %s", words, check_socket_words(error));
        return -error;
}

static int bind_source(const struct check_checker_conf *c, int family, int fd, char *problem) {
        const int on = 1;
        union check_address source = {};
        char text[IP_ADDR_STRLEN];
        socklen_t n;

        if (c->bind_ip.family == family)
                n = fill(&c->bind_ip, c->bind_port, interface_index(c), &source);
        else if (c->bind_port > 0)
                n = fill(&(struct ip_addr){ .family = family }, c->bind_port, 0, &source);
        else
                return 0;
        if (c->bind_port == 0)
                (void) setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
        else
                (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, &source.sa, n) == 0)
                return 0;
        if (c->bind_port == 0)
                return lacks(problem, "cannot send from %s", ip_addr_format(&c->bind_ip, text));
        return lacks(problem, "cannot send from port %u", c->bind_port);
}

int check_socket_prepare(const struct check_checker_conf *c, int family, int fd, char *problem) {
        if (c->fwmark > 0 && setsockopt(fd, SOL_SOCKET, SO_MARK, &c->fwmark, sizeof(c->fwmark)) < 0)
                return lacks(problem, "cannot mark packets with %u", c->fwmark);
        if (c->bind_if &&
                        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->bind_if,
                                        (socklen_t) strlen(c->bind_if)) < 0)
                return lacks(problem, "cannot send through %s", c->bind_if);
        return bind_source(c, family, fd, problem);
}

int check_socket_open(const struct check_checker_conf *c, int family, int type, int protocol,
                char *problem) {
        _cleanup_close_ int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
        int r;

        if (fd < 0)
                return lacks(problem, "cannot open a socket");
        r = check_socket_prepare(c, family, fd, problem);
        return r < 0 ? r : TAKE_FD(fd);
}

int check_socket_error(int fd) {
        int error = 0;
        socklen_t n = sizeof(error);

        return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? errno : error;
}

void check_socket_hear_errors(int fd, int family) {
        const int on = 1;

        if (family == AF_INET6)
                (void) setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
        else
                (void) setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

bool check_socket_own_want(int error) {
        switch (error) {
        case EADDRINUSE:
        case EADDRNOTAVAIL:
        case EAGAIN:
        case EINVAL: /* a link-local address, and no interface */
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENODEV:
        case ENOMEM:
        case EPERM: /* our own packet filter */ return true;
        default: return false;
        }
}

const char *check_socket_words(int error) {
        switch (error) {
        case EACCES:
        case EPERM: return "not permitted";
        case EADDRINUSE: return "address in use";
        case EADDRNOTAVAIL: return "no such address here, or no port left";
        case EAGAIN: return "no port left";
        case ECONNREFUSED: return "connection refused";
        case ECONNRESET: return "connection reset";
        case EHOSTDOWN: return "host is down";
        case EHOSTUNREACH: return "no route to host";
        case EMFILE:
        case ENFILE: return "too many open files";
        case ENETDOWN: return "network is down";
        case ENETUNREACH: return "network unreachable";
        case ENODEV: return "no such interface";
        case ENOPROTOOPT: return "protocol not available";
        case EINVAL: return "no way to such an address";
        case EPIPE: return "connection closed";
        case ETIMEDOUT: return "connection timed out";
        default: return strerrordesc_np(error) ?: "unknown error";
        }
}

void check_socket_timeout_words(usec_t timeout, char *buf, size_t n) {
        (void) snprintf(buf, n, "timeout after %g s", (double) timeout / (double) USEC_PER_SEC);
}
