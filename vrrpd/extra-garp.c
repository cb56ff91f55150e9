/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/extra-garp.h"

#include <errno.h>
#include <stdlib.h>

#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

struct vrrp_extra_garp {
        struct vrrp_router *router;
        sd_event_source *timer;
        usec_t interval;
        bool all;
};

/* Adverts do not leave there, and it is one of those meant. */
static bool is_extra(const struct vrrp_extra_garp *g, const struct vrrp_virtual *v) {
        return v->link != vrrp_setup_way_out(g->router->setup) && (g->all || v->vmac);
}

static void announce(const struct vrrp_extra_garp *g) {
        struct vrrp_setup *s = g->router->setup;

        for (size_t i = 0; i < s->n_virtuals; i++)
                if (is_extra(g, &s->virtuals[i]))
                        vrrp_announcement_send(&s->virtuals[i].announcement, 1);
        g->router->vrrpd->unsettled = true;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_extra_garp *g = userdata;
        struct vrrpd *v = g->router->vrrpd;

        vrrpd_wake(v);
        if (g->router->instance.state == VRRP_STATE_MASTER)
                announce(g);
        (void) sd_event_source_set_time(s, v->clock.now + g->interval);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

int vrrp_extra_garp_new(struct vrrp_router *r, const struct vrrp_extra_garp_conf *conf,
                struct vrrp_extra_garp **ret) {
        _cleanup_(vrrp_extra_garp_freep) struct vrrp_extra_garp *g = calloc(1, sizeof(*g));
        struct vrrpd *v = r->vrrpd;
        int e;

        if (!g)
                return -ENOMEM;
        *g = (struct vrrp_extra_garp){
                .router = r,
                .interval = conf->seconds * USEC_PER_SEC,
                .all = conf->all,
        };
        e = sd_event_add_time(v->event, &g->timer, CLOCK_MONOTONIC, v->clock.now + g->interval, 0,
                        on_timer, g);
        if (e < 0)
                return e;
        e = sd_event_source_set_priority(g->timer, DAEMON_PRIORITY_TIMER);
        if (e < 0)
                return e;
        *ret = TAKE_PTR(g);
        return 0;
}

void vrrp_extra_garp_inherit(struct vrrp_extra_garp *g, const struct vrrp_extra_garp *old) {
        uint64_t at;

        if (g && old && g->interval == old->interval &&
                        sd_event_source_get_time(old->timer, &at) >= 0)
                (void) sd_event_source_set_time(g->timer, at);
}

struct vrrp_extra_garp *vrrp_extra_garp_free(struct vrrp_extra_garp *g) {
        if (!g)
                return NULL;
        sd_event_source_disable_unref(g->timer);
        free(g);
        return NULL;
}
