/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A mirror: the local copy of another daemon's object tree, kept up to date by its signals.
 *
 * It subscribes first and then asks for a snapshot (GetManagedObjects), so nothing falls between. It
 * follows the owner's unique name: signals of anybody else, or directed at us, are dropped, and so is
 * a snapshot whose sender is not the owner any more. When the owner vanishes, what was known is kept
 * and is *stale* since then; when a new owner shows a tree, that becomes the truth: what changed is
 * told as changed, and an object that is not (yet) shown stays known and is marked absent; it is never
 * reported as bad news.
 *
 * All calls are asynchronous; nothing here waits for the bus. */

#include <json-c/json.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct mirror;

/* Callbacks; any may be NULL. Values are JSON: strings, integers, booleans, arrays, {}-objects for
 * dictionaries, arrays for structs. Everything passed is borrowed for the call. */
struct mirror_ops {
        /* @properties has all known properties of @interface at @path, @changed those that are new or
         * different now (all of them when the object was unknown before). */
        void (*changed)(struct mirror *m, const char *path, const char *interface,
                        json_object *properties, json_object *changed, void *userdata);
        /* The producer removed the object, or a new snapshot lacks it. */
        void (*removed)(struct mirror *m, const char *path, const char *interface, void *userdata);
        /* A snapshot has been taken in; everything of it was told by changed/removed before. */
        void (*synced)(struct mirror *m, void *userdata);
        /* The producer has no owner any more; the state is kept. */
        void (*lost)(struct mirror *m, void *userdata);
};

/* Mirror the tree below @root of @bus_name. The strings and @ops are borrowed for the mirror's life. */
int mirror_new(sd_event *event, const char *bus_name, const char *root,
                const struct mirror_ops *ops, void *userdata, struct mirror **ret);
struct mirror *mirror_free(struct mirror *m);
DEFINE_CLEANUP_FUNC(struct mirror *, mirror_free);

/* Use this connection from now on (a new one after the bus came back), or none (NULL: it went away). */
int mirror_attach(struct mirror *m, sd_bus *bus);

bool mirror_synced(const struct mirror *m);
/* CLOCK_BOOTTIME usec since when the copy is stale; USEC_INFINITY: it is not. */
usec_t mirror_stale_since(const struct mirror *m);
/* Known properties, borrowed, or NULL. */
json_object *mirror_get(const struct mirror *m, const char *path, const char *interface);
/* Everything: { path: { interface: { property: value } } }, borrowed. */
json_object *mirror_objects(const struct mirror *m);
const char *mirror_bus_name(const struct mirror *m);
