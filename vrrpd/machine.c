/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/machine.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/link-policy.h"
#include "vrrpd/lookout.h"
#include "vrrpd/mend.h"
#include "vrrpd/port.h"
#include "vrrpd/router.h"
#include "vrrpd/statics.h"
#include "vrrpd/vrrpd.h"
#include "vrrpd/words.h"

/* The kernel's news */

static void refresh_users(struct vrrpd *v, const struct vrrp_link *l) {
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                if (vrrp_router_uses_link(r, l))
                        vrrp_router_refresh(r);
}

/* Flags and sizes change too; up and down is what matters to people. */
static void tell_link(struct vrrp_link *l) {
        const char *word = vrrp_link_is_up(l) ? "up" : vrrp_link_exists(l) ? "down" : "missing";

        if (!streq_ptr(l->told, word))
                log_info("interface %s is %s", l->name, word);
        l->told = word;
}

static void on_link_changed(struct vrrp_link *l, void *userdata) {
        struct vrrpd *v = userdata;
        struct vrrp_port *p, *next;

        vrrpd_wake(v);
        tell_link(l);
        vrrp_sysctls_link_changed(v->sysctls, l->name, l->ifindex);
        vrrp_vmacs_link_changed(v->vmacs, l);
        vrrp_holdings_link_changed(v->holdings, l);
        vrrp_holdings_link_changed(v->routes, l);
        vrrp_lookout_link_changed(v->lookout);
        HASH_ITER (hh, v->ports, p, next)
                if (p->link == l) {
                        vrrp_port_refresh(p);
                        vrrp_keeper_note_port(v->keeper, p);
                }
        refresh_users(v, l);
        v->unsettled = true;
}

/* Neighbours would go on sending to the address that it had, for as long as they remember it. */
static void on_link_rehoused(struct vrrp_link *l, void *userdata) {
        struct vrrpd *v = userdata;
        char mac[VRRP_WORDS_MAC_MAX];

        vrrpd_wake(v);
        log_notice("interface %s has another MAC address now: %s", l->name,
                        vrrp_words_mac(l->hwaddr, mac));
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_router_link_rehoused(r, l);
}

/* Virtual addresses are no sources, and there may be thousands: they move nobody. */
static void on_address_added(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin, void *userdata) {
        struct vrrpd *v = userdata;

        if (vrrp_holdings_have(v->holdings, l, a))
                return;
        vrrpd_wake(v);
        refresh_users(v, l);
}

static void on_address_removed(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin, void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        if (vrrp_holdings_have(v->holdings, l, a))
                vrrp_holdings_address_removed(v->holdings, l, a, origin);
        else
                refresh_users(v, l);
}

static void on_link_wanted(struct vrrp_link *l, void *userdata) {
        struct vrrpd *v = userdata;

        vrrp_link_policy_apply(v->link_policy, l);
}

static usec_t on_down_limit(const struct vrrp_link *l, void *userdata) {
        const struct vrrpd *v = userdata;

        return vrrp_link_policy_down_limit(v->link_policy, l);
}

static void on_link_judged(const struct vrrp_link *l, void *userdata) {
        struct vrrpd *v = userdata;

        vrrp_keeper_note_link(v->keeper, l);
}

static const struct vrrp_links_ops links_ops = {
        .changed = on_link_changed,
        .rehoused = on_link_rehoused,
        .wanted = on_link_wanted,
        .down_limit = on_down_limit,
        .judged = on_link_judged,
        .address_added = on_address_added,
        .address_removed = on_address_removed,
};

/* What could not be done, and what somebody else did */

/* An address that no router owns and that is not static is that of a VMAC itself: no election hangs on it, and it
 * is always wanted. */
static void tell_unowned(const struct vrrp_claim *c, bool taking, int error) {
        char text[IP_ADDR_STRLEN];

        log_error("cannot %s %s %s %s: %s", taking ? "put" : "take",
                        ip_addr_format(&vrrp_claim_address(c)->addr, text), taking ? "on" : "off",
                        vrrp_claim_link(c)->name, strerror(-error));
}

static void on_holding_failed(
                struct vrrp_claim *c, void *owner, bool taking, int error, void *userdata) {
        struct vrrpd *v = userdata;

        if (owner)
                vrrp_router_note_failure(owner,
                                taking ? VRRP_EFFECT_ADD_ADDRESSES : VRRP_EFFECT_REMOVE_ADDRESSES,
                                error);
        else if (vrrp_statics_have(v->statics, c))
                vrrp_mend_failed(v, c, NULL, taking, error);
        else
                tell_unowned(c, taking, error);
}

