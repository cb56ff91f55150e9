/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/summary.h"

#include <errno.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"

/* What one list of the answer has: objects of an interface below a path, each with the same properties. */
struct kind {
        const char *interface, *prefix;
        const char *const *fields; /* in the order of the answer; the first one names the object */
        size_t n_fields;
};

static const char *const instance_fields[] = { "Name", "State", "Interface", "Group",
        "VirtualRouterId", "BasePriority", "OrderedPriority", "EffectivePriority", "Reason",
        "LastTransitionUsec", "MasterAddress", "MasterPriority", "Addresses", "Routes", "Rules",
        "Trackers", "FaultReasons", "Conflicts" };
static const char *const group_fields[] = { "Name", "State", "Reason", "LastTransitionUsec",
        "Members" };

static const struct kind kinds[] = {
        { "org.mainstay.Vrrp1.Instance", "/org/mainstay/vrrp1/instance", instance_fields,
                        ARRAY_SIZE(instance_fields) },
        { "org.mainstay.Vrrp1.Group", "/org/mainstay/vrrp1/group", group_fields,
                        ARRAY_SIZE(group_fields) },
};

static int add_object(json_object *objects, const struct kind *kind, json_object *row) {
        json_object *interfaces, *properties;
        _cleanup_free_ char *path = NULL;

        if (!json_object_is_type(row, json_type_array) ||
                        json_object_array_length(row) < kind->n_fields ||
                        sd_bus_path_encode(kind->prefix,
                                        json_object_get_string(json_object_array_get_idx(row, 0)),
                                        &path) < 0)
                return -EBADMSG;
        interfaces = json_object_new_object();
        properties = json_object_new_object();
        for (size_t i = 0; i < kind->n_fields; i++)
                json_object_object_add(properties, kind->fields[i],
                                json_object_get(json_object_array_get_idx(row, i)));
        json_object_object_add(interfaces, kind->interface, properties);
        json_object_object_add(objects, path, interfaces);
        return 0;
}

static int add_list(json_object *objects, const struct kind *kind, sd_bus_message *reply) {
        _cleanup_(json_object_putp) json_object *rows = NULL;
        int r;

        r = bus_message_read_json(reply, &rows);
        if (r < 0)
                return r;
        if (!json_object_is_type(rows, json_type_array))
                return -EBADMSG;
        for (size_t i = 0; i < json_object_array_length(rows) && r >= 0; i++)
                r = add_object(objects, kind, json_object_array_get_idx(rows, i));
        return r;
}

int summary_take(sd_bus *bus, const struct producer *p, sd_bus_error *error, json_object **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_object_putp) json_object *objects = json_object_new_object();
        int r;

        if (!objects)
                return -ENOMEM;
        r = client_call(bus, p->bus_name, p->root, p->own, "Summary", error, &reply, "");
        for (size_t i = 0; i < ARRAY_SIZE(kinds) && r >= 0; i++)
                r = add_list(objects, &kinds[i], reply);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(objects);
        return 0;
}
