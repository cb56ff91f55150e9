/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tracking: what checkd says of the scripts, files and processes that routers track.
 *
 * A tracker's last word is kept for ever: across a restart of checkd or of this process, and while
 * nobody can be heard (it is stale then, and shown as such). One that has never been reported counts
 * nothing where it has a weight; without a weight it holds its routers in FAULT until it has had
 * the time it needs (vrrp_track_grace()), and is then taken as good, which people are told.
 *
 * How long checkd has been gone is kept as well, so that stale_after counts through a restart of ours.
 *
 * A tracker exists while a router tracks it. Owner: struct vrrpd. */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <uthash.h>

#include "checkd/conf.h"
#include "common/cleanup.h"
#include "common/conf.h"
#include "common/usec.h"
#include "vrrpd/track.h"

struct vrrpd;
struct vrrp_tracking;

/* What checkd's words are worth while it is gone: stale_after. */
enum vrrp_trust {
        VRRP_TRUST_KEPT,    /* what they were */
        VRRP_TRUST_FAULT,   /* whoever needs them is in FAULT */
        VRRP_TRUST_IGNORED, /* as if nothing were tracked */
};

struct vrrp_tracker {
        UT_hash_handle hh; /* by id */
        char *id;          /* check_tracker_id() */
        char *name;
        enum check_tracker_kind kind;
        struct vrrp_tracking *tracking;
        unsigned users;
        struct vrrp_track_word word;
        usec_t assume_at; /* when it is taken as good; USEC_INFINITY: it is known, or nobody waits */
};

int vrrp_tracking_new(struct vrrpd *v, struct vrrp_tracking **ret);
struct vrrp_tracking *vrrp_tracking_free(struct vrrp_tracking *t);
DEFINE_CLEANUP_FUNC(struct vrrp_tracking *, vrrp_tracking_free);

/* The tracker called @name; each needs a vrrp_tracker_unwant(). @conf (borrowed for the call) says how
 * long it may take to report. */
int vrrp_tracking_want(struct vrrp_tracking *t, enum check_tracker_kind kind, const char *name,
                const struct conf *conf, struct vrrp_tracker **ret);
void vrrp_tracker_unwant(struct vrrp_tracker *tracker);

/* stale_after as it is in force from now on. */
struct global_stale_conf;
void vrrp_tracking_set_stale(struct vrrp_tracking *t, const struct global_stale_conf *stale);
enum vrrp_trust vrrp_tracker_trust(const struct vrrp_tracker *tracker);

/* Listen on @bus, or not any more (NULL). */
int vrrp_tracking_attach(struct vrrp_tracking *t, sd_bus *bus);

/* CLOCK_BOOTTIME since when checkd cannot be heard although something is tracked; else USEC_INFINITY. */
usec_t vrrp_tracking_stale_since(const struct vrrp_tracking *t);
const char *vrrp_tracking_peer(const struct vrrp_tracking *t);
