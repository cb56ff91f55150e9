/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* News: what people, notifyd and the bus are told of the routers. Queued while elections run; recorded once the
 * adverts are out and before anything else is done about them: an event that is recorded is not lost if the
 * process is killed a moment later, and one that is not has not happened. Told in words, to the journal and on the
 * bus, when all has been done, a few at a time: of a thousand routers that change hands the last one does not wait
 * until the first one's story is out. */

#include <stdbool.h>
#include <stddef.h>

#include "vrrpd/effect.h"
#include "vrrpd/input.h"
#include "vrrpd/router.h"

struct vrrp_news_item {
        struct vrrp_router *router;
        struct vrrp_effect effect; /* STATE_CHANGED or EVENT */
        uint8_t priority;          /* effective, then */
        const char *from, *to;     /* of a transition, as it is told */
        char words[160];           /* why, of a transition; what, of an event */
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

/* Somebody removed a virtual address that is going to be put back. Told at once. */
void vrrp_news_loss(struct vrrp_router *r, const struct vrrp_virtual *v);

/* A reload is over: record what @r is, for those who want to hear it again. */
void vrrp_news_repeat(const struct vrrp_router *r);

/* Put what is new into the event log: one write. */
void vrrp_news_record(struct vrrp_news *news);

/* Tell what is recorded, at most @most of it: log, and event and change on the bus. Returns whether there is more. */
bool vrrp_news_tell(struct vrrp_news *news, size_t most);

/* Record and tell all, before a router goes. */
void vrrp_news_finish(struct vrrp_news *news);
