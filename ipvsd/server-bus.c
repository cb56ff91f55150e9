/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/server-bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-authorize.h"
#include "common/cleanup.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/node-bus.h"
#include "ipvsd/order.h"
#include "ipvsd/service-bus.h"

int ipvs_server_bus_path(const char *service_path, const char *name, char **ret) {
        _cleanup_free_ char *prefix = NULL;

        if (asprintf(&prefix, "%s/server", service_path) < 0) {
                prefix = NULL;
                return -ENOMEM;
        }
        return sd_bus_path_encode(prefix, name, ret);
}

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

static struct ipvs_server *find_by_path(const struct ipvsd *d, const char *path) {
        _cleanup_free_ char *service = NULL, *name = NULL;
        struct ipvs_service *s;

        if (sd_bus_path_decode_many(path, IPVS_SERVICE_PREFIX "/%/server/%", &service, &name) <= 0)
                return NULL;
        s = ipvs_service_find(d, service);
        return s ? ipvs_server_find(s, name) : NULL;
}

static int find_server(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        *ret_found = find_by_path(userdata, path);
        return *ret_found ? 1 : 0;
}

int ipvs_server_bus_export(struct ipvsd *d, sd_bus *bus) {
        return sd_bus_add_fallback_vtable(bus, NULL, IPVS_SERVICE_PREFIX, IPVS_SERVER_INTERFACE,
                        ipvs_server_bus_vtable(), find_server, d);
}

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        static int property_##name(sd_bus *bus, const char *path, const char *interface,           \
                        const char *property, sd_bus_message *reply, void *userdata,               \
                        sd_bus_error *ret_error) {                                                 \
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

static int property_checks(sd_bus *bus, const char *path, const char *interface,
                const char *property, sd_bus_message *reply, void *userdata,
                sd_bus_error *ret_error) {
        const struct ipvs_server *server = userdata;
        const struct check_checker_conf *c;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (c = server->conf->checkers; c && r >= 0; c = c->next)
                r = sd_bus_message_append(reply, "s", check_kind_conf_to_string(c->kind));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* --- methods: the caller's right is asked for first; by then the server may have gone --- */

static int is_gone(sd_bus_message *m, sd_bus_error *ret_error) {
        return sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_OBJECT, "%s is gone",
                        sd_bus_message_get_path(m));
}

static int order(sd_bus_message *m, struct ipvsd *d, enum ipvs_override override,
                sd_bus_error *ret_error) {
        struct ipvs_server *r = find_by_path(d, sd_bus_message_get_path(m));

        if (!r)
                return is_gone(m, ret_error);
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
        struct ipvs_server *server = find_by_path(userdata, sd_bus_message_get_path(m));
        int weight, r;

        r = sd_bus_message_read(m, "i", &weight);
        if (r < 0)
                return r;
        if (weight < IPVS_WEIGHT_AS_CONFIGURED)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
                                "%d is no weight; -1 is the configured one", weight);
        if (!server)
                return is_gone(m, ret_error);
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
