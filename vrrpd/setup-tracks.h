/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a setup tracks: interfaces, its own and those that are named, and what checkd reports on. A part of
 * vrrpd/setup.h, which has the asking (vrrp_setup_track). */

#include "common/conf.h"
#include "vrrpd/conf.h"

struct vrrp_setup;
struct vrrpd;

/* All of @conf, when the links and addresses of @s are there. -ENOMEM: then, too, they are to be freed. */
int vrrp_setup_make_tracks(struct vrrpd *v, const struct conf *whole, struct vrrp_setup *s,
                const struct vrrp_instance_conf *conf);
void vrrp_setup_free_tracks(struct vrrp_setup *s);
