/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Mending: routes, rules and static entries that somebody removed are put back at once, and those that could not be
 * put on are tried again, each second and when the network changes. (The election puts back addresses of
 * instances: vrrpd/instance.h.)
 *
 * Somebody who removes again and again is not fought without end: after MEND_BURST in a second the rest waits
 * for the next second. */

#include "vrrpd/holding.h"

struct vrrpd;
struct vrrp_router;

int vrrp_mend_init(struct vrrpd *v);
void vrrp_mend_done(struct vrrpd *v);

/* Listen to what others do to routes and rules, if there is any of ours. */
void vrrp_mend_watch(struct vrrpd *v);

/* What the tables tell (vrrpd/holding.h) of a thing of @r, or of a static one with NULL. */
void vrrp_mend_failed(struct vrrpd *v, struct vrrp_claim *c, struct vrrp_router *r, bool taking,
                int error);
void vrrp_mend_mended(struct vrrpd *v, struct vrrp_claim *c, struct vrrp_router *r);
void vrrp_mend_lost(struct vrrpd *v, struct vrrp_claim *c, struct vrrp_router *r);

/* At the end of the wake-up: see to it that what is missing is tried again. */
void vrrp_mend_arm(struct vrrpd *v);
