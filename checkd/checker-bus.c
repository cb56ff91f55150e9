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
#include "common/bus-getter.h"
#include "common/bus-table.h"
#include "common/cleanup.h"

#define CHANGED(k, ...)                                                                            \
        DAEMON_CHANGED((k)->checkd->daemon, (k)->path, CHECKER_INTERFACE, __VA_ARGS__)

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

/* --- methods --- */

static int method_run(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct checker *k = userdata;

        return bus_authorize(m, checker_run_begin, k->checkd);
}

/* --- properties --- */

#define PROPERTY(name, types, ...)                                                                 \
        BUS_GETTER(property_##name) {                                                              \
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

BUS_GETTER(property_target) {
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

/* --- the table --- */

static void *find(const void *owner, const char *name, const char *inner_name) {
        return checker_find(owner, name);
}

static void *next(const void *owner, const void *object) {
        const struct checkd *c = owner;
        const struct checker *k = object;

        return k ? k->hh.next : c->checkers;
}

static const char *path_of(const void *object) {
        const struct checker *k = object;

        return k->path;
}

static const struct bus_table table = {
        .prefix = CHECKD_OBJECT_PATH "/checker",
        .interface = CHECKER_INTERFACE,
        .vtable = vtable,
        .find = find,
        .next = next,
        .path = path_of,
};

int checker_bus_export(struct checkd *c, sd_bus *bus) {
        return bus_table_export(&table, bus, c);
}

int checker_bus_path(const char *name, char **ret) {
        return bus_table_path(&table, name, NULL, ret);
}

struct checker *checker_bus_find(const struct checkd *c, const char *path) {
        return bus_table_find(&table, c, path);
}
