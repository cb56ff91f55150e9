/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both tables are sorted by the same keys, so they are walked side by side. Every attribute can be edited in
 * place (ip_vs_edit_service(), ip_vs_edit_dest()): a key that both have is never deleted and made anew, which would
 * forget its connections and counters. */

#include "ipvsd/plan.h"

#include <errno.h>
#include <stdlib.h>

void ipvs_plan_done(struct ipvs_plan *p) {
        free(p->operations);
        *p = (struct ipvs_plan){};
}

static int append(struct ipvs_plan *p, enum ipvs_operation_kind kind,
                const struct ipvs_table_service *service, const struct ipvs_table_server *server) {
        if ((p->n & (p->n - 1)) == 0) {
                struct ipvs_operation *larger = reallocarray(
                                p->operations, p->n == 0 ? 1 : 2 * p->n, sizeof(*larger));

                if (!larger)
                        return -ENOMEM;
                p->operations = larger;
        }
        p->operations[p->n++] = (struct ipvs_operation){
                .kind = kind,
                .service = service,
                .server = server,
        };
        return 0;
}

/* Which of two walkers stands on the smaller key, when either may have come to its end. */
static int meet_servers(const struct ipvs_table_service *wanted, size_t w,
                const struct ipvs_table_service *kernel, size_t k) {
        if (w == wanted->n_servers)
                return 1;
        if (!kernel || k == kernel->n_servers)
                return -1;
        return ipvs_table_server_compare_key(&wanted->servers[w], &kernel->servers[k]);
}

enum pass {
        PASS_WEIGHTED, /* what clients can be sent to from now on */
        PASS_WEIGHTLESS,
        PASS_DELETE,
        _PASS_MAX,
};

static int diff_servers_pass(struct ipvs_plan *p, const struct ipvs_table_service *wanted,
                const struct ipvs_table_service *kernel, enum pass pass) {
        size_t w = 0, k = 0, n_kernel = kernel ? kernel->n_servers : 0;
        int r = 0;

        while (r >= 0 && (w < wanted->n_servers || k < n_kernel)) {
                int where = meet_servers(wanted, w, kernel, k);
                const struct ipvs_table_server *new_ = where <= 0 ? &wanted->servers[w++] : NULL;
                const struct ipvs_table_server *old = where >= 0 ? &kernel->servers[k++] : NULL;

                if (!new_) {
                        if (pass == PASS_DELETE)
                                r = append(p, IPVS_DELETE_SERVER, wanted, old);
                } else if (pass == (new_->weight > 0 ? PASS_WEIGHTED : PASS_WEIGHTLESS)) {
                        if (!old)
                                r = append(p, IPVS_ADD_SERVER, wanted, new_);
                        else if (!ipvs_table_server_same(new_, old))
                                r = append(p, IPVS_EDIT_SERVER, wanted, new_);
                }
        }
        return r;
}

/* @kernel is NULL when the service is new. */
static int diff_service(struct ipvs_plan *p, const struct ipvs_table_service *wanted,
                const struct ipvs_table_service *kernel) {
        int r = 0;

        if (!kernel)
                r = append(p, IPVS_ADD_SERVICE, wanted, NULL);
        else if (!ipvs_table_service_same(wanted, kernel))
                r = append(p, IPVS_EDIT_SERVICE, wanted, NULL);
        for (enum pass pass = 0; r >= 0 && pass < _PASS_MAX; pass++)
                r = diff_servers_pass(p, wanted, kernel, pass);
        return r;
}

int ipvs_plan_diff(const struct ipvs_table *wanted, const struct ipvs_table *kernel,
                const struct ipvs_table *ours, struct ipvs_plan *ret) {
        _cleanup_(ipvs_plan_done) struct ipvs_plan p = {};
        int r = 0;

        for (size_t i = 0; r >= 0 && i < wanted->n_services; i++)
                r = diff_service(&p, &wanted->services[i],
                                ipvs_table_find_service(kernel, &wanted->services[i]));
        for (size_t i = 0; r >= 0 && ours && i < kernel->n_services; i++) {
                const struct ipvs_table_service *s = &kernel->services[i];

                if (!ipvs_table_find_service(wanted, s) && ipvs_table_find_service(ours, s))
                        r = append(&p, IPVS_DELETE_SERVICE, s, NULL);
        }
        if (r < 0)
                return r;
        *ret = p;
        p = (struct ipvs_plan){};
        return 0;
}
