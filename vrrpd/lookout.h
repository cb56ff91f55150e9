/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The lookout: hears whether other stations claim the addresses that routers here have as MASTER
 * (vrrpd/conflict.h), and sees to what follows from it. Announcements, news.
 *
 * It has a socket (vrrpd/assertion-socket.h) for each interface and family where a router is MASTER, and comes
 * last in the loop: what it hears is judged seconds later. However much is claimed, it reads little of it and
 * seldom. Owner: struct vrrpd. */

#include "common/cleanup.h"

struct vrrpd;
struct vrrp_lookout;
struct vrrp_router;

int vrrp_lookout_new(struct vrrpd *v, struct vrrp_lookout **ret);
/* NULL is fine. Routers may go before and after it. */
struct vrrp_lookout *vrrp_lookout_free(struct vrrp_lookout *l);
DEFINE_CLEANUP_FUNC(struct vrrp_lookout *, vrrp_lookout_free);

/* The state of @r or its addresses are others now. @l may be NULL. */
void vrrp_lookout_look(struct vrrp_lookout *l, struct vrrp_router *r);

/* A link has come, gone, or has another hardware address. */
void vrrp_lookout_link_changed(struct vrrp_lookout *l);
