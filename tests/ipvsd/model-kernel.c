/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "model-kernel.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <string.h>

void model_kernel_done(struct model_kernel *k) {
        ipvs_table_done(&k->table);
}

static int delete_service(struct ipvs_table *t, struct ipvs_table_service *s) {
        size_t i = (size_t) (s - t->services);

        free(s->servers);
        t->n_services--;
        memmove(s, s + 1, (t->n_services - i) * sizeof(*s));
        return 0;
}

static int edit_service(
                struct ipvs_table_service *s, const struct ipvs_table_service *description) {
        memcpy(s->scheduler, description->scheduler, sizeof(s->scheduler));
        memcpy(s->engine, description->engine, sizeof(s->engine));
        s->flags = description->flags;
        s->timeout = description->timeout;
        s->mask = description->mask;
        return 0;
}

static int apply_to_service(struct ipvs_table *t, const struct ipvs_operation *o) {
        struct ipvs_table_service *s = ipvs_table_find_service(t, o->service);
        int r;

        if (o->kind != IPVS_ADD_SERVICE) {
                if (!s)
                        return -ESRCH;
                return o->kind == IPVS_DELETE_SERVICE ? delete_service(t, s)
                                                      : edit_service(s, o->service);
        }
        if (s)
                return -EEXIST;
        r = ipvs_table_add_service(t, o->service, NULL);
        ipvs_table_sort(t);
        return r;
}

static int delete_server(struct ipvs_table_service *service, struct ipvs_table_server *s) {
        size_t i = (size_t) (s - service->servers);

        service->n_servers--;
        memmove(s, s + 1, (service->n_servers - i) * sizeof(*s));
        return 0;
}

/* ip_vs_genl_set_cmd() */
static bool can_be_reached(
                const struct ipvs_table_service *service, const struct ipvs_table_server *s) {
        return s->addr.family == service->family || s->forward == IP_VS_CONN_F_TUNNEL;
}

static int apply_to_server(struct ipvs_table *t, const struct ipvs_operation *o) {
        struct ipvs_table_service *service = ipvs_table_find_service(t, o->service);
        struct ipvs_table_server *s;
        size_t order;
        int r;

        if (!service)
                return -ESRCH;
        s = ipvs_table_find_server(service, o->server);
        if (o->kind == IPVS_DELETE_SERVER)
                return s ? delete_server(service, s) : -ENOENT;
        if (!can_be_reached(service, o->server))
                return -EINVAL;
        if (o->server->weight < 0 || o->server->lower > o->server->upper)
                return -ERANGE;
        if (o->kind == IPVS_EDIT_SERVER) {
                if (!s)
                        return -ENOENT;
                order = s->order;
                *s = *o->server;
                s->order = order;
                return 0;
        }
        if (s)
                return -EEXIST;
        r = ipvs_table_add_server(service, o->server);
        ipvs_table_sort(t);
        return r;
}

int model_kernel_apply(struct model_kernel *k, const struct ipvs_operation *o) {
        return o->server ? apply_to_server(&k->table, o) : apply_to_service(&k->table, o);
}
