/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/server-bus.h"

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
#include "ipvsd/service-bus.h"

#define CHANGED(r, ...)                                                                            \
        DAEMON_CHANGED((r)->service->ipvsd->daemon, (r)->path, IPVS_SERVER_INTERFACE, __VA_ARGS__)

void ipvs_server_bus_configured(const struct ipvs_server *r) {
        CHANGED(r, "Weight", "ConfiguredWeight", "Forwarding", "Checks");
}

void ipvs_server_bus_state_changed(const struct ipvs_server *r) {
        CHANGED(r, "State", "StateSinceUsec", "StateReason");
}

void ipvs_server_bus_override_changed(const struct ipvs_server *r) {
        CHANGED(r, "Override", "OverrideWeight");
}

void ipvs_server_bus_drained_changed(const struct ipvs_server *r) {
        CHANGED(r, "Drained");
}

void ipvs_server_bus_table_changed(const struct ipvs_server *r) {
        CHANGED(r, "Weight", "InTable");
}

void ipvs_server_bus_problem_changed(const struct ipvs_server *r) {
        CHANGED(r, "Problem");
}

static const struct bus_table table;

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        BUS_GETTER(property_##name) {                                                              \
                const struct ipvs_server *r = userdata;                                            \
                                                                                                   \
                return sd_bus_message_append(reply, types, __VA_ARGS__);                           \
        }                                                                                          \
        struct cleanup_semicolon

PROPERTY(service, "s", r->service->name);
/* Before anything was told, what is about to be. */
PROPERTY(state, "s", ipvs_health_fault(r->checks, r->n_checks) ? "DOWN" : "UP");
PROPERTY(reason, "s", r->reason);
PROPERTY(in_table, "b", r->in_table);
PROPERTY(configured_weight, "i", r->conf->weight);
PROPERTY(forwarding, "s", ipvs_server_forwarding(r));
PROPERTY(override, "s", ipvs_override_to_string(r->override));
PROPERTY(drained, "b", r->drained);
PROPERTY(problem, "s", r->problem);

BUS_GETTER(property_checks) {
        const struct ipvs_server *server = userdata;
        const struct check_checker_conf *c;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (c = server->conf->checkers; c && r >= 0; c = c->next)
                r = sd_bus_message_append(reply, "s", check_kind_conf_to_string(c->kind));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* --- methods: the caller's right is asked for first; by then the server may have gone --- */

static int order(sd_bus_message *m, struct ipvsd *d, enum ipvs_override override,
                sd_bus_error *ret_error) {
        struct ipvs_server *r = bus_table_find_again(&table, d, m, ret_error);

        if (!r)
                return -ENOENT;
        return ipvs_bus_answer_order(
                        m, ipvs_server_order(r, override, r->override_weight), ret_error);
}

static int drain(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return order(m, userdata, IPVS_OVERRIDE_DRAIN, ret_error);
}

static int disable(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return order(m, userdata, IPVS_OVERRIDE_DISABLE, ret_error);
}

static int enable(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return order(m, userdata, IPVS_OVERRIDE_NONE, ret_error);
}

static int set_weight(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct ipvs_server *server = bus_table_find_again(&table, userdata, m, ret_error);
        int weight, r;

        if (!server)
                return -ENOENT;
        r = sd_bus_message_read(m, "i", &weight);
        if (r < 0)
                return r;
        if (weight < IPVS_WEIGHT_AS_CONFIGURED)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
                                "%d is no weight; -1 is the configured one", weight);
        return ipvs_bus_answer_order(
                        m, ipvs_server_order(server, server->override, weight), ret_error);
}

#define METHOD(name)                                                                               \
        static int method_##name(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {     \
                const struct ipvs_server *r = userdata;                                            \
                                                                                                   \
                return bus_authorize(m, name, r->service->ipvsd);                                  \
        }                                                                                          \
        struct cleanup_semicolon

METHOD(drain);
METHOD(disable);
METHOD(enable);
METHOD(set_weight);

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", NULL, offsetof(struct ipvs_server, name),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Service", "s", property_service, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", property_state, 0, CHANGES),
        SD_BUS_PROPERTY("StateSinceUsec", "t", NULL, offsetof(struct ipvs_server, since_usec),
                        CHANGES),
        SD_BUS_PROPERTY("StateReason", "s", property_reason, 0, CHANGES),
        SD_BUS_PROPERTY("Weight", "i", NULL, offsetof(struct ipvs_server, weight), CHANGES),
        SD_BUS_PROPERTY("InTable", "b", property_in_table, 0, CHANGES),
        SD_BUS_PROPERTY("ConfiguredWeight", "i", property_configured_weight, 0, CHANGES),
        SD_BUS_PROPERTY("Forwarding", "s", property_forwarding, 0, CHANGES),
        SD_BUS_PROPERTY("Checks", "as", property_checks, 0, CHANGES),
        SD_BUS_PROPERTY("Override", "s", property_override, 0, CHANGES),
        SD_BUS_PROPERTY("OverrideWeight", "i", NULL, offsetof(struct ipvs_server, override_weight),
                        CHANGES),
        SD_BUS_PROPERTY("Drained", "b", property_drained, 0, CHANGES),
        SD_BUS_PROPERTY("Problem", "s", property_problem, 0, CHANGES),
        SD_BUS_METHOD_WITH_ARGS("Drain", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_drain,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Disable", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_disable,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Enable", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_enable,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetWeight", SD_BUS_ARGS("i", weight), SD_BUS_NO_RESULT,
                        method_set_weight, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *ipvs_server_bus_vtable(void) {
        return vtable;
}

/* --- the table --- */

static void *find(const void *owner, const char *name, const char *inner_name) {
        struct ipvs_service *s = ipvs_service_find(owner, name);

        return s ? ipvs_server_find(s, inner_name) : NULL;
}

static void *first_of(const struct ipvs_service *s) {
        while (s && !s->servers)
                s = s->hh.next;
        return s ? s->servers : NULL;
}

static void *next(const void *owner, const void *object) {
        const struct ipvsd *d = owner;
        const struct ipvs_server *r = object;

        if (!r)
                return first_of(d->services);
        return r->hh.next ?: first_of(r->service->hh.next);
}

static const char *path_of(const void *object) {
        const struct ipvs_server *r = object;

        return r->path;
}

static const struct bus_table table = {
        .prefix = IPVS_SERVICE_PREFIX,
        .inner = "server",
        .interface = IPVS_SERVER_INTERFACE,
        .vtable = vtable,
        .find = find,
        .next = next,
        .path = path_of,
};

int ipvs_server_bus_export(struct ipvsd *d, sd_bus *bus) {
        return bus_table_export(&table, bus, d);
}

int ipvs_server_bus_path(const char *service, const char *name, char **ret) {
        return bus_table_path(&table, service, name, ret);
}
