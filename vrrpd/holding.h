/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holdings: what this daemon has, or may want to have, on the machine: the virtual addresses in one table, the
 * routes in another, the rules in a third (their kinds: vrrpd/held.h).
 *
 * A router has a claim for each of its things and says by it what it wants (take, release). Nothing
 * happens until the commit at the end of the wake-up: then the record (vrrpd/record.h) is written, and all
 * changes of all routers go to the kernel in one batch. Several claims for one thing share a holding, so
 * that an address which a reload moves from one router to another is not touched; the same goes for one that
 * was there before (vrrp_claim_adopt).
 *
 * Invariants: what is held is in the record; nothing is removed that is not held. Owner of the tables:
 * struct vrrpd; of a claim: its router, or the static entries (vrrpd/statics.h). */

#include <stdbool.h>

#include <json-c/json.h>

#include "common/cleanup.h"
#include "vrrpd/address.h"
#include "vrrpd/held.h"
#include "vrrpd/link.h"

struct vrrp_holdings;
struct vrrp_claim;

/* All are told of each claim that is concerned; @owner as given to vrrp_claim_new(). They may take and
 * release, but not make or free claims. */
struct vrrp_holdings_ops {
        /* The kernel refused to put it on (@taking) or to take it off. From the commit. With .mended an error
         * is told once, until it is another one or is over. */
        void (*failed)(struct vrrp_claim *c, void *owner, bool taking, int error, void *userdata);
        /* It is on now. May be NULL. */
        void (*mended)(struct vrrp_claim *c, void *owner, void *userdata);
        /* Somebody else removed it. It is not held any more; take it again to put it back. */
        void (*lost)(struct vrrp_claim *c, void *owner, void *userdata);
        /* The record could not be written, for the first time in a row; what it is for is done all the same. */
        void (*unrecorded)(int error, void *userdata);
};

/* @record_path (borrowed) is where the record lies. */
int vrrp_holdings_new(const struct vrrp_held_kind *kind, struct vrrp_links *links,
                const char *record_path, const struct vrrp_holdings_ops *ops, void *userdata,
                struct vrrp_holdings **ret);
/* What is held stays on the machine, and in the record. */
struct vrrp_holdings *vrrp_holdings_free(struct vrrp_holdings *hs);
DEFINE_CLEANUP_FUNC(struct vrrp_holdings *, vrrp_holdings_free);

/* A claim for @value (copied) on @link (borrowed; NULL but for addresses), which wants nothing yet. */
int vrrp_claim_new(struct vrrp_holdings *hs, struct vrrp_link *link, const void *value, void *owner,
                struct vrrp_claim **ret);
/* The next commit removes the thing if nobody else wants it. */
struct vrrp_claim *vrrp_claim_free(struct vrrp_claim *c);
DEFINE_CLEANUP_FUNC(struct vrrp_claim *, vrrp_claim_free);

const void *vrrp_claim_value(const struct vrrp_claim *c);
static inline const struct vrrp_address *vrrp_claim_address(const struct vrrp_claim *c) {
        return vrrp_claim_value(c);
}
struct vrrp_link *vrrp_claim_link(const struct vrrp_claim *c);
bool vrrp_claim_is_held(const struct vrrp_claim *c);
bool vrrp_claim_is_wanted(const struct vrrp_claim *c);

void vrrp_claim_take(struct vrrp_claim *c);
void vrrp_claim_release(struct vrrp_claim *c);
/* It was lost, and that is left at that: it is not tried again by itself. */
void vrrp_claim_leave(struct vrrp_claim *c);

/* Look at the kernel for vrrp_claim_adopt(), and let that be forgotten. 0 or -errno: then nothing that is
 * there is seen, and what is wanted is put on. */
int vrrp_holdings_look(struct vrrp_holdings *hs);
void vrrp_holdings_look_away(struct vrrp_holdings *hs);

/* If it is on the machine now, left there by an earlier process, it is held from now on. Returns whether it is
 * held. */
bool vrrp_claim_adopt(struct vrrp_claim *c);

/* Mark for removal what an earlier process left on the machine (@lines of its record) and no claim is
 * for, the configuration having changed. Their number, or -ENOMEM. */
int vrrp_holdings_take_over(struct vrrp_holdings *hs, json_object *lines);

/* Make it so. */
void vrrp_holdings_commit(struct vrrp_holdings *hs);
/* The same of several tables: removed from the last to the first, then put on from the first to the last,
 * because routes need addresses and rules need routes. */
void vrrp_holdings_commit_all(struct vrrp_holdings *const *tables, size_t n);

/* The monitor's news (vrrpd/link.h): an address was removed; a link has changed, perhaps gone. */
void vrrp_holdings_address_removed(struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a, const struct vrrp_link_origin *origin);
void vrrp_holdings_link_changed(struct vrrp_holdings *hs, struct vrrp_link *link);

/* Somebody removed @found, or put something in its place: those whose value @is that are lost. */
void vrrp_holdings_removed(struct vrrp_holdings *hs,
                bool (*is)(const void *value, const void *found), const void *found,
                const struct vrrp_link_origin *origin);

/* The kernel may have removed any of them without a word: the next commit puts them on again, which leaves
 * those that are there alone. */
void vrrp_holdings_suspect(struct vrrp_holdings *hs);
/* The same of those whose value @is @found, and of those that @upset may have harmed. */
void vrrp_holdings_suspect_those(struct vrrp_holdings *hs,
                bool (*is)(const void *value, const void *found), const void *found);
void vrrp_holdings_upset(struct vrrp_holdings *hs, const struct vrrp_upset *upset);

/* Could the record not be written? Have the next commit try again. */
bool vrrp_holdings_are_unrecorded(const struct vrrp_holdings *hs);
void vrrp_holdings_record(struct vrrp_holdings *hs);

/* How many things are in the table, held or not. */
size_t vrrp_holdings_count(const struct vrrp_holdings *hs);

/* Is there something that is wanted and could not be put on? The next commit tries again. */
bool vrrp_holdings_lack(const struct vrrp_holdings *hs);
void vrrp_holdings_retry(struct vrrp_holdings *hs);

/* Is the address one of ours, held or not? Then it is no source for adverts. */
bool vrrp_holdings_have(const struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a);
