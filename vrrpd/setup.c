/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/setup-tracks.h"
#include "vrrpd/timing.h"
#include "vrrpd/tracking.h"
#include "vrrpd/vmac-want.h"
#include "vrrpd/vrrpd.h"

static usec_t start_delay(const struct vrrp_conf *globals, usec_t uptime) {
        return MAX(globals->startup_delay_usec, usec_sub(globals->delay_after_boot_usec, uptime));
}

void vrrp_setup_params(const struct vrrp_instance_conf *conf, const struct vrrp_conf *globals,
                usec_t uptime, struct vrrp_params *ret) {
        const struct vrrp_garp_conf *garp = &conf->garp;

        *ret = (struct vrrp_params){
                .family = conf->family,
                .version = conf->version,
                .vrid = conf->vrid,
                .priority = conf->priority,
                .advert_interval = vrrp_timing_announced(conf->version, conf->advert_int_usec),
                .down_timer_adverts = (uint8_t) conf->down_timer_adverts,
                .preempt = !conf->nopreempt,
                .preempt_delay = conf->preempt_delay_usec,
                .grouped = conf->group,
                .start_master = conf->priority == VRRP_PRIORITY_OWNER &&
                                conf->state != VRRP_CONF_STATE_BACKUP &&
                                (!conf->group || conf->group->start_master),
                .start_delay = start_delay(globals, uptime),
                .lower_prio_no_advert = conf->lower_prio_no_advert,
                .higher_prio_send_advert = conf->higher_prio_send_advert,
                .garp_master_delay = garp->master_delay_usec,
                .garp_master_repeat = (uint16_t) MIN(garp->master_repeat, UINT16_MAX),
                .garp_master_refresh = garp->master_refresh_usec,
                .garp_master_refresh_repeat =
                                (uint16_t) MIN(garp->master_refresh_repeat, UINT16_MAX),
                .garp_lower_prio_delay = garp->lower_prio_delay_usec,
                .garp_lower_prio_repeat = (uint16_t) MIN(garp->lower_prio_repeat, UINT16_MAX),
        };
}

struct vrrp_address vrrp_setup_address(const struct vrrp_address_conf *conf) {
        struct vrrp_address a = {
                .addr = conf->addr,
                .prefix = ip_addr_is_set(&conf->peer) ? conf->peer_prefix : conf->prefix,
                .peer = conf->peer,
                .broadcast = conf->broadcast,
                .scope = conf->scope,
                .flags = conf->flags,
                .dad = conf->dad,
                .has_preferred = conf->has_preferred_lft,
                .preferred = conf->preferred_lft,
        };

        /* As keepalived has it: an address alone is one to be reached by, and never a source by itself. */
        if (a.addr.family == AF_INET6 && a.prefix == 128 && !conf->has_preferred_lft)
                a.has_preferred = true;

        if (conf->label)
                (void) snprintf(a.label, sizeof(a.label), "%s", conf->label);
        return a;
}

static enum vrrp_auth auth_of(enum vrrp_conf_auth auth) {
        switch (auth) {
        case VRRP_CONF_AUTH_PASS: return VRRP_AUTH_PASS;
        case VRRP_CONF_AUTH_AH: return VRRP_AUTH_AH;
        case VRRP_CONF_AUTH_NONE: break;
        }
        return VRRP_AUTH_NONE;
}

static bool limits_ttl(const struct vrrp_instance_conf *conf) {
        for (size_t i = 0; i < conf->unicast_peer.n; i++)
                if (conf->unicast_peer.items[i].has_ttl)
                        return true;
        return false;
}

static void set_rules(struct vrrp_setup *s, const struct vrrp_instance_conf *conf) {
        s->rules = (struct vrrp_packet_rules){
                .version = conf->version,
                .vrid = conf->vrid,
                .family = conf->family,
                .auth = auth_of(conf->auth_type),
                .interval = vrrp_timing_announced(conf->version, conf->advert_int_usec),
                .unicast = conf->unicast,
                .check_source = conf->unicast && (conf->check_unicast_src || limits_ttl(conf)),
                .checksum_as_v2 = conf->v3_checksum_as_v2,
                .owner_ignores =
                                conf->owner_ignore_adverts && conf->priority == VRRP_PRIORITY_OWNER,
                .skip_known_sender = conf->skip_check_adv_addr,
                .peers = s->peers,
                .n_peers = conf->unicast_peer.n,
                .addresses = s->addresses,
                .n_addresses = conf->virtual_ipaddress.n,
        };
        if (conf->unicast && conf->family == AF_INET &&
                        conf->old_unicast_checksum != VRRP_CONF_OLD_CHECKSUM_NEVER)
                s->rules.checksum_group = conf->mcast_dst_ip;
        memcpy(s->rules.password, conf->auth_pass, sizeof(s->rules.password));
}

