/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What notifyd is told: every transition once, numbered.
 *
 * A producer appends an event before it acts on it. Events are kept in the runtime directory, one JSON
 * line each, so that they and the numbering survive the producer's restart and its death; the last
 * EVENT_LOG_KEEP are kept. The numbering belongs to a *generation*, a random id made when the file is
 * begun (first start after boot or stop): a reader that knows another generation reads from 1. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/usec.h"

#define EVENT_LOG_KEEP 4096U

enum {
        /* Outcome of event_log_open(): the file had been damaged elsewhere than in its last line, or is
         * of a kind that we do not know. It was put aside as PATH.bad and a new generation begun. */
        EVENT_LOG_REPLACED = 1,
};

struct event_log;

struct event {
        uint64_t sequence; /* from 1, without gaps */
        usec_t realtime_usec;
        const char *type;        /* such as "instance-state"; listed in the XML of the producer */
        const char *object_path; /* of the object it is about */
        json_object *data;       /* strings, integers, booleans by key; borrowed; never NULL */
};

/* Read or begin the log in @path. A torn last line (the producer died while writing) is dropped.
 * Returns 0, EVENT_LOG_REPLACED, or -errno. */
int event_log_open(const char *path, struct event_log **ret);
struct event_log *event_log_free(struct event_log *l);
DEFINE_CLEANUP_FUNC(struct event_log *, event_log_free);

const char *event_log_generation(const struct event_log *l);
uint64_t event_log_last(const struct event_log *l); /* sequence of the newest, 0: none yet */

/* Append without saving: many events cost one write, by event_log_save(). -ENOMEM: nothing happened. */
int event_log_add(struct event_log *l, const char *type, const char *object_path, json_object *data,
                usec_t realtime_usec);

/* Put into the file what is not there yet. On -errno (no space) those events are in memory all the same: they are
 * told, but would not survive a crash; the next save tries again. */
int event_log_save(struct event_log *l);

/* Add and save. @data (may be NULL) stays the caller's. It is in the file when this returns 0;
 * errors are those of the two, and
 * after one of saving *ret is set all the same. @ret may be NULL; *ret is valid until the next call on the log. */
int event_log_append(struct event_log *l, const char *type, const char *object_path,
                json_object *data, usec_t realtime_usec, const struct event **ret);

/* The oldest kept event with sequence > @after, or NULL. Valid until the next call on the log. */
const struct event *event_log_next(struct event_log *l, uint64_t after);

/* Is something missing between number @after of @generation and the first event that is told to who
 * asks for what follows it? That is: the next one is no longer kept; or, when @generation is not the
 * current one and so the telling starts at 1, number 1 is not; or @after was never given out (the
 * events up to it could not be saved before a crash). */
bool event_log_truncated(const struct event_log *l, const char *generation, uint64_t after);
