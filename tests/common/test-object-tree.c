/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the mirror tells is tested with the mirror; here is what a bus would make slow. */

#include "common/object-tree.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "common/json.h"

#define ROOT "/org/mainstay/test1"
#define IFACE "org.mainstay.Test1.Thing"

static unsigned n_changed, n_removed;

static void on_changed(const char *path, const char *interface, json_object *properties,
                json_object *changed, void *userdata) {
        n_changed++;
}

static void on_removed(const char *path, const char *interface, void *userdata) {
        n_removed++;
}

static const struct object_tree_ops ops = { .changed = on_changed, .removed = on_removed };

static void add_to(json_object *objects, unsigned i) {
        json_object *object = json_object_new_object(), *properties = json_object_new_object();
        char path[64];

        (void) snprintf(path, sizeof(path), ROOT "/n%u", i);
        json_object_object_add(properties, "N", json_object_new_int64(i));
        json_object_object_add(object, IFACE, properties);
        json_object_object_add(objects, path, object);
}

static json_object *many(unsigned n) {
        json_object *objects = json_object_new_object();

        for (unsigned i = 0; i < n; i++)
                add_to(objects, i);
        return objects;
}

static struct object_tree *tree_of(unsigned n) {
        _cleanup_(json_object_putp) json_object *objects = many(n);
        struct object_tree *t = NULL;

        cr_assert_eq(object_tree_new(ROOT, &ops, NULL, &t), 0);
        cr_assert_eq(object_tree_replace(t, objects), 0);
        return t;
}

Test(object_tree, it_is_full_at_its_limit_and_what_is_known_still_changes) {
        _cleanup_(object_tree_freep) struct object_tree *t = tree_of(OBJECT_TREE_MAX);
        _cleanup_(json_object_putp) json_object *one =
                        json_tokener_parse("{\"" IFACE "\":{\"N\":7}}");

        cr_expect_eq(n_changed, OBJECT_TREE_MAX);
        cr_expect_eq(object_tree_add(t, ROOT "/over", one), -E2BIG);
        cr_expect_null(object_tree_get(t, ROOT "/over", IFACE));
        cr_expect_eq(object_tree_add(t, ROOT "/n0", one), 0);
        cr_expect_eq(json_get_uint64(object_tree_get(t, ROOT "/n0", IFACE), "N"), 7);

        object_tree_remove(t, ROOT "/n1", IFACE);
        cr_expect_eq(object_tree_add(t, ROOT "/over", one), 0);
        cr_expect_not_null(object_tree_get(t, ROOT "/over", IFACE));
}

Test(object_tree, a_larger_snapshot_changes_nothing) {
        _cleanup_(object_tree_freep) struct object_tree *t = tree_of(2);
        _cleanup_(json_object_putp) json_object *objects = many(OBJECT_TREE_MAX + 1);

        cr_expect_eq(object_tree_replace(t, objects), -E2BIG);
        cr_expect_eq(json_object_object_length(object_tree_objects(t)), 2);
        cr_expect_eq(n_changed, 2);
        cr_expect_eq(n_removed, 0);
}

Test(object_tree, the_same_snapshot_again_tells_nothing) {
        _cleanup_(object_tree_freep) struct object_tree *t = tree_of(10000);
        _cleanup_(json_object_putp) json_object *objects = many(10000);

        n_changed = 0;
        cr_expect_eq(object_tree_replace(t, objects), 0);
        cr_expect_eq(n_changed, 0);
        cr_expect_eq(n_removed, 0);
}

Test(object_tree, a_snapshot_of_nothing_removes_all) {
        _cleanup_(object_tree_freep) struct object_tree *t = tree_of(100);
        _cleanup_(json_object_putp) json_object *objects = many(0);

        cr_expect_eq(object_tree_replace(t, objects), 0);
        cr_expect_eq(n_removed, 100);
        cr_expect_eq(json_object_object_length(object_tree_objects(t)), 0);
}

Test(object_tree, what_nobody_has_shown_cannot_change) {
        _cleanup_(object_tree_freep) struct object_tree *t = tree_of(1);
        _cleanup_(json_object_putp) json_object *properties = json_tokener_parse("{\"N\":1}");

        cr_expect_eq(object_tree_change(t, ROOT "/other", IFACE, properties), -ENOENT);
        cr_expect_eq(n_changed, 1);
}
