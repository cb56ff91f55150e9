/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the configuration wants interfaces to be judged: interface_up_down_delays, linkbeat_*. Links ask nothing
 * of the configuration themselves. */

#include "common/cleanup.h"
#include "common/usec.h"

struct vrrp_conf;
struct vrrp_link;
struct vrrp_link_policy;
struct vrrpd;

int vrrp_link_policy_new(struct vrrpd *v, struct vrrp_link_policy **ret);
struct vrrp_link_policy *vrrp_link_policy_free(struct vrrp_link_policy *p);
DEFINE_CLEANUP_FUNC(struct vrrp_link_policy *, vrrp_link_policy_free);

/* @conf is in force from now on, borrowed: for the links that are there, and those to come. */
void vrrp_link_policy_set(struct vrrp_link_policy *p, const struct vrrp_conf *conf);

/* @l is new. */
void vrrp_link_policy_apply(struct vrrp_link_policy *p, struct vrrp_link *l);

/* Adoption, when all routers are there: links are seen as an earlier process saw them, for the rest of the delay. */
void vrrp_link_policy_restore(struct vrrp_link_policy *p);

/* How long at most @l may be thought up when it is down: all who use it must know before their backups act. */
usec_t vrrp_link_policy_down_limit(const struct vrrp_link_policy *p, const struct vrrp_link *l);
