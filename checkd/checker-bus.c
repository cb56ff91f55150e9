/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checker-bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/checker-run.h"
#include "checkd/checker.h"
#include "checkd/probe.h"
#include "common/bus-authorize.h"
#include "common/bus-paths.h"
#include "common/cleanup.h"

#define PREFIX CHECKD_OBJECT_PATH "/checker"
#define CHANGED(k, ...)                                                                            \
        DAEMON_CHANGED((k)->checkd->daemon, (k)->path, CHECKER_INTERFACE, __VA_ARGS__)

int checker_bus_path(const char *name, char **ret) {
        return sd_bus_path_encode(PREFIX, name, ret);
}

void checker_bus_state_changed(const struct checker *k) {
        CHANGED(k, "State", "StateSinceUsec", "StateReason");
}

void checker_bus_weight_changed(const struct checker *k) {
        CHANGED(k, "WeightChange");
}

void checker_bus_suspended_changed(const struct checker *k) {
        CHANGED(k, "Suspended");
}

void checker_bus_question_changed(const struct checker *k) {
        CHANGED(k, "Kind", "Target", "IntervalUsec", "RetryIntervalUsec", "TimeoutUsec", "Retry");
}

struct checker *checker_bus_find(const struct checkd *c, const char *path) {
        _cleanup_free_ char *name = NULL;

        return sd_bus_path_decode_many(path, PREFIX "/%", &name) > 0 ? checker_find(c, name) : NULL;
}

static int find_checker(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        struct checker *k = checker_bus_find(userdata, path);

        if (!k)
                return 0;
        *ret_found = k;
        return 1;
}

static int list_checkers(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                sd_bus_error *ret_error) {
        const struct checkd *c = userdata;
        const struct checker *k;
        _cleanup_(bus_paths_freep) char **paths = NULL;
        size_t n = 0;

        paths = calloc(HASH_COUNT(c->checkers) + 1, sizeof(*paths));
        if (!paths)
                return -ENOMEM;
        for (k = c->checkers; k; k = k->hh.next) {
                paths[n] = strdup(k->path);
                if (!paths[n++])
                        return -ENOMEM;
        }
        *ret_nodes = TAKE_PTR(paths);
        return 0;
}

int checker_bus_export(struct checkd *c, sd_bus *bus) {
        int r;

        r = sd_bus_add_fallback_vtable(bus, NULL, PREFIX, CHECKER_INTERFACE, checker_bus_vtable(),
                        find_checker, c);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(bus, NULL, PREFIX, list_checkers, c);
}

/* --- methods --- */

static int method_run(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct checker *k = userdata;

        return bus_authorize(m, checker_run_begin, k->checkd);
}

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        static int property_##name(sd_bus *bus, const char *path, const char *interface,           \
                        const char *property, sd_bus_message *reply, void *userdata,               \
                        sd_bus_error *ret_error) {                                                 \
                const struct checker *k = userdata;                                                \
                                                                                                   \
                return sd_bus_message_append(reply, types, __VA_ARGS__);                           \
        }                                                                                          \
        struct cleanup_semicolon

PROPERTY(name, "s", k->name);
PROPERTY(service, "s", k->service);
PROPERTY(server, "s", k->server);
PROPERTY(kind, "s", k->probe->kind->name);
PROPERTY(state, "s", check_state_to_string(k->state));
PROPERTY(state_since, "t", k->state_since_usec);
PROPERTY(state_reason, "s", k->state_reason);
PROPERTY(weight_change, "i", k->weight_change);
PROPERTY(suspended, "b", k->suspended);
PROPERTY(last_result, "s", k->probe->last_result);
PROPERTY(last_run, "t", k->probe->last_run_usec);
PROPERTY(runs, "t", k->probe->runs);
PROPERTY(failures, "t", k->probe->failures);
PROPERTY(interval, "t", k->conf->delay_loop_usec);
PROPERTY(retry_interval, "t", k->conf->delay_before_retry_usec);
PROPERTY(timeout, "t",
                k->probe->kind->limit ? k->probe->kind->limit(k->conf)
                                      : k->conf->connect_timeout_usec);
PROPERTY(retry, "u", k->conf->retry);

static int property_target(sd_bus *bus, const char *path, const char *interface,
                const char *property, sd_bus_message *reply, void *userdata,
                sd_bus_error *ret_error) {
        const struct checker *k = userdata;
        char target[CHECK_TEXT_MAX];

        check_probe_describe(k->probe, target);
        return sd_bus_message_append(reply, "s", target);
}

#define CONST_ SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", property_name, 0, CONST_),
        SD_BUS_PROPERTY("Service", "s", property_service, 0, CONST_),
        SD_BUS_PROPERTY("Server", "s", property_server, 0, CONST_),
        SD_BUS_PROPERTY("Kind", "s", property_kind, 0, CHANGES),
        SD_BUS_PROPERTY("Target", "s", property_target, 0, CHANGES),
        SD_BUS_PROPERTY("State", "s", property_state, 0, CHANGES),
        SD_BUS_PROPERTY("StateSinceUsec", "t", property_state_since, 0, CHANGES),
        SD_BUS_PROPERTY("StateReason", "s", property_state_reason, 0, CHANGES),
        SD_BUS_PROPERTY("WeightChange", "i", property_weight_change, 0, CHANGES),
        SD_BUS_PROPERTY("Suspended", "b", property_suspended, 0, CHANGES),
        SD_BUS_PROPERTY("LastResult", "s", property_last_result, 0, 0),
        SD_BUS_PROPERTY("LastRunUsec", "t", property_last_run, 0, 0),
        SD_BUS_PROPERTY("Runs", "t", property_runs, 0, 0),
        SD_BUS_PROPERTY("Failures", "t", property_failures, 0, 0),
        SD_BUS_PROPERTY("IntervalUsec", "t", property_interval, 0, CHANGES),
        SD_BUS_PROPERTY("RetryIntervalUsec", "t", property_retry_interval, 0, CHANGES),
        SD_BUS_PROPERTY("TimeoutUsec", "t", property_timeout, 0, CHANGES),
        SD_BUS_PROPERTY("Retry", "u", property_retry, 0, CHANGES),
        SD_BUS_METHOD_WITH_ARGS("Run", SD_BUS_NO_ARGS, SD_BUS_RESULT("b", good, "s", result),
                        method_run, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *checker_bus_vtable(void) {
        return vtable;
}
