/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* News: what people, notifyd and the bus are told of the routers and groups. Queued while elections run; recorded once the
 * adverts are out and before anything else is done about them: an event that is recorded is not lost if the
 * process is killed a moment later, and one that is not has not happened. Told in words, to the journal and on the
 * bus, when all has been done, a few at a time: of a thousand routers that change hands the last one does not wait
 * until the first one's story is out. */

#include <stdbool.h>
#include <stddef.h>

#include "vrrpd/effect.h"
#include "vrrpd/input.h"
#include "vrrpd/router.h"

struct vrrp_sync;

struct vrrp_news_item {
        struct vrrp_router *router;      /* whose it is, unless it is a group's */
        struct vrrp_sync *sync;          /* the group, else NULL, */
        const struct vrrp_router *cause; /* and the member that it goes back to; NULL: unknown */
        struct vrrp_effect effect;       /* STATE_CHANGED or EVENT */
        uint8_t priority;                /* effective, then */
        const char *from, *to;           /* of a transition, as it is told */
        char words[160];                 /* why, of a transition; what, of an event */
};

struct vrrp_news {
        struct vrrp_news_item *items;
        size_t n;
        size_t recorded; /* the first ones */
        size_t told;     /* the first ones of these */
        size_t room;
};

/* Make room for @n items, so that a takeover needs no memory. */
int vrrp_news_reserve(struct vrrp_news *news, size_t n);
void vrrp_news_done(struct vrrp_news *news);

/* Queue what @e of @r says, @before being the election as it was when it got @in. */
void vrrp_news_put(struct vrrp_news *news, struct vrrp_router *r, const struct vrrp_effect *e,
                const struct vrrp_instance *before, const struct vrrp_input *in);

/* Queue that the group @s was @from and is what it is, for @cause (NULL: unknown). */
void vrrp_news_put_group(struct vrrp_news *news, struct vrrp_sync *s, enum vrrp_state from,
                const struct vrrp_router *cause);

/* Somebody removed a virtual address that is going to be put back. Told at once. */
void vrrp_news_loss(struct vrrp_router *r, const struct vrrp_virtual *v);

/* The same of a route or rule of @r, or with NULL of a static entry; @words begin with its noun. */
void vrrp_news_restored(struct vrrpd *v, const struct vrrp_router *r, const char *words);

/* Somebody else claims a virtual address; or nobody does any more. Told at once. */
void vrrp_news_conflict(struct vrrp_router *r, const struct vrrp_virtual *v);
void vrrp_news_conflict_over(struct vrrp_router *r, const struct vrrp_virtual *v);

/* A reload is over: record what @r is, for those who want to hear it again. */
void vrrp_news_repeat(const struct vrrp_router *r);
void vrrp_news_repeat_group(const struct vrrp_sync *s);

/* A reload took the group away. Told at once. */
void vrrp_news_group_deleted(const struct vrrp_sync *s);

/* Put what is new into the event log: one write. */
void vrrp_news_record(struct vrrp_news *news);

/* Tell what is recorded, at most @most of it: log, and event and change on the bus. Returns whether there is more. */
bool vrrp_news_tell(struct vrrp_news *news, size_t most);

/* Record and tell all, before a router goes. */
void vrrp_news_finish(struct vrrp_news *news);
