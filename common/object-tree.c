/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/object-tree.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"

struct object_tree {
        const char *root; /* borrowed, as are the next two */
        const struct object_tree_ops *ops;
        void *userdata;
        json_object *objects;
};

static json_object *lookup(json_object *dict, const char *key) {
        json_object *value = NULL;

        return json_object_object_get_ex(dict, key, &value) ? value : NULL;
}

/* Put a new reference to @value (NULL is JSON's null) into @dict. */
static int dict_set(json_object *dict, const char *key, json_object *value) {
        if (json_object_object_add(dict, key, json_object_get(value)) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

bool object_tree_wants(const struct object_tree *t, const char *path, const char *interface) {
        static const char standard[] = "org.freedesktop.DBus.";
        size_t n = strlen(t->root);

        return strncmp(path, t->root, n) == 0 && path[n] == '/' &&
                        strncmp(interface, standard, strlen(standard)) != 0;
}

/* ---- one interface ---- */

/* Take the values of @properties over into @known, and what differs also into @changed. */
static int merge(json_object *known, json_object *properties, json_object *changed) {
        int r;

        json_object_object_foreach(properties, name, value) {
                json_object *old;

                if (json_object_object_get_ex(known, name, &old) && json_object_equal(old, value))
                        continue;
                r = dict_set(known, name, value);
                if (r < 0)
                        return r;
                r = dict_set(changed, name, value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int update(struct object_tree *t, const char *path, const char *interface,
                json_object *known, json_object *properties) {
        _cleanup_(json_object_putp) json_object *changed = json_object_new_object();
        int r;

        if (!changed)
                return -ENOMEM;
        r = merge(known, properties, changed);
        if (r < 0)
                return r;
        if (json_object_object_length(changed) > 0)
                t->ops->changed(path, interface, known, changed, t->userdata);
        return 0;
}

/* Forget what a (newer or older) producer does not have. */
static void prune(json_object *known, json_object *properties) {
        json_object_object_foreach(known, name, value) {
                (void) value;
                if (!json_object_object_get_ex(properties, name, NULL))
                        json_object_object_del(known, name);
        }
}

static int insert(struct object_tree *t, const char *path, const char *interface,
                json_object *properties) {
        json_object *object = lookup(t->objects, path);
        int r;

        if (!object) {
                if (json_object_object_length(t->objects) >= OBJECT_TREE_MAX)
                        return -E2BIG;
                object = json_object_new_object();
                if (!object || json_object_object_add(t->objects, path, object) < 0) {
                        json_object_put(object);
                        return -ENOMEM;
                }
        }

        r = dict_set(object, interface, properties);
        if (r < 0)
                return r;
        t->ops->changed(path, interface, properties, properties, t->userdata);
        return 0;
}

int object_tree_change(struct object_tree *t, const char *path, const char *interface,
                json_object *properties) {
        json_object *known = object_tree_get(t, path, interface);

        return known ? update(t, path, interface, known, properties) : -ENOENT;
}

void object_tree_remove(struct object_tree *t, const char *path, const char *interface) {
        json_object *object = lookup(t->objects, path);

        if (!object || !json_object_object_get_ex(object, interface, NULL))
                return;

        json_object_object_del(object, interface);
        if (json_object_object_length(object) == 0)
                json_object_object_del(t->objects, path);
        t->ops->removed(path, interface, t->userdata);
}

/* ---- one object ---- */

int object_tree_add(struct object_tree *t, const char *path, json_object *interfaces) {
        int r;

        json_object_object_foreach(interfaces, interface, properties) {
                json_object *known;

                if (!object_tree_wants(t, path, interface))
                        continue;

                known = object_tree_get(t, path, interface);
                if (known)
                        prune(known, properties);
                r = known ? update(t, path, interface, known, properties)
                          : insert(t, path, interface, properties);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Remove the interfaces of the object at @path that @shown (NULL: none) does not have. */
static void remove_unshown(
                struct object_tree *t, const char *path, json_object *object, json_object *shown) {
        _cleanup_(json_object_putp) json_object *held = json_object_get(object);

        json_object_object_foreach(held, interface, properties) {
                _cleanup_free_ char *name = NULL;

                (void) properties;
                if (shown && json_object_object_get_ex(shown, interface, NULL))
                        continue;
                name = strdup(interface); /* the key dies with its entry */
                if (name)
                        object_tree_remove(t, path, name);
        }
}

/* ---- all of them ---- */

int object_tree_replace(struct object_tree *t, json_object *objects) {
        int r;

        if (json_object_object_length(objects) > OBJECT_TREE_MAX)
                return -E2BIG;

        json_object_object_foreach(t->objects, known_path, known) {
                _cleanup_free_ char *path = strdup(known_path);

                if (!path)
                        return -ENOMEM;
                remove_unshown(t, path, known, lookup(objects, path));
        }

        json_object_object_foreach(objects, shown_path, interfaces) {
                r = object_tree_add(t, shown_path, interfaces);
                if (r < 0)
                        return r;
        }
        return 0;
}

json_object *object_tree_get(const struct object_tree *t, const char *path, const char *interface) {
        json_object *object = lookup(t->objects, path);

        return object ? lookup(object, interface) : NULL;
}

json_object *object_tree_objects(const struct object_tree *t) {
        return t->objects;
}

int object_tree_new(const char *root, const struct object_tree_ops *ops, void *userdata,
                struct object_tree **ret) {
        _cleanup_(object_tree_freep) struct object_tree *t = malloc(sizeof(*t));

        if (!t)
                return -ENOMEM;
        *t = (struct object_tree){
                .root = root,
                .ops = ops,
                .userdata = userdata,
                .objects = json_object_new_object(),
        };
        if (!t->objects)
                return -ENOMEM;

        *ret = TAKE_PTR(t);
        return 0;
}

struct object_tree *object_tree_free(struct object_tree *t) {
        if (!t)
                return NULL;

        json_object_put(t->objects);
        free(t);
        return NULL;
}
