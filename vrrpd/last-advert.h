/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When each router last advertised, in a file that is mapped into memory: noting it costs two stores and
 * survives a kill -9, so that the successor knows which of the adverts it finds are newer than ours.
 *
 * A slot belongs to a name, by its hash. Times are those of this boot. */

#include <stdint.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct vrrp_last_adverts;

struct vrrp_last_advert {
        usec_t monotonic; /* 0: never */
        usec_t realtime;
};

/* Map the file at @path, made if it is missing and begun anew if it is not one of ours. When that cannot
 * be done, memory takes its place (and is lost with the process): *ret is valid all the same, and the
 * return value -errno says why. -ENOMEM: *ret is NULL. */
int vrrp_last_adverts_open(const char *path, struct vrrp_last_adverts **ret);
struct vrrp_last_adverts *vrrp_last_adverts_free(struct vrrp_last_adverts *t);
DEFINE_CLEANUP_FUNC(struct vrrp_last_adverts *, vrrp_last_adverts_free);

/* The slot of @name, from an earlier process or a free one; -ENOSPC: there is none. */
int vrrp_last_adverts_find(struct vrrp_last_adverts *t, const char *name);
/* Give it up: the name is not used any more. */
void vrrp_last_adverts_drop(struct vrrp_last_adverts *t, int slot);

struct vrrp_last_advert vrrp_last_adverts_get(const struct vrrp_last_adverts *t, int slot);
void vrrp_last_adverts_set(
                struct vrrp_last_adverts *t, int slot, usec_t monotonic, usec_t realtime);

/* The sequence numbers it has used and heard (vrrp_sequence_kept()); 0: none. */
uint64_t vrrp_last_adverts_numbers(const struct vrrp_last_adverts *t, int slot);
void vrrp_last_adverts_set_numbers(struct vrrp_last_adverts *t, int slot, uint64_t numbers);
