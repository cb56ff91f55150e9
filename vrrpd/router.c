/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/router.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_addr.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/apply.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/lookout.h"
#include "vrrpd/port.h"
#include "vrrpd/sync.h"
#include "vrrpd/tracking.h"
#include "vrrpd/vrrpd.h"

static usec_t uptime(void) {
        return usec_now(CLOCK_BOOTTIME);
}

static struct raw_socket_kind kind_of(const struct vrrp_instance_conf *conf) {
        return (struct raw_socket_kind){
                .family = conf->family,
                .protocol = conf->auth_type == VRRP_CONF_AUTH_AH ? AUTH_HEADER_IPPROTO
                                                                 : VRRP_IPPROTO,
        };
}

/* Being shut out is a fault that only another configuration can mend. */
static int join_port(struct vrrp_router *r) {
        struct vrrp_link *link = NULL;
        int e;

        if (r->conf->port) {
                e = vrrp_links_want(r->vrrpd->links, r->conf->port, &link);
                if (e < 0)
                        return e;
        }
        e = vrrp_port_join(r->vrrpd, link, kind_of(r->conf), r->conf->vrid, r, &r->port);
        vrrp_link_unwant(link); /* the port has it, and so will the setup */
        if (e != -EEXIST)
                return e;
        log_error("%s: virtual router id %u is taken on %s by another instance", r->name,
                        r->conf->vrid, r->conf->port ?: "all interfaces");
        r->port_faults |= VRRP_FAULT_DUPLICATE_VRID;
        return 0;
}

static int make_setup(struct vrrp_router *r, const struct conf *whole,
                const struct vrrp_instance_conf *conf, struct vrrp_setup **ret) {
        int e = vrrp_setup_new(r->vrrpd, whole, conf, r->port ? r->port->receiver : NULL, r, ret);

        if (e >= 0 && (*ret)->error < 0)
                log_error("%s: cannot join the multicast group: %s", r->name,
                                strerror(-(*ret)->error));
        return e;
}

static void init_instance(struct vrrp_router *r, const struct conf *whole) {
        struct vrrp_params params;

        vrrp_setup_params(r->conf, whole->vrrp, uptime(), &params);
        if (r->conf->group && !vrrp_sync_may_start_master(r->vrrpd, r->conf->group->name))
                params.start_master = false;
        vrrp_instance_init(&r->instance, &params);
        r->revision_kept = r->instance.revision - 1;
}

/* What the operator has ordered holds for those that are new, too. An owner's priority is its own. */
static void follow_orders(struct vrrp_router *r) {
        const struct vrrp_orders *orders = r->vrrpd->orders;
        struct vrrp_input in = { .type = VRRP_INPUT_MAINTENANCE };

        if (r->conf->priority != VRRP_PRIORITY_OWNER)
                r->ordered_priority = vrrp_orders_priority(orders, r->name);
        in.maintenance.on = vrrp_orders_maintenance_since(orders) > 0;
        vrrp_router_feed(r, &in);
}

int vrrp_router_new(
                struct vrrpd *v, const struct vrrp_instance_conf *conf, struct vrrp_router **ret) {
        _cleanup_(vrrp_router_freep) struct vrrp_router *r = calloc(1, sizeof(*r));
        const struct conf *whole = v->daemon->conf;
        int e;

        if (!r)
                return -ENOMEM;
        r->vrrpd = v;
        r->conf = conf;
        r->deadline = (struct vrrp_deadline){ .at = USEC_INFINITY, .owner = r };
        r->last_advert = -1;
        r->name = strdup(conf->name);
        if (!r->name)
                return -ENOMEM;
        e = instance_bus_path(r->name, &r->path);
        if (e < 0)
                return e;
        e = join_port(r);
        if (e < 0)
                return e;
        e = make_setup(r, whole, conf, &r->setup);
        if (e < 0)
                return e;
        e = vrrp_deadlines_reserve(&v->deadlines, HASH_COUNT(v->routers) + 1);
        if (e < 0)
                return e;
        r->last_advert = vrrp_last_adverts_find(v->last_adverts, r->name);
        vrrp_sequence_init(&r->sequence, vrrp_last_adverts_numbers(v->last_adverts, r->last_advert),
                        (uint32_t) (v->clock.real / USEC_PER_SEC));
        init_instance(r, whole);
        HASH_ADD_KEYPTR(hh, v->routers, r->name, strlen(r->name), r);
        follow_orders(r);
        v->uncounted = true;
        *ret = TAKE_PTR(r);
        return 0;
}

