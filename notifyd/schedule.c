/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is due: the oldest head of a lane that does not run, has waited long enough, and whose kind has
 * room and is not gated. Looking through all lanes costs little beside what is then started. */

#include <assert.h>
#include <limits.h>

#include "common/macro.h"
#include "notifyd/spool-private.h"

/* How a kind is carried out. */
static const struct kind_rules {
        unsigned parallel; /* at a time */
        usec_t retry_min;  /* doubles with each try */
        usec_t retry_max;
        usec_t hopeless_usec; /* after the event */
        unsigned hopeless_tries;
} rules[_ACTION_KIND_MAX] = {
        /* A script runs once, whatever becomes of it. Tried again is only one for which there was no
         * process to be had. */
        [ACTION_SCRIPT] = {
                .parallel = 32,
                .retry_min = USEC_PER_SEC,
                .retry_max = 30 * USEC_PER_SEC,
                .hopeless_usec = 3600 * USEC_PER_SEC,
                .hopeless_tries = 10,
        },
        /* RFC 5321 §4.5.4.1 asks for four to five days between mail hosts, with tries every half hour;
         * news of a fail-over grow stale sooner, and a server that is back is found sooner. */
        [ACTION_MAIL] = {
                .parallel = 4,
                .retry_min = 5 * USEC_PER_SEC,
                .retry_max = 300 * USEC_PER_SEC,
                .hopeless_usec = 3 * 24 * 3600 * USEC_PER_SEC,
                .hopeless_tries = 10,
        },
        /* A line is in its FIFO or has to wait for room there, which its carrier minds. Tried again are
         * those of a FIFO that cannot be opened; they wait for as long as they find room in their lane. */
        [ACTION_FIFO] = {
                .parallel = 8,
                .retry_min = USEC_PER_SEC,
                .retry_max = 10 * USEC_PER_SEC,
                .hopeless_usec = USEC_INFINITY,
                .hopeless_tries = UINT_MAX,
        },
};

/* As many at a time as the kind may have; one, to find out, while its far end was in trouble last. */
static bool has_room(const struct spool *s, enum action_kind k) {
        return s->running[k] < (s->gates[k].failures > 0 ? 1 : rules[k].parallel);
}

/* When the lane's first action may start; USEC_INFINITY: only after another one ended. */
static usec_t lane_due(const struct spool *s, const struct lane *l) {
        const struct action *a = l->actions;

        if (a->running || !has_room(s, a->kind))
                return USEC_INFINITY;
        return MAX(a->not_before, s->gates[a->kind].until);
}

struct action *spool_due(struct spool *s, usec_t now) {
        struct action *first = NULL;

        for (const struct lane *l = s->lanes; l; l = l->hh.next)
                if (lane_due(s, l) <= now && (!first || l->actions->id < first->id))
                        first = l->actions;
        return first;
}

usec_t spool_deadline(const struct spool *s) {
        usec_t deadline = USEC_INFINITY;

        for (const struct lane *l = s->lanes; l; l = l->hh.next)
                deadline = MIN(deadline, lane_due(s, l));
        return deadline;
}

static struct action *oldest_waiting_mail(const struct spool *s) {
        for (struct action *a = s->actions; a; a = a->hh.next)
                if (a->kind == ACTION_MAIL && !a->running)
                        return a;
        return NULL;
}

struct action *spool_overflow(const struct spool *s) {
        for (const struct lane *l = s->lanes; l; l = l->hh.next)
                if (l->n > SPOOL_LANE_MAX)
                        return l->actions->running ? l->actions->next : l->actions;
        return s->pending[ACTION_MAIL] > SPOOL_MAILS_MAX ? oldest_waiting_mail(s) : NULL;
}

unsigned spool_running(const struct spool *s, enum action_kind k) {
        return s->running[k];
}

void spool_start(struct spool *s, struct action *a) {
        assert(!a->running);
        a->tries++;
        spool_set_running(s, a, true);
}

/* retry_min, twice that, four times, ... retry_max */
static usec_t backoff(const struct kind_rules *k, unsigned failures) {
        usec_t wait = k->retry_min;

        for (unsigned i = 1; i < failures && wait < k->retry_max; i++)
                wait *= 2;
        return MIN(wait, k->retry_max);
}

void spool_postpone(struct spool *s, struct action *a, usec_t now) {
        assert(!a->running);
        a->not_before = usec_add(now, backoff(&rules[a->kind], a->tries));
}

void spool_close_gate(struct spool *s, enum action_kind k, usec_t now) {
        s->gates[k].failures++;
        s->gates[k].until = usec_add(now, backoff(&rules[k], s->gates[k].failures));
}

void spool_open_gate(struct spool *s, enum action_kind k) {
        s->gates[k] = (struct gate){};
}

bool spool_hopeless(const struct action *a, usec_t now_realtime) {
        const struct kind_rules *k = &rules[a->kind];

        /* The tries count too, because clocks jump. */
        return a->tries >= k->hopeless_tries &&
                        usec_sub(now_realtime, a->ordered_usec) >= k->hopeless_usec;
}

void spool_hurry(struct spool *s) {
        for (struct action *a = s->actions; a; a = a->hh.next)
                a->not_before = 0;
        for (enum action_kind k = 0; k < _ACTION_KIND_MAX; k++)
                s->gates[k].until = 0;
}
