/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/bus-table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* What the callbacks of a slot get; it goes with the slot. */
struct shown {
        const struct bus_table *table;
        void *owner;
};

static char **paths_free(char **paths) {
        for (char **p = paths; p && *p; p++)
                free(*p);
        free(paths);
        return NULL;
}
DEFINE_CLEANUP_FUNC(char **, paths_free);

/* PREFIX/LABEL/INNER, below which objects of one object are. */
static int inner_prefix(const struct bus_table *t, const char *name, char **ret) {
        _cleanup_free_ char *outer = NULL;
        int r;

        r = sd_bus_path_encode(t->prefix, name, &outer);
        if (r < 0)
                return r;
        return asprintf(ret, "%s/%s", outer, t->inner) < 0 ? -ENOMEM : 0;
}

int bus_table_path(
                const struct bus_table *t, const char *name, const char *inner_name, char **ret) {
        _cleanup_free_ char *prefix = NULL;
        int r;

        if (!t->inner)
                return sd_bus_path_encode(t->prefix, name, ret);
        r = inner_prefix(t, name, &prefix);
        return r < 0 ? r : sd_bus_path_encode(prefix, inner_name, ret);
}

void *bus_table_find(const struct bus_table *t, const void *owner, const char *path) {
        _cleanup_free_ char *name = NULL, *inner_name = NULL, *pattern = NULL;
        int n;

        n = t->inner ? asprintf(&pattern, "%s/%%/%s/%%", t->prefix, t->inner)
                     : asprintf(&pattern, "%s/%%", t->prefix);
        if (n < 0) {
                pattern = NULL;
                return NULL;
        }
        if (sd_bus_path_decode_many(path, pattern, &name, &inner_name) <= 0)
                return NULL;
        return t->find(owner, name, inner_name);
}

void *bus_table_find_again(const struct bus_table *t, const void *owner, sd_bus_message *m,
                sd_bus_error *ret_error) {
        const char *path = sd_bus_message_get_path(m);
        void *found = bus_table_find(t, owner, path);

        if (!found)
                (void) sd_bus_error_setf(
                                ret_error, SD_BUS_ERROR_UNKNOWN_OBJECT, "%s is gone", path);
        return found;
}

static int on_find(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        const struct shown *s = userdata;

        *ret_found = bus_table_find(s->table, s->owner, path);
        return *ret_found ? 1 : 0;
}

static size_t count(const struct shown *s) {
        size_t n = 0;

        for (void *o = s->table->next(s->owner, NULL); o; o = s->table->next(s->owner, o))
                n++;
        return n;
}

static int on_enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                sd_bus_error *ret_error) {
        const struct shown *s = userdata;
        _cleanup_(paths_freep) char **paths = calloc(count(s) + 1, sizeof(*paths));
        char **next = paths;

        if (!paths)
                return -ENOMEM;
        for (void *o = s->table->next(s->owner, NULL); o; o = s->table->next(s->owner, o)) {
                *next = strdup(s->table->path(o));
                if (!*next++)
                        return -ENOMEM;
        }
        *ret_nodes = TAKE_PTR(paths);
        return 0;
}

/* The slot, and with it what its callbacks get, is the connection's. */
static void leave_to_bus(sd_bus_slot *slot) {
        (void) sd_bus_slot_set_destroy_callback(slot, free);
        (void) sd_bus_slot_set_floating(slot, 1);
        sd_bus_slot_unref(slot);
}

static struct shown *shown_new(const struct bus_table *t, void *owner) {
        struct shown *s = malloc(sizeof(*s));

        if (s)
                *s = (struct shown){ .table = t, .owner = owner };
        return s;
}

int bus_table_export(const struct bus_table *t, sd_bus *bus, void *owner) {
        _cleanup_free_ struct shown *finder = shown_new(t, owner), *lister = shown_new(t, owner);
        sd_bus_slot *slot = NULL;
        int r;

        if (!finder || !lister)
                return -ENOMEM;
        r = sd_bus_add_fallback_vtable(
                        bus, &slot, t->prefix, t->interface, t->vtable, on_find, finder);
        if (r < 0)
                return r;
        leave_to_bus(slot);
        (void) TAKE_PTR(finder);
        r = sd_bus_add_node_enumerator(bus, &slot, t->prefix, on_enumerate, lister);
        if (r < 0)
                return r;
        leave_to_bus(slot);
        (void) TAKE_PTR(lister);
        return 0;
}
