/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/reload.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "common/conf-global.h"
#include "common/log.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/machine.h"
#include "vrrpd/mend.h"
#include "vrrpd/port.h"
#include "vrrpd/router.h"
#include "vrrpd/statics.h"
#include "vrrpd/link-policy.h"
#include "vrrpd/tracking.h"
#include "vrrpd/sync.h"
#include "vrrpd/vrrpd.h"

struct vrrp_router *vrrp_reload_make(struct vrrpd *v, const struct vrrp_instance_conf *conf) {
        struct vrrp_router *r = NULL;
        int e = vrrp_router_new(v, conf, &r);

        if (e < 0)
                log_error("%s: cannot be made: %s", conf->name, strerror(-e));
        return r;
}

static void configure_firewall(struct vrrpd *v, const struct vrrp_nftables_conf *c) {
        const struct vrrp_firewall_rules style = {
                .priority = c->priority,
                .ifindex = c->ifindex,
                .counters = c->counters,
        };
        const char *name = c->table && *c->table ? c->table : VRRP_CONF_TABLE;

        if (vrrp_firewall_configure(v->firewall, name, &style) < 0)
                log_error("nftables: out of memory");
}

/* Announcements of membership in 224.0.0.0/24, which no switch needs (RFC 4541 §2.1.2). */
static void mind_local_igmp(struct vrrpd *v, bool disable) {
        int r = 0;

        if (!disable)
                v->igmp_off = vrrp_sysctl_unwant(v->igmp_off);
        else if (!v->igmp_off)
                r = vrrp_sysctl_want(v->sysctls, "ipv4", "", "igmp_link_local_mcast_reports", 0,
                                &v->igmp_off);
        if (r < 0)
                log_error("cannot disable local IGMP: %s", strerror(-r));
}

static int set_spacing(struct vrrpd *v, const struct vrrp_conf *globals) {
        const struct vrrp_spacing spacing = {
                .garp = globals->garp_interval_usec,
                .gna = globals->gna_interval_usec,
        };
        _cleanup_free_ struct vrrp_spacing_group *groups = NULL;
        const struct vrrp_garp_group_conf *g;
        size_t n;

        LL_COUNT(globals->garp_groups, g, n);
        groups = calloc(n + 1, sizeof(*groups));
        if (!groups)
                return -ENOMEM;
        n = 0;
        LL_FOREACH (globals->garp_groups, g)
                groups[n++] = (struct vrrp_spacing_group){
                        .spacing = { .garp = g->garp_interval_usec, .gna = g->gna_interval_usec },
                        .interfaces = g->members.items,
                        .n_interfaces = g->members.n,
                };
        return vrrp_announcer_set_spacing(v->announcer, &spacing, groups, n);
}

void vrrp_reload_globals(struct vrrpd *v, const struct vrrp_conf *globals) {
        int r = set_spacing(v, globals);

        if (r < 0)
                log_error("the pace of announcements stays as it was: %s", strerror(-r));
        vrrp_link_policy_set(v->link_policy, globals);
        vrrp_tracking_set_stale(v->tracking, &v->daemon->conf->global->stale);
        v->log_strays = globals->log_unknown_vrids;
        mind_local_igmp(v, globals->disable_local_igmp);
        configure_firewall(v, &globals->nftables);
}

/* It says farewell under its old configuration; then it has never been. */
static void remove_router(struct vrrp_router *r, const char *farewell) {
        struct vrrpd *v = r->vrrpd;

        r->farewell = farewell;
        vrrp_sync_leave(r);
        vrrp_router_feed_plain(r, VRRP_INPUT_STOP);
        vrrpd_settle(v);
        vrrp_news_finish(&v->news);
        instance_bus_removed(r);
        vrrp_keeper_drop_router(v->keeper, r->name);
        vrrp_last_adverts_drop(v->last_adverts, r->last_advert);
        (void) vrrp_router_free(r);
}

/* It was made, and has heard of nothing yet. */
static bool is_new(const struct vrrp_router *r) {
        return r->instance.state == VRRP_STATE_INIT;
}

static void start_router(struct vrrp_router *r) {
        if (r->port)
                vrrp_port_refresh(r->port);
        vrrp_router_refresh(r);
        vrrp_router_feed_plain(r, VRRP_INPUT_START);
        instance_bus_added(r);
}

static void change_router(struct vrrp_router *r, const struct vrrp_instance_conf *conf) {
        int e;

        e = vrrp_router_reconfigure(r, conf);
        if (e >= 0)
                return;
        log_error("%s: cannot be reconfigured, and is given up: %s", r->name, strerror(-e));
        remove_router(r, "STOP");
}

static bool goes_on(const struct vrrp_router *r, const struct conf *new_) {
        const struct vrrp_instance_conf *conf = vrrp_conf_find(new_->vrrp, r->name);

        return conf && vrrp_router_is_same(r, conf);
}

/* The new ones are wanted before the old ones are let go. */
static void change_statics(struct vrrpd *v, const struct vrrp_conf *conf) {
        struct vrrp_statics *statics = NULL;
        int e = vrrp_statics_new(v, conf, &statics);

        if (e < 0) {
                log_error("static entries cannot be made, the old ones stay: %s", strerror(-e));
                return;
        }
        vrrp_statics_take(statics);
        (void) vrrp_statics_free(v->statics);
        v->statics = statics;
        v->unsettled = true;
}

/* Those that go make room (ids, addresses) for those that come. */
void vrrp_reload(struct vrrpd *v, const struct conf *old, const struct conf *new_) {
        struct vrrp_router *r, *next;
        int e;

        vrrpd_wake(v);
        vrrp_syncs_begin(v, new_->vrrp);
        vrrp_sysctls_suspect(v->sysctls);
        HASH_ITER (hh, v->routers, r, next)
                if (!goes_on(r, new_))
                        remove_router(r, vrrp_conf_find(new_->vrrp, r->name) ? "STOP" : "DELETED");

        vrrp_machine_make_vmacs(v); /* names and MAC addresses of those that go are free again */
        vrrp_reload_globals(v, new_->vrrp);
        change_statics(v, new_->vrrp);
        for (struct vrrp_instance_conf *c = new_->vrrp->instances; c; c = c->hh.next) {
                r = vrrpd_find_router(v, c->name);
                if (r)
                        change_router(r, c);
                else
                        (void) vrrp_reload_make(v, c);
        }
        vrrp_machine_make_vmacs(v);
        vrrp_machine_raise_vmacs(v);
        HASH_ITER (hh, v->routers, r, next)
                if (is_new(r))
                        start_router(r);
        vrrp_mend_watch(v);
        e = vrrp_syncs_update(v, new_->vrrp);
        if (e < 0)
                log_error("sync groups cannot be made: %s", strerror(-e));
        vrrpd_settle(v);
}
