/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: { "netns": "blue", "services": [ "10.0.0.1 80 TCP", "fwmark 7", ... ],
 *             "timeouts": { "tcp": 900, "tcp_fin": 120, "udp": 300 }, "sync": [ "master" ] }
 * Everything may be missing. */

#include "ipvsd/ownership.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "ipvsd/table-name.h"

void ipvs_ownership_done(struct ipvs_ownership *o) {
        free(o->netns);
        ipvs_table_done(&o->services);
        *o = (struct ipvs_ownership){};
}

static int add_key(struct ipvs_table *t, const struct ipvs_table_service *s) {
        struct ipvs_table_service key = {
                .family = s->family,
                .protocol = s->protocol,
                .addr = s->addr,
                .port = s->port,
                .fwmark = s->fwmark,
        };

        return ipvs_table_add_service(t, &key, NULL);
}

static void replace(struct ipvs_table *t, struct ipvs_table *by) {
        ipvs_table_done(t);
        *t = *by;
        *by = (struct ipvs_table){};
        ipvs_table_sort(t);
}

int ipvs_ownership_claim(struct ipvs_ownership *o, const struct ipvs_table *wanted) {
        _cleanup_(ipvs_table_done) struct ipvs_table all = {};
        bool any = false;
        int r;

        r = ipvs_table_copy(&o->services, &all);
        for (size_t i = 0; r >= 0 && i < wanted->n_services; i++) {
                if (ipvs_table_find_service(&o->services, &wanted->services[i]))
                        continue;
                r = add_key(&all, &wanted->services[i]);
                any = true;
        }
        if (r < 0)
                return r;
        if (any)
                replace(&o->services, &all);
        return any;
}

int ipvs_ownership_release(struct ipvs_ownership *o, const struct ipvs_table *wanted,
                const struct ipvs_table *kernel) {
        struct ipvs_table *t = &o->services;
        size_t before = t->n_services, n = 0;

        for (size_t i = 0; i < before; i++)
                if (ipvs_table_find_service(wanted, &t->services[i]) ||
                                (kernel && ipvs_table_find_service(kernel, &t->services[i])))
                        t->services[n++] = t->services[i];
        t->n_services = n;
        return n < before;
}

static json_object *services_to_json(const struct ipvs_table *t) {
        json_object *list = json_object_new_array();
        char name[IPVS_SERVICE_NAME_MAX];

        for (size_t i = 0; i < t->n_services; i++)
                (void) json_object_array_add(list,
                                json_object_new_string(
                                                ipvs_table_service_format(&t->services[i], name)));
        return list;
}

static json_object *timeouts_to_json(const struct ipvs_timeouts *t) {
        json_object *o = json_object_new_object();

        (void) json_object_object_add(o, "tcp", json_object_new_uint64(t->tcp));
        (void) json_object_object_add(o, "tcp_fin", json_object_new_uint64(t->tcp_fin));
        (void) json_object_object_add(o, "udp", json_object_new_uint64(t->udp));
        return o;
}

static json_object *sync_to_json(const struct ipvs_ownership *o) {
        json_object *list = json_object_new_array();

        if (o->sync_master)
                (void) json_object_array_add(list, json_object_new_string("master"));
        if (o->sync_backup)
                (void) json_object_array_add(list, json_object_new_string("backup"));
        return list;
}

json_object *ipvs_ownership_to_json(const struct ipvs_ownership *o) {
        json_object *record = json_object_new_object();

        if (o->netns)
                (void) json_object_object_add(record, "netns", json_object_new_string(o->netns));
        (void) json_object_object_add(record, "services", services_to_json(&o->services));
        if (o->timeouts_set)
                (void) json_object_object_add(record, "timeouts", timeouts_to_json(&o->timeouts));
        (void) json_object_object_add(record, "sync", sync_to_json(o));
        return record;
}

/* The member @key where it is an array. */
static json_object *get_array(json_object *record, const char *key) {
        json_object *list;

        if (!json_object_object_get_ex(record, key, &list) ||
                        !json_object_is_type(list, json_type_array))
                return NULL;
        return list;
}

/* NULL unless it is a string. */
static const char *get_item(json_object *list, size_t i) {
        json_object *item = json_object_array_get_idx(list, i);

        return json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL;
}

static int read_services(json_object *list, struct ipvs_table *ret) {
        for (size_t i = 0; list && i < json_object_array_length(list); i++) {
                const char *name = get_item(list, i);
                struct ipvs_table_service key;

                if (!name || ipvs_table_service_parse(name, &key) < 0)
                        continue;
                if (add_key(ret, &key) < 0)
                        return -ENOMEM;
        }
        ipvs_table_sort(ret);
        return 0;
}

static void read_timeouts(json_object *record, struct ipvs_ownership *o) {
        json_object *t;

        if (!json_object_object_get_ex(record, "timeouts", &t) ||
                        !json_object_is_type(t, json_type_object))
                return;
        o->timeouts_set = true;
        o->timeouts = (struct ipvs_timeouts){
                .tcp = (uint32_t) json_get_uint64(t, "tcp"),
                .tcp_fin = (uint32_t) json_get_uint64(t, "tcp_fin"),
                .udp = (uint32_t) json_get_uint64(t, "udp"),
        };
}

static void read_sync(json_object *list, struct ipvs_ownership *o) {
        for (size_t i = 0; list && i < json_object_array_length(list); i++) {
                const char *role = get_item(list, i);

                if (role && streq(role, "master"))
                        o->sync_master = true;
                else if (role && streq(role, "backup"))
                        o->sync_backup = true;
        }
}

int ipvs_ownership_from_json(json_object *record, struct ipvs_ownership *ret) {
        _cleanup_(ipvs_ownership_done) struct ipvs_ownership o = {};
        json_object *netns;
        int r;

        if (json_object_object_get_ex(record, "netns", &netns) &&
                        json_object_is_type(netns, json_type_string)) {
                o.netns = strdup(json_object_get_string(netns));
                if (!o.netns)
                        return -ENOMEM;
        }
        r = read_services(get_array(record, "services"), &o.services);
        if (r < 0)
                return r;
        read_timeouts(record, &o);
        read_sync(get_array(record, "sync"), &o);
        *ret = o;
        o = (struct ipvs_ownership){};
        return 0;
}

int ipvs_ownership_write(const char *path, const struct ipvs_ownership *o) {
        _cleanup_(json_object_putp) json_object *record = ipvs_ownership_to_json(o);

        return state_file_write(path, record, false);
}

int ipvs_ownership_read(const char *path, struct ipvs_ownership *ret) {
        _cleanup_(json_object_putp) json_object *record = NULL;
        int r;

        r = state_file_read(path, &record);
        return r < 0 ? r : ipvs_ownership_from_json(record, ret);
}
