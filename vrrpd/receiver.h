/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A receiver: the one path by which adverts of one (interface, kind) come in, whatever the number of
 * virtual routers on it, multicast and unicast alike. The kinds are IPv4, IPv6, and IPv4 with authentication
 * header, which is a protocol of its own.
 *
 * It holds one raw socket of that protocol, bound to the interface, filtered to the virtual router ids in
 * use, with a large buffer and kernel time stamps. The socket outlives the process in the service
 * manager's descriptor store, so that a successor can read what came while nobody was there: silence
 * is evidence only if nothing was dropped and the interface is the same.
 *
 * A receiver exists for as long as the configuration wants it; its socket comes and goes with the
 * interface (vrrp_receiver_open, vrrp_receiver_close). Ids and groups may be changed at any time and
 * are in force at once when the socket is open. One owner, struct vrrpd. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/raw-socket.h"
#include "vrrpd/receive.h"

/* Groups one receiver can join; the kernel's own limit is 20 a socket (igmp_max_memberships). */
#define VRRP_RECEIVER_GROUPS_MAX 16

/* Packets read in one wake-up. */
#define VRRP_RECEIVER_BUDGET 1024

struct vrrp_receiver;

struct vrrp_receiver_ops {
        /* A packet for one of the ids. */
        void (*packet)(struct vrrp_receiver *r, const struct vrrp_received *p, void *userdata);
        /* What waited has been read, or VRRP_RECEIVER_BUDGET of it. In a flood nothing of lower priority
         * gets its turn: see vrrp_receiver_pause(). May be NULL. */
        void (*drained)(struct vrrp_receiver *r, void *userdata);
        /* A packet for an id that is not ours, or too short to have one; at most one in
         * VRRP_STRAY_INTERVAL is shown, all are counted. May be NULL. */
        void (*stray)(struct vrrp_receiver *r, const struct vrrp_received *p, void *userdata);
};

#define VRRP_STRAY_INTERVAL (1 * USEC_PER_SEC)

/* A receiver for @ifname ("": all interfaces) and @kind, closed, with no ids. @event and @buffer
 * (borrowed) must outlive it, @ops too; its sources run at @priority, strays after everything else. */
int vrrp_receiver_new(sd_event *event, int64_t priority, const char *ifname,
                struct raw_socket_kind kind, struct receive_buffer *buffer,
                const struct vrrp_receiver_ops *ops, void *userdata, struct vrrp_receiver **ret);
struct vrrp_receiver *vrrp_receiver_free(struct vrrp_receiver *r);
DEFINE_CLEANUP_FUNC(struct vrrp_receiver *, vrrp_receiver_free);

const char *vrrp_receiver_ifname(const struct vrrp_receiver *r);
struct raw_socket_kind vrrp_receiver_kind(const struct vrrp_receiver *r);

/* Change what is taken in. Adding an id or group twice needs removing it twice for groups (several
 * routers share one), once for ids (one router has it). -ENOSPC: too many groups. */
int vrrp_receiver_add_vrid(struct vrrp_receiver *r, uint8_t vrid);
int vrrp_receiver_remove_vrid(struct vrrp_receiver *r, uint8_t vrid);
int vrrp_receiver_join(struct vrrp_receiver *r, const struct ip_addr *group);
int vrrp_receiver_leave(struct vrrp_receiver *r, const struct ip_addr *group);

/* Open the socket on the interface that has @ifindex now (0 with ifname ""). What it had open before
 * is closed. */
int vrrp_receiver_open(struct vrrp_receiver *r, int ifindex);

/* Take over @fd, a socket that an earlier process opened, if it still serves @ifindex. 0: taken, the
 * receiver is open and owns @fd. -ESTALE: it is another interface's, or that interface is gone;
 * -EINVAL: it is no such socket at all; @fd stays the caller's. */
int vrrp_receiver_adopt(struct vrrp_receiver *r, int fd, int ifindex);

void vrrp_receiver_close(struct vrrp_receiver *r);
bool vrrp_receiver_is_open(const struct vrrp_receiver *r);
int vrrp_receiver_ifindex(const struct vrrp_receiver *r);

/* The socket, for the descriptor store, or -1; it stays the receiver's. Its name there says kind and
 * interface index, which is what a socket is bound to. */
int vrrp_receiver_fd(const struct vrrp_receiver *r);
#define VRRP_RECEIVER_FDNAME_MAX 32
const char *vrrp_receiver_fdname(
                const struct vrrp_receiver *r, char buf[static VRRP_RECEIVER_FDNAME_MAX]);
/* The reverse. -EINVAL: not one of ours. */
int vrrp_receiver_fdname_parse(
                const char *name, struct raw_socket_kind *ret_kind, int *ret_ifindex);

/* Hand all waiting packets to ops->packet now, but at most @budget. Returns how many, or -errno. */
int vrrp_receiver_drain(struct vrrp_receiver *r, unsigned budget);

/* Do not wake up for packets, or do so again. */
void vrrp_receiver_pause(struct vrrp_receiver *r, bool pause);

/* Packets for us that the kernel dropped on this socket since it was made, for want of room. */
uint32_t vrrp_receiver_dropped(const struct vrrp_receiver *r);

/* Packets for ids that are not ours since the process began. */
uint64_t vrrp_receiver_strays(const struct vrrp_receiver *r);
