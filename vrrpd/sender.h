/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A sender: the way out for the adverts of one family. What is queued in one wake-up leaves in one
 * system call, whatever the interface: a thousand routers of one machine beat together.
 *
 * Over IPv4 packets are queued with their IP header, so that the source may be any address
 * (mcast_src_ip need not be on the interface yet); the kernel fills in its checksum and, where it is
 * 0, the identification. Over IPv6 the kernel makes the header, of what is said beside the packet. One per
 * family and process; owner struct vrrpd. */

#include <stddef.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"
#include "vrrpd/packet.h"

/* Packets that are sent together; one more sends them. */
#define VRRP_SENDER_BATCH 64

struct vrrp_sender;

/* The packet queued with @cookie was not sent: @error (negative) says why. May queue anew. */
typedef void (*vrrp_sender_failed_t)(void *cookie, int error, void *userdata);

/* -EAFNOSUPPORT: this kernel does not have @family. */
int vrrp_sender_new(
                int family, vrrp_sender_failed_t failed, void *userdata, struct vrrp_sender **ret);
struct vrrp_sender *vrrp_sender_free(struct vrrp_sender *s);
DEFINE_CLEANUP_FUNC(struct vrrp_sender *, vrrp_sender_free);

/* Room for the next packet, VRRP_PACKET_SIZE_MAX bytes, never NULL; sends what is queued if it was full. Valid until
 * anything else is called. */
void *vrrp_sender_room(struct vrrp_sender *s);

/* Queue what was written into the room, @size bytes made of @p. It leaves by @ifindex (0: as the routing table
 * says) for its destination. @cookie is given to the failed function; NULL: nobody wants to know. */
void vrrp_sender_queue(struct vrrp_sender *s, size_t size, const struct vrrp_packet *p, int ifindex,
                void *cookie);

void vrrp_sender_flush(struct vrrp_sender *s);

/* The owner of @cookie is going away: what it has queued (its farewell) is sent, failing is not told. */
void vrrp_sender_forget(struct vrrp_sender *s, const void *cookie);
