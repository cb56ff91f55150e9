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
#include "ipvsd/firewall.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/node-bus.h"
#include "ipvsd/operation.h"
#include "ipvsd/ownership.h"
#include "ipvsd/problem.h"
#include "ipvsd/service-state.h"
#include "ipvsd/service-table.h"
#include "ipvsd/service-wanted.h"
#include "ipvsd/settings.h"
#include "ipvsd/stranger.h"
#include "ipvsd/sync.h"
#include "vrrpd/conf.h"

#define DRAIN_LOOK_USEC USEC_PER_SEC /* while somebody waits for connections to end */
#define RETRY_MIN_USEC USEC_PER_SEC  /* while something does not work */
#define RETRY_MAX_USEC (60 * USEC_PER_SEC)
#define LOOK_SHARE                                                                                 \
        20 /* a very large table is looked at more seldom: for no more than this part of the time */
#define ROUNDS_MAX 3 /* of one look, while the table turns out to be another than was read */

struct ipvs_reconciler {
        struct ipvsd *ipvsd; /* owner */
        char *netns;
        struct ipvs_kernel *kernel; /* made when first needed */
        struct ipvs_ownership owned;
        char *owned_path;
        bool unwritten; /* what is owned is not in the file */
        struct ipvs_stranger stranger;
        sd_event_source *timer;
        usec_t due; /* CLOCK_MONOTONIC; USEC_INFINITY: not armed */
        bool flush; /* before anything else */
        bool stopped;
        usec_t retry_usec;              /* back-off; 0: all is well */
        char problem[IPVS_PROBLEM_MAX]; /* of the node */
        char failed[IPVS_PROBLEM_MAX];  /* the same while the table is being written */
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
                log_warning("not all is as it should be in the kernel: %s; trying again", text);
        else
                log_notice("all is as it should be in the kernel again");
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

/* What belongs to no service is the node's problem. */
static void note(struct ipvs_reconciler *k, const char *text) {
        if (!k->failed[0])
                (void) snprintf(k->failed, sizeof(k->failed), "%s", text);
}

static void on_failed(const struct ipvs_operation *o, int error, void *userdata) {
        char text[IPVS_EXPLANATION_MAX];

        if (!ipvs_problems_note(o, error))
                note(userdata, ipvs_operation_explain(o, error, text));
}

/* --- the kernel --- */

/* A process in a namespace that is not its own does nothing more. */
static int check_place(struct ipvs_reconciler *k, int r) {
        if (r == -ENOTRECOVERABLE) {
                log_error("cannot go back into our own network namespace");
                (void) sd_event_exit(k->ipvsd->daemon->event, r);
        }
        return r;
}

static int open_kernel(struct ipvs_reconciler *k) {
        return k->kernel ? 0 : check_place(k, ipvs_kernel_new(k->netns, &k->kernel));
}

/* What could not be written down is tried again with each look; the table is kept in order all the same, because
 * servers die meanwhile. */
static int write_down(struct ipvs_reconciler *k, bool changed) {
        char text[IPVS_PROBLEM_MAX];
        int r;

        k->unwritten = k->unwritten || changed;
        if (!k->unwritten)
                return 0;
        r = ipvs_ownership_write(k->owned_path, &k->owned);
        k->unwritten = r < 0;
        if (r >= 0)
                return 0;
        (void) snprintf(text, sizeof(text), "cannot write down which services are ours: %s",
                        strerrordesc_np(-r));
        note(k, text);
        return r;
}

/* Before anything is made it is ours; what is neither there nor wanted no longer is. */
static int write_owned(struct ipvs_reconciler *k, const struct ipvs_table *wanted,
                const struct ipvs_table *there) {
        int claimed, released;

        claimed = ipvs_ownership_claim(&k->owned, wanted);
        if (claimed < 0)
                return claimed;
        released = ipvs_ownership_release(&k->owned, wanted, there);
        (void) write_down(k, claimed || released);
        return 0;
}

/* Answers were lost, or the table changed while it was read: ask again. */
static bool is_passing(int error) {
        return error == -ENOBUFS || error == -EINTR;
}

static void tell_stranger(struct ipvs_reconciler *k, const struct ipvs_table *wanted,
                const struct ipvs_plan *plan) {
        size_t n = ipvs_stranger_look(&k->stranger, wanted, plan);

        if (n > 0)
                log_warning("somebody else has changed our services in the kernel's table; "
                            "undoing it takes %zu operations",
                                n);
}

/* Once, with @wanted. Returns -errno, or 1 when another round is needed. */
static int bring_round(struct ipvs_reconciler *k, const struct ipvs_table *wanted) {
        _cleanup_(ipvs_table_done) struct ipvs_table there = {};
        _cleanup_(ipvs_plan_done) struct ipvs_plan plan = {};
        int r;

        ipvs_problems_clear(k->ipvsd);
        k->failed[0] = '\0';
        r = ipvs_kernel_dump(k->kernel, &there);
        if (r < 0)
                return is_passing(r) ? 1 : r;
        ipvs_services_count(k->ipvsd, wanted, &there);
        r = write_owned(k, wanted, &there);
        if (r < 0)
                return r;
        r = ipvs_plan_diff(wanted, &there, &k->owned.services, &plan);
        if (r < 0)
                return r;
        tell_stranger(k, wanted, &plan);
        r = ipvs_kernel_apply(k->kernel, &plan, on_failed, k);
        return is_passing(r) ? 1 : r;
}

/* 0; 1: the table is not yet as it should be, though nobody refused; or -errno. */
static int bring(struct ipvs_reconciler *k, const struct ipvs_table *wanted) {
        int r = 1;

        for (unsigned i = 0; i < ROUNDS_MAX && r == 1; i++)
                r = bring_round(k, wanted);
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
        const struct ipvs_firewall *f = k->ipvsd->firewall;
        const struct ipvs_ownership *o = &k->owned;

        return !ipvs_firewall_wanted(f) && !ipvs_firewall_exists(f) && wanted->n_services == 0 &&
                        o->services.n_services == 0 && !k->unwritten && !k->flush &&
                        !ipvs_settings_wanted(&conf_of(k)->timeouts) && !o->timeouts_set &&
                        !ipvs_sync_wanted(k->ipvsd->sync) && !o->sync_master && !o->sync_backup;
}

/* What holds for all services comes after them: it must not keep them waiting when it fails. */
static void write_settings(struct ipvs_reconciler *k) {
        struct ipvs_sync *sync = k->ipvsd->sync;
        char text[IPVS_PROBLEM_MAX];
        int r;

        r = ipvs_settings_apply(&conf_of(k)->timeouts, k->kernel, &k->owned, k->owned_path);
        if (r < 0) {
                (void) snprintf(text, sizeof(text), "lvs_timeouts: %s", strerrordesc_np(-r));
                note(k, text);
        }
        r = ipvs_sync_apply(sync, k->kernel, &k->owned, k->owned_path);
        if (r < 0)
                note(k, ipvs_sync_explain(sync, r, text));
}

/* --- marks --- */

/* A mark without a service is nothing to the kernel, a service without marks gets no packets: marks come first and go
 * last. 0 or -errno. */
static int set_marks(struct ipvs_reconciler *k, const struct ipvs_mark_rules *rules) {
        struct ipvs_firewall *f = k->ipvsd->firewall;

        if (!ipvs_firewall_wanted(f))
                return 0;
        return check_place(k,
                        ipvs_firewall_apply(f, rules, &conf_of(k)->marks,
                                        k->ipvsd->daemon->conf->vrrp->nftables.counters));
}

static int remove_marks(struct ipvs_reconciler *k) {
        struct ipvs_firewall *f = k->ipvsd->firewall;

        return ipvs_firewall_wanted(f) ? 0 : check_place(k, ipvs_firewall_remove(f));
}

/* As bring(). */
static int write_kernel(struct ipvs_reconciler *k, const struct ipvs_table *wanted) {
        int r;

        r = open_kernel(k);
        if (r >= 0)
                r = flush(k);
        if (r >= 0)
                r = bring(k, wanted);
        if (r >= 0)
                write_settings(k);
        return r;
}

/* When to look again, after a look that took @spent of the processor's time: that others were busy meanwhile is no
 * reason to let a stranger's changes stand. What is wrong is tried later and later, but makes nothing else
 * wait longer. */
static usec_t next_look(struct ipvs_reconciler *k, bool wrong, bool draining, usec_t spent) {
        usec_t look = MAX(draining ? DRAIN_LOOK_USEC : RECONCILE_LOOK_USEC, LOOK_SHARE * spent);

        if (!wrong) {
                k->retry_usec = 0;
                return look;
        }
        k->retry_usec = k->retry_usec ? MIN(2 * k->retry_usec, RETRY_MAX_USEC) : RETRY_MIN_USEC;
        return MIN(k->retry_usec, look);
}

/* What is not wanted is gone from the kernel: it is not ours any more. */
static void disown(struct ipvs_reconciler *k, const struct ipvs_table *wanted) {
        int r = ipvs_ownership_release(&k->owned, wanted, NULL);

        if (r >= 0)
                r = write_down(k, r > 0);
        if (r < 0)
                log_warning("cannot write down which services are ours: %s", strerrordesc_np(-r));
}

/* As bring(); what is wrong with marks does not keep the services waiting. */
static int write_all(struct ipvs_reconciler *k, const struct ipvs_table *wanted,
                const struct ipvs_mark_rules *rules) {
        int set = set_marks(k, rules);
        int written = write_kernel(k, wanted);
        int removed = remove_marks(k);

        if (written >= 0 && (set < 0 || removed < 0))
                note(k, ipvs_firewall_error(k->ipvsd->firewall));
        return written;
}

static void reconcile(struct ipvs_reconciler *k) {
        _cleanup_(ipvs_mark_rules_done) struct ipvs_mark_rules rules = {};
        _cleanup_(ipvs_table_done) struct ipvs_table wanted = {};
        usec_t begin = usec_now(CLOCK_PROCESS_CPUTIME_ID);
        bool wrong, draining;
        int r;

        ipvs_services_settle(k->ipvsd);
        r = ipvs_services_wanted(k->ipvsd, &wanted, &rules, ipvs_service_show_wanted);
        if (r >= 0 && has_nothing_to_do(k, &wanted)) {
                set_node_problem(k, "");
                return;
        }
        if (r >= 0)
                r = write_all(k, &wanted, &rules);
        if (r < 0) {
                ipvs_stranger_unsettle(&k->stranger);
                node_failed(k, r);
                return;
        }
        set_node_problem(k, k->failed);
        wrong = ipvs_problems_show(k->ipvsd) || k->failed[0] || r > 0;
        if (wrong)
                ipvs_stranger_unsettle(&k->stranger);
        else {
                disown(k, &wanted);
                ipvs_stranger_settle(&k->stranger, &wanted);
        }
        draining = ipvs_services_tell_drained(k->ipvsd);
        ipvs_reconciler_arm(k,
                        next_look(k, wrong, draining, usec_now(CLOCK_PROCESS_CPUTIME_ID) - begin));
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
        /* The state may have been lost alone: whoever has services is a successor. */
        k->flush = conf_of(k)->flush && k->owned.services.n_services == 0;
}

static int empty_table(struct ipvs_reconciler *k) {
        const struct ipvs_table nothing = {};

        if (conf_of(k)->flush_on_stop == IPVS_FLUSH_ALL)
                return ipvs_kernel_flush(k->kernel);
        return bring(k, &nothing);
}

static int undo(struct ipvs_reconciler *k) {
        int r;

        r = open_kernel(k);
        if (r < 0)
                return r;
        ipvs_sync_stop(k->ipvsd->sync, k->kernel, &k->owned, k->owned_path);
        (void) ipvs_settings_restore(k->kernel, &k->owned, k->owned_path);
        return empty_table(k);
}

void ipvs_reconciler_stop(struct ipvs_reconciler *k) {
        const struct ipvs_table nothing = {};
        int r;

        k->stopped = true;
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
        if (has_nothing_to_do(k, &nothing) && conf_of(k)->flush_on_stop != IPVS_FLUSH_ALL)
                return;
        k->failed[0] = '\0';
        r = undo(k);
        /* Where there is no IPVS there is nothing of ours either. */
        if ((r == 0 && !k->failed[0]) || r == -EOPNOTSUPP)
                disown(k, &nothing);
        else
                log_error("our services could not be removed from the kernel's table: %s",
                                r < 0                          ? strerrordesc_np(-r)
                                                : k->failed[0] ? k->failed
                                                               : "others write it, too");
        if (ipvs_firewall_remove(k->ipvsd->firewall) < 0)
                log_error("%s", ipvs_firewall_error(k->ipvsd->firewall));
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
        ipvs_stranger_done(&k->stranger);
        free(k->owned_path);
        free(k->netns);
        free(k);
        return NULL;
}
