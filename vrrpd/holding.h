/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holdings: the virtual addresses this daemon has, or may want to have, on the machine.
 *
 * A router has a claim for each of its addresses and says by it what it wants (take, release). Nothing
 * happens until the commit at the end of the wake-up: then the record (vrrpd/address-record.h) is
 * written, and all changes of all routers go to the kernel in one batch. Several claims for one
 * address on one link share a holding, so that an address which a reload moves from one router to
 * another is not touched; the same goes for one that was there before (vrrp_claim_adopt).
 *
 * Invariants: what is held is in the record; nothing is removed that is not held. Owner of the table:
 * struct vrrpd; of a claim: its router. */

#include <stdbool.h>

#include "common/cleanup.h"
#include "vrrpd/address-record.h"
#include "vrrpd/address.h"
#include "vrrpd/link.h"

struct vrrp_holdings;
struct vrrp_claim;

/* All are told of each claim that is concerned; @owner as given to vrrp_claim_new(). They may take and
 * release, but not make or free claims. */
struct vrrp_holdings_ops {
        /* The kernel refused to put it on (@taking) or to take it off. From the commit. */
        void (*failed)(struct vrrp_claim *c, void *owner, bool taking, int error, void *userdata);
        /* Somebody else removed it. It is not held any more; take it again to put it back. */
        void (*lost)(struct vrrp_claim *c, void *owner, void *userdata);
        /* The record could not be written; what it is for is done all the same. */
        void (*unrecorded)(int error, void *userdata);
};

/* @record_path (borrowed) is where the record lies. */
int vrrp_holdings_new(const char *record_path, const struct vrrp_holdings_ops *ops, void *userdata,
                struct vrrp_holdings **ret);
/* What is held stays on the machine, and in the record. */
struct vrrp_holdings *vrrp_holdings_free(struct vrrp_holdings *hs);
DEFINE_CLEANUP_FUNC(struct vrrp_holdings *, vrrp_holdings_free);

/* A claim for @a on @link (borrowed), which wants nothing yet. */
int vrrp_claim_new(struct vrrp_holdings *hs, struct vrrp_link *link, const struct vrrp_address *a,
                void *owner, struct vrrp_claim **ret);
/* The next commit removes the address if nobody else wants it. */
struct vrrp_claim *vrrp_claim_free(struct vrrp_claim *c);
DEFINE_CLEANUP_FUNC(struct vrrp_claim *, vrrp_claim_free);

const struct vrrp_address *vrrp_claim_address(const struct vrrp_claim *c);
struct vrrp_link *vrrp_claim_link(const struct vrrp_claim *c);
bool vrrp_claim_is_held(const struct vrrp_claim *c);

void vrrp_claim_take(struct vrrp_claim *c);
void vrrp_claim_release(struct vrrp_claim *c);

/* If the address is on its link now, left there by an earlier process, it is held from now on. Returns
 * whether it is held. */
bool vrrp_claim_adopt(struct vrrp_claim *c);

/* Mark for removal what an earlier process left on the machine (@entries, from its record) and no claim is
 * for, the configuration having changed. @links tells where it is. Number of addresses, or -ENOMEM. */
int vrrp_holdings_take_over(struct vrrp_holdings *hs, struct vrrp_links *links,
                const struct vrrp_address_record_entry *entries, size_t n_entries);

/* Make it so. */
void vrrp_holdings_commit(struct vrrp_holdings *hs);

/* The monitor's news (vrrpd/link.h): an address was removed; a link has changed, perhaps gone. */
void vrrp_holdings_address_removed(struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a, const struct vrrp_link_origin *origin);
void vrrp_holdings_link_changed(struct vrrp_holdings *hs, struct vrrp_link *link);

/* Is the address one of ours, held or not? Then it is no source for adverts. */
bool vrrp_holdings_have(const struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a);
