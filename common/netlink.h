/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Netlink (netlink(7)) without waiting: the kernel answers a request before send() returns,
 * so an answer is either there or never comes. libnl puts messages together and takes them apart; the
 * transport is here, because libnl's own has neither batches nor a way to tell ENOBUFS from ENOMEM. */

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;

/* One message; a negative return ends the reading and is passed up. */
typedef int (*netlink_handler_t)(const struct nlmsghdr *h, void *userdata);

struct netlink {
        int fd;          /* non-blocking; -1: closed */
        uint32_t portid; /* ours; what the kernel tells others of our requests carries it */
        uint32_t seq;    /* of the last request */
};

#define NETLINK_INIT                                                                               \
        { .fd = -1 }

/* Open a socket of @protocol (NETLINK_ROUTE, NETLINK_GENERIC) that has room for @receive_bytes. It belongs to
 * the network namespace that the caller is in, and stays in it. */
int netlink_init(struct netlink *n, int protocol, int receive_bytes);
void netlink_done(struct netlink *n);

int netlink_subscribe(struct netlink *n, unsigned group); /* RTNLGRP_* */

/* Send @size bytes of messages as one datagram. */
int netlink_send(struct netlink *n, const void *messages, size_t size);

/* Read one datagram and hand its messages to @handler. 1: one was read; 0: there is none; -ENOBUFS: the
 * kernel has dropped some; what @handler returned. Datagrams of other processes are passed over. */
int netlink_receive(struct netlink *n, netlink_handler_t handler, void *userdata);

/* Send the request @m (its sequence number is set here) and hand what comes back to @handler: all
 * parts of a dump, or the one answer. 0, or the kernel's refusal as -errno, or -EINTR for a dump that
 * changed while it was read and had better be asked for again. */
int netlink_query(struct netlink *n, struct nl_msg *m, netlink_handler_t handler, void *userdata);

/* So often, where it must be got right and need not be at once; in the end what was seen is there. */
#define NETLINK_DUMP_TRIES 5

/* -errno of an NLMSG_ERROR message; 0 for an acknowledgement. */
int netlink_error(const struct nlmsghdr *h);
