/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/check-mirror.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/override-store.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"
#include "ipvsd/service-state.h"

const char *ipvs_server_forwarding(const struct ipvs_server *r) {
        enum ipvs_conf_forward own = r->conf->forward.method;

        return ipvs_conf_forward_to_string(own ? own : r->service->conf->forward.method);
}

int ipvs_server_weight(const struct ipvs_server *r) {
        int weight = r->override_weight != IPVS_WEIGHT_AS_CONFIGURED ? r->override_weight
                                                                     : r->conf->weight;

        return ipvs_health_weight(weight, r->checks, r->n_checks);
}

struct ipvs_wanted_server ipvs_server_wanted(const struct ipvs_server *r) {
        return (struct ipvs_wanted_server){
                .conf = r->conf,
                .good = !ipvs_health_fault(r->checks, r->n_checks),
                .weight = ipvs_server_weight(r),
                .override = r->override,
                .owner = r,
        };
}

bool ipvs_server_is_draining(const struct ipvs_server *r) {
        return r->override == IPVS_OVERRIDE_DRAIN || r->service->override == IPVS_OVERRIDE_DRAIN ||
                        r->service->ipvsd->override == IPVS_OVERRIDE_DRAIN;
}

/* --- checks --- */

bool ipvs_server_hear(struct ipvs_server *r, size_t i, enum ipvs_check_state state,
                const char *reason, int weight_change) {
        struct ipvs_check *c;

        if (i >= r->n_checks)
                return false;
        c = &r->checks[i];
        /* A checkd that begins anew knows nothing yet; what was known stands. */
        if (state == IPVS_CHECK_UNKNOWN || state == _IPVS_CHECK_STATE_MAX)
                return false;
        if (c->state == state && c->weight_change == weight_change && streq(c->reason, reason))
                return false;
        c->state = state;
        c->weight_change = weight_change;
        (void) snprintf(c->reason, sizeof(c->reason), "%s", reason);
        return true;
}

/* Checks of @conf in place of those that were; what is known of one stays with it while its kind does. */
static int set_checks(struct ipvs_server *r, const struct ipvs_server_conf *conf) {
        const struct check_checker_conf *c;
        struct ipvs_check *checks;
        size_t n = 0, i = 0;

        LL_COUNT(conf->checkers, c, n);
        checks = calloc(n > 0 ? n : 1, sizeof(*checks));
        if (!checks)
                return -ENOMEM;
        LL_FOREACH (conf->checkers, c) {
                const char *kind = check_kind_conf_to_string(c->kind);

                if (i < r->n_checks && streq(r->checks[i].kind, kind))
                        checks[i] = r->checks[i];
                checks[i].kind = kind;
                checks[i++].alpha = c->alpha;
        }
        free(r->checks);
        r->checks = checks;
        r->n_checks = n;
        return 0;
}

/* --- servers --- */

static struct ipvs_server *server_free(struct ipvs_server *r) {
        if (!r)
                return NULL;
        if (r->hh.tbl)
                HASH_DEL(r->service->servers, r);
        free(r->name);
        free(r->path);
        free(r->checks);
        free(r);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct ipvs_server *, server_free);

struct ipvs_server *ipvs_server_find(const struct ipvs_service *s, const char *name) {
        struct ipvs_server *r;

        HASH_FIND_STR(s->servers, name, r);
        return r;
}

static int server_new(
                struct ipvs_service *s, const char *name, const struct ipvs_server_conf *conf) {
        _cleanup_(server_freep) struct ipvs_server *r = NULL;
        int error;

        r = calloc(1, sizeof(*r));
        if (!r)
                return -ENOMEM;
        *r = (struct ipvs_server){
                .service = s,
                .conf = conf,
                .wanted = conf,
                .override_weight_told = IPVS_WEIGHT_AS_CONFIGURED,
        };
        r->name = strdup(name);
        if (!r->name)
                return -ENOMEM;
        error = ipvs_server_bus_path(s->name, name, &r->path);
        if (error < 0)
                return error;
        error = set_checks(r, conf);
        if (error < 0)
                return error;
        r->override_told = r->override = ipvs_override_store_get(
                        s->ipvsd->overrides, s->name, r->name, &r->override_weight);
        r->override_weight_told = r->override_weight;
        HASH_ADD_KEYPTR(hh, s->servers, r->name, strlen(r->name), r);
        ipvs_check_mirror_learn(s->ipvsd->checks, r);
        daemon_object_added(s->ipvsd->daemon, r->path);
        r = NULL;
        return 0;
}

static void server_remove(struct ipvs_server *r) {
        ipvs_server_tell_end(r, IPVS_END_DEPARTED);
        daemon_object_removed(r->service->ipvsd->daemon, r->path, IPVS_SERVER_INTERFACE);
        (void) server_free(r);
}

static int server_want(struct ipvs_service *s, const struct ipvs_server_conf *conf) {
        struct ipvs_server *r;

        r = ipvs_server_find(s, conf->label);
        if (!r)
                return server_new(s, conf->label, conf);
        if (r->wanted)
                return -EEXIST;
        r->wanted = conf;
        return 0;
}

