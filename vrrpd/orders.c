/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: { "boot": "<id of this boot>", "maintenance-since": 1763694764000000, "priorities": { "VI_1": 120 } } */

#include "vrrpd/orders.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "vrrpd/boot-id.h"

#define KEY_BOOT "boot"
#define KEY_MAINTENANCE "maintenance-since"
#define KEY_PRIORITIES "priorities"

struct vrrp_orders {
        char *path;
        usec_t maintenance_since;
        json_object *priorities; /* { router: priority } */
};

struct vrrp_orders *vrrp_orders_free(struct vrrp_orders *o) {
        if (!o)
                return NULL;
        json_object_put(o->priorities);
        free(o->path);
        free(o);
        return NULL;
}

/* What a file says, as far as it makes sense. */
static void take_in(struct vrrp_orders *o, json_object *file) {
        json_object *priorities;

        if (boot_id_is_other(json_get_string(file, KEY_BOOT)))
                return;
        o->maintenance_since = json_get_uint64(file, KEY_MAINTENANCE);
        if (json_object_object_get_ex(file, KEY_PRIORITIES, &priorities) &&
                        json_object_is_type(priorities, json_type_object))
                o->priorities = json_object_get(priorities);
}

int vrrp_orders_open(const char *path, struct vrrp_orders **ret) {
        _cleanup_(vrrp_orders_freep) struct vrrp_orders *o = calloc(1, sizeof(*o));
        _cleanup_(json_object_putp) json_object *file = NULL;
        int r;

        if (!o)
                return -ENOMEM;
        o->path = strdup(path);
        if (!o->path)
                return -ENOMEM;
        r = state_file_read(path, &file);
        if (r >= 0)
                take_in(o, file);
        if (!o->priorities)
                o->priorities = json_object_new_object();
        if (!o->priorities)
                return -ENOMEM;
        *ret = TAKE_PTR(o);
        return r == -ENOENT ? 0 : r;
}

usec_t vrrp_orders_maintenance_since(const struct vrrp_orders *o) {
        return o->maintenance_since;
}

/* A value that no order can have is none. */
uint8_t vrrp_orders_priority(const struct vrrp_orders *o, const char *router) {
        uint64_t priority = json_get_uint64(o->priorities, router);

        return priority < UINT8_MAX ? (uint8_t) priority : 0;
}

static int put(json_object *o, const char *key, json_object *value) {
        if (value && json_object_object_add(o, key, value) >= 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

static int write_down(const struct vrrp_orders *o, usec_t since, json_object *priorities) {
        _cleanup_(json_object_putp) json_object *file = json_object_new_object();
        char boot[BOOT_ID_SIZE];
        int r;

        if (!file)
                return -ENOMEM;
        r = put(file, KEY_BOOT, json_object_new_string(boot_id_read(boot)));
        if (r >= 0)
                r = put(file, KEY_MAINTENANCE, json_object_new_uint64(since));
        if (r >= 0)
                r = put(file, KEY_PRIORITIES, json_object_get(priorities));
        return r < 0 ? r : state_file_write(o->path, file, false);
}

int vrrp_orders_set_maintenance(struct vrrp_orders *o, usec_t since) {
        int r = write_down(o, since, o->priorities);

        if (r >= 0)
                o->maintenance_since = since;
        return r;
}

/* @taken takes the place of what there is. */
static int set_priorities(struct vrrp_orders *o, json_object *taken) {
        _cleanup_(json_object_putp) json_object *priorities = taken;
        int r;

        if (!priorities)
                return -ENOMEM;
        r = write_down(o, o->maintenance_since, priorities);
        if (r < 0)
                return r;
        json_object_put(o->priorities);
        o->priorities = TAKE_PTR(priorities);
        return 0;
}

int vrrp_orders_set_priority(struct vrrp_orders *o, const char *router, uint8_t priority) {
        json_object *changed = NULL;

        if (json_object_deep_copy(o->priorities, &changed, NULL) < 0)
                return -ENOMEM;
        if (priority == 0)
                json_object_object_del(changed, router);
        else if (put(changed, router, json_object_new_int(priority)) < 0) {
                json_object_put(changed);
                return -ENOMEM;
        }
        return set_priorities(o, changed);
}

int vrrp_orders_clear_priorities(struct vrrp_orders *o) {
        if (json_object_object_length(o->priorities) == 0)
                return 0;
        return set_priorities(o, json_object_new_object());
}
