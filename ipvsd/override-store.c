/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One object, { KEY: { "override": WORD, "weight": N } }, where KEY is "SERVICE/SERVER", "SERVICE" or "". */

#include "ipvsd/override-store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

struct ipvs_override_store {
        char *path;
        json_object *orders;
};

struct ipvs_override_store *ipvs_override_store_free(struct ipvs_override_store *s) {
        if (!s)
                return NULL;
        free(s->path);
        json_object_put(s->orders);
        free(s);
        return NULL;
}

int ipvs_override_store_open(const char *path, struct ipvs_override_store **ret) {
        _cleanup_(ipvs_override_store_freep) struct ipvs_override_store *s = NULL;
        _cleanup_(json_object_putp) json_object *file = NULL;
        json_object *orders;
        int r;

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->path = strdup(path);
        if (!s->path)
                return -ENOMEM;
        r = state_file_read(path, &file);
        if (r >= 0 && json_object_object_get_ex(file, "overrides", &orders) &&
                        json_object_is_type(orders, json_type_object))
                s->orders = json_object_get(orders);
        else
                s->orders = json_object_new_object();
        if (!s->orders)
                return -ENOMEM;
        *ret = TAKE_PTR(s);
        return r == -ENOENT ? 0 : r;
}

static int key_of(const char *service, const char *server, char **ret) {
        if (asprintf(ret, "%s%s%s", service ?: "", server ? "/" : "", server ?: "") >= 0)
                return 0;
        *ret = NULL;
        return -ENOMEM;
}

static int weight_of(json_object *order) {
        json_object *weight;

        if (!json_object_object_get_ex(order, "weight", &weight))
                return IPVS_WEIGHT_AS_CONFIGURED;
        return MAX(json_object_get_int(weight), IPVS_WEIGHT_AS_CONFIGURED);
}

enum ipvs_override ipvs_override_store_get(struct ipvs_override_store *s, const char *service,
                const char *server, int *ret_weight) {
        _cleanup_free_ char *key = NULL;
        enum ipvs_override override;
        json_object *order = NULL;

        if (ret_weight)
                *ret_weight = IPVS_WEIGHT_AS_CONFIGURED;
        if (!s || key_of(service, server, &key) < 0 ||
                        !json_object_object_get_ex(s->orders, key, &order))
                return IPVS_OVERRIDE_NONE;
        if (ret_weight)
                *ret_weight = weight_of(order);
        override = ipvs_override_from_string(json_get_string(order, "override"));
        return override == _IPVS_OVERRIDE_MAX ? IPVS_OVERRIDE_NONE : override;
}

static int save(struct ipvs_override_store *s) {
        _cleanup_(json_object_putp) json_object *file = json_object_new_object();

        if (!file || json_object_object_add(file, "overrides", json_object_get(s->orders)) < 0)
                return -ENOMEM;
        return state_file_write(s->path, file, true);
}

/* @order NULL: there is none any more. */
static void put(struct ipvs_override_store *s, const char *key, json_object *order) {
        if (order)
                (void) json_object_object_add(s->orders, key, order);
        else
                json_object_object_del(s->orders, key);
}

int ipvs_override_store_set(struct ipvs_override_store *s, const char *service, const char *server,
                enum ipvs_override override, int weight) {
        _cleanup_(json_object_putp) json_object *before = NULL;
        _cleanup_free_ char *key = NULL;
        json_object *order = NULL;
        int r;

        r = key_of(service, server, &key);
        if (r < 0)
                return r;
        if (json_object_object_get_ex(s->orders, key, &order))
                before = json_object_get(order);
        order = NULL;
        if (override != IPVS_OVERRIDE_NONE || weight != IPVS_WEIGHT_AS_CONFIGURED) {
                order = json_object_new_object();
                if (!order)
                        return -ENOMEM;
                (void) json_object_object_add(order, "override",
                                json_object_new_string(ipvs_override_to_string(override)));
                (void) json_object_object_add(order, "weight", json_object_new_int(weight));
        }
        put(s, key, order);
        r = save(s);
        if (r < 0)
                put(s, key, TAKE_PTR(before));
        return r;
}
