/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tracker: something that vrrpd wants to know. It has a state, or a number, and tells of a change: to the log,
 * as an event, on the bus. What is looked at, and when, is its kind's: a script that runs by a schedule, a file
 * that is watched, processes that come and go.
 *
 * Owner: the table of struct checkd, by id. */

#include <json-c/json.h>
#include <systemd/sd-event.h>
#include <uthash.h>

#include "checkd/conf.h"
#include "checkd/verdict.h"
#include "common/cleanup.h"
#include "common/macro.h"
#include "common/process.h"
#include "common/usec.h"

struct checkd;
struct global_conf;
struct tracker;

struct tracker_kind {
        enum check_tracker_kind kind;

        /* Start working. One that has a past goes on where that ended; of those that have none this is the
         * @i-th of @n, so that they need not begin all at a time. */
        void (*begin)(struct tracker *t, unsigned i, unsigned n);

        /* Its block (of the kind's struct) in a new configuration. Its state stays; if it looks at something
         * else from now on, that decides at once. */
        void (*reconfigure)(
                        struct tracker *t, const void *conf, const struct global_conf *old_global);

        /* No more news. */
        void (*stop)(struct tracker *t);
        /* It is not tracked any more: end what it has started. May be NULL. */
        void (*end)(struct tracker *t);
        struct tracker *(*free)(struct tracker *t);

        /* What a successor must know beside the state; restore() comes after that. */
        void (*save)(const struct tracker *t, json_object *o);
        void (*restore)(struct tracker *t, json_object *o);
};

/* The beginning of each kind's struct. */
struct tracker {
        const struct tracker_kind *kind;
        struct checkd *checkd; /* owner */
        UT_hash_handle hh;     /* by id */
        char *id;              /* check_tracker_id() */
        char *name;
        char *path; /* of the object on the bus */
        struct conf_pos pos;
        bool begun;

        struct check_verdict verdict;
        int32_t value;                       /* the number in the file; else 0 */
        usec_t interval_usec, timeout_usec;  /* of a script; else 0 */
        usec_t state_since_usec;             /* CLOCK_REALTIME; 0: UNKNOWN */
        char state_reason[PROCESS_TEXT_MAX]; /* what decided the state */
        usec_t last_run_usec;                /* end of the last look, CLOCK_REALTIME; 0: none */
        char last_result[PROCESS_TEXT_MAX];  /* what it said */
        uint64_t runs, failures;             /* since the start of the process */
        char complaint[PROCESS_TEXT_MAX]; /* what was last said to be wrong with the thing itself */
};

/* "script", "file", "process". */
const char *tracker_kind_name(const struct tracker *t);

/* For kinds: fill in the common part and put it into @c's table. -EEXIST: another has its id. */
int tracker_init(struct tracker *t, const struct tracker_kind *kind, struct checkd *c,
                const char *name, const struct conf_pos *pos);
void tracker_done(struct tracker *t);

/* Ends its work and removes it from the table; nobody is told. */
struct tracker *tracker_free(struct tracker *t);
DEFINE_CLEANUP_FUNC(struct tracker *, tracker_free);

struct tracker *tracker_find(const struct checkd *c, const char *id);

/* It was looked at, and this was found. */
void tracker_looked(struct tracker *t, const char *result);
/* Then: it was good or bad. Tells, and saves, what is new. */
void tracker_feed(struct tracker *t, bool good);
/* Then, of a file: its number, and so it is known. */
void tracker_feed_value(struct tracker *t, int32_t value);

/* Say something of it, with its place. */
_printf_(3, 4) void tracker_log(const struct tracker *t, int level, const char *format, ...);

/* Something is wrong with the thing itself, not with what it says: said once, with its place. "": no more. */
void tracker_complain(struct tracker *t, const char *text);
