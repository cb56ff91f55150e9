/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/spool-bus.h"

#include "common/bus-getter.h"
#include "notifyd/notifyd.h"

BUS_GETTER(property_pending) {
        const struct notifyd *n = userdata;

        return sd_bus_message_append(reply, "u", spool_pending(n->spool));
}

BUS_GETTER(property_oldest) {
        const struct notifyd *n = userdata;

        return sd_bus_message_append(reply, "t", spool_oldest_usec(n->spool));
}

BUS_GETTER(property_delivered) {
        const struct notifyd *n = userdata;

        return sd_bus_message_append(reply, "t", n->delivered);
}

BUS_GETTER(property_retries) {
        const struct notifyd *n = userdata;

        return sd_bus_message_append(reply, "t", n->retries);
}

BUS_GETTER(property_given_up) {
        const struct notifyd *n = userdata;

        return sd_bus_message_append(reply, "t", n->given_up);
}

BUS_GETTER(property_last_error) {
        const struct notifyd *n = userdata;

        return sd_bus_message_append(reply, "s", n->last_error);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Pending", "u", property_pending, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("OldestUsec", "t", property_oldest, 0, 0),
        SD_BUS_PROPERTY("Delivered", "t", property_delivered, 0, 0),
        SD_BUS_PROPERTY("Retries", "t", property_retries, 0, 0),
        SD_BUS_PROPERTY("GivenUp", "t", property_given_up, 0, 0),
        SD_BUS_PROPERTY("LastError", "s", property_last_error, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *notify_spool_bus_vtable(void) {
        return vtable;
}

void notify_spool_bus_changed(struct notifyd *n) {
        DAEMON_CHANGED(n->daemon, NOTIFYD_PATH, NOTIFY_SPOOL_INTERFACE, "Pending", "LastError");
}

int notify_spool_bus_export(struct notifyd *n, sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, NOTIFYD_PATH, NOTIFY_SPOOL_INTERFACE, vtable, n);
}
