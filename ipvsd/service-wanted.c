/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-wanted.h"

#include <errno.h>
#include <stdlib.h>

#include "common/conf.h"
#include "common/macro.h"
#include "ipvsd/firewall.h"
#include "ipvsd/ipvsd.h"

/* The services as ipvs_wanted_build() takes them; their servers lie behind each other. */
struct wanted {
        struct ipvs_wanted_service *services;
        size_t n_services;
        struct ipvs_wanted_server *servers;
};

static void wanted_done(struct wanted *w) {
        free(w->services);
        free(w->servers);
}

static int wanted_allocate(const struct ipvsd *d, struct wanted *w) {
        size_t n = 0;

        for (const struct ipvs_service *s = d->services; s; s = s->hh.next)
                n += HASH_COUNT(s->servers);
        w->services = calloc(MAX(HASH_COUNT(d->services), 1U), sizeof(*w->services));
        w->servers = calloc(MAX(n, (size_t) 1), sizeof(*w->servers));
        return w->services && w->servers ? 0 : -ENOMEM;
}

static int wanted_fill(const struct ipvsd *d, struct wanted *w) {
        struct ipvs_wanted_server *next;
        int r;

        r = wanted_allocate(d, w);
        if (r < 0)
                return r;
        next = w->servers;
        for (const struct ipvs_service *s = d->services; s; s = s->hh.next) {
                struct ipvs_wanted_service *to = &w->services[w->n_services++];

                *to = (struct ipvs_wanted_service){
                        .conf = s->conf,
                        .group = ipvs_conf_find_group(d->daemon->conf->ipvs, s->conf),
                        .marks = d->firewall ? ipvs_firewall_marks(d->firewall) : NULL,
                        .up = s->state == IPVS_CHECK_UP,
                        .drain = s->override == IPVS_OVERRIDE_DRAIN ||
                                        d->override == IPVS_OVERRIDE_DRAIN,
                        .servers = next,
                        .owner = s,
                };
                for (const struct ipvs_server *server = s->servers; server;
                                server = server->hh.next)
                        *next++ = ipvs_server_wanted(server);
                to->n_servers = (size_t) (next - to->servers);
        }
        return 0;
}

int ipvs_services_wanted(const struct ipvsd *d, struct ipvs_table *ret,
                struct ipvs_mark_rules *ret_rules,
                void (*each)(const struct ipvs_wanted_service *s)) {
        _cleanup_(ipvs_table_done) struct ipvs_table table = {};
        _cleanup_(wanted_done) struct wanted w = {};
        int r;

        r = wanted_fill(d, &w);
        if (r >= 0)
                r = ipvs_wanted_build(w.services, w.n_services, &table);
        if (r >= 0 && ret_rules)
                r = ipvs_mark_rules_build(w.services, w.n_services, ret_rules);
        if (r < 0)
                return r;
        for (size_t i = 0; each && i < w.n_services; i++)
                each(&w.services[i]);
        *ret = table;
        table = (struct ipvs_table){};
        return 0;
}
