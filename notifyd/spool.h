/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The spool: what has to be told and has not been told yet, and how far each producer's events have been
 * taken in. It decides what is due; carriers (scripts, mail, FIFOs) do it and say how it went.
 *
 * Actions of one kind about one object form a *lane*: they happen one after the other, in the order of
 * their events; of lines for FIFOs each FIFO has a lane. Lanes are independent. A kind whose far end is in
 * trouble (the mail server does not answer) is *gated*: nothing of it is tried for a while, and then one
 * action first.
 *
 * This is the core: no clock, file, bus or log. It changes by entries (entry.h) and, for what need not
 * survive a restart, by the functions below. Times are CLOCK_BOOTTIME unless said otherwise. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "common/cleanup.h"
#include "common/usec.h"

enum {
        SPOOL_ACTIONS_MAX = 10000, /* then producers have to wait */
        SPOOL_LANE_MAX = 1000,     /* then the lane's oldest waiting action is given up */
        SPOOL_MAILS_MAX = 5000, /* then the oldest waiting mail is: none may keep scripts waiting */
        SPOOL_MAILED_MAX = 20000,
        SPOOL_PRODUCERS_MAX = 16,
};

enum action_kind {
        ACTION_SCRIPT,
        ACTION_MAIL,
        ACTION_FIFO,
        _ACTION_KIND_MAX,
        _ACTION_KIND_INVALID = -1,
};

const char *action_kind_to_string(enum action_kind k);
enum action_kind action_kind_from_string(const char *word);

struct lane;

struct action {
        UT_hash_handle hh; /* in the spool, by id, iterates in the order of ids */
        uint64_t id;
        enum action_kind kind;
        struct lane *lane;
        struct action *prev, *next; /* in the lane */

        char *object;         /* path of what it is about; of the FIFO */
        char *about;          /* and its name */
        usec_t ordered_usec;  /* CLOCK_REALTIME: when the event happened */
        json_object *content; /* what the carrier needs to know */
        json_object *settled; /* recipients who need no further try, or NULL */
        bool began;           /* it is or was in the hands of its carrier */
        bool repeat;          /* it may have happened before: mark it */

        bool running; /* it is, in this process */
        unsigned tries;
        usec_t not_before;
};

struct spool;

struct spool *spool_new(void); /* NULL: no memory */
struct spool *spool_free(struct spool *s);
DEFINE_CLEANUP_FUNC(struct spool *, spool_free);

/* Take in an entry. 0; -EBADMSG for nonsense, -ENOSPC beyond twice the bounds: nothing has changed then. */
int spool_apply(struct spool *s, json_object *entry);

/* After the journal has been read: what began then was interrupted, and is repeated unless its carrier
 * finds it alive. */
void spool_recovered(struct spool *s);

/* Entries that make an equal spool, to @emit one by one; stops at a negative result and returns it. */
int spool_snapshot(const struct spool *s, int (*emit)(json_object *entry, void *userdata),
                void *userdata);

uint64_t spool_next_id(const struct spool *s);
/* How far @producer has been heard; false: never. @ret_generation is borrowed until the next entry. */
bool spool_cursor(const struct spool *s, const char *producer, const char **ret_generation,
                uint64_t *ret_sequence);
/* The state that was last mailed about @object, or NULL. Borrowed until the next entry. */
const char *spool_mailed(const struct spool *s, const char *object);

unsigned spool_pending(const struct spool *s);
unsigned spool_running(const struct spool *s, enum action_kind k);
bool spool_full(const struct spool *s);
usec_t spool_oldest_usec(const struct spool *s); /* CLOCK_REALTIME; 0: nothing pending */
struct action *spool_find(const struct spool *s, uint64_t id);
struct action *spool_actions(const struct spool *s); /* head, by hh */

/* The next action to start, or NULL. */
struct action *spool_due(struct spool *s, usec_t now);
/* When to ask again although nothing happened; USEC_INFINITY: no need. */
usec_t spool_deadline(const struct spool *s);
/* A waiting action of a lane that is too long, or of too many mails, or NULL: to be given up. */
struct action *spool_overflow(const struct spool *s);

/* @a was started (its "began" was taken in), or an interrupted one was found alive. */
void spool_start(struct spool *s, struct action *a);
/* It failed (its "failed" was taken in) and is due again later: each time later. */
void spool_postpone(struct spool *s, struct action *a, usec_t now);
/* The far end of a kind is in trouble, or is well again. */
void spool_close_gate(struct spool *s, enum action_kind k, usec_t now);
void spool_open_gate(struct spool *s, enum action_kind k);

/* Has this been tried for so long that trying again is pointless? */
bool spool_hopeless(const struct action *a, usec_t now_realtime);
/* Try everything at once: something has changed (a reload). */
void spool_hurry(struct spool *s);
