/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A port: where the adverts of one (interface, kind) come in, and the routers they are for. It opens,
 * closes and keeps its receiver (vrrpd/receiver.h) as the interface comes and goes, and has the socket
 * stored for a successor. Made with its first router, gone with its last. Owner: struct vrrpd. */

#include <uthash.h>

#include "vrrpd/link.h"
#include "vrrpd/receiver.h"
#include "vrrpd/vrid-filter.h"

struct vrrpd;
struct vrrp_router;

struct vrrp_port {
        UT_hash_handle hh;          /* by name */
        char name[IF_NAMESIZE + 8]; /* interface, "*" for all, and kind: "eth0 inet" */
        struct vrrpd *vrrpd;
        struct vrrp_link *link; /* wanted; NULL: all interfaces */
        struct vrrp_receiver *receiver;
        int error;        /* -errno: the receiver cannot be opened, else 0 */
        bool kept;        /* it is open since before this process began */
        bool gaps;        /* something was missed since then */
        bool unstored;    /* the manager has not taken the socket yet */
        uint32_t dropped; /* as far as noticed */
        uint64_t read_in; /* the last wake-up in which it was read */
        unsigned n_routers;
        struct vrrp_router *routers[256]; /* by VRID */
        struct vrid_set strays_logged;
};

/* Bring @r to the port of its link and kind, which is made if there is none. -EEXIST: another router has
 * its VRID there. */
int vrrp_port_join(struct vrrpd *v, struct vrrp_link *link, struct raw_socket_kind kind,
                uint8_t vrid, struct vrrp_router *r, struct vrrp_port **ret);
void vrrp_port_leave(struct vrrp_port *p, uint8_t vrid);

/* The link has changed, or the port is new: open or close the receiver as it must be. */
void vrrp_port_refresh(struct vrrp_port *p);

/* The process ends: let go of the socket as it is. The manager has it as well, and it goes on hearing for a successor; from here
 * on nothing that is done to the port, its routers and their groups is done to the socket. */
void vrrp_port_let_go(struct vrrp_port *p);

/* Read a kept socket up to the last packet. */
void vrrp_port_drain(struct vrrp_port *p);

/* Read what waits now, unless that was done in this wake-up: before a timer may conclude that nobody has
 * spoken. */
void vrrp_port_read(struct vrrp_port *p);
