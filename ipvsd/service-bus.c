/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-authorize.h"
#include "common/bus-getter.h"
#include "common/bus-table.h"
#include "common/cleanup.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/node-bus.h"
#include "ipvsd/order.h"

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

static const struct bus_table table;

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        BUS_GETTER(property_##name) {                                                              \
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

BUS_GETTER(property_sorry_server) {
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
        struct ipvs_service *s = bus_table_find_again(&table, d, m, ret_error);

        if (!s)
                return -ENOENT;
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

/* --- the table --- */

static void *find(const void *owner, const char *name, const char *inner_name) {
        return ipvs_service_find(owner, name);
}

static void *next(const void *owner, const void *object) {
        const struct ipvsd *d = owner;
        const struct ipvs_service *s = object;

        return s ? s->hh.next : d->services;
}

static const char *path_of(const void *object) {
        const struct ipvs_service *s = object;

        return s->path;
}

static const struct bus_table table = {
        .prefix = IPVS_SERVICE_PREFIX,
        .interface = IPVS_SERVICE_INTERFACE,
        .vtable = vtable,
        .find = find,
        .next = next,
        .path = path_of,
};

int ipvs_service_bus_export(struct ipvsd *d, sd_bus *bus) {
        return bus_table_export(&table, bus, d);
}

int ipvs_service_bus_path(const char *name, char **ret) {
        return bus_table_path(&table, name, NULL, ret);
}