static void set_packet(struct vrrp_setup *s, const struct vrrp_instance_conf *conf) {
        s->packet = (struct vrrp_packet){
                .version = conf->version,
                .vrid = conf->vrid,
                .destination = conf->mcast_dst_ip,
                .ttl = conf->unicast ? conf->unicast_ttl : VRRP_TTL,
                .auth = s->rules.auth,
                .checksum_as_v2 = conf->v3_checksum_as_v2,
                .addresses = s->addresses,
                .n_addresses = MIN(conf->virtual_ipaddress.n, (size_t) VRRP_ADDRESSES_MAX),
        };
        if (conf->old_unicast_checksum == VRRP_CONF_OLD_CHECKSUM_ALWAYS)
                s->packet.checksum_group = s->rules.checksum_group;
        memcpy(s->packet.password, conf->auth_pass, sizeof(s->packet.password));
}

static int make_wire(struct vrrp_setup *s, const struct vrrp_instance_conf *conf) {
        const struct vrrp_address_list *list = &conf->virtual_ipaddress;

        s->addresses = calloc(list->n + 1, sizeof(*s->addresses));
        s->peers = calloc(conf->unicast_peer.n + 1, sizeof(*s->peers));
        if (!s->addresses || !s->peers)
                return -ENOMEM;
        for (size_t i = 0; i < list->n; i++)
                s->addresses[i] = list->items[i].addr;
        for (size_t i = 0; i < conf->unicast_peer.n; i++)
                s->peers[i] = (struct vrrp_packet_peer){
                        .address = conf->unicast_peer.items[i].addr,
                        .min_ttl = conf->unicast_peer.items[i].min_ttl,
                        .max_ttl = conf->unicast_peer.items[i].max_ttl,
                };
        set_rules(s, conf);
        set_packet(s, conf);
        return 0;
}

static int make_virtual(struct vrrpd *v, const struct vrrp_instance_conf *conf,
                const struct vrrp_address_conf *c, struct vrrp_router *owner,
                struct vrrp_virtual *ret) {
        struct vrrp_address a = vrrp_setup_address(c);
        int r;

        r = vrrp_vmac_want_for_address(v->vmacs, v->daemon->conf->vrrp, conf, c, &ret->vmac);
        if (r < 0)
                return r;
        r = vrrp_links_want(v->links, ret->vmac ? ret->vmac->name : c->dev ?: conf->interface,
                        &ret->link);
        if (r < 0)
                return r;
        r = vrrp_claim_new(v->holdings, ret->link, &a, owner, &ret->claim);
        if (r < 0)
                return r;
        if (!conf->accept)
                r = vrrp_block_new(v->firewall, ret->link, &a.addr, &ret->block);
        if (r < 0)
                return r;
        ret->no_track = c->no_track;
        return vrrp_announcement_init(&ret->announcement, v->announcer, ret->link, &a.addr, owner);
}

