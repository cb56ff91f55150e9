/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/node-bus.h"
#include "ipvsd/operation.h"
#include "ipvsd/ownership.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"
#include "ipvsd/service-state.h"
#include "ipvsd/service-wanted.h"
#include "ipvsd/settings.h"
#include "ipvsd/sync.h"

#define DRAIN_LOOK_USEC USEC_PER_SEC /* while somebody waits for connections to end */
#define RETRY_MIN_USEC USEC_PER_SEC  /* while something does not work */
#define RETRY_MAX_USEC (60 * USEC_PER_SEC)
#define ROUNDS_MAX 3 /* of one look, while the table turns out to be another than was read */

struct ipvs_reconciler {
        struct ipvsd *ipvsd; /* owner */
        char *netns;
        struct ipvs_kernel *kernel; /* made when first needed */
        struct ipvs_ownership owned;
        char *owned_path;
        sd_event_source *timer;
        usec_t due; /* CLOCK_MONOTONIC; USEC_INFINITY: not armed */
        bool flush; /* before anything else */
        bool stopped;
        usec_t retry_usec;              /* back-off; 0: all is well */
        char problem[IPVS_PROBLEM_MAX]; /* of the node */
        char failed[IPVS_PROBLEM_MAX];  /* of something that is not in the configuration */
};

static const struct ipvs_conf *conf_of(const struct ipvs_reconciler *k) {
        return k->ipvsd->daemon->conf->ipvs;
}

/* --- problems --- */

static void set_node_problem(struct ipvs_reconciler *k, const char *text) {
        if (streq(k->problem, text))
                return;
        (void) snprintf(k->problem, sizeof(k->problem), "%s", text);
        if (*text)
                log_warning("the kernel's table cannot be written: %s; trying again", text);
        else
                log_notice("the kernel's table can be written again");
        DAEMON_CHANGED(k->ipvsd->daemon, IPVSD_OBJECT_PATH, IPVS_NODE_INTERFACE, "Problem");
        ipvsd_show_status(k->ipvsd);
}

static const char *explain(const struct ipvs_reconciler *k, int error, char *buf, size_t n) {
        switch (error) {
        case -EOPNOTSUPP: return "the kernel has no IPVS";
        case -ENOENT:
                (void) snprintf(buf, n, "there is no network namespace '%s'", k->netns ?: "");
                return buf;
        case -EPERM:
                return k->netns ? "net_namespace_ipvs needs CAP_SYS_ADMIN, see mainstay-ipvsd(8)"
                                : "not permitted, CAP_NET_ADMIN is needed";
        default: return strerrordesc_np(-error);
        }
}

static void node_failed(struct ipvs_reconciler *k, int error) {
        char buf[IPVS_PROBLEM_MAX];

        set_node_problem(k, explain(k, error, buf, sizeof(buf)));
        k->retry_usec = k->retry_usec ? MIN(2 * k->retry_usec, RETRY_MAX_USEC) : RETRY_MIN_USEC;
        ipvs_reconciler_arm(k, k->retry_usec);
}

static void clear_failures(struct ipvsd *d) {
        d->reconciler->failed[0] = '\0';
        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                s->failed[0] = '\0';
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        r->failed[0] = '\0';
        }
}

static void note(char *failed, const char *text) {
        if (!failed[0])
                (void) snprintf(failed, IPVS_PROBLEM_MAX, "%s", text);
}

static void on_failed(const struct ipvs_operation *o, int error, void *userdata) {
        struct ipvs_reconciler *k = userdata;
        struct ipvs_server *r = o->server ? (struct ipvs_server *) o->server->owner : NULL;
        struct ipvs_service *s = (struct ipvs_service *) o->service->owner;
        char text[IPVS_EXPLANATION_MAX];

        note(r ? r->failed : s ? s->failed : k->failed, ipvs_operation_explain(o, error, text));
}

/* Take over what failed this time; each change is said once. */
static bool show_server_problem(struct ipvs_server *r) {
        if (!streq(r->problem, r->failed)) {
                memcpy(r->problem, r->failed, sizeof(r->problem));
                if (r->problem[0])
                        log_emit(LOG_ERR, NULL,
                                        LOG_FIELDS({ "MAINSTAY_SERVICE", r->service->name },
                                                        { "MAINSTAY_SERVER", r->name }),
                                        "%s:%u: %s: server %s: %s", r->conf->pos.file,
                                        r->conf->pos.line, r->service->name, r->name, r->problem);
                ipvs_server_bus_problem_changed(r);
        }
        return r->problem[0];
}

