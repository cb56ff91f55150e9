/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "ipvsd/ipvsd.h"

#define PREFIX IPVSD_OBJECT_PATH "/service"

int ipvs_service_bus_path(const char *name, char **ret) {
        return sd_bus_path_encode(PREFIX, name, ret);
}

int ipvs_server_bus_path(const char *service_path, const char *name, char **ret) {
        _cleanup_free_ char *prefix = NULL;

        if (asprintf(&prefix, "%s/server", service_path) < 0) {
                prefix = NULL;
                return -ENOMEM;
        }
        return sd_bus_path_encode(prefix, name, ret);
}

void ipvs_service_bus_changed(const struct ipvs_service *s) {
        DAEMON_CHANGED(s->ipvsd->daemon, s->path, IPVS_SERVICE_INTERFACE, "Protocol", "Scheduler",
                        "Forwarding", "PersistenceTimeout", "Quorum", "SorryServer");
}

void ipvs_server_bus_changed(const struct ipvs_server *r) {
        DAEMON_CHANGED(r->service->ipvsd->daemon, r->path, IPVS_SERVER_INTERFACE, "Weight",
                        "Forwarding", "Checks");
}

static int find_service(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        _cleanup_free_ char *name = NULL;
        struct ipvs_service *s;
        int r;

        r = sd_bus_path_decode_many(path, PREFIX "/%", &name);
        if (r <= 0)
                return r;
        s = ipvs_service_find(userdata, name);
        if (!s)
                return 0;
        *ret_found = s;
        return 1;
}

static int find_server(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        _cleanup_free_ char *service = NULL, *name = NULL;
        struct ipvs_service *s;
        struct ipvs_server *server;
        int r;

        r = sd_bus_path_decode_many(path, PREFIX "/%/server/%", &service, &name);
        if (r <= 0)
                return r;
        s = ipvs_service_find(userdata, service);
        server = s ? ipvs_server_find(s, name) : NULL;
        if (!server)
                return 0;
        *ret_found = server;
        return 1;
}

static size_t count_objects(const struct ipvsd *d) {
        const struct ipvs_service *s;
        size_t n = 0;

        for (s = d->services; s; s = s->hh.next)
                n += 1 + HASH_COUNT(s->servers);
        return n;
}

static void free_paths(char **paths) {
        for (char **p = paths; p && *p; p++)
                free(*p);
        free(paths);
}

static int list_objects(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                sd_bus_error *ret_error) {
        const struct ipvsd *d = userdata;
        const struct ipvs_service *s;
        const struct ipvs_server *r;
        char **paths, **next;
        bool complete = true;

        paths = next = calloc(count_objects(d) + 1, sizeof(*paths));
        if (!paths)
                return -ENOMEM;
        for (s = d->services; s && complete; s = s->hh.next) {
                complete = (*next++ = strdup(s->path));
                for (r = s->servers; r && complete; r = r->hh.next)
                        complete = (*next++ = strdup(r->path));
        }
        if (!complete) {
                free_paths(paths);
                return -ENOMEM;
        }
        *ret_nodes = paths;
        return 0;
}

int ipvs_service_bus_export(struct ipvsd *d, sd_bus *bus) {
        int r;

        r = sd_bus_add_fallback_vtable(bus, NULL, PREFIX, IPVS_SERVICE_INTERFACE,
                        ipvs_service_bus_vtable(), find_service, d);
        if (r < 0)
                return r;
        r = sd_bus_add_fallback_vtable(bus, NULL, PREFIX, IPVS_SERVER_INTERFACE,
                        ipvs_server_bus_vtable(), find_server, d);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(bus, NULL, PREFIX, list_objects, d);
}

/* --- properties --- */

#define PROPERTY(object, name, types, ...)                                                         \
        static int object##_##name(sd_bus *bus, const char *path, const char *interface,           \
                        const char *property, sd_bus_message *reply, void *userdata,               \
                        sd_bus_error *ret_error) {                                                 \
                const struct ipvs_##object *o = userdata;                                          \
                                                                                                   \
                return sd_bus_message_append(reply, types, __VA_ARGS__);                           \
        }                                                                                          \
        struct cleanup_semicolon

PROPERTY(service, name, "s", o->name);
PROPERTY(service, protocol, "s", ipvs_conf_protocol_to_string(o->conf->protocol));
PROPERTY(service, scheduler, "s", o->conf->scheduler ?: "");
PROPERTY(service, forwarding, "s", ipvs_conf_forward_to_string(o->conf->forward.method));
PROPERTY(service, persistence_timeout, "u", o->conf->persistence_timeout);
PROPERTY(service, quorum, "u", o->conf->quorum);
PROPERTY(server, name, "s", o->name);
PROPERTY(server, weight, "u", o->conf->weight);
PROPERTY(server, forwarding, "s", ipvs_server_forwarding(o));

static int property_state(sd_bus *bus, const char *path, const char *interface,
                const char *property, sd_bus_message *reply, void *userdata,
                sd_bus_error *ret_error) {
        return sd_bus_message_append(reply, "s", IPVS_STATE_NOT_IMPLEMENTED);
}

static int service_sorry_server(sd_bus *bus, const char *path, const char *interface,
                const char *property, sd_bus_message *reply, void *userdata,
                sd_bus_error *ret_error) {
        const struct ipvs_service *s = userdata;
        char address[IP_ADDR_STRLEN], text[IP_ADDR_STRLEN + sizeof(" 65535")] = "";

        if (ip_addr_is_set(&s->conf->sorry.addr))
                (void) snprintf(text, sizeof(text), "%s %u",
                                ip_addr_format(&s->conf->sorry.addr, address), s->conf->sorry.port);
        return sd_bus_message_append(reply, "s", text);
}

static int server_checks(sd_bus *bus, const char *path, const char *interface, const char *property,
                sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const struct ipvs_server *server = userdata;
        const struct check_checker_conf *c;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (c = server->conf->checkers; c && r >= 0; c = c->next)
                r = sd_bus_message_append(reply, "s", check_kind_conf_to_string(c->kind));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define CONST_ SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable service_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", service_name, 0, CONST_),
        SD_BUS_PROPERTY("State", "s", property_state, 0, CHANGES),
        SD_BUS_PROPERTY("Protocol", "s", service_protocol, 0, CHANGES),
        SD_BUS_PROPERTY("Scheduler", "s", service_scheduler, 0, CHANGES),
        SD_BUS_PROPERTY("Forwarding", "s", service_forwarding, 0, CHANGES),
        SD_BUS_PROPERTY("PersistenceTimeout", "u", service_persistence_timeout, 0, CHANGES),
        SD_BUS_PROPERTY("Quorum", "u", service_quorum, 0, CHANGES),
        SD_BUS_PROPERTY("SorryServer", "s", service_sorry_server, 0, CHANGES),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable server_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", server_name, 0, CONST_),
        SD_BUS_PROPERTY("State", "s", property_state, 0, CHANGES),
        SD_BUS_PROPERTY("Weight", "u", server_weight, 0, CHANGES),
        SD_BUS_PROPERTY("Forwarding", "s", server_forwarding, 0, CHANGES),
        SD_BUS_PROPERTY("Checks", "as", server_checks, 0, CHANGES),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *ipvs_service_bus_vtable(void) {
        return service_vtable;
}

const sd_bus_vtable *ipvs_server_bus_vtable(void) {
        return server_vtable;
}
