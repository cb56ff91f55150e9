/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/link-policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/link.h"
#include "vrrpd/linkbeat.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

struct vrrp_link_policy {
        struct vrrpd *vrrpd;
        const struct vrrp_conf *conf; /* NULL until the first */
        int fd;
        sd_event_source *poll; /* once a second, where a driver is to be asked */
};

/* --- asking drivers --- */

static bool asks(const struct vrrp_link_policy *p, const struct vrrp_link *l, enum vrrp_beat *ret) {
        const struct vrrp_link_conf *c =
                        p->conf ? vrrp_link_conf_find(&p->conf->beats, l->name) : NULL;

        *ret = c ? c->beat : VRRP_BEAT_ANY;
        return c || (p->conf && p->conf->beat_all);
}

/* One that cannot be asked is believed to beat: the kernel's flags count in any case. */
static void ask(struct vrrp_link_policy *p, struct vrrp_link *l) {
        enum vrrp_beat how;
        int r = 1;

        if (asks(p, l, &how) && vrrp_link_exists(l))
                r = vrrp_linkbeat_ask(p->fd, l->name, how);
        if (r < 0 && !l->beat_complained)
                log_warning("%s: the state of the link cannot be asked: %s", l->name,
                                strerrordesc_np(-r));
        l->beat_complained = r < 0;
        vrrp_link_set_beat(l, r != 0);
}

static bool asks_any(const struct vrrp_link_policy *p) {
        return p->conf && (p->conf->beat_all || p->conf->beats.n > 0);
}

static void arm(struct vrrp_link_policy *p) {
        (void) sd_event_source_set_time_relative(p->poll, USEC_PER_SEC);
        (void) sd_event_source_set_enabled(p->poll, asks_any(p) ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void on_each(struct vrrp_link *l, void *userdata) {
        ask(userdata, l);
}

static int on_poll(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_link_policy *p = userdata;

        arm(p);
        vrrpd_wake(p->vrrpd);
        vrrp_links_each(p->vrrpd->links, on_each, p);
        return 0;
}

/* --- delays --- */

/* What the router's backups wait for, less one advert: its own interval, or its master's. */
static usec_t limit_of(const struct vrrp_router *r) {
        const struct vrrp_instance *i = &r->instance;
        usec_t interval = i->state == VRRP_STATE_BACKUP && i->master_interval > 0
                        ? i->master_interval
                        : vrrp_instance_advert_interval(i);

        return vrrp_conf_down_limit(i->params.down_timer_adverts, interval);
}

usec_t vrrp_link_policy_down_limit(const struct vrrp_link_policy *p, const struct vrrp_link *l) {
        usec_t limit = USEC_INFINITY;

        for (const struct vrrp_router *r = p->vrrpd->routers; r; r = r->hh.next)
                if (vrrp_router_uses_link(r, l))
                        limit = MIN(limit, limit_of(r));
        return limit;
}

void vrrp_link_policy_apply(struct vrrp_link_policy *p, struct vrrp_link *l) {
        const struct vrrp_link_conf *c =
                        p->conf ? vrrp_link_conf_find(&p->conf->delays, l->name) : NULL;

        vrrp_link_set_delays(l, c ? c->down_usec : 0, c ? c->up_usec : 0);
        ask(p, l);
}

static void apply_each(struct vrrp_link *l, void *userdata) {
        vrrp_link_policy_apply(userdata, l);
}

void vrrp_link_policy_set(struct vrrp_link_policy *p, const struct vrrp_conf *conf) {
        p->conf = conf;
        arm(p);
        vrrp_links_each(p->vrrpd->links, apply_each, p);
}

static void restore_each(struct vrrp_link *l, void *userdata) {
        const struct vrrp_link_policy *p = userdata;
        struct vrrp_kept_link k;

        if (vrrp_keeper_kept_link(p->vrrpd->keeper, l->name, &k) >= 0 && k.ifindex == l->ifindex)
                vrrp_link_restore(l, k.up, k.due);
}

void vrrp_link_policy_restore(struct vrrp_link_policy *p) {
        vrrp_links_each(p->vrrpd->links, restore_each, p);
}

int vrrp_link_policy_new(struct vrrpd *v, struct vrrp_link_policy **ret) {
        _cleanup_(vrrp_link_policy_freep) struct vrrp_link_policy *p = malloc(sizeof(*p));
        int r;

        if (!p)
                return -ENOMEM;
        *p = (struct vrrp_link_policy){ .vrrpd = v };
        p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (p->fd < 0)
                return -errno;
        r = sd_event_add_time(v->event, &p->poll, CLOCK_MONOTONIC, USEC_INFINITY, USEC_PER_SEC / 10,
                        on_poll, p);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(p->poll, SD_EVENT_OFF);
        r = sd_event_source_set_priority(p->poll, DAEMON_PRIORITY_TIMER);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

struct vrrp_link_policy *vrrp_link_policy_free(struct vrrp_link_policy *p) {
        if (!p)
                return NULL;
        (void) sd_event_source_disable_unref(p->poll);
        if (p->fd >= 0)
                (void) close(p->fd);
        free(p);
        return NULL;
}
