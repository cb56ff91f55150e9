/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-table.h"

#include "common/log.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"
#include "ipvsd/service-state.h"

/* --- the wanted table --- */

static void show_server(
                const struct ipvs_wanted_service *s, const struct ipvs_wanted_server *wanted) {
        struct ipvs_server *r = (struct ipvs_server *) wanted->owner;
        bool in_table = ipvs_wanted_in_table(s, wanted);
        int weight = ipvs_wanted_weight(s, wanted);

        if (r->in_table == in_table && r->weight == weight)
                return;
        r->in_table = in_table;
        r->weight = weight;
        ipvs_server_bus_table_changed(r);
}

void ipvs_service_show_wanted(const struct ipvs_wanted_service *wanted) {
        struct ipvs_service *s = (struct ipvs_service *) wanted->owner;
        bool sorry = ipvs_wanted_is_sorry(wanted);

        for (size_t i = 0; i < wanted->n_servers; i++)
                show_server(wanted, &wanted->servers[i]);
        s->n_left_out = wanted->n_left_out;
        if (s->sorry_active == sorry)
                return;
        s->sorry_active = sorry;
        log_emit(LOG_NOTICE, NULL, IPVS_SERVICE_FIELDS(s), "%s: %s", s->name,
                        sorry ? "the sorry server takes the connections"
                              : "the sorry server is not needed any more");
        ipvs_service_bus_sorry_changed(s);
}

/* --- the kernel's --- */

static void count_server(struct ipvs_server *r, const struct ipvs_table_server *counted) {
        r->connections += (uint64_t) counted->active + counted->inactive;
        r->taking = r->taking || counted->weight > 0;
}

void ipvs_services_count(
                struct ipvsd *d, const struct ipvs_table *wanted, const struct ipvs_table *kernel) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next) {
                        r->connections = 0;
                        r->taking = false;
                }
        for (size_t i = 0; i < wanted->n_services; i++) {
                const struct ipvs_table_service *s = &wanted->services[i], *there;

                there = ipvs_table_find_service(kernel, s);
                for (size_t j = 0; there && j < s->n_servers; j++) {
                        struct ipvs_server *r = (struct ipvs_server *) s->servers[j].owner;
                        const struct ipvs_table_server *counted =
                                        ipvs_table_find_server(there, &s->servers[j]);

                        if (r && counted)
                                count_server(r, counted);
                }
        }
}

bool ipvs_services_tell_drained(struct ipvsd *d) {
        bool waiting = false;

        for (struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next) {
                        ipvs_server_tell_drained(r);
                        waiting |= ipvs_server_is_draining(r) && !r->drained;
                }
        return waiting;
}
