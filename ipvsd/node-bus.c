/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/node-bus.h"

#include <errno.h>
#include <string.h>

#include "common/bus-getter.h"
#include "common/bus-authorize.h"
#include "common/cleanup.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/order.h"
#include "ipvsd/reconcile.h"
#include "ipvsd/statistics.h"
#include "ipvsd/sync.h"

#define PROPERTY(name, value)                                                                      \
        BUS_GETTER(property_##name) {                                                              \
                const struct ipvsd *d = userdata;                                                  \
                                                                                                   \
                return sd_bus_message_append(reply, "s", value);                                   \
        }                                                                                          \
        struct cleanup_semicolon

PROPERTY(problem, ipvs_reconciler_problem(d->reconciler));
PROPERTY(override, ipvs_override_to_string(d->override));
PROPERTY(sync_state, ipvs_sync_state(d->sync));

int ipvs_bus_answer_order(sd_bus_message *m, int r, sd_bus_error *ret_error) {
        if (r < 0)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_IO_ERROR,
                                "The order cannot be kept: %s", strerrordesc_np(-r));
        return sd_bus_reply_method_return(m, "");
}

static int drain(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return ipvs_bus_answer_order(m, ipvs_node_order(userdata, IPVS_OVERRIDE_DRAIN), ret_error);
}

static int enable(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return ipvs_bus_answer_order(m, ipvs_node_order(userdata, IPVS_OVERRIDE_NONE), ret_error);
}

static int method_drain(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return bus_authorize(m, drain, userdata);
}

static int method_enable(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return bus_authorize(m, enable, userdata);
}

static int append(sd_bus_message *reply, const struct ipvs_server_statistics *s) {
        const struct ipvs_counters *t = &s->total, *p = &s->per_second;

        return sd_bus_message_append(reply, "(ssuuutttttttttt)", s->service, s->server, s->active,
                        s->inactive, s->persistent, t->connections, t->packets_in, t->packets_out,
                        t->bytes_in, t->bytes_out, p->connections, p->packets_in, p->packets_out,
                        p->bytes_in, p->bytes_out);
}

static int method_statistics(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(ipvs_statistics_list_done) struct ipvs_statistics_list list = {};
        const struct ipvsd *d = userdata;
        const char *name;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        if (*name && !ipvs_service_find(d, name))
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                "There is no service %s", name);
        r = ipvs_statistics_take(d, name, &list);
        if (r < 0)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_FAILED, "%s",
                                r == -EOPNOTSUPP ? "the kernel has no IPVS" : strerrordesc_np(-r));
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(ssuuutttttttttt)");
        for (size_t i = 0; i < list.n && r >= 0; i++)
                r = append(reply, &list.items[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Problem", "s", property_problem, 0, CHANGES),
        SD_BUS_PROPERTY("Override", "s", property_override, 0, CHANGES),
        SD_BUS_PROPERTY("SyncState", "s", property_sync_state, 0, CHANGES),
        SD_BUS_METHOD_WITH_ARGS("Drain", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_drain,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Enable", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_enable,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Statistics", SD_BUS_ARGS("s", service),
                        SD_BUS_RESULT("a(ssuuutttttttttt)", servers), method_statistics,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *ipvs_node_bus_vtable(void) {
        return vtable;
}

int ipvs_node_bus_export(struct ipvsd *d, sd_bus *bus) {
        return sd_bus_add_object_vtable(
                        bus, NULL, IPVSD_OBJECT_PATH, IPVS_NODE_INTERFACE, vtable, d);
}
