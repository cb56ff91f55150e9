/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The reading end of another daemon's event log: every event once, in order, whatever restarts.
 *
 * The reader keeps a cursor (generation, sequence). On each (re)appearance of the producer, and on any
 * gap, the feed calls EventsSince from the cursor; in between it follows the Event signal, of the
 * name's owner only. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct event_feed;

struct event_feed_event {
        const char *generation;
        uint64_t sequence;
        usec_t realtime_usec;
        const char *type;
        const char *object_path;
        json_object *data; /* a dictionary, never NULL; borrowed as everything here */
};

/* Callbacks; they may pause the feed, but not attach or free it. */
struct event_feed_ops {
        /* One event; the cursor has moved when this returns. */
        void (*event)(struct event_feed *f, const struct event_feed_event *e, void *userdata);
        /* Events were lost: the producer no longer keeps what follows the cursor. May be NULL. */
        void (*truncated)(struct event_feed *f, void *userdata);
        /* Everything up to now has been told; what follows is live. May be NULL. */
        void (*caught_up)(struct event_feed *f, void *userdata);
        /* The producer went away (the cursor stays). May be NULL. */
        void (*lost)(struct event_feed *f, void *userdata);
};

/* Follow @bus_name's log at @root from the cursor (@generation, @sequence); NULL, 0: from the start.
 * @bus_name and @root are borrowed for the feed's life. It is on no connection yet. */
int event_feed_new(const char *bus_name, const char *root, const char *generation,
                uint64_t sequence, const struct event_feed_ops *ops, void *userdata,
                struct event_feed **ret);
struct event_feed *event_feed_free(struct event_feed *f);
DEFINE_CLEANUP_FUNC(struct event_feed *, event_feed_free);

/* Use this connection, which has a loop attached, from now on (a new one after the bus came back), or
 * none (NULL: it went away). Returns 0 or -errno; the feed then has none. */
int event_feed_attach(struct event_feed *f, sd_bus *bus);

/* Take no more events for now: the reader has no room. They wait with the producer. */
void event_feed_pause(struct event_feed *f);
void event_feed_resume(struct event_feed *f);

const char *event_feed_bus_name(const struct event_feed *f);
