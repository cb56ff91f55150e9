/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sockets of checks: from where and by which way they go, as the checker's block says (bindto,
 * bind_port, bind_if, fwmark), and what may go wrong, in words for people. */

#include <netinet/in.h>

#include "checkd/kind.h"

union check_address {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
};

/* Where @c's checks go: connect_ip and @port; a link-local address on bind_if. Returns its length. */
socklen_t check_address_target(
                const struct check_checker_conf *c, uint16_t port, union check_address *ret);

/* A socket of @family for @c's checks: close-on-exec, non-blocking, marked, on its interface, bound to its
 * source. bindto of another family is passed over. Returns the descriptor; -errno, and then @problem (of
 * CHECK_TEXT_MAX) says what is missing, in words. */
int check_socket_open(const struct check_checker_conf *c, int family, int type, int protocol,
                char *problem);
/* The same to a socket that somebody else made (c-ares). 0, -errno. */
int check_socket_prepare(const struct check_checker_conf *c, int family, int fd, char *problem);

/* The pending error of a socket, positive, or 0: what became of connecting. */
int check_socket_error(int fd);
/* Let a datagram socket fail with every ICMP error that comes back. */
void check_socket_hear_errors(int fd, int family);

/* Does @error (positive) of connecting or sending mean that we ourselves lack something, so that it says
 * nothing about the server? */
bool check_socket_own_want(int error);

/* "connection refused", "no route to host", ...: @error, positive, in lower case, for a sentence. */
const char *check_socket_words(int error);

/* "timeout after 3 s", "timeout after 0.25 s". */
void check_socket_timeout_words(usec_t timeout, char *buf, size_t n);
