/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Static entries: addresses, routes and rules that are on the machine as long as vrrpd runs, whoever is master.
 * They outlive a restart, and go at the end. What somebody removes is put back. Owner: struct vrrpd. */

#include "common/cleanup.h"
#include "vrrpd/extras.h"

struct vrrp_statics;

/* Make those of @conf. 0 or -ENOMEM. */
int vrrp_statics_new(struct vrrpd *v, const struct vrrp_conf *conf, struct vrrp_statics **ret);
struct vrrp_statics *vrrp_statics_free(struct vrrp_statics *s);
DEFINE_CLEANUP_FUNC(struct vrrp_statics *, vrrp_statics_free);

/* NULL: there are none. */
void vrrp_statics_adopt(const struct vrrp_statics *s);
void vrrp_statics_take(const struct vrrp_statics *s);
void vrrp_statics_release(const struct vrrp_statics *s);

/* Is an address missing whose interface is there? Then it can be tried again. One that somebody removed and that is
 * not tracked is not missing. */
bool vrrp_statics_lack(struct vrrp_statics *s);
void vrrp_statics_retry(const struct vrrp_statics *s);

/* Is it the claim of a static entry? */
bool vrrp_statics_have(const struct vrrp_statics *s, const struct vrrp_claim *c);

/* What the claim is for, in words ("address 192.0.2.1/24 dev eth0", "route ...") in @buf; and whether its loss is
 * nobody's concern. */
bool vrrp_statics_describe(const struct vrrp_statics *s, const struct vrrp_claim *c,
                char *ret_words, size_t size);

/* Is it news that the claim could not be put on for @error? It is told once, until it is over. */
bool vrrp_statics_is_news(struct vrrp_statics *s, const struct vrrp_claim *c, int error);

/* It was removed, and that is left at that. */
void vrrp_statics_leave(struct vrrp_statics *s, const struct vrrp_claim *c);
