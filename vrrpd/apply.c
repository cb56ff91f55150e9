/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/apply.h"

#include <errno.h>

#include "vrrpd/vrrpd.h"

static int queue(struct vrrp_router *r, const struct vrrp_packet *p) {
        const struct vrrp_link *out = vrrp_setup_way_out(r->setup);
        struct vrrp_sender *s = vrrpd_sender(r->vrrpd, p->source.family);
        int n;

        if (!s)
                return -EAFNOSUPPORT;
        n = vrrp_packet_build(p, vrrp_sender_room(s), VRRP_PACKET_SIZE_MAX);
        if (n < 0)
                return n;
        vrrp_sender_queue(s, (size_t) n, p, out ? out->ifindex : 0, r);
        return 0;
}

/* The number is noted before the packet leaves, so that no successor uses it again. */
static void number(struct vrrp_router *r, struct vrrp_packet *p) {
        if (p->auth != VRRP_AUTH_AH)
                return;
        p->sequence = vrrp_sequence_next(&r->sequence);
        vrrp_last_adverts_set_numbers(
                        r->vrrpd->last_adverts, r->last_advert, vrrp_sequence_kept(&r->sequence));
}

static void send_to(struct vrrp_router *r, struct vrrp_packet *p) {
        int e;

        number(r, p);
        e = queue(r, p);
        if (e < 0)
                vrrp_router_note_failure(r, VRRP_EFFECT_SEND_ADVERT, e);
}

/* One packet to the group, or one to each peer. */
static void send_advert(struct vrrp_router *r, const struct vrrp_effect *e) {
        struct vrrp_packet p = r->setup->packet;
        const struct vrrp_packet_rules *rules = &r->setup->rules;

        p.priority = e->send_advert.priority;
        p.interval = e->send_advert.interval;
        p.source = r->instance.params.source;
        if (r->old_checksum)
                p.checksum_group = rules->checksum_group;
        if (!rules->unicast)
                send_to(r, &p);
        for (size_t i = 0; i < rules->n_peers; i++) {
                p.destination = rules->peers[i].address;
                send_to(r, &p);
        }

        r->adverts_sent++;
        if (p.priority == 0)
                r->resignations_sent++;
}

static void send_adverts(struct vrrp_router *r, const struct vrrp_effect *e) {
        struct vrrpd *v = r->vrrpd;

        for (unsigned i = 0; i < e->send_advert.count; i++)
                send_advert(r, e);
        vrrp_last_adverts_set(v->last_adverts, r->last_advert, v->clock.now, v->clock.real);
}

static void announce(struct vrrp_router *r, unsigned repeat) {
        for (size_t i = 0; i < r->setup->n_virtuals; i++)
                vrrp_announcement_send(&r->setup->virtuals[i].announcement, repeat);
}

static void apply_one(struct vrrp_router *r, const struct vrrp_effect *e,
                const struct vrrp_instance *before, const struct vrrp_input *in) {
        switch (e->type) {
        case VRRP_EFFECT_SEND_ADVERT: send_adverts(r, e); break;
        case VRRP_EFFECT_ADD_ADDRESSES: vrrp_setup_take(r->setup); break;
        case VRRP_EFFECT_REMOVE_ADDRESSES: vrrp_setup_release(r->setup); break;
        case VRRP_EFFECT_ANNOUNCE: announce(r, e->announce.repeat); break;
        case VRRP_EFFECT_STATE_CHANGED:
        case VRRP_EFFECT_EVENT: vrrp_news_put(&r->vrrpd->news, r, e, before, in); break;
        case _VRRP_EFFECT_TYPE_MAX: break;
        }
}

void vrrp_apply(struct vrrp_router *r, const struct vrrp_effects *effects,
                const struct vrrp_instance *before, const struct vrrp_input *in) {
        for (size_t i = 0; i < effects->n; i++)
                apply_one(r, &effects->items[i], before, in);
        if (effects->n > 0)
                r->vrrpd->unsettled = true;
}
