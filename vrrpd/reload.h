/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reload: the difference of two configurations becomes inputs. What is in both and the same is not
 * touched: no transition, no timer, no message to the kernel. */

#include "common/conf.h"

struct vrrp_conf;
struct vrrp_instance_conf;
struct vrrp_router;
struct vrrpd;

/* v->daemon->conf is @new_ already; @old lives until this returns. */
void vrrp_reload(struct vrrpd *v, const struct conf *old, const struct conf *new_);

/* Make the router of @conf if that can be done here; say so if not. */
struct vrrp_router *vrrp_reload_make(struct vrrpd *v, const struct vrrp_instance_conf *conf);

/* What of the configuration is not any router's. */
void vrrp_reload_globals(struct vrrpd *v, const struct vrrp_conf *globals);
