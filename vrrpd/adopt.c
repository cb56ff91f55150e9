/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/adopt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "vrrpd/link-policy.h"
#include "vrrpd/machine.h"
#include "vrrpd/port.h"
#include "vrrpd/router.h"
#include "vrrpd/statics.h"
#include "vrrpd/sync.h"
#include "vrrpd/vrrpd.h"

static void open_ports(struct vrrpd *v) {
        struct vrrp_port *p, *next;

        HASH_ITER (hh, v->ports, p, next)
                vrrp_port_refresh(p);
        vrrp_store_discard(v->store);
}

/* Addresses, routes and rules that are there already are held from the first moment, whoever may want them. */
static void adopt_things(struct vrrp_router *r) {
        for (size_t i = 0; i < r->setup->n_virtuals; i++)
                if (vrrp_claim_adopt(r->setup->virtuals[i].claim))
                        vrrp_block_keep(r->setup->virtuals[i].block);
        if (r->setup->vmac_address)
                (void) vrrp_claim_adopt(r->setup->vmac_address);
        vrrp_extras_adopt(&r->setup->extras);
}

static void clear_strangers_of(struct vrrpd *v, struct vrrp_holdings *table,
                const struct vrrp_held_kind *kind, const char *path) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        int r;

        r = vrrp_held_left(kind, path, !v->daemon->config_id, &lines);
        if (r >= 0)
                r = vrrp_holdings_take_over(table, lines);
        if (r > 0)
                log_info("%d %s of an earlier configuration are removed", r, kind->nouns);
        else if (r < 0 && r != -ENOENT)
                log_warning("cannot tell which %s an earlier process left: %s", kind->nouns,
                                strerror(-r));
}

/* Those that a claim is for are held, also where the kernel was not asked for them. */
static void clear_strangers(struct vrrpd *v) {
        clear_strangers_of(v, v->holdings, &vrrp_held_address, v->records[VRRP_RECORD_ADDRESSES]);
        clear_strangers_of(v, v->routes, &vrrp_held_route, v->records[VRRP_RECORD_ROUTES]);
        clear_strangers_of(v, v->rules, &vrrp_held_rule, v->records[VRRP_RECORD_RULES]);
        v->unsettled = true;
}

/* Without a look at them, those that are there are put on again, which changes nothing. */
static void look_at(struct vrrp_holdings *table) {
        int r = vrrp_holdings_count(table) > 0 ? vrrp_holdings_look(table) : 0;

        if (r < 0)
                log_warning("cannot ask the kernel what is there already: %s", strerror(-r));
}

/* All that is there is held, before anybody says what is wanted. */
static void adopt_all(struct vrrpd *v) {
        look_at(v->routes);
        look_at(v->rules);
        vrrp_statics_adopt(v->statics);
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                adopt_things(r);
        vrrp_holdings_look_away(v->routes);
        vrrp_holdings_look_away(v->rules);
        clear_strangers(v);
        vrrp_statics_take(v->statics);
}

/* A master that is silent for now keeps what it has, and takes the rest when it speaks. */
static void keep_things(struct vrrp_router *r) {
        for (size_t i = 0; i < r->setup->n_virtuals; i++)
                if (vrrp_claim_is_held(r->setup->virtuals[i].claim)) {
                        vrrp_block_take(r->setup->virtuals[i].block);
                        vrrp_claim_take(r->setup->virtuals[i].claim);
                }
        vrrp_extras_keep(&r->setup->extras);
}

static enum vrrp_evidence evidence(const struct vrrp_router *r) {
        if (!r->port || !r->port->kept)
                return VRRP_EVIDENCE_NONE;
        return r->port->gaps ? VRRP_EVIDENCE_GAPS : VRRP_EVIDENCE_COMPLETE;
}

/* The file has the time of our last advert as it was when it was written; memory knows better. */
static void restore(struct vrrp_router *r, const struct vrrp_saved *saved) {
        struct vrrpd *v = r->vrrpd;
        struct vrrp_last_advert last = vrrp_last_adverts_get(v->last_adverts, r->last_advert);
        struct vrrp_input in = { .type = VRRP_INPUT_RESTORE };

        in.restore.saved = *saved;
        in.restore.saved.maintenance = r->instance.maintenance; /* by order, or not any more */
        in.restore.evidence = evidence(r);
        if (last.monotonic > 0)
                in.restore.saved.last_sent = last.monotonic;
        r->comes = r->comes && saved->state != VRRP_STATE_MASTER;
        r->untold = saved->untold;
        if (saved->state == VRRP_STATE_MASTER)
                keep_things(r);
        (void) snprintf(r->reason, sizeof(r->reason), "%s", vrrp_keeper_words(v->keeper, r->name));
        vrrp_router_feed(r, &in);
        r->transition_realtime = usec_sub(v->clock.real, usec_sub(v->clock.now, r->instance.since));
}

/* Nothing of ours outlives a stop: whoever begins anew and finds an address has it from somebody else, who
 * is about to miss it. */
static void tell_found(const struct vrrp_router *r) {
        char ip[IP_ADDR_STRLEN];

        for (size_t i = 0; i < r->setup->n_virtuals; i++) {
                const struct vrrp_virtual *v = &r->setup->virtuals[i];
                const struct vrrp_address *a = vrrp_claim_address(v->claim);
                const struct vrrp_link_address *found =
                                vrrp_link_find_address(v->link, &a->addr, a->prefix);

                if (found && found->protocol != VRRP_ADDRESS_PROTOCOL)
                        log_emit(LOG_WARNING, NULL, LOG_INSTANCE(r->name),
                                        "%s: %s/%u is on %s already; from now on it is there only while this router is MASTER",
                                        r->name, ip_addr_format(&a->addr, ip), a->prefix,
                                        v->link->name);
        }
}

static void start_or_restore(struct vrrp_router *r, bool adopting) {
        struct vrrp_saved saved;

        if (adopting && vrrp_keeper_saved(r->vrrpd->keeper, r->name, &saved) >= 0) {
                restore(r, &saved);
                return;
        }
        if (adopting)
                tell_found(r);
        vrrp_router_feed_plain(r, VRRP_INPUT_START);
}

/* Hear what was said while nobody listened, and speak. */
static void drain(struct vrrpd *v) {
        struct vrrp_port *p, *next;

        v->draining = true;
        HASH_ITER (hh, v->ports, p, next)
                if (p->kept)
                        vrrp_port_drain(p);
        v->draining = false;
        vrrp_syncs_settle(v); /* before anybody speaks */
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_router_feed_plain(r, VRRP_INPUT_RESUME);
}

void vrrp_adopt(struct vrrpd *v) {
        bool adopting = v->daemon->crashes < VRRP_CRASHES_MAX;

        if (!adopting) {
                log_error("%u crashes in a row: everything is released, and starts as BACKUP",
                                v->daemon->crashes);
                vrrp_keeper_forget_earlier(v->keeper);
        }
        vrrp_link_policy_restore(v->link_policy);
        vrrp_machine_make_vmacs(v);
        open_ports(v);
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_router_refresh(r);
        for (struct vrrp_sync *s = v->syncs; s; s = s->hh.next)
                vrrp_sync_restore(s);
        adopt_all(v);
        vrrp_machine_raise_vmacs(v);
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                start_or_restore(r, adopting);
        vrrp_syncs_admit(v);
        drain(v);
        vrrp_keeper_forget_earlier(v->keeper);
        vrrpd_settle(v);
}
