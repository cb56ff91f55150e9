/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Start is adoption: what was known is restored, the kernel's table is read, and only what differs is written.
 * Only a start from nothing waits, for a moment, for the first words of checkd, so that servers that are known to be
 * bad do not get into the table for that long. A reload is the same with the old configuration in place of the
 * saved state. */

#include "ipvsd/ipvsd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/check-mirror.h"
#include "ipvsd/firewall.h"
#include "ipvsd/node-bus.h"
#include "ipvsd/override-store.h"
#include "ipvsd/reconcile.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"
#include "ipvsd/service-state.h"
#include "ipvsd/service-store.h"
#include "ipvsd/sync.h"

#define SETTLE_DELAY_USEC (2 * USEC_PER_MSEC) /* changes of that time are taken together */
#define FIRST_WORD_USEC (300 * USEC_PER_MSEC) /* how long a start from nothing waits for checkd */
#define SAVE_DELAY_USEC (100 * USEC_PER_MSEC)

/* --- the saved state --- */

static void save_now(struct ipvsd *d) {
        _cleanup_free_ char *path = daemon_runtime_path(d->daemon, "services");
        int r;

        r = path ? ipvs_store_write(d, path) : -ENOMEM;
        if (r < 0)
                log_warning("cannot save the state of services: %s", strerrordesc_np(-r));
}

static int on_save(sd_event_source *s, uint64_t usec, void *userdata) {
        save_now(userdata);
        return 0;
}

void ipvsd_save_soon(struct ipvsd *d) {
        int enabled;

        if (!d->save_timer || sd_event_source_get_enabled(d->save_timer, &enabled) < 0 ||
                        enabled != SD_EVENT_OFF)
                return;
        (void) sd_event_source_set_time_relative(d->save_timer, SAVE_DELAY_USEC);
        (void) sd_event_source_set_enabled(d->save_timer, SD_EVENT_ONESHOT);
}

static int save_timer_start(struct ipvsd *d) {
        int r;

        r = sd_event_add_time(d->daemon->event, &d->save_timer, CLOCK_MONOTONIC, 0, 0, on_save, d);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(d->save_timer, SD_EVENT_OFF);
        return sd_event_source_set_priority(d->save_timer, DAEMON_PRIORITY_SAVE);
}

static int open_firewall(struct ipvsd *d) {
        _cleanup_free_ char *path = daemon_runtime_path(d->daemon, "firewall");

        return path ? ipvs_firewall_new(path, d->daemon->conf->ipvs->netns, &d->firewall) : -ENOMEM;
}

/* Groups have their marks before services are made of them. */
static void configure(struct ipvsd *d, const struct ipvs_conf *conf) {
        int r;

        r = ipvs_firewall_configure(d->firewall, conf);
        if (r < 0)
                log_error("nftables_ipvs: groups have no marks: %s", strerrordesc_np(-r));
        ipvs_services_configure(d, conf);
}

static json_object *read_saved(struct ipvsd *d) {
        _cleanup_free_ char *path = daemon_runtime_path(d->daemon, "services");
        json_object *saved = NULL;
        int r;

        r = path ? ipvs_store_read(path, &saved) : -ENOMEM;
        if (r < 0 && r != -ENOENT)
                log_warning("the saved state of services is ignored: %s", strerrordesc_np(-r));
        return saved;
}

static int open_overrides(struct ipvsd *d) {
        _cleanup_free_ char *path = daemon_state_path(d->daemon, "overrides");
        int r;

        r = path ? ipvs_override_store_open(path, &d->overrides) : -ENOMEM;
        if (!d->overrides)
                return r;
        if (r < 0)
                log_error("%s cannot be read, what was ordered is forgotten: %s", path,
                                strerrordesc_np(-r));
        d->override_told = d->override = ipvs_override_store_get(d->overrides, NULL, NULL, NULL);
        return 0;
}

/* --- what is told --- */

void ipvsd_settle_soon(struct ipvsd *d) {
        ipvs_reconciler_arm(d->reconciler, SETTLE_DELAY_USEC);
}

void ipvsd_show_status(struct ipvsd *d) {
        const char *problem = ipvs_reconciler_problem(d->reconciler);
        unsigned services_up = 0, servers = 0, up = 0, wrong = 0;
        char refused[32] = "";

        for (const struct ipvs_service *s = d->services; s; s = s->hh.next) {
                services_up += s->state == IPVS_CHECK_UP;
                wrong += s->problem[0] != '\0';
                for (const struct ipvs_server *r = s->servers; r; r = r->hh.next) {
                        servers++;
                        up += r->state == IPVS_CHECK_UP;
                        wrong += r->problem[0] != '\0';
                }
        }
        if (wrong > 0)
                (void) snprintf(refused, sizeof(refused), ", %u with a problem", wrong);
        daemon_status(d->daemon, "%u of %u services and %u of %u servers up%s%s%s%s", services_up,
                        HASH_COUNT(d->services), up, servers, refused,
                        d->override == IPVS_OVERRIDE_DRAIN ? ", draining" : "",
                        *problem ? "; " : "", problem);
}

/* --- the daemon --- */

