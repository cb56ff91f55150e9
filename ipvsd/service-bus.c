/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-authorize.h"
#include "common/cleanup.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/node-bus.h"
#include "ipvsd/order.h"

int ipvs_service_bus_path(const char *name, char **ret) {
        return sd_bus_path_encode(IPVS_SERVICE_PREFIX, name, ret);
}

#define CHANGED(s, ...)                                                                            \
        DAEMON_CHANGED((s)->ipvsd->daemon, (s)->path, IPVS_SERVICE_INTERFACE, __VA_ARGS__)

void ipvs_service_bus_configured(const struct ipvs_service *s) {
        CHANGED(s, "Protocol", "Scheduler", "Forwarding", "PersistenceTimeout", "Quorum",
                        "Hysteresis", "SorryServer");
}

void ipvs_service_bus_state_changed(const struct ipvs_service *s) {
        CHANGED(s, "State", "StateSinceUsec");
}

void ipvs_service_bus_weight_changed(const struct ipvs_service *s) {
        CHANGED(s, "Weight");
}

void ipvs_service_bus_override_changed(const struct ipvs_service *s) {
        CHANGED(s, "Override");
}

void ipvs_service_bus_sorry_changed(const struct ipvs_service *s) {
        CHANGED(s, "SorryActive");
}

void ipvs_service_bus_problem_changed(const struct ipvs_service *s) {
        CHANGED(s, "Problem");
}

static struct ipvs_service *find_by_path(const struct ipvsd *d, const char *path) {
        _cleanup_free_ char *name = NULL;

        if (sd_bus_path_decode_many(path, IPVS_SERVICE_PREFIX "/%", &name) <= 0)
                return NULL;
        return ipvs_service_find(d, name);
}

static int find_service(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        *ret_found = find_by_path(userdata, path);
        return *ret_found ? 1 : 0;
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

        r = sd_bus_add_fallback_vtable(bus, NULL, IPVS_SERVICE_PREFIX, IPVS_SERVICE_INTERFACE,
                        ipvs_service_bus_vtable(), find_service, d);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(bus, NULL, IPVS_SERVICE_PREFIX, list_objects, d);
}

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        static int property_##name(sd_bus *bus, const char *path, const char *interface,           \
                        const char *property, sd_bus_message *reply, void *userdata,               \
                        sd_bus_error *ret_error) {                                                 \
                const struct ipvs_service *s = userdata;                                           \
                                                                                                   \
                return sd_bus_message_append(reply, types, __VA_ARGS__);                           \
        }                                                                                          \
        struct cleanup_semicolon

/* A service begins down, and is so while nothing was told. */
PROPERTY(state, "s", s->state == IPVS_CHECK_UP ? "UP" : "DOWN");
PROPERTY(protocol, "s", ipvs_conf_protocol_to_string(s->conf->protocol));
PROPERTY(scheduler, "s", s->conf->scheduler);
PROPERTY(forwarding, "s", ipvs_conf_forward_to_string(s->conf->forward.method));
PROPERTY(persistence_timeout, "u", s->conf->persistence_timeout);
PROPERTY(quorum, "u", s->conf->quorum);
PROPERTY(hysteresis, "u", s->conf->hysteresis);
PROPERTY(override, "s", ipvs_override_to_string(s->override));
PROPERTY(problem, "s", s->problem);
PROPERTY(sorry_active, "b", s->sorry_active);

static int property_sorry_server(sd_bus *bus, const char *path, const char *interface,
                const char *property, sd_bus_message *reply, void *userdata,
                sd_bus_error *ret_error) {
        const struct ipvs_service *s = userdata;
        char address[IP_ADDR_STRLEN], text[IP_ADDR_STRLEN + sizeof(" 65535")] = "";

        if (ip_addr_is_set(&s->conf->sorry.addr))
                (void) snprintf(text, sizeof(text), "%s %u",
                                ip_addr_format(&s->conf->sorry.addr, address), s->conf->sorry.port);
        return sd_bus_message_append(reply, "s", text);
}

/* --- methods: the caller's right is asked for first; by then the service may have gone --- */

static int order(sd_bus_message *m, struct ipvsd *d, enum ipvs_override override,
                sd_bus_error *ret_error) {
        struct ipvs_service *s = find_by_path(d, sd_bus_message_get_path(m));

        if (!s)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_OBJECT, "%s is gone",
                                sd_bus_message_get_path(m));
        return ipvs_bus_answer_order(m, ipvs_service_order(s, override), ret_error);
}

static int drain(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return order(m, userdata, IPVS_OVERRIDE_DRAIN, ret_error);
}

static int enable(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return order(m, userdata, IPVS_OVERRIDE_NONE, ret_error);
}

static int method_drain(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct ipvs_service *s = userdata;

        return bus_authorize(m, drain, s->ipvsd);
}

static int method_enable(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct ipvs_service *s = userdata;

        return bus_authorize(m, enable, s->ipvsd);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", NULL, offsetof(struct ipvs_service, name),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", property_state, 0, CHANGES),
        SD_BUS_PROPERTY("StateSinceUsec", "t", NULL, offsetof(struct ipvs_service, since_usec),
                        CHANGES),
        SD_BUS_PROPERTY("Protocol", "s", property_protocol, 0, CHANGES),
        SD_BUS_PROPERTY("Scheduler", "s", property_scheduler, 0, CHANGES),
        SD_BUS_PROPERTY("Forwarding", "s", property_forwarding, 0, CHANGES),
        SD_BUS_PROPERTY("PersistenceTimeout", "u", property_persistence_timeout, 0, CHANGES),
        SD_BUS_PROPERTY("Quorum", "u", property_quorum, 0, CHANGES),
        SD_BUS_PROPERTY("Hysteresis", "u", property_hysteresis, 0, CHANGES),
        SD_BUS_PROPERTY("Weight", "t", NULL, offsetof(struct ipvs_service, weight), CHANGES),
        SD_BUS_PROPERTY("SorryServer", "s", property_sorry_server, 0, CHANGES),
        SD_BUS_PROPERTY("SorryActive", "b", property_sorry_active, 0, CHANGES),
        SD_BUS_PROPERTY("Override", "s", property_override, 0, CHANGES),
        SD_BUS_PROPERTY("Problem", "s", property_problem, 0, CHANGES),
        SD_BUS_METHOD_WITH_ARGS("Drain", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_drain,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Enable", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_enable,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *ipvs_service_bus_vtable(void) {
        return vtable;
}
