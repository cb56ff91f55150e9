/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A sync: one vrrp_sync_group of the configuration at work. It binds the pure group (vrrpd/group.h) to
 * the routers that are its members, and decides nothing itself.
 *
 * A router that has been fed tells its sync. What follows for the others is settled once a wake-up, by
 * vrrpd_settle() before it carries anything out: what the members do is one batch, and a thousand that move
 * together are added up a few times, not a thousand times. Only what the operator orders, to resign say, is passed on at once.
 *
 * A reload is one step. While it goes on nothing is settled, so that no group acts upon half of its members:
 *
 *         vrrp_syncs_begin()       those go who are named no more
 *         ...                      routers go, change and come
 *         vrrp_syncs_update()      those come who are named; then all are settled
 *
 * Owner: struct vrrpd. */

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
        bool unsettled;         /* a member has moved in this wake-up */
        bool lower_heard;       /* one has heard a router of lower priority in it */
        uint64_t read_in;       /* the wake-up in which the ports of all were read */
        bool untold;            /* its first FAULT, for want of any report, has not been told of */

        usec_t transition_realtime;
        char reason[320]; /* why the present state was entered: the member, and its reason */
};

/* A reload begins. Faults that somebody has from a group stay until vrrp_syncs_update(). */
void vrrp_syncs_begin(struct vrrpd *v, const struct vrrp_conf *conf);

/* Let there be those of @conf, with the routers that there are as their members. Nobody is moved who need
 * not be (vrrpd/group.h). -ENOMEM: some are as they were. */
int vrrp_syncs_update(struct vrrpd *v, const struct vrrp_conf *conf);
void vrrp_syncs_free(struct vrrpd *v);

/* May a router that is to be a member of @name be master at once, if it owns its addresses? Not where the others wait:
 * it would speak, and be silent again. */
bool vrrp_sync_may_start_master(const struct vrrpd *v, const char *name);

/* What members that have moved mean for the others. */
void vrrp_syncs_settle(struct vrrpd *v);

/* The members know their faults, which are no news, and will take up their roles next. What an earlier process has
 * told of the group stands. */
void vrrp_sync_restore(struct vrrp_sync *s);

/* Members have come to groups, or have the roles that they had with an earlier process: who is a newcomer?
 * Then settle. */
void vrrp_syncs_admit(struct vrrpd *v);

/* @r, a member, has been fed @in, was @before and wanted @effects. */
void vrrp_sync_follow(struct vrrp_router *r, const struct vrrp_input *in,
                const struct vrrp_instance *before, const struct vrrp_effects *effects);

/* Read the ports of all members, once a wake-up: what one concludes concerns all. Returns whether it was now. */
bool vrrp_sync_read_ports(struct vrrp_sync *s);

/* When to feed @r TIMER, for itself or for its sync, if it has one. */
usec_t vrrp_sync_deadline(const struct vrrp_router *r);

/* @r goes, and the others are not to mind; nothing if it is in none. */
void vrrp_sync_leave(struct vrrp_router *r);

/* The name of the member that makes the others what they are. */
const char *vrrp_sync_cause(const struct vrrp_sync *s);
