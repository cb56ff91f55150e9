/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All objects of one kind on the bus: where they are, how one is found by its path, which there are. One vtable
 * serves them all, however many there are (sd_bus_add_fallback_vtable(3)); nothing is registered for each.
 *
 * An object is at PREFIX/LABEL, or, within one of another table, at PREFIX/LABEL/INNER/LABEL. */

#include <systemd/sd-bus.h>

struct bus_table {
        const char *prefix;          /* "/org/mainstay/ipvs1/service" */
        const char *inner;           /* "server"; NULL: objects are directly below the prefix */
        const char *interface;       /* "org.mainstay.Ipvs1.Server" */
        const sd_bus_vtable *vtable; /* of functions that get the object */

        /* The object called @name, or with an inner part @inner_name of it; NULL: there is none. */
        void *(*find)(const void *owner, const char *name, const char *inner_name);
        /* The object after @object, or with NULL the first; NULL: that was all. */
        void *(*next)(const void *owner, const void *object);
        const char *(*path)(const void *object);
};

/* Show them on @bus. @owner outlives the connection. */
int bus_table_export(const struct bus_table *t, sd_bus *bus, void *owner);

/* The path of an object, a new string; @inner_name is NULL where the table has no inner part. */
int bus_table_path(const struct bus_table *t, const char *name, const char *inner_name, char **ret);

/* The object at @path, or NULL. */
void *bus_table_find(const struct bus_table *t, const void *owner, const char *path);

/* The object that @m is for, once more: while its sender's right was asked for it may have gone, and then NULL is
 * returned and @ret_error says so. */
void *bus_table_find_again(const struct bus_table *t, const void *owner, sd_bus_message *m,
                sd_bus_error *ret_error);
