/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What another daemon says on the bus: a message with any signature (the first line of the input) and any body
 * (the rest). It comes over a socket, so that sd-bus has judged it as it judges every message; what passes is read
 * to the end as JSON, and as a tree of objects where it looks like one. */

#include <endian.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "common/bus-json.h"
#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/object-tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define SIGNATURE_MAX 255U
#define BODY_MAX 8192U
#define PATH "/org/mainstay/vrrp1"
#define INTERFACE "org.mainstay.Daemon1"

static void must(int condition) {
        if (!condition)
                abort();
}

/* The message as it is on the wire, little-endian (D-Bus specification, "Message Format"). */
struct wire {
        uint8_t bytes[2 * BODY_MAX];
        size_t n;
};

static void put(struct wire *w, const void *bytes, size_t n) {
        must(w->n + n <= sizeof(w->bytes));
        memcpy(w->bytes + w->n, bytes, n);
        w->n += n;
}

static void put_u32(struct wire *w, uint32_t value) {
        value = htole32(value);
        put(w, &value, sizeof(value));
}

static void pad(struct wire *w) {
        while (w->n % 8 != 0)
                put(w, "", 1);
}

/* A field of the header: a string, an object path. */
static void put_field(struct wire *w, uint8_t code, char type, const char *text) {
        const uint8_t head[] = { code, 1, (uint8_t) type, 0 };

        pad(w);
        put(w, head, sizeof(head));
        put_u32(w, (uint32_t) strlen(text));
        put(w, text, strlen(text) + 1);
}

static void put_signature(struct wire *w, const char *signature) {
        const uint8_t head[] = { 8, 1, 'g', 0, (uint8_t) strlen(signature) };

        pad(w);
        put(w, head, sizeof(head));
        put(w, signature, strlen(signature) + 1);
}

static void put_message(struct wire *w, const char *signature, const uint8_t *body, size_t n) {
        const uint8_t signal[] = { 'l', 4, 0, 1 };
        uint32_t fields;
        size_t at;

        put(w, signal, sizeof(signal));
        put_u32(w, (uint32_t) n);
        put_u32(w, 1);
        at = w->n;
        put_u32(w, 0);
        put_field(w, 1, 'o', PATH);
        put_field(w, 2, 's', INTERFACE);
        put_field(w, 3, 's', "Event");
        put_signature(w, signature);
        fields = htole32((uint32_t) (w->n - at - sizeof(fields)));
        memcpy(w->bytes + at, &fields, sizeof(fields));
        pad(w);
        put(w, body, n);
}

static void ignore(const char *path, const char *interface, json_object *properties,
                json_object *changed, void *userdata) {
        must(json_object_is_type(properties, json_type_object));
        must(json_object_is_type(changed, json_type_object));
}

static void ignore_removal(const char *path, const char *interface, void *userdata) {
        must(path[0] == '/' && interface[0]);
}

/* Whatever is taken in, is there afterwards; and all of it goes when nothing is shown any more. */
static void take_in(json_object *objects) {
        static const struct object_tree_ops ops = {
                .changed = ignore,
                .removed = ignore_removal,
        };
        _cleanup_(json_object_putp) json_object *none = json_object_new_object();
        _cleanup_(object_tree_freep) struct object_tree *t = NULL;

        must(object_tree_new(PATH, &ops, NULL, &t) == 0);
        must(object_tree_replace(t, objects) == 0);
        must(object_tree_replace(t, none) == 0);
        must(json_object_object_length(object_tree_objects(t)) == 0);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        bool tree = sd_bus_message_has_signature(m, "a{oa{sa{sv}}}") > 0;
        bool *arrived = userdata;
        int r;

        do {
                _cleanup_(json_object_putp) json_object *value = NULL;

                r = bus_message_read_json(m, &value);
                if (r < 0)
                        break;
                must(json_object_to_json_string(value) != NULL);
                if (tree)
                        take_in(value);
        } while (r >= 0);
        *arrived = true;
        return 1;
}

/* A connection over @ours, whose other end is @theirs, that has been greeted: nobody sends before that. */
static sd_bus *connect_bus(int ours, int theirs) {
        static const char greeting[] = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";
        sd_bus *bus = NULL;

        must(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, ours, ours) >= 0);
        must(sd_bus_set_trusted(bus, 1) >= 0 && sd_bus_negotiate_fds(bus, 0) >= 0);
        must(sd_bus_start(bus) >= 0);
        must(io_write_all(theirs, greeting, strlen(greeting)) == 0);
        while (sd_bus_is_ready(bus) == 0)
                must(sd_bus_process(bus, NULL) >= 0);
        return bus;
}

static void deliver(const char *signature, const uint8_t *body, size_t n) {
        _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
        bool arrived = false;
        struct wire w = {};
        int fds[2];

        must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        bus = connect_bus(fds[0], fds[1]);
        must(sd_bus_add_filter(bus, NULL, on_message, &arrived) >= 0);
        put_message(&w, signature, body, n);
        must(io_write_all(fds[1], w.bytes, w.n) == 0);
        while (!arrived && sd_bus_process(bus, NULL) > 0)
                ;
        sd_bus_close(bus);
        (void) close(fds[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        const uint8_t *newline = memchr(data, '\n', n);
        char signature[SIGNATURE_MAX + 1] = {};
        size_t length;

        if (!newline || n > BODY_MAX)
                return 0;
        length = (size_t) (newline - data);
        if (length > SIGNATURE_MAX || memchr(data, '\0', length))
                return 0;
        memcpy(signature, data, length);
        deliver(signature, newline + 1, n - length - 1);
        return 0;
}