static int make_virtuals(struct vrrpd *v, struct vrrp_setup *s,
                const struct vrrp_instance_conf *conf, const struct vrrp_address_list *list,
                struct vrrp_router *owner) {
        for (size_t i = 0; i < list->n; i++) {
                int r;

                if (!list->items[i].dev && !conf->interface)
                        continue; /* it has been complained of: no interface to put it on */
                r = make_virtual(v, conf, &list->items[i], owner, &s->virtuals[s->n_virtuals++]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int make_all_virtuals(struct vrrpd *v, struct vrrp_setup *s,
                const struct vrrp_instance_conf *conf, struct vrrp_router *owner) {
        size_t n = conf->virtual_ipaddress.n + conf->virtual_ipaddress_excluded.n;
        int r;

        s->virtuals = calloc(n + 1, sizeof(*s->virtuals));
        if (!s->virtuals)
                return -ENOMEM;
        r = make_virtuals(v, s, conf, &conf->virtual_ipaddress, owner);
        if (r < 0)
                return r;
        return make_virtuals(v, s, conf, &conf->virtual_ipaddress_excluded, owner);
}

/* The VMAC, and the address that it has in all states. */
static int make_vmac(struct vrrpd *v, struct vrrp_setup *s, const struct vrrp_instance_conf *conf) {
        struct vrrp_address a = { .addr = conf->ipvlan.addr, .prefix = conf->ipvlan.prefix };
        int r;

        r = vrrp_vmac_want_own(v->vmacs, v->daemon->conf->vrrp, conf, &s->vmac);
        if (r < 0 || !s->vmac)
                return r;
        s->xmit_base = conf->vmac_xmit_base;
        s->lacks_address = conf->ipvlan.on && conf->family == AF_INET && !ip_addr_is_set(&a.addr);
        if (!ip_addr_is_set(&a.addr))
                return 0;
        r = vrrp_claim_new(v->holdings, s->vmac->link, &a, NULL, &s->vmac_address);
        if (r < 0)
                return r;
        vrrp_claim_take(s->vmac_address);
        return 0;
}

static void join_group(struct vrrp_setup *s, const struct vrrp_instance_conf *conf) {
        if (conf->unicast || !s->receiver)
                return;
        s->error = vrrp_receiver_join(s->receiver, &conf->mcast_dst_ip);
        if (s->error >= 0)
                s->group = conf->mcast_dst_ip;
}

int vrrp_setup_new(struct vrrpd *v, const struct conf *whole, const struct vrrp_instance_conf *conf,
                struct vrrp_receiver *receiver, struct vrrp_router *owner,
                struct vrrp_setup **ret) {
        _cleanup_(vrrp_setup_freep) struct vrrp_setup *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->receiver = receiver;
        if (conf->port) {
                r = vrrp_links_want(v->links, conf->port, &s->link);
                if (r < 0)
                        return r;
        }
        r = make_wire(s, conf);
        if (r < 0)
                return r;
        r = make_vmac(v, s, conf);
        if (r < 0)
                return r;
        r = make_all_virtuals(v, s, conf, owner);
        if (r < 0)
                return r;
        if (conf->extra_garp.seconds > 0)
                r = vrrp_extra_garp_new(owner, &conf->extra_garp, &s->extra_garp);
        if (r < 0)
                return r;
        if (conf->promote_secondaries && conf->interface) {
                r = vrrp_sysctl_want(v->sysctls, "ipv4", conf->interface, "promote_secondaries", 1,
                                &s->promote);
                if (r < 0)
                        return r;
        }
        r = vrrp_extras_make(v, &conf->virtual_routes, &conf->virtual_rules, owner, &s->extras);
        if (r < 0)
                return r;
        r = vrrp_setup_make_tracks(v, whole, s, conf);
        if (r < 0)
                return r;
        join_group(s, conf);
        *ret = TAKE_PTR(s);
        return 0;
}

static void virtual_done(struct vrrp_virtual *v) {
        vrrp_announcement_done(&v->announcement);
        v->claim = vrrp_claim_free(v->claim);
        v->block = vrrp_block_free(v->block);
        vrrp_link_unwant(v->link);
        vrrp_vmac_unwant(v->vmac);
}

struct vrrp_setup *vrrp_setup_free(struct vrrp_setup *s) {
        if (!s)
                return NULL;
        if (ip_addr_is_set(&s->group))
                (void) vrrp_receiver_leave(s->receiver, &s->group);
        for (size_t i = 0; i < s->n_virtuals; i++)
                virtual_done(&s->virtuals[i]);
        vrrp_extras_done(&s->extras);
        s->promote = vrrp_sysctl_unwant(s->promote);
        vrrp_setup_free_tracks(s);
        s->extra_garp = vrrp_extra_garp_free(s->extra_garp);
        vrrp_announcement_done(&s->source);
        s->vmac_address = vrrp_claim_free(s->vmac_address);
        vrrp_vmac_unwant(s->vmac);
        vrrp_link_unwant(s->link);
        free(s->virtuals);
        free(s->peers);
        free(s->addresses);
        free(s);
        return NULL;
}

static const struct vrrp_virtual *find_virtual(
                const struct vrrp_setup *s, const struct vrrp_virtual *v) {
        for (size_t i = 0; i < s->n_virtuals; i++)
                if (s->virtuals[i].link == v->link &&
                                vrrp_address_equal(vrrp_claim_address(s->virtuals[i].claim),
                                                vrrp_claim_address(v->claim)))
                        return &s->virtuals[i];
        return NULL;
}

bool vrrp_setup_same_addresses(const struct vrrp_setup *a, const struct vrrp_setup *b) {
        if (a->n_virtuals != b->n_virtuals)
                return false;
        for (size_t i = 0; i < a->n_virtuals; i++)
                if (!find_virtual(b, &a->virtuals[i]))
                        return false;
        return true;
}

bool vrrp_setup_has_address_on(const struct vrrp_setup *s, const struct vrrp_link *l) {
        for (size_t i = 0; i < s->n_virtuals; i++)
                if (s->virtuals[i].link == l)
                        return true;
        return false;
}

void vrrp_setup_take(struct vrrp_setup *s) {
        for (size_t i = 0; i < s->n_virtuals; i++) {
                vrrp_block_take(s->virtuals[i].block);
                vrrp_claim_take(s->virtuals[i].claim);
        }
        vrrp_extras_take(&s->extras);
}

/* Nothing more is said of the addresses. */
void vrrp_setup_release(struct vrrp_setup *s) {
        vrrp_extras_release(&s->extras);
        for (size_t i = s->n_virtuals; i > 0; i--) {
                vrrp_announcement_cancel(&s->virtuals[i - 1].announcement);
                vrrp_claim_release(s->virtuals[i - 1].claim);
                vrrp_block_release(s->virtuals[i - 1].block);
        }
}

void vrrp_setup_inherit(struct vrrp_setup *s, const struct vrrp_setup *old) {
        vrrp_extra_garp_inherit(s->extra_garp, old->extra_garp);
        for (size_t i = 0; i < s->n_virtuals; i++) {
                const struct vrrp_virtual *v = find_virtual(old, &s->virtuals[i]);

                if (!v)
                        continue;
                vrrp_announcement_send(&s->virtuals[i].announcement, v->announcement.left);
                s->virtuals[i].conflict = v->conflict;
        }
}

void vrrp_setup_announce_source(struct vrrp_setup *s, struct vrrp_announcer *a,
                const struct ip_addr *source, unsigned repeat, struct vrrp_router *owner) {
        if (!s->rules.unicast || !s->link || !vrrp_link_has(s->link, source))
                return;
        vrrp_announcement_done(&s->source);
        if (vrrp_announcement_init(&s->source, a, s->link, source, owner) == 0)
                vrrp_announcement_send(&s->source, repeat);
}

struct vrrp_link *vrrp_setup_way_out(const struct vrrp_setup *s) {
        return s->vmac && !s->xmit_base && vrrp_link_exists(s->vmac->link) ? s->vmac->link
                                                                           : s->link;
}

static unsigned vmac_fault(const struct vrrp_vmac *v) {
        if (!v || v->error == 0)
                return 0;
        return v->error == -EMEDIUMTYPE ? VRRP_FAULT_CONFIG : VRRP_FAULT_INTERFACE;
}

unsigned vrrp_setup_vmac_faults(const struct vrrp_setup *s) {
        unsigned faults = vmac_fault(s->vmac);

        if (s->lacks_address)
                faults |= VRRP_FAULT_CONFIG;
        for (size_t i = 0; i < s->n_virtuals; i++)
                if (!s->virtuals[i].no_track)
                        faults |= vmac_fault(s->virtuals[i].vmac);
        return faults;
}

static void describe_vmac(const struct vrrp_vmac *v,
                void (*phrase)(const char *text, void *userdata), void *userdata) {
        char text[256];

        if (vmac_fault(v) != 0)
                phrase(vrrp_vmac_problem(v, text, sizeof(text)), userdata);
}

void vrrp_setup_describe_vmacs(const struct vrrp_setup *s,
                void (*phrase)(const char *text, void *userdata), void *userdata) {
        if (s->lacks_address)
                phrase("use_ipvlan needs an address for IPv4", userdata);
        describe_vmac(s->vmac, phrase, userdata);
        for (size_t i = 0; i < s->n_virtuals; i++)
                if (s->virtuals[i].vmac != s->vmac)
                        describe_vmac(s->virtuals[i].vmac, phrase, userdata);
}