static void unnote(struct vrrp_router *r) {
        struct vrrp_router **p = &r->vrrpd->noted;

        while (*p && *p != r)
                p = &(*p)->next_noted;
        if (*p)
                *p = r->next_noted;
}

struct vrrp_router *vrrp_router_free(struct vrrp_router *r) {
        struct vrrpd *v;

        if (!r)
                return NULL;
        v = r->vrrpd;
        if (r->hh.tbl)
                HASH_DEL(v->routers, r);
        v->uncounted = true;
        for (size_t i = 0; i < ARRAY_SIZE(v->senders); i++)
                if (v->senders[i])
                        vrrp_sender_forget(v->senders[i], r);
        vrrp_sync_leave(r); /* which gives it a deadline of its own */
        vrrp_deadlines_set(&v->deadlines, &r->deadline, USEC_INFINITY);
        unnote(r);
        r->setup = vrrp_setup_free(r->setup);
        if (r->port)
                vrrp_port_leave(r->port, r->conf->vrid);
        free(r->path);
        free(r->name);
        free(r);
        return NULL;
}

void vrrp_router_feed(struct vrrp_router *r, const struct vrrp_input *in) {
        struct vrrpd *v = r->vrrpd;
        struct vrrp_instance before = r->instance;
        struct vrrp_effects effects;

        vrrp_instance_step(&r->instance, in, v->clock.now, &effects);
        vrrp_deadlines_set(&v->deadlines, &r->deadline, vrrp_sync_deadline(r));
        if (r->instance.revision != before.revision)
                vrrp_keeper_touch(v->keeper);
        if (r->instance.state != before.state) {
                r->notes_logged = 0;
                v->uncounted = true;
                vrrp_lookout_look(v->lookout, r);
        }
        vrrp_apply(r, &effects, &before, in);
        if (r->sync)
                vrrp_sync_follow(r, in, &before, &effects);
}

void vrrp_router_feed_plain(struct vrrp_router *r, enum vrrp_input_type type) {
        vrrp_router_feed(r, &(struct vrrp_input){ .type = type });
}

static void note(struct vrrp_router *r) {
        r->vrrpd->unsettled = true;
        if (r->noted)
                return;
        r->noted = true;
        r->next_noted = r->vrrpd->noted;
        r->vrrpd->noted = r;
}

void vrrp_router_note_failure(struct vrrp_router *r, enum vrrp_effect_type type, int error) {
        r->failures[type] = error;
        note(r);
}

static const struct vrrp_virtual *find_virtual(
                const struct vrrp_router *r, const struct vrrp_claim *c) {
        for (size_t i = 0; i < r->setup->n_virtuals; i++)
                if (r->setup->virtuals[i].claim == c)
                        return &r->setup->virtuals[i];
        return NULL;
}

void vrrp_router_note_loss(struct vrrp_router *r, const struct vrrp_claim *c) {
        const struct vrrp_virtual *v = find_virtual(r, c);

        if (!v || v->no_track || r->instance.state != VRRP_STATE_MASTER)
                return;
        vrrp_news_loss(r, v);
        r->lost++;
        note(r);
}

