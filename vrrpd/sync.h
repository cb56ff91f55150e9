/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A sync: one vrrp_sync_group of the configuration at work. It binds the pure group (vrrpd/group.h) to
 * the routers that are its members, and decides nothing itself.
 *
 * A router that has been fed tells its sync, which feeds the others within the same call: what the members
 * do becomes one batch of the wake-up. Owner: struct vrrpd. */

#include <stddef.h>
#include <uthash.h>

#include "vrrpd/conf.h"
#include "vrrpd/effect.h"
#include "vrrpd/group.h"
#include "vrrpd/input.h"

struct vrrp_router;
struct vrrpd;

struct vrrp_sync {
        UT_hash_handle hh; /* by name */
        char *name;
        char *path; /* on the bus */
        struct vrrpd *vrrpd;

        struct vrrp_group group;
        struct vrrp_router **members; /* borrowed, in the order of the configuration */
        size_t n_members;
        const struct vrrp_router
                        *cause; /* the member that makes the others what they are; NULL: unknown */
        usec_t hold_at;         /* when to look again although no member moves */
        bool busy;              /* feeding members, who need not tell */
        bool untold;            /* its first FAULT, for want of any report, has not been told of */

        usec_t transition_realtime;
        char reason[320]; /* why the present state was entered: the member, and its reason */
};

/* Let there be those of @conf, with the routers that there are as their members. Nobody is moved who need
 * not be. -ENOMEM: some are as they were. */
int vrrp_syncs_update(struct vrrpd *v, const struct vrrp_conf *conf);
void vrrp_syncs_free(struct vrrpd *v);

/* An earlier process has told of this one. After the members know their faults, which are no news either,
 * and before they take up their roles. */
void vrrp_sync_restore(struct vrrp_sync *s);

/* @r, a member, has been fed @in, was @before and wanted @effects. */
void vrrp_sync_follow(struct vrrp_router *r, const struct vrrp_input *in,
                const struct vrrp_instance *before, const struct vrrp_effects *effects);

/* When to feed @r TIMER, for itself or for its sync, if it has one. */
usec_t vrrp_sync_deadline(const struct vrrp_router *r);

/* @r goes, and the others are not to mind; nothing if it is in none. */
void vrrp_sync_leave(struct vrrp_router *r);

/* The name of the member that makes the others what they are. */
const char *vrrp_sync_cause(const struct vrrp_sync *s);