static void put_back_unowned(struct vrrpd *v, struct vrrp_claim *c) {
        char text[IP_ADDR_STRLEN];

        log_warning("somebody removed %s from %s; it is put back",
                        ip_addr_format(&vrrp_claim_address(c)->addr, text),
                        vrrp_claim_link(c)->name);
        vrrp_claim_take(c);
        v->unsettled = true;
}

static void on_holding_lost(struct vrrp_claim *c, void *owner, void *userdata) {
        struct vrrpd *v = userdata;

        if (owner)
                vrrp_router_note_loss(owner, c);
        else if (vrrp_statics_have(v->statics, c))
                vrrp_mend_lost(v, c, NULL);
        else
                put_back_unowned(v, c);
}

static void on_extra_failed(
                struct vrrp_claim *c, void *owner, bool taking, int error, void *userdata) {
        vrrp_mend_failed(userdata, c, owner, taking, error);
}

static void on_extra_mended(struct vrrp_claim *c, void *owner, void *userdata) {
        vrrp_mend_mended(userdata, c, owner);
}

static void on_extra_lost(struct vrrp_claim *c, void *owner, void *userdata) {
        vrrp_mend_lost(userdata, c, owner);
}

static void on_unrecorded(int error, void *userdata) {
        struct vrrpd *v = userdata;

        log_error("cannot write a record beside %s, nobody could remove what is ours after us: %s",
                        v->records[VRRP_RECORD_ADDRESSES], strerror(-error));
}

static const struct vrrp_holdings_ops holdings_ops = {
        .failed = on_holding_failed,
        .lost = on_holding_lost,
        .unrecorded = on_unrecorded,
};

static void on_firewall_wanted(void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        v->unsettled = true;
}

static void on_firewall_problem(void *userdata) {
        struct vrrpd *v = userdata;

        v->uncounted = v->unsettled = true;
}

static const struct vrrp_firewall_ops firewall_ops = {
        .wanted = on_firewall_wanted,
        .problem = on_firewall_problem,
};

static void on_sysctl_failed(const char *path, int value, int error, void *userdata) {
        log_error("cannot set %s to %d: %s", path, value,
                        error == -EBUSY ? "something else needs it otherwise" : strerror(-error));
}

static void on_sysctl_unrecorded(int error, void *userdata) {
        struct vrrpd *v = userdata;

        log_error("%s is not to be relied on, what we set in " VRRP_SYSCTL_ROOT " may stay: %s",
                        v->records[VRRP_RECORD_SYSCTLS], strerror(-error));
}

static const struct vrrp_sysctls_ops sysctls_ops = {
        .failed = on_sysctl_failed,
        .unrecorded = on_sysctl_unrecorded,
};

static void on_vmac_changed(struct vrrp_vmac *vmac, void *userdata) {
        struct vrrpd *v = userdata;
        char text[256];

        if (vmac->error < 0)
                log_error("%s", vrrp_vmac_problem(vmac, text, sizeof(text)));
        refresh_users(v, vmac->link);
        v->unsettled = true;
}

static void on_vmac_pending(void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        v->unsettled = true;
}

static void on_vmac_stuck(const char *name, int error, void *userdata) {
        log_error("%s cannot be removed, it is tried again: %s", name, strerror(-error));
}

static void on_vmac_unrecorded(int error, void *userdata) {
        struct vrrpd *v = userdata;

        log_error("%s is not to be relied on, interfaces of ours may stay: %s",
                        v->records[VRRP_RECORD_LINKS], strerror(-error));
}

static const struct vrrp_vmacs_ops vmacs_ops = {
        .changed = on_vmac_changed,
        .pending = on_vmac_pending,
        .stuck = on_vmac_stuck,
        .unrecorded = on_vmac_unrecorded,
};

static const struct vrrp_holdings_ops extras_ops = {
        .failed = on_extra_failed,
        .mended = on_extra_mended,
        .lost = on_extra_lost,
        .unrecorded = on_unrecorded,
};

/* Start */

static int name_records(struct vrrpd *v) {
        for (size_t i = 0; i < ARRAY_SIZE(v->records); i++) {
                v->records[i] = daemon_runtime_path(
                                v->daemon, vrrp_record_name((enum vrrp_record) i));
                if (!v->records[i])
                        return -ENOMEM;
        }
        return 0;
}

