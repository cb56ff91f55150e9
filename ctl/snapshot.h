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
        SNAPSHOT_UNWANTED,      /* its unit is masked, or not installed */
        _SNAPSHOT_STATE_MAX,
};

struct snapshot {
        const struct producer *producer;
        enum snapshot_state state;
        char *why;            /* in words, when it is not RUNNING; NULL: no more is known */
        json_object *daemon;  /* properties of org.mainstay.Daemon1; NULL unless RUNNING */
        json_object *own;     /* properties of the producer's own interface at its root; NULL:
                                 there is none, or the daemon is too old for it */
        json_object *objects; /* { path: { interface: { property: value } } } below it; as above */
};

/* "running", "not running", "not answering", "unknown", "unwanted". */
const char *snapshot_state_to_string(enum snapshot_state s);

/* Ask @p. What it does not say is a state, not an error; negative only without memory. @bus NULL: there
 * is none. */
int snapshot_take(sd_bus *bus, const struct producer *p, struct snapshot *ret);
/* The same for a table for people: where the daemon has a compact answer, with no more than is in that. */
int snapshot_take_summary(sd_bus *bus, const struct producer *p, struct snapshot *ret);
void snapshot_done(struct snapshot *s);

/* Let the service manager say more about a daemon that is not running, or of which nothing is known. */
void snapshot_explain(struct snapshot *s, sd_bus *manager);

/* The properties of the objects with @interface, an array sorted by Name; the object path is added as
 * "Path". A new reference, never NULL but for lack of memory. */
json_object *snapshot_list(const struct snapshot *s, const char *interface);
