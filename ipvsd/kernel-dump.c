/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table is read in as many dumps as there are services, and one: the kernel has none of all servers. It
 * may change meanwhile. A service that goes has no servers then, and what is seen twice is kept once; whoever needs to
 * know better dumps again. */

#include <errno.h>
#include <linux/ip_vs.h>

#include "ipvsd/kernel-private.h"

struct walk {
        struct ipvs_table table;
        struct ipvs_table_service *service; /* whose servers come */
        bool keep_servers;
        ipvs_kernel_statistics_t handler; /* may be NULL */
        void *userdata;
};

static void walk_done(struct walk *w) {
        ipvs_table_done(&w->table);
}

static int on_service(const struct nlmsghdr *h, void *userdata) {
        struct ipvs_statistics statistics = {};
        struct ipvs_table_service s, *added;
        struct walk *w = userdata;
        int r;

        r = ipvs_message_parse_service(h, &s, w->handler ? &statistics : NULL);
        if (r < 0)
                return r;
        r = ipvs_table_add_service(&w->table, &s, &added);
        if (r < 0 || !w->handler)
                return r;
        statistics.service = added;
        w->handler(&statistics, w->userdata);
        return 0;
}

static int on_server(const struct nlmsghdr *h, void *userdata) {
        struct ipvs_statistics statistics = {};
        struct ipvs_table_server server;
        struct walk *w = userdata;
        int r;

        r = ipvs_message_parse_server(
                        h, w->service->family, &server, w->handler ? &statistics : NULL);
        if (r < 0)
                return r;
        if (w->handler) {
                statistics.service = w->service;
                statistics.server = &server;
                w->handler(&statistics, w->userdata);
        }
        return w->keep_servers ? ipvs_table_add_server(w->service, &server) : 0;
}

static void put_key(struct nl_msg *m, const void *what) {
        ipvs_message_put_service(m, what, false);
}

static int walk_servers(struct ipvs_kernel *k, struct walk *w) {
        for (size_t i = 0; i < w->table.n_services; i++) {
                int r;

                w->service = &w->table.services[i];
                r = ipvs_kernel_query(k, IPVS_CMD_GET_DEST, NLM_F_DUMP, put_key, w->service,
                                on_server, w);
                if (r < 0)
                        return r;
        }
        return 0;
}

int ipvs_kernel_dump(struct ipvs_kernel *k, struct ipvs_table *ret) {
        _cleanup_(walk_done) struct walk w = { .keep_servers = true };
        int r;

        r = ipvs_kernel_query(k, IPVS_CMD_GET_SERVICE, NLM_F_DUMP, NULL, NULL, on_service, &w);
        if (r < 0)
                return r;
        ipvs_table_sort(&w.table);
        r = walk_servers(k, &w);
        if (r < 0)
                return r;
        ipvs_table_sort(&w.table);
        *ret = w.table;
        w.table = (struct ipvs_table){};
        return 0;
}

int ipvs_kernel_statistics(struct ipvs_kernel *k, const struct ipvs_table_service *only,
                ipvs_kernel_statistics_t handler, void *userdata) {
        _cleanup_(walk_done) struct walk w = { .handler = handler, .userdata = userdata };
        int r;

        r = ipvs_kernel_query(k, IPVS_CMD_GET_SERVICE, only ? 0 : NLM_F_DUMP, only ? put_key : NULL,
                        only, on_service, &w);
        if (r < 0)
                return r;
        ipvs_table_sort(&w.table);
        return walk_servers(k, &w);
}