static int start_tables(struct vrrpd *v) {
        int r;

        r = vrrp_holdings_new(&vrrp_held_address, v->links, v->records[VRRP_RECORD_ADDRESSES],
                        &holdings_ops, v, &v->holdings);
        if (r < 0)
                return r;
        r = vrrp_holdings_new(&vrrp_held_route, v->links, v->records[VRRP_RECORD_ROUTES],
                        &extras_ops, v, &v->routes);
        if (r < 0)
                return r;
        r = vrrp_holdings_new(&vrrp_held_rule, v->links, v->records[VRRP_RECORD_RULES], &extras_ops,
                        v, &v->rules);
        if (r < 0)
                return r;
        return vrrp_mend_init(v);
}

int vrrp_machine_start(struct vrrpd *v) {
        int r;

        r = name_records(v);
        if (r < 0)
                return r;
        r = vrrp_link_policy_new(v, &v->link_policy);
        if (r < 0)
                return r;
        r = vrrp_links_new(v->event, DAEMON_PRIORITY_SOCKET, &links_ops, v, &v->links);
        if (r < 0)
                return r;
        r = vrrp_sysctls_new(v->records[VRRP_RECORD_SYSCTLS], VRRP_SYSCTL_ROOT, &sysctls_ops, v,
                        &v->sysctls);
        if (r < 0)
                return r;
        r = vrrp_vmacs_new(v->event, DAEMON_PRIORITY_TIMER, v->records[VRRP_RECORD_LINKS],
                        v->daemon->config_id, v->links, v->sysctls, &vmacs_ops, v, &v->vmacs);
        if (r < 0)
                return r;
        r = start_tables(v);
        if (r < 0)
                return r;
        return vrrp_firewall_new(v->event, DAEMON_PRIORITY_TIMER, v->records[VRRP_RECORD_FIREWALL],
                        v->daemon->config_id, &firewall_ops, v, &v->firewall);
}

/* The commit */

void vrrp_machine_make_vmacs(struct vrrpd *v) {
        if (vrrp_vmacs_make(v->vmacs, v->clock.now))
                vrrp_links_process(v->links);
}

/* Group membership must not leave through a VMAC. The rules go by its name, so that one that is made again finds them
 * there; one that is new is down until they are. */
static void tell_firewall(struct vrrpd *v) {
        size_t n = 0;

        for (const struct vrrp_vmac *m = vrrp_vmacs_first(v->vmacs); m; m = m->hh.next)
                if (m->spec.kind == VRRP_VMAC_MACVLAN &&
                                vrrp_firewall_put_vmac(
                                                v->firewall, n++, m->name, m->parent->ifindex) < 0)
                        log_error("nftables: %s is not filtered: out of memory", m->name);
        vrrp_firewall_end_vmacs(v->firewall, n);
}

static void raise_behind_firewall(struct vrrpd *v) {
        tell_firewall(v);
        vrrp_firewall_close(v->firewall);
        if (vrrp_vmacs_raise(v->vmacs, v->clock.now))
                vrrp_links_process(v->links);
}

void vrrp_machine_raise_vmacs(struct vrrpd *v) {
        if (vrrp_vmacs_are_low(v->vmacs))
                raise_behind_firewall(v);
}

void vrrp_machine_commit(struct vrrpd *v) {
        vrrp_machine_make_vmacs(v);
        vrrp_sysctls_commit(v->sysctls);
        raise_behind_firewall(v);
        vrrp_holdings_commit_all(VRRPD_TABLES(v), 3);
        vrrp_firewall_open(v->firewall);
}

/* End */

void vrrp_machine_release(struct vrrpd *v) {
        vrrp_vmacs_release(v->vmacs);
        vrrp_sysctls_release(v->sysctls);
        vrrp_firewall_end(v->firewall);
}

void vrrp_machine_done(struct vrrpd *v) {
        vrrp_mend_done(v);
        v->rules = vrrp_holdings_free(v->rules);
        v->routes = vrrp_holdings_free(v->routes);
        v->holdings = vrrp_holdings_free(v->holdings);
        v->vmacs = vrrp_vmacs_free(v->vmacs);
        v->sysctls = vrrp_sysctls_free(v->sysctls);
        v->firewall = vrrp_firewall_free(v->firewall);
        v->links = vrrp_links_free(v->links);
        v->link_policy = vrrp_link_policy_free(v->link_policy);
        for (size_t i = 0; i < ARRAY_SIZE(v->records); i++)
                free(v->records[i]);
}
