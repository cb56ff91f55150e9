/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* garp_extra_if: a master's adverts keep alive what switches know of the interface that they leave by. Addresses
 * on other interfaces are announced for the same purpose, from time to time. Owner: the router's setup. */

#include "common/cleanup.h"
#include "vrrpd/conf.h"

struct vrrp_extra_garp;
struct vrrp_router;

/* A clock that beats as @conf says, and does something while @r is master. */
int vrrp_extra_garp_new(struct vrrp_router *r, const struct vrrp_extra_garp_conf *conf,
                struct vrrp_extra_garp **ret);
/* @g goes on where @old is, if both beat at the same pace. Either may be NULL. */
void vrrp_extra_garp_inherit(struct vrrp_extra_garp *g, const struct vrrp_extra_garp *old);
struct vrrp_extra_garp *vrrp_extra_garp_free(struct vrrp_extra_garp *g);
DEFINE_CLEANUP_FUNC(struct vrrp_extra_garp *, vrrp_extra_garp_free);