static bool same_checks(const struct ipvs_server_conf *a, const struct ipvs_server_conf *b) {
        const struct check_checker_conf *x = a->checkers, *y = b->checkers;

        for (; x && y && x->kind == y->kind; x = x->next)
                y = y->next;
        return !x && !y;
}

/* What the bus shows of a server's configuration, apart from its service's share. */
static bool same_server(const struct ipvs_server_conf *a, const struct ipvs_server_conf *b) {
        return a->weight == b->weight && a->forward.method == b->forward.method &&
                        same_checks(a, b);
}

/* @inherited: what it takes from its service is another now. */
static void server_apply(struct ipvs_server *r, bool inherited) {
        const struct ipvs_server_conf *old = r->conf;

        if (!r->wanted) {
                server_remove(r);
                return;
        }
        r->conf = TAKE_PTR(r->wanted);
        if (set_checks(r, r->conf) < 0)
                log_error("server %s: its checks are those of before: %s", r->name,
                                strerrordesc_np(ENOMEM));
        ipvs_check_mirror_learn(r->service->ipvsd->checks, r);
        if (!same_server(old, r->conf) || (inherited && !r->conf->forward.method))
                ipvs_server_bus_configured(r);
}

/* --- services --- */

static struct ipvs_service *service_free(struct ipvs_service *s) {
        struct ipvs_server *r, *next;

        if (!s)
                return NULL;
        HASH_ITER (hh, s->servers, r, next)
                (void) server_free(r);
        if (s->hh.tbl)
                HASH_DEL(s->ipvsd->services, s);
        free(s->name);
        free(s->path);
        free(s);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct ipvs_service *, service_free);

struct ipvs_service *ipvs_service_find(const struct ipvsd *d, const char *name) {
        struct ipvs_service *s;

        HASH_FIND_STR(d->services, name, s);
        return s;
}

static int service_new(struct ipvsd *d, const char *name, const struct ipvs_service_conf *conf) {
        _cleanup_(service_freep) struct ipvs_service *s = NULL;
        int r;

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (struct ipvs_service){ .ipvsd = d, .conf = conf, .wanted = conf };
        s->name = strdup(name);
        if (!s->name)
                return -ENOMEM;
        r = ipvs_service_bus_path(name, &s->path);
        if (r < 0)
                return r;
        s->override_told = s->override = ipvs_override_store_get(d->overrides, s->name, NULL, NULL);
        HASH_ADD_KEYPTR(hh, d->services, s->name, strlen(s->name), s);
        daemon_object_added(d->daemon, s->path);
        s = NULL;
        return 0;
}

static void service_remove(struct ipvs_service *s) {
        struct ipvs_server *r, *next;

        HASH_ITER (hh, s->servers, r, next)
                server_remove(r);
        ipvs_service_tell_end(s, IPVS_END_DEPARTED);
        daemon_object_removed(s->ipvsd->daemon, s->path, IPVS_SERVICE_INTERFACE);
        (void) service_free(s);
}

static int service_want(struct ipvsd *d, const struct ipvs_service_conf *conf) {
        struct ipvs_service *s;

        s = ipvs_service_find(d, conf->label);
        if (!s)
                return service_new(d, conf->label, conf);
        if (s->wanted)
                return -EEXIST;
        s->wanted = conf;
        return 0;
}

/* What the bus shows of a service. */
static bool same_service(const struct ipvs_service_conf *a, const struct ipvs_service_conf *b) {
        return a->protocol == b->protocol && streq_ptr(a->scheduler, b->scheduler) &&
                        a->forward.method == b->forward.method &&
                        a->persistence_timeout == b->persistence_timeout &&
                        a->quorum == b->quorum && a->hysteresis == b->hysteresis &&
                        ip_addr_equal(&a->sorry.addr, &b->sorry.addr) &&
                        a->sorry.port == b->sorry.port;
}

static void complain(const struct conf_pos *pos, const char *what, int error) {
        log_error("%s:%u: %s is left out: %s", pos->file, pos->line, what,
                        error == -EEXIST ? "there is one like it" : strerrordesc_np(-error));
}

static void service_apply(struct ipvs_service *s) {
        const struct ipvs_service_conf *old = s->conf;
        const struct ipvs_server_conf *conf;
        struct ipvs_server *r, *next;

        if (!s->wanted) {
                service_remove(s);
                return;
        }
        s->conf = TAKE_PTR(s->wanted);
        if (!same_service(old, s->conf))
                ipvs_service_bus_configured(s);
        DL_FOREACH (s->conf->servers, conf) {
                int error = server_want(s, conf);

                if (error < 0)
                        complain(&conf->pos, "real_server", error);
        }
        HASH_ITER (hh, s->servers, r, next)
                server_apply(r, old->forward.method != s->conf->forward.method);
}

void ipvs_services_configure(struct ipvsd *d, const struct ipvs_conf *conf) {
        const struct ipvs_service_conf *c;
        struct ipvs_service *s, *next;

        DL_FOREACH (conf->services, c) {
                int error = service_want(d, c);

                if (error < 0)
                        complain(&c->pos, "virtual_server", error);
        }
        HASH_ITER (hh, d->services, s, next)
                service_apply(s);
}

void ipvs_services_free(struct ipvsd *d) {
        struct ipvs_service *s, *next;

        HASH_ITER (hh, d->services, s, next)
                (void) service_free(s);
}
