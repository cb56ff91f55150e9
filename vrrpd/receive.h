/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading packets off a raw socket (vrrpd/raw-socket.h), many a system call, into memory that is there from
 * the beginning. */

#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"
#include "common/usec.h"

/* One packet as it came in; all borrowed for the call. */
struct vrrp_received {
        const void *packet; /* IPv4: from the IP header on; IPv6: from behind it */
        size_t size;        /* at most VRRP_PACKET_SIZE_MAX; what was longer is cut */
        int ifindex;
        struct ip_addr source;      /* IPv6 only, IPv4 has them in the packet */
        struct ip_addr destination; /* the same */
        int hop_limit;              /* the same; -1: the kernel did not say */
        usec_t realtime_usec;       /* when the kernel got it, CLOCK_REALTIME; 0: it did not say */
};

struct receive_buffer;

/* One serves any number of sockets, one after the other. 0 or -ENOMEM. */
int receive_buffer_new(struct receive_buffer **ret);
struct receive_buffer *receive_buffer_free(struct receive_buffer *b);
DEFINE_CLEANUP_FUNC(struct receive_buffer *, receive_buffer_free);

typedef void (*receive_handler_t)(const struct vrrp_received *p, void *userdata);

/* Hand everything that waits at @fd to @handler, but stop after @budget packets or a little more. A
 * handler must not read with the same buffer. Returns the number of packets, or -errno if there was
 * none and the socket has an error. */
int receive_packets(struct receive_buffer *b, int fd, unsigned budget, receive_handler_t handler,
                void *userdata);
