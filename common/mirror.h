/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A mirror: the local copy of another daemon's object tree, kept up to date by its signals.
 *
 * It subscribes first and then asks for a snapshot (GetManagedObjects): D-Bus keeps order per sender,
 * so nothing falls between. It follows the owner's unique name: signals of anybody else, or directed
 * at us, are dropped, and so is a snapshot whose sender is not the owner any more. When the owner
 * vanishes, what was known is kept and is *stale* since then; when an owner shows a tree, that becomes
 * the truth, and only what differs is told. An object that is not shown (any more) is *unknown*, which
 * is never bad news: the consumer's own last word on it stands.
 *
 * All calls are asynchronous and start nobody; nothing here waits for the bus. Nothing is logged. */

#include <json-c/json.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct mirror;

/* Callbacks; any may be NULL. They may ask the mirror but not attach or free it. Values are JSON, as
 * common/bus-json.h makes it. Everything passed is borrowed for the call. */
struct mirror_ops {
        /* @properties has all known properties of @interface at @path, @changed those that are new or
         * different now (all of them when the object was unknown before). */
        void (*changed)(struct mirror *m, const char *path, const char *interface,
                        json_object *properties, json_object *changed, void *userdata);
        /* The interface is not shown any more: removed, or missing in a new snapshot. It has left the
         * copy; what it was last said to be may be kept by the consumer. */
        void (*removed)(struct mirror *m, const char *path, const char *interface, void *userdata);
        /* A snapshot has been taken in; everything of it was told by changed/removed before. */
        void (*synced)(struct mirror *m, void *userdata);
        /* Nobody is followed any more (the name has no owner, or the bus went away) or somebody else
         * is, who will be synced; the copy is kept and stale. */
        void (*lost)(struct mirror *m, void *userdata);
};

/* Mirror the tree below @root of @bus_name; the object at @root itself is not part of it, nor are more
 * than OBJECT_TREE_MAX objects. @bus_name, @root and @ops are borrowed for the mirror's life. It is
 * attached to no bus and stale. */
int mirror_new(sd_event *event, const char *bus_name, const char *root,
                const struct mirror_ops *ops, void *userdata, struct mirror **ret);
struct mirror *mirror_free(struct mirror *m);
DEFINE_CLEANUP_FUNC(struct mirror *, mirror_free);

/* Use this connection from now on (a new one after the bus came back), or none (NULL: it went away).
 * Returns 0, or -errno when the connection cannot be used; the mirror then has none. */
int mirror_attach(struct mirror *m, sd_bus *bus);

/* Does the copy show what the producer shows now? */
bool mirror_synced(const struct mirror *m);
/* CLOCK_BOOTTIME usec since when it does not (made or lost); USEC_INFINITY while it does. */
usec_t mirror_stale_since(const struct mirror *m);
/* Known properties, borrowed, or NULL. */
json_object *mirror_get(const struct mirror *m, const char *path, const char *interface);
/* Everything: { path: { interface: { property: value } } }, borrowed. */
json_object *mirror_objects(const struct mirror *m);
const char *mirror_bus_name(const struct mirror *m);