void vrrp_router_tell_noted(struct vrrp_router *r) {
        struct vrrp_input lost = { .type = VRRP_INPUT_ADDRESS_LOST };

        r->noted = false;
        for (size_t i = 0; i < ARRAY_SIZE(r->failures); i++) {
                struct vrrp_input in = { .type = VRRP_INPUT_EFFECT_FAILED };

                if (r->failures[i] == 0)
                        continue;
                in.effect_failed.effect = (enum vrrp_effect_type) i;
                in.effect_failed.error = r->failures[i];
                r->failures[i] = 0;
                vrrp_router_feed(r, &in);
        }
        if (r->lost == 0)
                return;
        lost.address_lost.n = r->lost;
        r->lost = 0;
        vrrp_router_feed(r, &lost);
}

/* Refresh: how things are */

static bool is_virtual(const struct vrrp_link_address *a, void *userdata) {
        struct vrrp_router *r = userdata;

        return vrrp_holdings_have(r->vrrpd->holdings, r->setup->link, a);
}

/* Is it on the link, and has not failed, and not only because we put it there? */
static bool is_own(struct vrrp_router *r, const struct ip_addr *address) {
        const struct vrrp_link_address *a = r->setup->link->addresses;

        for (; a; a = a->hh.next)
                if (ip_addr_equal(&a->key.addr, address) && !(a->flags & IFA_F_DADFAILED) &&
                                !is_virtual(a, r))
                        return true;
        return false;
}

/* The address in use stays as long as it is there, even while the kernel checks it for duplicates once more; another
 * one would be another router to the peers. */
static struct ip_addr find_source(struct vrrp_router *r) {
        const struct ip_addr *used = &r->instance.params.source;
        const struct vrrp_setup *s = r->setup;
        struct ip_addr source = {};

        if (ip_addr_is_set(&r->conf->src_ip))
                return r->conf->src_ip;
        if (s->link && ip_addr_is_set(used) && is_own(r, used))
                return *used;
        if (s->link)
                (void) vrrp_link_source(s->link, r->conf->family, is_virtual, r, &source);
        return source;
}

static bool lacks_source(const struct vrrp_router *r, const struct ip_addr *source) {
        if (!ip_addr_is_set(source))
                return true;
        return ip_addr_is_set(&r->conf->src_ip) && r->conf->track_src_ip && r->setup->link &&
                        !vrrp_link_has(r->setup->link, source);
}

/* It speaks to nobody: only another configuration can mend that. */
static bool lacks_peers(const struct vrrp_router *r) {
        return r->conf->unicast && r->conf->unicast_peer.n == 0;
}

static void feed_source(struct vrrp_router *r, const struct ip_addr *source) {
        struct vrrp_input in = { .type = VRRP_INPUT_SOURCE };

        if (ip_addr_equal(source, &r->instance.params.source))
                return;
        in.source.source = *source;
        vrrp_router_feed(r, &in);
}

uint8_t vrrp_router_base_priority(const struct vrrp_router *r) {
        return r->ordered_priority > 0 ? r->ordered_priority : r->conf->priority;
}

static void feed_priority(struct vrrp_router *r, int delta) {
        struct vrrp_input in = { .type = VRRP_INPUT_PRIORITY };

        in.priority.priority = vrrp_track_priority(vrrp_router_base_priority(r), delta);
        if (in.priority.priority != r->instance.priority)
                vrrp_router_feed(r, &in);
}

/* The switches may have forgotten the way to us meanwhile, and the peers our MAC address. */
static void announce_source(struct vrrp_router *r) {
        const struct vrrp_params *p = &r->instance.params;

        vrrp_setup_announce_source(
                        r->setup, r->vrrpd->announcer, &p->source, p->garp_master_repeat, r);
        r->vrrpd->unsettled = true;
}

