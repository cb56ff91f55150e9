/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A conflict: somebody else says that an address is his which we have as MASTER. When is that news, and when is
 * it only the other router at the moment of a change of hands?
 *
 * One claim proves nothing yet. It may be the peer that takes over at this moment, whose advert was lost: so it
 * is waited whether we are still MASTER two adverts later. Or the last word of the one that we took over
 * from: so early ones are answered by announcing, and must be repeated. What is left is a conflict: told,
 * and answered by announcing, at most every VRRP_CONFLICT_DEFENCE (RFC 5227 §2.4 c).
 *
 * Others do not have to speak by themselves: a host whose vrrpd hangs or is paused answers to whoever asks for the
 * address, and nobody but the asker hears it. So a new MASTER asks once who else has the address, and while
 * there is a conflict goes on asking. The end of it is seen by that, and announced, since neighbours
 * may have learnt the wrong one last. (IPv4 only: an IPv6 host's answer to such a question goes to all,
 * and would do the harm itself.)
 *
 * Pure: no clock, no socket. One for each virtual address. */

#include <stdbool.h>
#include <stdint.h>

#include "common/usec.h"

#define VRRP_CONFLICT_DEFENCE (10 * USEC_PER_SEC) /* DEFEND_INTERVAL of RFC 5227 */
#define VRRP_CONFLICT_ASK (2 * USEC_PER_SEC)
#define VRRP_CONFLICT_FIRST_ASK USEC_PER_SEC /* after becoming MASTER, but two adverts at least */
#define VRRP_CONFLICT_UNANSWERED 2           /* so many questions in a row are the end of it */
#define VRRP_CONFLICT_SILENT 15              /* the same where nobody is asked */

#define VRRP_MAC_SIZE 6

/* A zeroed one watches nothing. */
struct vrrp_conflict {
        bool watching;      /* we are MASTER; nothing else counts where it is false */
        bool asks;          /* questions can be asked */
        usec_t patience;    /* from a claim to its judgement */
        usec_t settled_at;  /* claims before it may be of the time before us */
        usec_t doubt_since; /* the first claim that is not judged yet; USEC_INFINITY: none */
        usec_t since;       /* the first claim of this conflict; USEC_INFINITY: there is none */
        usec_t heard;       /* the last claim */
        usec_t look_at;     /* when to ask, and to see what came of the last question */
        usec_t asked_at;
        unsigned unanswered; /* questions in a row */
        usec_t defended_at;
        usec_t told_at;             /* 0: never */
        bool told;                  /* of this conflict; else it is too soon after another */
        uint8_t mac[VRRP_MAC_SIZE]; /* of the last claim */
};

/* We are MASTER since now, with adverts every @interval; or not any more. */
void vrrp_conflict_watch(struct vrrp_conflict *c, usec_t interval, bool asks, usec_t now);
void vrrp_conflict_unwatch(struct vrrp_conflict *c);

/* Somebody with @mac has claimed the address. */
void vrrp_conflict_hear(
                struct vrrp_conflict *c, const uint8_t mac[static VRRP_MAC_SIZE], usec_t now);

/* The claims are this machine's own, by another interface. */
void vrrp_conflict_dismiss(struct vrrp_conflict *c);

enum vrrp_conflict_action {
        VRRP_CONFLICT_DO_ASK = 1 << 0,      /* who else has the address? */
        VRRP_CONFLICT_DO_ANNOUNCE = 1 << 1, /* that it is ours */
        VRRP_CONFLICT_DO_TELL = 1 << 2,     /* people: it has begun */
        VRRP_CONFLICT_DO_TELL_END = 1 << 3,
};

/* What is to be done now: enum vrrp_conflict_action bits. */
unsigned vrrp_conflict_step(struct vrrp_conflict *c, usec_t now);

/* When to step; USEC_INFINITY: no need. */
usec_t vrrp_conflict_deadline(const struct vrrp_conflict *c);

/* Is there a claim that has not been judged yet? */
static inline bool vrrp_conflict_doubts(const struct vrrp_conflict *c) {
        return c->watching && c->doubt_since != USEC_INFINITY;
}

static inline bool vrrp_conflict_exists(const struct vrrp_conflict *c) {
        return c->watching && c->since != USEC_INFINITY;
}
