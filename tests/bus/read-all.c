/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stranger in another library: read every object of a service with libdbus, the reference
 * implementation, and print a line for each property: PATH INTERFACE PROPERTY SIGNATURE VALUE.
 *
 *     read-all NAME ROOT
 *
 * Values of containers are in brackets. The exit status is 1, with the error's name, when something
 * cannot be read. */

#include <dbus/dbus.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MSEC 5000

static void print_value(DBusMessageIter *i);

static void fail(const DBusError *error) {
        (void) fprintf(stderr, "%s: %s\n", error->name, error->message);
        exit(EXIT_FAILURE);
}

/* Call a method of the object @path, with up to one string, and return the reply. */
static DBusMessage *call(DBusConnection *bus, const char *name, const char *path,
                const char *interface, const char *member, const char *arg) {
        DBusMessage *m = dbus_message_new_method_call(name, path, interface, member), *reply;
        DBusError error = DBUS_ERROR_INIT;

        dbus_message_set_auto_start(m, FALSE);
        if (arg)
                dbus_message_append_args(m, DBUS_TYPE_STRING, &arg, DBUS_TYPE_INVALID);
        reply = dbus_connection_send_with_reply_and_block(bus, m, TIMEOUT_MSEC, &error);
        if (!reply)
                fail(&error);
        dbus_message_unref(m);
        return reply;
}

static void print_elements(DBusMessageIter *container) {
        DBusMessageIter i;

        dbus_message_iter_recurse(container, &i);
        (void) putchar('[');
        for (int n = 0; dbus_message_iter_get_arg_type(&i) != DBUS_TYPE_INVALID; n++) {
                if (n > 0)
                        (void) putchar(' ');
                print_value(&i);
                dbus_message_iter_next(&i);
        }
        (void) putchar(']');
}

static void print_value(DBusMessageIter *i) {
        DBusBasicValue v;

        switch (dbus_message_iter_get_arg_type(i)) {
        case DBUS_TYPE_ARRAY:
        case DBUS_TYPE_STRUCT:
        case DBUS_TYPE_DICT_ENTRY:
        case DBUS_TYPE_VARIANT: print_elements(i); return;
        }

        dbus_message_iter_get_basic(i, &v);
        switch (dbus_message_iter_get_arg_type(i)) {
        case DBUS_TYPE_STRING:
        case DBUS_TYPE_OBJECT_PATH: printf("'%s'", v.str); return;
        case DBUS_TYPE_BOOLEAN: printf("%s", v.bool_val ? "true" : "false"); return;
        case DBUS_TYPE_BYTE: printf("%u", v.byt); return;
        case DBUS_TYPE_INT32: printf("%" PRId32, v.i32); return;
        case DBUS_TYPE_UINT32: printf("%" PRIu32, v.u32); return;
        case DBUS_TYPE_INT64: printf("%" PRId64, (int64_t) v.i64); return;
        case DBUS_TYPE_UINT64: printf("%" PRIu64, (uint64_t) v.u64); return;
        }
        (void) fprintf(stderr, "a type that no property of Mainstay has: %c\n",
                        dbus_message_iter_get_arg_type(i));
        exit(EXIT_FAILURE);
}

/* The a{sv} at @properties. */
static void print_properties(const char *path, const char *interface, DBusMessageIter *properties) {
        DBusMessageIter i, entry, value;

        dbus_message_iter_recurse(properties, &i);
        for (; dbus_message_iter_get_arg_type(&i) != DBUS_TYPE_INVALID;
                        dbus_message_iter_next(&i)) {
                const char *name;
                char *signature;

                dbus_message_iter_recurse(&i, &entry);
                dbus_message_iter_get_basic(&entry, &name);
                dbus_message_iter_next(&entry);
                dbus_message_iter_recurse(&entry, &value);
                signature = dbus_message_iter_get_signature(&value);
                printf("%s %s %s %s ", path, interface, name, signature);
                print_value(&value);
                (void) putchar('\n');
                dbus_free(signature);
        }
}

/* The a{sa{sv}} at @interfaces. */
static void print_object(const char *path, DBusMessageIter *interfaces) {
        DBusMessageIter i, entry;

        dbus_message_iter_recurse(interfaces, &i);
        for (; dbus_message_iter_get_arg_type(&i) != DBUS_TYPE_INVALID;
                        dbus_message_iter_next(&i)) {
                const char *interface;

                dbus_message_iter_recurse(&i, &entry);
                dbus_message_iter_get_basic(&entry, &interface);
                dbus_message_iter_next(&entry);
                print_properties(path, interface, &entry);
        }
}

static void print_objects(DBusConnection *bus, const char *name, const char *root) {
        DBusMessage *reply = call(bus, name, root, "org.freedesktop.DBus.ObjectManager",
                        "GetManagedObjects", NULL);
        DBusMessageIter i, objects, entry;

        if (strcmp(dbus_message_get_signature(reply), "a{oa{sa{sv}}}") != 0) {
                (void) fprintf(stderr, "GetManagedObjects answers %s\n",
                                dbus_message_get_signature(reply));
                exit(EXIT_FAILURE);
        }
        dbus_message_iter_init(reply, &i);
        dbus_message_iter_recurse(&i, &objects);
        while (dbus_message_iter_get_arg_type(&objects) != DBUS_TYPE_INVALID) {
                const char *path;

                dbus_message_iter_recurse(&objects, &entry);
                dbus_message_iter_get_basic(&entry, &path);
                dbus_message_iter_next(&entry);
                print_object(path, &entry);
                dbus_message_iter_next(&objects);
        }
        dbus_message_unref(reply);
}

static void print_daemon(DBusConnection *bus, const char *name, const char *root) {
        static const char interface[] = "org.mainstay.Daemon1";
        DBusMessage *reply = call(
                        bus, name, root, "org.freedesktop.DBus.Properties", "GetAll", interface);
        DBusMessageIter i;

        dbus_message_iter_init(reply, &i);
        print_properties(root, interface, &i);
        dbus_message_unref(reply);
}

int main(int argc, char **argv) {
        DBusError error = DBUS_ERROR_INIT;
        DBusConnection *bus;

        if (argc != 3) {
                (void) fprintf(stderr, "usage: %s NAME ROOT\n", argv[0]);
                return 2;
        }
        bus = dbus_bus_get_private(DBUS_BUS_SYSTEM, &error);
        if (!bus)
                fail(&error);

        print_daemon(bus, argv[1], argv[2]);
        print_objects(bus, argv[1], argv[2]);

        dbus_connection_close(bus);
        dbus_connection_unref(bus);
        return 0;
}