/* @faults: its own; those of its group are the group's business. */
static void feed_faults(struct vrrp_router *r, unsigned faults) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };
        unsigned before = r->instance.faults & ~(unsigned) VRRP_FAULTS_GROUP;

        in.fault.set = faults & ~r->instance.faults;
        in.fault.cleared = r->instance.faults & ~faults & ~(unsigned) VRRP_FAULTS_GROUP;
        if (in.fault.set == 0 && in.fault.cleared == 0)
                return;
        vrrp_router_feed(r, &in);
        if (before != 0 && faults == 0)
                announce_source(r);
}

void vrrp_router_refresh(struct vrrp_router *r) {
        struct vrrp_track_sum sum = vrrp_setup_track(r->setup);
        struct ip_addr source = find_source(r);
        unsigned faults = sum.faults | r->port_faults;

        if (lacks_source(r, &source))
                faults |= VRRP_FAULT_SOURCE;
        if (r->setup->error < 0 || (r->port && r->port->error < 0) || lacks_peers(r))
                faults |= VRRP_FAULT_CONFIG;
        faults |= vrrp_setup_vmac_faults(r->setup);
        feed_source(r, &source);
        feed_priority(r, sum.delta);
        feed_faults(r, faults);
        instance_bus_tracked(r);
}

/* Reload */

bool vrrp_router_is_same(const struct vrrp_router *r, const struct vrrp_instance_conf *conf) {
        const struct vrrp_instance_conf *old = r->conf;

        return raw_socket_kind_equal(kind_of(old), kind_of(conf)) &&
                        old->version == conf->version && old->vrid == conf->vrid &&
                        streq_ptr(old->interface, conf->interface) &&
                        streq_ptr(old->port, conf->port) && vrrp_conf_same_own_link(old, conf) &&
                        r->port;
}

/* What the old setup wants the new one wants, before the old one lets go. */
static void replace_setup(struct vrrp_router *r, struct vrrp_setup *new_) {
        if (r->instance.state == VRRP_STATE_MASTER)
                vrrp_setup_take(new_);
        vrrp_setup_inherit(new_, r->setup);
        (void) vrrp_setup_free(r->setup);
        r->setup = new_;
        r->vrrpd->unsettled = true;
}

int vrrp_router_reconfigure(struct vrrp_router *r, const struct vrrp_instance_conf *conf) {
        const struct conf *whole = r->vrrpd->daemon->conf;
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };
        struct vrrp_setup *setup;
        int e;

        e = make_setup(r, whole, conf, &setup);
        if (e < 0)
                return e;
        r->conf = conf;
        vrrp_setup_params(conf, whole->vrrp, uptime(), &in.reconfigure.params);
        in.reconfigure.params.source = r->instance.params.source;
        in.reconfigure.priority = vrrp_track_priority(
                        vrrp_router_base_priority(r), vrrp_setup_track(setup).delta);
        in.reconfigure.addresses_changed = !vrrp_setup_same_addresses(r->setup, setup);
        replace_setup(r, setup);
        vrrp_router_feed(r, &in);
        vrrp_router_refresh(r);
        vrrp_lookout_look(r->vrrpd->lookout, r);
        instance_bus_reconfigured(r);
        return 0;
}

void vrrp_router_link_rehoused(struct vrrp_router *r, const struct vrrp_link *l) {
        if (vrrp_setup_has_address_on(r->setup, l))
                vrrp_router_feed_plain(r, VRRP_INPUT_SEND_ANNOUNCEMENTS);
        if (r->setup->link == l && r->instance.faults == 0)
                announce_source(r);
}

bool vrrp_router_uses_link(const struct vrrp_router *r, const struct vrrp_link *l) {
        if (r->setup->link == l || (r->setup->vmac && r->setup->vmac->link == l))
                return true;
        for (size_t i = 0; i < r->setup->n_tracks; i++)
                if (r->setup->track_sources[i].link == l)
                        return true;
        return false;
}

/* Faults in words */

struct telling {
        void (*phrase)(const char *text, void *userdata);
        void *userdata;
};

