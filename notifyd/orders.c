/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/orders.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "notifyd/orders-private.h"

/* Events that order something. */
static const struct {
        const char *type;
        bool server; /* it is about a service or a server of one, else about an instance or group */
        int (*add)(struct notice *n);
} kinds[] = {
        { "instance-state", false, orders_instance_state },
        { "instance-repeated", false, orders_instance_repeated },
        { "instance-rx-lower-priority", false, orders_instance_lower },
        { "instance-priority", false, orders_instance_priority },
        { "group-state", false, orders_group_state },
        { "group-repeated", false, orders_group_repeated },
        { "server-state", true, orders_server_state },
        { "quorum-state", true, orders_quorum_state },
        { "checker-state", true, orders_checker_state },
};

/* "10.0.0.100 80 TCP" or "10.0.0.11 80 of 10.0.0.100 80 TCP" */
static char *name_server(const struct notice *n) {
        const char *service = notice_text(n, "service"), *server = notice_text(n, "server");

        return *server ? orders_server_name(service, server) : strdup(service);
}

int orders_add(const struct orders *o, const struct event_feed_event *e, json_object *entry) {
        _cleanup_free_ char *name = NULL;
        struct notice n = {
                .orders = o,
                .event = e,
                .entry = entry,
                .next_id = spool_next_id(o->spool),
                .lane = e->object_path,
        };

        n.about = notice_text(&n, "name");
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                if (!streq(kinds[i].type, e->type))
                        continue;
                if (kinds[i].server) {
                        n.about = name = name_server(&n);
                        if (!name)
                                return -ENOMEM;
                }
                return kinds[i].add(&n);
        }
        return 0;
}
