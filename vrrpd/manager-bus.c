/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/manager-bus.h"

#include <errno.h>
#include <string.h>

#include "common/bus-getter.h"
#include "common/bus-authorize.h"
#include "common/cleanup.h"
#include "vrrpd/group-bus.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/operator.h"
#include "vrrpd/router.h"
#include "vrrpd/sync.h"
#include "vrrpd/vrrpd.h"

BUS_GETTER(get_since) {
        const struct vrrpd *v = userdata;

        return sd_bus_message_append(reply, "t", vrrp_orders_maintenance_since(v->orders));
}

static int maintenance(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct vrrpd *v = userdata;
        int on, r;

        r = sd_bus_message_read(m, "b", &on);
        if (r < 0)
                return r;
        vrrpd_wake(v);
        r = vrrp_operator_set_maintenance(v, on);
        if (r < 0)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_IO_ERROR,
                                "The order cannot be kept: %s", strerrordesc_np(-r));
        return sd_bus_reply_method_return(m, "");
}

static int method_maintenance(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return bus_authorize(m, maintenance, userdata);
}

static int append_instances(struct vrrpd *v, sd_bus_message *reply) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', INSTANCE_SUMMARY);
        for (struct vrrp_router *i = v->routers; i && r >= 0; i = i->hh.next)
                r = instance_bus_summarise(i, reply);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_groups(struct vrrpd *v, sd_bus_message *reply) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', GROUP_SUMMARY);
        for (struct vrrp_sync *s = v->syncs; s && r >= 0; s = s->hh.next)
                r = group_bus_summarise(s, reply);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_summary(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct vrrpd *v = userdata;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_instances(v, reply);
        if (r >= 0)
                r = append_groups(v, reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("MaintenanceSinceUsec", "t", get_since, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_METHOD_WITH_ARGS("Maintenance", SD_BUS_ARGS("b", on), SD_BUS_NO_RESULT,
                        method_maintenance, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Summary", SD_BUS_NO_ARGS,
                        SD_BUS_RESULT("a" INSTANCE_SUMMARY, instances, "a" GROUP_SUMMARY, groups),
                        method_summary, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *manager_bus_vtable(void) {
        return vtable;
}

int manager_bus_export(struct vrrpd *v, sd_bus *bus) {
        return sd_bus_add_object_vtable(
                        bus, NULL, vrrpd_ops.object_path, MANAGER_INTERFACE, vtable, v);
}

void manager_bus_changed(struct vrrpd *v) {
        DAEMON_CHANGED(v->daemon, vrrpd_ops.object_path, MANAGER_INTERFACE, "MaintenanceSinceUsec");
}
