/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Roles: what a successor of this process must know, as a file in the runtime directory. Of each router
 * what its election keeps (vrrpd/saved.h), of each interface what makes the silence of a kept socket
 * evidence and what is believed of it, and the last word on each tracker.
 *
 * It describes itself, so that an older or a newer release reads it; it is useless after a reboot, which
 * it recognises. This is the table in memory and its way into the file and back; who is in it is the
 * business of struct vrrpd. */

#include <json-c/json.h>
#include <stdbool.h>

#include "common/cleanup.h"
#include "vrrpd/saved.h"
#include "vrrpd/track.h"

struct vrrp_roles;

/* An interface and family with a kept socket. */
struct vrrp_kept_port {
        int ifindex;
        uint32_t carrier_changes;
        uint32_t dropped; /* by the kernel, of what was for us */
};

/* An interface with delays: what is believed of it, and until when (CLOCK_MONOTONIC; USEC_INFINITY: nothing waits). */
struct vrrp_kept_link {
        int ifindex;
        bool up;
        usec_t due;
};

/* A sync group: what people have been told of it. Its members' roles are their own. */
struct vrrp_kept_group {
        enum vrrp_state state;
        enum vrrp_reason reason;
        usec_t since;
        bool untold;       /* nobody has been told of its FAULT yet */
        const char *words; /* the reason, in many; of the table or who puts it in */
};

/* An empty table; the file at @path, which is another boot's (-ESTALE), torn or foreign (-EBADMSG) or not
 * there (-ENOENT). The read table is to be freed like one made. */
int vrrp_roles_new(struct vrrp_roles **ret);
int vrrp_roles_read(const char *path, struct vrrp_roles **ret);
struct vrrp_roles *vrrp_roles_free(struct vrrp_roles *r);
DEFINE_CLEANUP_FUNC(struct vrrp_roles *, vrrp_roles_free);

int vrrp_roles_write(const struct vrrp_roles *r, const char *path);

/* Put in; -ENOMEM. Take out: 0, or -ENOENT, and what the file lacks has its default. */
/* @words: why its state was entered. Only people read them. */
int vrrp_roles_put_router(struct vrrp_roles *r, const char *name, const struct vrrp_saved *s,
                const char *words);
void vrrp_roles_drop_router(struct vrrp_roles *r, const char *name);
int vrrp_roles_get_router(const struct vrrp_roles *r, const char *name, struct vrrp_saved *ret);
/* "" for none. Of the table. */
const char *vrrp_roles_get_words(const struct vrrp_roles *r, const char *router);

int vrrp_roles_put_group(struct vrrp_roles *r, const char *name, const struct vrrp_kept_group *k);
void vrrp_roles_drop_group(struct vrrp_roles *r, const char *name);
int vrrp_roles_get_group(const struct vrrp_roles *r, const char *name, struct vrrp_kept_group *ret);

int vrrp_roles_put_link(struct vrrp_roles *r, const char *name, const struct vrrp_kept_link *k);
void vrrp_roles_drop_link(struct vrrp_roles *r, const char *name);
int vrrp_roles_get_link(const struct vrrp_roles *r, const char *name, struct vrrp_kept_link *ret);

/* @port is the interface's name, a space, and the family's word. */
int vrrp_roles_put_port(struct vrrp_roles *r, const char *port, const struct vrrp_kept_port *k);
int vrrp_roles_get_port(const struct vrrp_roles *r, const char *port, struct vrrp_kept_port *ret);

int vrrp_roles_put_tracker(struct vrrp_roles *r, const char *id, const struct vrrp_track_word *w);
/* VRRP_TRACK_UNKNOWN if nothing was said of it. */
struct vrrp_track_word vrrp_roles_get_tracker(const struct vrrp_roles *r, const char *id);

/* CLOCK_BOOTTIME since when checkd is gone; 0: it is there, or nothing is known of it. */
void vrrp_roles_set_absence(struct vrrp_roles *r, usec_t since);
usec_t vrrp_roles_get_absence(const struct vrrp_roles *r);

/* Number of the last event (common/event-log.h) that the routers' states take account of. */
void vrrp_roles_set_told(struct vrrp_roles *r, const char *generation, uint64_t sequence);
/* 0 for another generation. */
uint64_t vrrp_roles_get_told(const struct vrrp_roles *r, const char *generation);
