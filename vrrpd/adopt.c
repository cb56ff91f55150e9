/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/adopt.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "vrrpd/address-mark.h"
#include "vrrpd/port.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

static void open_ports(struct vrrpd *v) {
        struct vrrp_port *p, *next;

        HASH_ITER (hh, v->ports, p, next)
                vrrp_port_refresh(p);
        vrrp_store_discard(v->store);
}

/* Addresses that are there already are held from the first moment, whoever may want them. */
static void adopt_addresses(struct vrrp_router *r) {
        for (size_t i = 0; i < r->setup->n_virtuals; i++)
                (void) vrrp_claim_adopt(r->setup->virtuals[i].claim);
        if (r->setup->vmac_address)
                (void) vrrp_claim_adopt(r->setup->vmac_address);
}

/* A master that is silent for now keeps what it has, and takes the rest when it speaks. */
static void keep_addresses(struct vrrp_router *r) {
        for (size_t i = 0; i < r->setup->n_virtuals; i++)
                if (vrrp_claim_is_held(r->setup->virtuals[i].claim))
                        vrrp_claim_take(r->setup->virtuals[i].claim);
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
        in.restore.evidence = evidence(r);
        if (last.monotonic > 0)
                in.restore.saved.last_sent = last.monotonic;
        if (saved->state == VRRP_STATE_MASTER)
                keep_addresses(r);
        vrrp_router_feed(r, &in);
        r->transition_realtime = usec_sub(v->clock.real, usec_sub(v->clock.now, r->instance.since));
}

static void start_or_restore(struct vrrp_router *r, bool adopting) {
        struct vrrp_saved saved;

        adopt_addresses(r);
        if (adopting && vrrp_keeper_saved(r->vrrpd->keeper, r->name, &saved) >= 0)
                restore(r, &saved);
        else
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
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_router_feed_plain(r, VRRP_INPUT_RESUME);
}

/* What an earlier process had on the machine: by its record, or by their mark where that is torn. */
static int read_record(struct vrrpd *v, struct vrrp_address_record_entry **ret, size_t *ret_n) {
        int r = vrrp_address_record_read(v->record_path, ret, ret_n);

        if (r != -EBADMSG)
                return r;
        log_warning("%s is torn and ignored", v->record_path);
        if (v->daemon->config_id) /* those of another vrrpd are marked, too */
                return -ENOENT;
        return vrrp_address_mark_find(ret, ret_n);
}

static void clear_strangers(struct vrrpd *v) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        size_t n_entries = 0;
        int r;

        r = read_record(v, &entries, &n_entries);
        if (r >= 0)
                r = vrrp_holdings_take_over(v->holdings, v->links, entries, n_entries);
        if (r > 0)
                log_info("%d addresses of an earlier configuration are removed", r);
        else if (r < 0 && r != -ENOENT)
                log_warning("cannot tell which addresses an earlier process left: %s",
                                strerror(-r));
        v->unsettled = true;
}

void vrrp_adopt(struct vrrpd *v) {
        bool adopting = v->daemon->crashes < VRRP_CRASHES_MAX;

        if (!adopting) {
                log_error("%u crashes in a row: everything is released, and starts as BACKUP",
                                v->daemon->crashes);
                vrrp_keeper_forget_earlier(v->keeper);
        }
        vrrpd_make_vmacs(v);
        open_ports(v);
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_router_refresh(r);
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                start_or_restore(r, adopting);
        drain(v);
        clear_strangers(v);
        vrrp_keeper_forget_earlier(v->keeper);
        vrrpd_settle(v);
}
