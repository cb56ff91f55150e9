/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All that one daemon shows at one moment. */

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "ctl/producers.h"

enum snapshot_state {
        SNAPSHOT_RUNNING,
        SNAPSHOT_NOT_RUNNING,   /* the name has no owner */
        SNAPSHOT_NOT_ANSWERING, /* it has, and the owner does not answer */
        SNAPSHOT_UNKNOWN,       /* there is no bus to ask on */
        _SNAPSHOT_STATE_MAX,
};

struct snapshot {
        const struct producer *producer;
        enum snapshot_state state;
        char *why;            /* in words, when it is not RUNNING */
        json_object *daemon;  /* properties of org.mainstay.Daemon1; NULL unless RUNNING */
        json_object *own;     /* properties of the producer's own interface at its root, or NULL */
        json_object *objects; /* { path: { interface: { property: value } } } below it; as above */
};

/* "running", "not running", "not answering", "unknown". */
const char *snapshot_state_to_string(enum snapshot_state s);

/* Ask @p. What it does not say is a state, not an error; negative only without memory. @bus NULL: there
 * is none, for the reason @no_bus. */
int snapshot_take(sd_bus *bus, const char *no_bus, const struct producer *p, struct snapshot *ret);
void snapshot_done(struct snapshot *s);

/* The properties of the objects with @interface, an array sorted by Name; the object path is added as
 * "Path". A new reference, never NULL but for lack of memory. */
json_object *snapshot_list(const struct snapshot *s, const char *interface);