static bool show_service_problem(struct ipvs_service *s) {
        if (!streq(s->problem, s->failed)) {
                memcpy(s->problem, s->failed, sizeof(s->problem));
                if (s->problem[0])
                        log_emit(LOG_ERR, NULL, LOG_FIELDS({ "MAINSTAY_SERVICE", s->name }),
                                        "%s:%u: %s: %s", s->conf->pos.file, s->conf->pos.line,
                                        s->name, s->problem);
                ipvs_service_bus_problem_changed(s);
        }
        return s->problem[0];
}

/* Whether there is any. */
static bool show_problems(struct ipvs_reconciler *k) {
        bool any = k->failed[0];

        for (struct ipvs_service *s = k->ipvsd->services; s; s = s->hh.next) {
                any |= show_service_problem(s);
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        any |= show_server_problem(r);
        }
        return any;
}

/* --- what the bus shows of the table, as it is wanted --- */

static void show_wanted_server(
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

static void show_wanted(const struct ipvs_wanted_service *wanted) {
        struct ipvs_service *s = (struct ipvs_service *) wanted->owner;
        bool sorry = ipvs_wanted_is_sorry(wanted);

        for (size_t i = 0; i < wanted->n_servers; i++)
                show_wanted_server(wanted, &wanted->servers[i]);
        if (wanted->n_left_out > 0)
                (void) snprintf(s->failed, sizeof(s->failed),
                                "%zu of its addresses or marks belong to a virtual_server before it",
                                wanted->n_left_out);
        if (s->sorry_active == sorry)
                return;
        s->sorry_active = sorry;
        log_emit(LOG_NOTICE, NULL, LOG_FIELDS({ "MAINSTAY_SERVICE", s->name }), "%s: %s", s->name,
                        sorry ? "the sorry server takes the connections"
                              : "the sorry server is not needed any more");
        ipvs_service_bus_sorry_changed(s);
}

/* --- connections --- */

/* Count what each server of ours has, over all services of a group. */
static void count_connections(
                struct ipvsd *d, const struct ipvs_table *wanted, const struct ipvs_table *kernel) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        r->connections = 0;
        for (size_t i = 0; i < wanted->n_services; i++) {
                const struct ipvs_table_service *s = &wanted->services[i], *there;

                there = ipvs_table_find_service(kernel, s);
                for (size_t j = 0; there && j < s->n_servers; j++) {
                        struct ipvs_server *r = (struct ipvs_server *) s->servers[j].owner;
                        const struct ipvs_table_server *counted =
                                        ipvs_table_find_server(there, &s->servers[j]);

                        if (r && counted)
                                r->connections += (uint64_t) counted->active + counted->inactive;
                }
        }
}

/* Returns whether somebody is waited for. */
static bool tell_drained(struct ipvsd *d) {
        bool waiting = false;

        for (struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next) {
                        ipvs_server_tell_drained(r);
                        waiting |= ipvs_server_is_draining(r) && !r->drained;
                }
        return waiting;
}

