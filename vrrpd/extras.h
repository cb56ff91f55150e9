/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Extras: the routes and rules that a router has beside its addresses, or that are static, with a claim for each.
 * One that the kernel refuses is tried again until it is there, and moves no election: keepalived logs that
 * and goes on, too. */

#include <stdbool.h>
#include <stddef.h>

#include "vrrpd/conf.h"
#include "vrrpd/holding.h"

struct vrrpd;

struct vrrp_extra {
        struct vrrp_claim *claim;
        const char *noun; /* "route", "rule" */
        char *words;      /* as ip(8) would have it */
        bool no_track;    /* its loss is nobody's concern */
};

/* First routes, then rules. */
struct vrrp_extras {
        struct vrrp_extra *items;
        size_t n;
};

/* 0 or -ENOMEM, and then what there is must be done with, too. */
int vrrp_extras_make(struct vrrpd *v, const struct vrrp_route_list *routes,
                const struct vrrp_rule_list *rules, void *owner, struct vrrp_extras *ret);
void vrrp_extras_done(struct vrrp_extras *e);

void vrrp_extras_take(const struct vrrp_extras *e);
/* In the reverse order. */
void vrrp_extras_release(const struct vrrp_extras *e);

/* What is there already is held; what is held is wanted. */
void vrrp_extras_adopt(const struct vrrp_extras *e);
void vrrp_extras_keep(const struct vrrp_extras *e);

/* The one of @c, or NULL. */
const struct vrrp_extra *vrrp_extras_find(const struct vrrp_extras *e, const struct vrrp_claim *c);
