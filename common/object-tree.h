/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A copy of the objects that another daemon shows, as JSON: { path: { interface: { property: value } } }.
 * It is told what is shown now and tells what is different; it knows nothing of the bus. */

#include <json-c/json.h>
#include <stdbool.h>

#include "common/cleanup.h"

/* More objects than this are not taken in. */
#define OBJECT_TREE_MAX 32768

struct object_tree;

struct object_tree_ops {
        /* @properties are all that is known of the interface, @changed those that differ (all of them
         * when it was unknown). Both borrowed for the call. */
        void (*changed)(const char *path, const char *interface, json_object *properties,
                        json_object *changed, void *userdata);
        void (*removed)(const char *path, const char *interface, void *userdata);
};

/* The objects below @root; that one itself does not belong. All but @ret borrowed for its life. */
int object_tree_new(const char *root, const struct object_tree_ops *ops, void *userdata,
                struct object_tree **ret);
struct object_tree *object_tree_free(struct object_tree *t);
DEFINE_CLEANUP_FUNC(struct object_tree *, object_tree_free);

/* @objects is the whole tree: what is not in it is removed. -E2BIG: larger than OBJECT_TREE_MAX, and
 * nothing has been taken in; -ENOMEM: a part has. */
int object_tree_replace(struct object_tree *t, json_object *objects);

/* The object at @path has @interfaces, each with all its properties, besides what it has. */
int object_tree_add(struct object_tree *t, const char *path, json_object *interfaces);
void object_tree_remove(struct object_tree *t, const char *path, const char *interface);

/* These @properties of @interface have these values. -ENOENT: nobody has shown it. */
int object_tree_change(struct object_tree *t, const char *path, const char *interface,
                json_object *properties);

/* Is this something that the tree would take in? Not the standard interfaces of every object. */
bool object_tree_wants(const struct object_tree *t, const char *path, const char *interface);

json_object *object_tree_get(const struct object_tree *t, const char *path, const char *interface);
json_object *object_tree_objects(const struct object_tree *t);
