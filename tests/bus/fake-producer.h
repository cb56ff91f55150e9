/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A producer of events for tests: a connection with a name, a real event log, EventsSince and the Event
 * signal, and knobs for what a producer should not do. */

#include <json-c/json.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "common/event-log.h"

struct fake_producer {
        sd_bus *bus; /* borrowed */
        const char *root;
        struct event_log *events; /* borrowed: it outlives a "restart" */
        unsigned calls;           /* of EventsSince */
        unsigned page;            /* events a reply, 500 */
        unsigned failing;         /* so many calls get an error */
        bool mute;                /* record, do not signal */
        bool hold;                /* answer EventsSince only when told to */
        sd_bus_message *held;     /* the call that is not answered yet */
};

/* Export at @root and take @name. */
void fake_producer_start(struct fake_producer *p, sd_bus *bus, const char *name, const char *root,
                struct event_log *events);

/* Answer the call that is held. */
void fake_producer_release(struct fake_producer *p);

/* Record an event with a `number`, its sequence, as data, and signal it. */
void fake_producer_emit(struct fake_producer *p, const char *type, const char *object);
/* Signal something, recorded or not, to everybody or (@destination) to one. */
void fake_producer_signal(sd_bus *bus, const char *root, const char *generation, uint64_t sequence,
                const char *type, const char *destination);
