/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/summary.h"

#include <errno.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"

/* In the order of the answer; the first one names the object. */
static const char *const fields[] = { "Name", "State", "Interface", "VirtualRouterId",
        "BasePriority", "OrderedPriority", "EffectivePriority", "Reason", "LastTransitionUsec",
        "MasterAddress", "MasterPriority", "Addresses", "Trackers", "FaultReasons", "Conflicts" };

static int add_instance(json_object *objects, json_object *row) {
        json_object *interfaces = json_object_new_object();
        json_object *properties = json_object_new_object();
        _cleanup_free_ char *path = NULL;

        if (!json_object_is_type(row, json_type_array) ||
                        json_object_array_length(row) < ARRAY_SIZE(fields) ||
                        sd_bus_path_encode("/org/mainstay/vrrp1/instance",
                                        json_object_get_string(json_object_array_get_idx(row, 0)),
                                        &path) < 0) {
                json_object_put(interfaces);
                json_object_put(properties);
                return -EBADMSG;
        }
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                json_object_object_add(properties, fields[i],
                                json_object_get(json_object_array_get_idx(row, i)));
        json_object_object_add(interfaces, "org.mainstay.Vrrp1.Instance", properties);
        json_object_object_add(objects, path, interfaces);
        return 0;
}

int summary_take(sd_bus *bus, const struct producer *p, sd_bus_error *error, json_object **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_object_putp) json_object *rows = NULL, *objects = json_object_new_object();
        int r;

        if (!objects)
                return -ENOMEM;
        r = client_call(bus, p->bus_name, p->root, p->own, "Summary", error, &reply, "");
        if (r >= 0)
                r = bus_message_read_json(reply, &rows);
        if (r < 0)
                return r;
        if (!json_object_is_type(rows, json_type_array))
                return -EBADMSG;
        for (size_t i = 0; i < json_object_array_length(rows) && r >= 0; i++)
                r = add_instance(objects, json_object_array_get_idx(rows, i));
        if (r < 0)
                return r;
        *ret = TAKE_PTR(objects);
        return 0;
}
