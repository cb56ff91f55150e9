/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/statistics.h"

#include <errno.h>
#include <stdlib.h>

#include "common/macro.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/reconcile.h"
#include "ipvsd/service-wanted.h"

void ipvs_statistics_list_done(struct ipvs_statistics_list *l) {
        free(l->items);
        *l = (struct ipvs_statistics_list){};
}

/* While they are gathered: @wanted says whose a server of the kernel is. */
struct gathering {
        const char *only;
        const struct ipvs_table *wanted;
        struct ipvs_statistics_list list;
        int error;
};

static void add_counters(struct ipvs_counters *to, const struct ipvs_counters *from) {
        to->connections += from->connections;
        to->packets_in += from->packets_in;
        to->packets_out += from->packets_out;
        to->bytes_in += from->bytes_in;
        to->bytes_out += from->bytes_out;
}

/* @place: where the object remembers 1 + its place in the list; 0: it is not there yet. */
static struct ipvs_server_statistics *item_of(
                struct gathering *g, size_t *place, const char *service, const char *server) {
        struct ipvs_statistics_list *l = &g->list;
        struct ipvs_server_statistics *items;

        if (*place > 0)
                return &l->items[*place - 1];
        if ((l->n & (l->n - 1)) == 0) {
                items = reallocarray(l->items, l->n == 0 ? 1 : 2 * l->n, sizeof(*items));
                if (!items) {
                        g->error = -ENOMEM;
                        return NULL;
                }
                l->items = items;
        }
        l->items[l->n] = (struct ipvs_server_statistics){ .service = service, .server = server };
        *place = ++l->n;
        return &l->items[*place - 1];
}

static void on_statistics(const struct ipvs_statistics *s, void *userdata) {
        struct gathering *g = userdata;
        const struct ipvs_table_service *t;
        const struct ipvs_table_server *there;
        struct ipvs_server_statistics *item;
        struct ipvs_service *service;
        struct ipvs_server *server;

        t = s->server ? ipvs_table_find_service(g->wanted, s->service) : NULL;
        there = t ? ipvs_table_find_server(t, s->server) : NULL;
        if (!there)
                return;
        service = (struct ipvs_service *) t->owner;
        server = (struct ipvs_server *) there->owner;
        if (*g->only && !streq(g->only, service->name))
                return;
        item = item_of(g, server ? &server->counted : &service->sorry_counted, service->name,
                        server ? server->name : IPVS_SORRY_NAME);
        if (!item)
                return;
        item->active += s->server->active;
        item->inactive += s->server->inactive;
        item->persistent += s->server->persistent;
        add_counters(&item->total, &s->total);
        add_counters(&item->per_second, &s->per_second);
}

static void forget_places(const struct ipvsd *d) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                s->sorry_counted = 0;
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        r->counted = 0;
        }
}

int ipvs_statistics_take(
                const struct ipvsd *d, const char *name, struct ipvs_statistics_list *ret) {
        struct ipvs_kernel *k = ipvs_reconciler_kernel(d->reconciler);
        _cleanup_(ipvs_table_done) struct ipvs_table wanted = {};
        struct gathering g = { .only = name, .wanted = &wanted };
        int r;

        if (!k)
                return -EOPNOTSUPP;
        r = ipvs_services_wanted(d, &wanted, NULL, NULL);
        if (r < 0)
                return r;
        forget_places(d);
        r = ipvs_kernel_statistics(k, NULL, on_statistics, &g);
        if (r >= 0)
                r = g.error;
        if (r < 0) {
                ipvs_statistics_list_done(&g.list);
                return r;
        }
        *ret = g.list;
        return 0;
}
