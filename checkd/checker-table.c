/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checker-table.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

#include "checkd/checkd.h"
#include "checkd/checker-bus.h"
#include "checkd/checker-store.h"
#include "checkd/checker.h"
#include "checkd/probe.h"
#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/conf.h"

#define FIRST_USEC USEC_PER_SEC /* nothing is checked earlier, as in keepalived */

static int add(struct checkd *c, const char *name, const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server, const struct check_checker_conf *conf) {
        struct checker *k;
        int r;

        r = checker_new(c, name, service, server, conf, &k);
        if (r < 0)
                return r;
        checker_store_touch(c->store, k);
        daemon_object_added(c->daemon, k->path);
        checker_catch_up(k);
        return 0;
}

static void configure(struct checkd *c, const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server, const struct check_checker_conf *conf,
                unsigned n) {
        _cleanup_free_ char *name = checker_name(service, server, n);
        struct checker *k = name ? checker_find(c, name) : NULL;
        int r;

        if (k) {
                k->seen = true;
                r = checker_reconfigure(k, service, conf);
        } else
                r = name ? add(c, name, service, server, conf) : -ENOMEM;
        if (r < 0)
                log_error("%s:%u: cannot check server %s of service %s: %s", conf->pos.file,
                                conf->pos.line, server->label, service->label, strerrordesc_np(-r));
}

static void configure_server(struct checkd *c, const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server) {
        const struct check_checker_conf *conf;
        unsigned n = 0;

        LL_FOREACH (server->checkers, conf) {
                n++;
                if (check_kind_find(conf->kind))
                        configure(c, service, server, conf, n);
        }
}

static void remove_checker(struct checker *k) {
        struct checkd *c = k->checkd;

        checker_store_touch(c->store, k);
        daemon_object_removed(c->daemon, k->path, CHECKER_INTERFACE);
        (void) checker_free(k);
}

static void rebase_probes(struct checkd *c) {
        struct check_probe *first, *next, *p;

        HASH_ITER (hh, c->probes, first, next)
                for (p = first; p; p = p->alike)
                        check_probe_rebase(p, p->checkers->conf);
}

void checker_table_configure(struct checkd *c, const struct conf *conf) {
        const struct ipvs_service_conf *service;
        const struct ipvs_server_conf *server;
        struct checker *k, *next;

        for (k = c->checkers; k; k = k->hh.next)
                k->seen = false;
        DL_FOREACH (conf->ipvs->services, service)
                DL_FOREACH (service->servers, server)
                        configure_server(c, service, server);
        HASH_ITER (hh, c->checkers, k, next)
                if (!k->seen)
                        remove_checker(k);
        rebase_probes(c);
}

static usec_t random_below(usec_t limit) {
        uint64_t v = 0;

        (void) getrandom(&v, sizeof(v), GRND_NONBLOCK);
        return limit > 0 ? v % limit : 0;
}

void checker_table_begin(struct checkd *c) {
        usec_t now = usec_now(CLOCK_MONOTONIC);
        unsigned n = HASH_COUNT(c->checkers), i = 0;
        struct checker *k;

        for (k = c->checkers; k; k = k->hh.next, i++) {
                usec_t pause = k->conf->warmup_usec > 0
                                ? random_below(k->conf->warmup_usec)
                                : check_schedule_spread(0, k->conf->delay_loop_usec, i, n);

                check_probe_schedule(k->probe, now + FIRST_USEC + pause);
        }
}

void checker_table_done(struct checkd *c) {
        struct checker *k, *next;

        HASH_ITER (hh, c->checkers, k, next)
                (void) checker_free(k);
}