static bool is_anybody_draining(const struct ipvsd *d) {
        for (const struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (const struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        if (ipvs_server_is_draining(r) && !r->drained)
                                return true;
        return false;
}

/* --- the kernel --- */

static int open_kernel(struct ipvs_reconciler *k) {
        int r;

        if (k->kernel)
                return 0;
        r = ipvs_kernel_new(k->netns, &k->kernel);
        if (r == -ENOTRECOVERABLE) {
                log_error("cannot go back into our own network namespace");
                (void) sd_event_exit(k->ipvsd->daemon->event, r);
        }
        return r;
}

/* Once, with @wanted. Returns -errno, or 1 when another round is needed. *ret_changed: something was written. */
static int bring_round(
                struct ipvs_reconciler *k, const struct ipvs_table *wanted, bool *ret_changed) {
        _cleanup_(ipvs_table_done) struct ipvs_table there = {};
        _cleanup_(ipvs_plan_done) struct ipvs_plan plan = {};
        int r;

        r = ipvs_kernel_dump(k->kernel, &there);
        if (r < 0)
                return r;
        r = ipvs_ownership_claim(&k->owned, wanted);
        if (r > 0)
                r = ipvs_ownership_write(k->owned_path, &k->owned);
        if (r < 0)
                return r;
        r = ipvs_plan_diff(wanted, &there, &k->owned.services, &plan);
        if (r < 0)
                return r;
        count_connections(k->ipvsd, wanted, &there);
        *ret_changed = plan.n > 0;
        if (plan.n == 0)
                return 0;
        r = ipvs_kernel_apply(k->kernel, &plan, on_failed, k);
        return r == -ENOBUFS ? 1 : r;
}

static int bring(struct ipvs_reconciler *k, const struct ipvs_table *wanted, bool *ret_changed) {
        int r = 1;

        for (unsigned i = 0; i < ROUNDS_MAX && r == 1; i++) {
                bool changed = false;

                r = bring_round(k, wanted, &changed);
                *ret_changed |= changed;
        }
        return r;
}

static int flush(struct ipvs_reconciler *k) {
        int r;

        if (!k->flush)
                return 0;
        r = ipvs_kernel_flush(k->kernel);
        if (r < 0)
                return r;
        k->flush = false;
        log_notice("lvs_flush: the kernel's table has been emptied");
        return 0;
}

/* Without anything to do the kernel is not even asked: that could load its module. */
static bool has_nothing_to_do(const struct ipvs_reconciler *k, const struct ipvs_table *wanted) {
        const struct ipvs_ownership *o = &k->owned;

        return wanted->n_services == 0 && o->services.n_services == 0 && !k->flush &&
                        !ipvs_settings_wanted(&conf_of(k)->timeouts) && !o->timeouts_set &&
                        !ipvs_sync_wanted(k->ipvsd->sync) && !o->sync_master && !o->sync_backup;
}

static int write_kernel(
                struct ipvs_reconciler *k, const struct ipvs_table *wanted, bool *ret_changed) {
        int r;

        r = open_kernel(k);
        if (r >= 0)
                r = flush(k);
        if (r >= 0)
                r = ipvs_settings_apply(&conf_of(k)->timeouts, k->kernel, &k->owned, k->owned_path);
        if (r >= 0)
                r = bring(k, wanted, ret_changed);
        if (r >= 0)
                ipvs_sync_apply(k->ipvsd->sync, k->kernel, &k->owned, k->owned_path);
        return r;
}

/* When to look again. */
static usec_t next_look(struct ipvs_reconciler *k, bool problems) {
        if (problems) {
                k->retry_usec = k->retry_usec ? MIN(2 * k->retry_usec, RETRY_MAX_USEC)
                                              : RETRY_MIN_USEC;
                return k->retry_usec;
        }
        k->retry_usec = 0;
        return is_anybody_draining(k->ipvsd) ? DRAIN_LOOK_USEC : RECONCILE_LOOK_USEC;
}

/* What is not wanted is gone from the kernel: it is not ours any more. */
static void disown(struct ipvs_reconciler *k, const struct ipvs_table *wanted) {
        int r = ipvs_ownership_release(&k->owned, wanted, NULL);

        if (r > 0)
                r = ipvs_ownership_write(k->owned_path, &k->owned);
        if (r < 0)
                log_warning("cannot write down which services are ours: %s", strerrordesc_np(-r));
}

static void reconcile(struct ipvs_reconciler *k) {
        _cleanup_(ipvs_table_done) struct ipvs_table wanted = {};
        bool changed = false, problems;
        int r;

        ipvs_services_settle(k->ipvsd);
        clear_failures(k->ipvsd);
        r = ipvs_services_wanted(k->ipvsd, &wanted, show_wanted);
        if (r >= 0 && has_nothing_to_do(k, &wanted)) {
                set_node_problem(k, "");
                return;
        }
        if (r >= 0)
                r = write_kernel(k, &wanted, &changed);
        if (r < 0) {
                node_failed(k, r);
                return;
        }
        set_node_problem(k, "");
        problems = show_problems(k);
        if (!problems)
                disown(k, &wanted);
        /* Counts from before the weight was taken away prove nothing. */
        if (!changed)
                (void) tell_drained(k->ipvsd);
        ipvs_reconciler_arm(k, next_look(k, problems));
}

/* --- when --- */

static int on_timer(sd_event_source *s, usec_t usec, void *userdata) {
        struct ipvs_reconciler *k = userdata;

        k->due = USEC_INFINITY;
        reconcile(k);
        ipvsd_show_status(k->ipvsd);
        return 0;
}

void ipvs_reconciler_arm(struct ipvs_reconciler *k, usec_t delay_usec) {
        usec_t due = usec_add(usec_now(CLOCK_MONOTONIC), delay_usec);

        if (k->stopped || due >= k->due)
                return;
        k->due = due;
        (void) sd_event_source_set_time(k->timer, due);
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_ONESHOT);
}

void ipvs_reconciler_begin_anew(struct ipvs_reconciler *k) {
        k->flush = conf_of(k)->flush;
}

static int empty_table(struct ipvs_reconciler *k) {
        const struct ipvs_table nothing = {};
        bool changed = false;

        if (conf_of(k)->flush_on_stop == IPVS_FLUSH_ALL)
                return ipvs_kernel_flush(k->kernel);
        return bring(k, &nothing, &changed);
}

void ipvs_reconciler_stop(struct ipvs_reconciler *k) {
        const struct ipvs_table nothing = {};
        int r;

        k->stopped = true;
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
        if (has_nothing_to_do(k, &nothing) && conf_of(k)->flush_on_stop != IPVS_FLUSH_ALL)
                return;
        r = open_kernel(k);
        if (r >= 0) {
                ipvs_sync_stop(k->ipvsd->sync, k->kernel, &k->owned);
                (void) ipvs_settings_restore(k->kernel, &k->owned, k->owned_path);
                r = empty_table(k);
        }
        if (r >= 0)
                disown(k, &nothing);
        /* Where there is no IPVS there is nothing of ours either. */
        if (r < 0 && r != -EOPNOTSUPP)
                log_error("our services could not be removed from the kernel's table: %s",
                                strerrordesc_np(-r));
}

const char *ipvs_reconciler_problem(const struct ipvs_reconciler *k) {
        return k->problem;
}

struct ipvs_kernel *ipvs_reconciler_kernel(struct ipvs_reconciler *k) {
        return k->kernel;
}

static int timer_start(struct ipvs_reconciler *k) {
        int r;

        r = sd_event_add_time(k->ipvsd->daemon->event, &k->timer, CLOCK_MONOTONIC, USEC_INFINITY,
                        USEC_PER_MSEC, on_timer, k);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
        return sd_event_source_set_priority(k->timer, DAEMON_PRIORITY_TIMER);
}

static int set_owned_netns(struct ipvs_reconciler *k) {
        if (!k->netns || k->owned.netns)
                return 0;
        k->owned.netns = strdup(k->netns);
        return k->owned.netns ? 0 : -ENOMEM;
}

/* Ours is what a predecessor made in the same place. */
static int read_owned(struct ipvs_reconciler *k) {
        int r;

        k->owned_path = daemon_runtime_path(k->ipvsd->daemon, "ownership");
        if (!k->owned_path)
                return -ENOMEM;
        r = ipvs_ownership_read(k->owned_path, &k->owned);
        if (r < 0 && r != -ENOENT)
                log_warning("%s is ignored, services that were ours stay where they are: %s",
                                k->owned_path, strerrordesc_np(-r));
        if (r < 0 || streq_ptr(k->owned.netns, k->netns))
                return r == -ENOMEM ? r : set_owned_netns(k);
        log_warning("net_namespace_ipvs is another one now; what was ours stays there");
        ipvs_ownership_done(&k->owned);
        return set_owned_netns(k);
}

int ipvs_reconciler_new(struct ipvsd *d, const char *netns, struct ipvs_reconciler **ret) {
        _cleanup_(ipvs_reconciler_freep) struct ipvs_reconciler *k = calloc(1, sizeof(*k));
        int r;

        if (!k)
                return -ENOMEM;
        k->ipvsd = d;
        k->due = USEC_INFINITY;
        if (netns) {
                k->netns = strdup(netns);
                if (!k->netns)
                        return -ENOMEM;
        }
        r = read_owned(k);
        if (r < 0)
                return r;
        r = timer_start(k);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(k);
        return 0;
}

struct ipvs_reconciler *ipvs_reconciler_free(struct ipvs_reconciler *k) {
        if (!k)
                return NULL;
        k->timer = sd_event_source_disable_unref(k->timer);
        k->kernel = ipvs_kernel_free(k->kernel);
        ipvs_ownership_done(&k->owned);
        free(k->owned_path);
        free(k->netns);
        free(k);
        return NULL;
}
