/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/operator.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/manager-bus.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

static void record_maintenance(struct vrrpd *v, bool on) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        if (data)
                json_object_object_add(data, "on", json_object_new_boolean(on));
        daemon_event(v->daemon, "node-maintenance", v->daemon->ops->object_path, data);
        log_notice("maintenance of this node is %s by order", on ? "on" : "off");
}

int vrrp_operator_set_maintenance(struct vrrpd *v, bool on) {
        struct vrrp_input in = { .type = VRRP_INPUT_MAINTENANCE };
        int e;

        if (on == (vrrp_orders_maintenance_since(v->orders) > 0))
                return 0;
        e = vrrp_orders_set_maintenance(v->orders, on ? v->clock.real : 0);
        if (e < 0)
                return e;
        record_maintenance(v, on);
        in.maintenance.on = on;
        /* The members of a group have it from the first of them. */
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                if (r->instance.maintenance != on)
                        vrrp_router_feed(r, &in);
        v->uncounted = true;
        manager_bus_changed(v);
        return 0;
}

static void follow(struct vrrp_router *r, uint8_t priority) {
        r->ordered_priority = priority;
        vrrp_router_refresh(r);
        instance_bus_ordered(r);
}

int vrrp_operator_set_priority(struct vrrp_router *r, uint8_t priority) {
        int e;

        if (priority == VRRP_PRIORITY_OWNER || r->conf->priority == VRRP_PRIORITY_OWNER)
                return -EPERM;
        if (priority == r->ordered_priority)
                return 0;
        e = vrrp_orders_set_priority(r->vrrpd->orders, r->name, priority);
        if (e < 0)
                return e;
        if (priority > 0)
                log_emit(LOG_NOTICE, NULL, LOG_INSTANCE(r->name),
                                "%s: the priority is %u by order, instead of the configured %u",
                                r->name, priority, r->conf->priority);
        else
                log_emit(LOG_NOTICE, NULL, LOG_INSTANCE(r->name),
                                "%s: the priority is the configured %u again, by order", r->name,
                                r->conf->priority);
        follow(r, priority);
        return 0;
}

/* Those that go on under a new configuration hear of it with that. */
void vrrp_operator_forget_priorities(struct vrrpd *v) {
        int e = vrrp_orders_clear_priorities(v->orders);

        if (e < 0)
                log_warning("the next start will find priorities that were ordered before: %s",
                                strerror(-e));
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next) {
                if (r->ordered_priority == 0)
                        continue;
                log_emit(LOG_NOTICE, NULL, LOG_INSTANCE(r->name),
                                "%s: the priority %u that was ordered does not count any more",
                                r->name, r->ordered_priority);
                r->ordered_priority = 0;
        }
}
