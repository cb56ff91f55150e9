/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keeper: has what an earlier process left (vrrpd/roles.h), and writes down what a successor needs.
 *
 * The file is written when something in it has changed, but not more often than every
 * VRRP_KEEPER_INTERVAL. That is safe because transitions are recorded as events before anything is done
 * about them: those that are newer than the file are put on top of it when it is read. */

#include "common/cleanup.h"
#include "vrrpd/roles.h"

struct vrrpd;
struct vrrp_keeper;
struct vrrp_port;
struct vrrp_sync;

#define VRRP_KEEPER_INTERVAL (100 * USEC_PER_MSEC)

int vrrp_keeper_new(struct vrrpd *v, struct vrrp_keeper **ret);
struct vrrp_keeper *vrrp_keeper_free(struct vrrp_keeper *k);
DEFINE_CLEANUP_FUNC(struct vrrp_keeper *, vrrp_keeper_free);

/* What the earlier process knew. -ENOENT: nothing. */
int vrrp_keeper_saved(const struct vrrp_keeper *k, const char *router, struct vrrp_saved *ret);
/* Why @router is in that state, in words; "" if nobody knows. Of what the earlier process knew. */
const char *vrrp_keeper_words(const struct vrrp_keeper *k, const char *router);
int vrrp_keeper_kept_port(
                const struct vrrp_keeper *k, const char *port, struct vrrp_kept_port *ret);
int vrrp_keeper_kept_group(
                const struct vrrp_keeper *k, const char *group, struct vrrp_kept_group *ret);
/* Later: what this one noted, of a tracker that was let go and is wanted again. */
struct vrrp_track_word vrrp_keeper_word(const struct vrrp_keeper *k, const char *tracker);

usec_t vrrp_keeper_absence(const struct vrrp_keeper *k);

/* Forget it: from now on there is only what this process knows. */
void vrrp_keeper_forget_earlier(struct vrrp_keeper *k);

/* Something to be written has changed: of routers (their revisions say which), a port, a tracker. */
void vrrp_keeper_touch(struct vrrp_keeper *k);
void vrrp_keeper_note_port(struct vrrp_keeper *k, const struct vrrp_port *p);
void vrrp_keeper_note_word(
                struct vrrp_keeper *k, const char *tracker, const struct vrrp_track_word *word);
void vrrp_keeper_note_absence(struct vrrp_keeper *k, usec_t since);
void vrrp_keeper_note_group(struct vrrp_keeper *k, const struct vrrp_sync *s);
void vrrp_keeper_drop_group(struct vrrp_keeper *k, const char *group);
void vrrp_keeper_drop_router(struct vrrp_keeper *k, const char *router);

/* Write if anything has changed, now or as soon as the interval allows. */
void vrrp_keeper_write(struct vrrp_keeper *k);
/* Now, whatever has changed. */
void vrrp_keeper_write_now(struct vrrp_keeper *k);
/* A stop: nobody is to take this up. */
void vrrp_keeper_erase(struct vrrp_keeper *k);
