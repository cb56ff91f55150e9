/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints what Introspect says of an object with each interface of the table, as one JSON object
 * { interface: xml }. */

#include "tests/bus/introspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/json.h"

#define OBJECT "/object"

static void check(int r, const char *what) {
        if (r >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-r));
        exit(EXIT_FAILURE);
}

static void drive(sd_bus *bus) {
        int r;

        do {
                r = sd_bus_process(bus, NULL);
                check(r, "process");
        } while (r > 0);
}

static sd_bus *new_end(int fd) {
        sd_bus *bus = NULL;

        check(sd_bus_new(&bus), "new");
        check(sd_bus_set_fd(bus, fd, fd), "set_fd");
        return bus;
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        char **xml = userdata;
        const char *text;

        check(-sd_bus_message_get_errno(m), "Introspect");
        check(sd_bus_message_read(m, "s", &text), "read");
        *xml = strdup(text);
        return 0;
}

static char *introspect(const struct introspect_entry *e) {
        sd_bus *server, *client;
        char *xml = NULL;
        int fds[2];

        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                        "socketpair");
        server = new_end(fds[0]);
        client = new_end(fds[1]);
        check(sd_bus_set_server(server, 1, (sd_id128_t){}), "set_server");
        check(sd_bus_add_object_vtable(server, NULL, OBJECT, e->interface, e->vtable(), NULL),
                        e->interface);
        check(sd_bus_start(server), "start");
        check(sd_bus_start(client), "start");
        check(sd_bus_call_method_async(client, NULL, NULL, OBJECT,
                              "org.freedesktop.DBus.Introspectable", "Introspect", on_reply, &xml,
                              NULL),
                        "call");
        while (!xml) {
                drive(client);
                drive(server);
        }
        sd_bus_close_unref(client);
        sd_bus_close_unref(server);
        return xml;
}

int main(void) {
        _cleanup_(json_object_putp) json_object *all = json_object_new_object();

        for (const struct introspect_entry *e = introspect_entries; e->interface; e++) {
                _cleanup_free_ char *xml = introspect(e);

                (void) json_object_object_add(all, e->interface, json_object_new_string(xml));
        }
        puts(json_object_to_json_string(all));
        return EXIT_SUCCESS;
}
