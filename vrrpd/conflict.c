/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/conflict.h"

#include <string.h>

#include "common/macro.h"

#define PATIENCE_MIN (100 * USEC_PER_MSEC)

void vrrp_conflict_watch(struct vrrp_conflict *c, usec_t interval, bool asks, usec_t now) {
        usec_t patience = MAX(2 * interval, PATIENCE_MIN);
        usec_t settled_at = usec_add(now, MAX(patience, VRRP_CONFLICT_FIRST_ASK));

        *c = (struct vrrp_conflict){
                .watching = true,
                .asks = asks,
                .patience = patience,
                .settled_at = settled_at,
                .doubt_since = USEC_INFINITY,
                .since = USEC_INFINITY,
                .look_at = asks ? settled_at : USEC_INFINITY,
                .defended_at = USEC_INFINITY,
                .told_at = c->told_at,
        };
}

void vrrp_conflict_unwatch(struct vrrp_conflict *c) {
        *c = (struct vrrp_conflict){ .told_at = c->told_at };
}

/* Another claimant is another conflict. */
void vrrp_conflict_hear(
                struct vrrp_conflict *c, const uint8_t mac[static VRRP_MAC_SIZE], usec_t now) {
        bool other = memcmp(c->mac, mac, VRRP_MAC_SIZE) != 0;

        if (!c->watching)
                return;
        c->heard = now;
        memcpy(c->mac, mac, VRRP_MAC_SIZE);
        if (vrrp_conflict_exists(c) && !other)
                return;
        c->since = USEC_INFINITY;
        if (c->doubt_since == USEC_INFINITY)
                c->doubt_since = now;
}

void vrrp_conflict_dismiss(struct vrrp_conflict *c) {
        c->doubt_since = c->since = c->look_at = USEC_INFINITY;
}

static bool has_passed(usec_t since, usec_t interval, usec_t now) {
        return since == USEC_INFINITY || now >= usec_add(since, interval);
}

static unsigned ask(struct vrrp_conflict *c, usec_t now) {
        c->asked_at = now;
        return c->asks ? VRRP_CONFLICT_DO_ASK : 0;
}

static unsigned defend(struct vrrp_conflict *c, usec_t now) {
        if (!has_passed(c->defended_at, VRRP_CONFLICT_DEFENCE, now))
                return 0;
        c->defended_at = now;
        return VRRP_CONFLICT_DO_ANNOUNCE;
}

/* Once, but not too soon after another. */
static unsigned tell(struct vrrp_conflict *c, usec_t now) {
        if (c->told || (c->told_at > 0 && !has_passed(c->told_at, VRRP_CONFLICT_DEFENCE, now)))
                return 0;
        c->told = true;
        c->told_at = now;
        return VRRP_CONFLICT_DO_TELL;
}

static unsigned judge(struct vrrp_conflict *c, usec_t now) {
        usec_t doubt_since = c->doubt_since;
        unsigned todo = defend(c, now) | ask(c, now);

        c->doubt_since = USEC_INFINITY;
        if (doubt_since < c->settled_at) {
                c->settled_at = now;
                return todo;
        }
        c->since = doubt_since;
        c->unanswered = 0;
        c->look_at = usec_add(now, VRRP_CONFLICT_ASK);
        c->told = false;
        return todo | tell(c, now);
}

static unsigned look(struct vrrp_conflict *c, usec_t now) {
        unsigned most = c->asks ? VRRP_CONFLICT_UNANSWERED : VRRP_CONFLICT_SILENT, todo = 0;

        if (!vrrp_conflict_exists(c)) {
                c->look_at = USEC_INFINITY;
                return ask(c, now);
        }
        c->unanswered = c->heard >= c->asked_at ? 0 : c->unanswered + 1;
        if (c->unanswered >= most) {
                c->since = c->look_at = USEC_INFINITY;
                c->defended_at = now;
                return VRRP_CONFLICT_DO_ANNOUNCE | (c->told ? VRRP_CONFLICT_DO_TELL_END : 0);
        }
        c->look_at = usec_add(now, VRRP_CONFLICT_ASK);
        if (c->unanswered == 0)
                todo = defend(c, now) | tell(c, now);
        return todo | ask(c, now);
}

static usec_t judgement_at(const struct vrrp_conflict *c) {
        return c->doubt_since == USEC_INFINITY ? USEC_INFINITY
                                               : usec_add(c->doubt_since, c->patience);
}

unsigned vrrp_conflict_step(struct vrrp_conflict *c, usec_t now) {
        unsigned todo = 0;

        if (!c->watching)
                return 0;
        if (now >= judgement_at(c))
                todo |= judge(c, now);
        if (now >= c->look_at)
                todo |= look(c, now);
        return todo;
}

usec_t vrrp_conflict_deadline(const struct vrrp_conflict *c) {
        return c->watching ? MIN(judgement_at(c), c->look_at) : USEC_INFINITY;
}