static int ipvsd_start(struct daemon *daemon, void *userdata) {
        _cleanup_(json_object_putp) json_object *saved = NULL;
        struct ipvsd *d = userdata;
        int r;

        d->daemon = daemon;
        r = save_timer_start(d);
        if (r >= 0)
                r = open_overrides(d);
        if (r >= 0)
                r = ipvs_check_mirror_new(d, &d->checks);
        if (r >= 0)
                r = ipvs_sync_new(d, &d->sync);
        if (r >= 0)
                r = open_firewall(d);
        if (r >= 0)
                r = ipvs_reconciler_new(d, daemon->conf->ipvs->netns, &d->reconciler);
        if (r < 0)
                return r;
        saved = read_saved(d);
        configure(d, daemon->conf->ipvs);
        if (saved) {
                ipvs_store_restore(d, saved);
                ipvs_overrides_tell_rest(d);
                ipvs_reconciler_arm(d->reconciler, 0);
        } else {
                ipvs_reconciler_begin_anew(d->reconciler);
                ipvs_reconciler_arm(
                                d->reconciler, HASH_COUNT(d->services) > 0 ? FIRST_WORD_USEC : 0);
        }
        save_now(d);
        ipvsd_show_status(d);
        return 0;
}

static void ipvsd_apply(struct daemon *daemon, const struct conf *old, const struct conf *new_,
                void *userdata) {
        struct ipvsd *d = userdata;

        if (!streq_ptr(old->ipvs->netns, new_->ipvs->netns))
                log_warning("net_namespace_ipvs is read at start only: restart ipvsd");
        configure(d, new_->ipvs);
        ipvsd_save_soon(d);
        ipvsd_settle_soon(d);
        ipvsd_show_status(d);
}

static int ipvsd_export(struct daemon *daemon, sd_bus *bus, void *userdata) {
        struct ipvsd *d = userdata;
        int r;

        r = ipvs_node_bus_export(d, bus);
        if (r >= 0)
                r = ipvs_service_bus_export(d, bus);
        if (r >= 0)
                r = ipvs_server_bus_export(d, bus);
        if (r >= 0)
                r = ipvs_check_mirror_attach(d->checks, bus);
        if (r >= 0)
                r = ipvs_sync_attach(d->sync, bus);
        return r;
}

static void ipvsd_bus_lost(struct daemon *daemon, void *userdata) {
        struct ipvsd *d = userdata;

        (void) ipvs_check_mirror_attach(d->checks, NULL);
        (void) ipvs_sync_attach(d->sync, NULL);
}

static void ipvsd_stale_peers(struct daemon *daemon,
                void (*add)(void *ctx, const char *bus_name, usec_t since), void *ctx,
                void *userdata) {
        struct ipvsd *d = userdata;
        usec_t since;

        since = ipvs_check_mirror_stale_since(d->checks);
        if (since != USEC_INFINITY)
                add(ctx, ipvs_check_mirror_peer(d->checks), since);
        since = ipvs_sync_stale_since(d->sync);
        if (since != USEC_INFINITY)
                add(ctx, ipvs_sync_peer(d->sync), since);
}

/* omega: whoever waits for bad news gets it, though only balancing ends. */
static void tell_omega(struct ipvsd *d) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                if (!s->conf->omega)
                        continue;
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        ipvs_server_tell_end(r, IPVS_END_STOPPING);
                ipvs_service_tell_end(s, IPVS_END_STOPPING);
        }
}

/* A stop forgets what is known: whoever starts ipvsd later starts from nothing, as after a boot. */
static void ipvsd_end(struct daemon *daemon, enum daemon_end why, void *userdata) {
        _cleanup_free_ char *path = daemon_runtime_path(daemon, "services");
        struct ipvsd *d = userdata;

        d->save_timer = sd_event_source_disable_unref(d->save_timer);
        if (why == DAEMON_END_KEEP) {
                save_now(d);
        } else {
                tell_omega(d);
                ipvs_reconciler_stop(d->reconciler);
                if (path)
                        (void) unlink(path);
        }
        daemon_finished(daemon);
}

static void ipvsd_done(struct daemon *daemon, void *userdata) {
        struct ipvsd *d = userdata;

        ipvs_services_free(d);
        d->reconciler = ipvs_reconciler_free(d->reconciler);
        d->firewall = ipvs_firewall_free(d->firewall);
        d->checks = ipvs_check_mirror_free(d->checks);
        d->sync = ipvs_sync_free(d->sync);
        d->overrides = ipvs_override_store_free(d->overrides);
        d->save_timer = sd_event_source_disable_unref(d->save_timer);
}

const struct daemon_ops ipvsd_ops = {
        .name = "ipvsd",
        .bus_name = "org.mainstay.Ipvs1",
        .object_path = IPVSD_OBJECT_PATH,
        .summary = "Keeps the kernel's load-balancing table (IPVS) as configuration, health and "
                   "operator want it.",
        .start = ipvsd_start,
        .apply = ipvsd_apply,
        .export = ipvsd_export,
        .bus_lost = ipvsd_bus_lost,
        .end = ipvsd_end,
        .done = ipvsd_done,
        .stale_peers = ipvsd_stale_peers,
};
