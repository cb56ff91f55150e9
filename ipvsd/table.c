/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/table.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

void ipvs_table_done(struct ipvs_table *t) {
        for (size_t i = 0; i < t->n_services; i++)
                free(t->services[i].servers);
        free(t->services);
        *t = (struct ipvs_table){};
}

uint32_t ipvs_table_host_mask(int family) {
        return family == AF_INET6 ? 128 : UINT32_MAX;
}

/* The kernel looks at mask and timeout only where the flag is set (ip_vs_schedule()), and keeps whatever was
 * written; tools write different things there. */
static void normalise_service(struct ipvs_table_service *s) {
        s->flags &= ~(uint32_t) IP_VS_SVC_F_HASHED;
        if (s->timeout > 0)
                s->flags |= IP_VS_SVC_F_PERSISTENT;
        if (!(s->flags & IP_VS_SVC_F_PERSISTENT))
                s->mask = ipvs_table_host_mask(s->family);
        if (s->fwmark != 0) {
                s->protocol = 0;
                s->port = 0;
                s->addr = (struct ip_addr){};
        }
}

static void normalise_server(struct ipvs_table_server *s) {
        s->forward &= IP_VS_CONN_F_FWD_MASK;
        if (s->forward != IP_VS_CONN_F_TUNNEL)
                s->tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_IPIP;
        if (s->tunnel_type != IP_VS_CONN_F_TUNNEL_TYPE_GUE)
                s->tunnel_port = 0;
        if (s->tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
                s->tunnel_flags = 0;
}

/* Room for one more of @size bytes behind @n: the array doubles whenever @n is a power of two. */
static int grow(void **array, size_t n, size_t size) {
        void *larger;

        if ((n & (n - 1)) != 0)
                return 0;
        larger = reallocarray(*array, n == 0 ? 1 : 2 * n, size);
        if (!larger)
                return -ENOMEM;
        *array = larger;
        return 0;
}

int ipvs_table_add_service(struct ipvs_table *t, const struct ipvs_table_service *s,
                struct ipvs_table_service **ret) {
        struct ipvs_table_service *added;
        int r;

        r = grow((void **) &t->services, t->n_services, sizeof(*t->services));
        if (r < 0)
                return r;
        added = &t->services[t->n_services];
        *added = *s;
        added->servers = NULL;
        added->n_servers = 0;
        added->order = t->n_services++;
        normalise_service(added);
        if (ret)
                *ret = added;
        return 0;
}

int ipvs_table_add_server(struct ipvs_table_service *s, const struct ipvs_table_server *server) {
        struct ipvs_table_server *added;
        int r;

        r = grow((void **) &s->servers, s->n_servers, sizeof(*s->servers));
        if (r < 0)
                return r;
        added = &s->servers[s->n_servers];
        *added = *server;
        added->order = s->n_servers++;
        normalise_server(added);
        return 0;
}

#define COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

int ipvs_table_service_compare_key(
                const struct ipvs_table_service *a, const struct ipvs_table_service *b) {
        int r = COMPARE(a->family, b->family);

        if (r == 0)
                r = COMPARE(a->fwmark, b->fwmark);
        if (r != 0 || a->fwmark != 0)
                return r;
        r = ip_addr_compare(&a->addr, &b->addr);
        if (r == 0)
                r = COMPARE(a->port, b->port);
        return r != 0 ? r : COMPARE(a->protocol, b->protocol);
}

int ipvs_table_server_compare_key(
                const struct ipvs_table_server *a, const struct ipvs_table_server *b) {
        int r = ip_addr_compare(&a->addr, &b->addr);

        return r != 0 ? r : COMPARE(a->port, b->port);
}

bool ipvs_table_service_same(
                const struct ipvs_table_service *a, const struct ipvs_table_service *b) {
        return strncmp(a->scheduler, b->scheduler, IPVS_NAME_MAX) == 0 &&
                        strncmp(a->engine, b->engine, IPVS_NAME_MAX) == 0 && a->flags == b->flags &&
                        a->timeout == b->timeout && a->mask == b->mask;
}

bool ipvs_table_server_same(const struct ipvs_table_server *a, const struct ipvs_table_server *b) {
        return a->weight == b->weight && a->forward == b->forward &&
                        a->tunnel_type == b->tunnel_type && a->tunnel_port == b->tunnel_port &&
                        a->tunnel_flags == b->tunnel_flags && a->upper == b->upper &&
                        a->lower == b->lower;
}

static int order_services(const void *x, const void *y) {
        const struct ipvs_table_service *a = x, *b = y;
        int r = ipvs_table_service_compare_key(a, b);

        return r != 0 ? r : COMPARE(a->order, b->order);
}

static int order_servers(const void *x, const void *y) {
        const struct ipvs_table_server *a = x, *b = y;
        int r = ipvs_table_server_compare_key(a, b);

        return r != 0 ? r : COMPARE(a->order, b->order);
}

static void sort_servers(struct ipvs_table_service *s) {
        size_t n = 0;

        if (s->n_servers == 0)
                return;
        qsort(s->servers, s->n_servers, sizeof(*s->servers), order_servers);
        for (size_t i = 0; i < s->n_servers; i++)
                if (n == 0 ||
                                ipvs_table_server_compare_key(&s->servers[n - 1], &s->servers[i]) !=
                                                0)
                        s->servers[n++] = s->servers[i];
        s->n_servers = n;
}

void ipvs_table_sort(struct ipvs_table *t) {
        size_t n = 0;

        if (t->n_services == 0)
                return;
        qsort(t->services, t->n_services, sizeof(*t->services), order_services);
        for (size_t i = 0; i < t->n_services; i++) {
                struct ipvs_table_service *s = &t->services[i];

                if (n > 0 && ipvs_table_service_compare_key(&t->services[n - 1], s) == 0) {
                        free(s->servers);
                        continue;
                }
                sort_servers(s);
                t->services[n++] = *s;
        }
        t->n_services = n;
}

static int copy_service(struct ipvs_table *t, const struct ipvs_table_service *s) {
        struct ipvs_table_service *copy;
        int r;

        r = ipvs_table_add_service(t, s, &copy);
        for (size_t i = 0; r >= 0 && i < s->n_servers; i++)
                r = ipvs_table_add_server(copy, &s->servers[i]);
        return r;
}

int ipvs_table_copy(const struct ipvs_table *t, struct ipvs_table *ret) {
        _cleanup_(ipvs_table_done) struct ipvs_table copy = {};

        for (size_t i = 0; i < t->n_services; i++) {
                int r = copy_service(&copy, &t->services[i]);

                if (r < 0)
                        return r;
        }
        ipvs_table_sort(&copy);
        *ret = copy;
        copy = (struct ipvs_table){};
        return 0;
}

struct ipvs_table_service *ipvs_table_find_service(
                const struct ipvs_table *t, const struct ipvs_table_service *key) {
        size_t low = 0, high = t->n_services;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = ipvs_table_service_compare_key(key, &t->services[middle]);

                if (r == 0)
                        return &t->services[middle];
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

struct ipvs_table_server *ipvs_table_find_server(
                const struct ipvs_table_service *s, const struct ipvs_table_server *key) {
        size_t low = 0, high = s->n_servers;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = ipvs_table_server_compare_key(key, &s->servers[middle]);

                if (r == 0)
                        return &s->servers[middle];
                if (r < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}