_printf_(2, 3) static void say(const struct telling *t, const char *format, ...) {
        char text[256];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        t->phrase(text, t->userdata);
}

static void describe_tracker(const struct vrrp_track *track, const struct vrrp_tracker *tracker,
                const struct telling *t) {
        const char *kind = check_tracker_kind_to_string(tracker->kind);

        if (track->verdict == VRRP_TRACK_UNKNOWN) {
                say(t, "%s %s has not reported yet", kind, tracker->name);
                return;
        }
        switch (tracker->kind) {
        case CHECK_TRACKER_SCRIPT:
                say(t, "script %s %s", tracker->name, track->reverse ? "succeeds" : "fails");
                break;
        case CHECK_TRACKER_FILE:
                say(t, "file %s says %" PRId32, tracker->name, track->value);
                break;
        case CHECK_TRACKER_PROCESS:
                say(t, "process %s %s", tracker->name,
                                track->reverse ? "runs" : "does not run as wanted");
                break;
        case _CHECK_TRACKER_MAX: break;
        }
}

static void describe_track(const struct vrrp_track *track, const struct vrrp_track_source *source,
                const struct telling *t) {
        if (vrrp_track_fault(track) == 0)
                return;
        if (source->link)
                say(t, "interface %s is %s", source->link->name,
                                !vrrp_link_exists(source->link)  ? "missing"
                                                : track->reverse ? "up"
                                                                 : "down");
        else
                describe_tracker(track, source->tracker, t);
}

static void describe_doubt(const struct vrrp_router *r, const struct telling *t) {
        for (size_t i = 0; i < r->setup->n_tracks; i++) {
                const struct vrrp_tracker *tracker = r->setup->track_sources[i].tracker;

                if (!tracker || vrrp_tracker_trust(tracker) != VRRP_TRUST_FAULT)
                        continue;
                say(t, "checkd has been gone for longer than stale_after allows");
                return;
        }
}

static void describe_source(const struct vrrp_router *r, const struct telling *t) {
        char ip[IP_ADDR_STRLEN];

        if (!(r->instance.faults & VRRP_FAULT_SOURCE))
                return;
        if (ip_addr_is_set(&r->conf->src_ip))
                say(t, "source address %s is missing", ip_addr_format(&r->conf->src_ip, ip));
        else
                say(t, "interface %s has no %saddress to speak from", r->conf->interface ?: "*",
                                r->conf->family == AF_INET6 ? "link-local IPv6 " : "");
}

void vrrp_router_describe_faults(const struct vrrp_router *r,
                void (*phrase)(const char *text, void *userdata), void *userdata) {
        const struct telling t = { .phrase = phrase, .userdata = userdata };
        int error = r->setup->error < 0 ? r->setup->error : r->port ? r->port->error : 0;

        for (size_t i = 0; i < r->setup->n_tracks; i++)
                describe_track(&r->setup->tracks[i], &r->setup->track_sources[i], &t);
        vrrp_setup_describe_vmacs(r->setup, phrase, userdata);
        describe_doubt(r, &t);
        describe_source(r, &t);
        if (r->sync && r->instance.faults != 0 &&
                        !(r->instance.faults & ~(unsigned) VRRP_FAULTS_GROUP))
                say(&t, "%s of the sync group %s %s", vrrp_sync_cause(r->sync), r->sync->name,
                                r->instance.faults & VRRP_FAULT_GROUP
                                                ? "is in FAULT"
                                                : "waits for a tracker's first report");
        if (r->port_faults & VRRP_FAULT_DUPLICATE_VRID)
                say(&t, "virtual router id %u is taken on %s", r->conf->vrid,
                                r->conf->port ?: "all interfaces");
        if (lacks_peers(r))
                say(&t, "it has no unicast_peer to speak to");
        if (error < 0)
                say(&t, "cannot receive on %s: %s", r->conf->port ?: "*", strerror(-error));
}
