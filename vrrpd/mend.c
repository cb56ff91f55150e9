/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/mend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "vrrpd/news.h"
#include "vrrpd/router.h"
#include "vrrpd/routing.h"
#include "vrrpd/statics.h"
#include "vrrpd/vrrpd.h"

#define MEND_RETRY_USEC USEC_PER_SEC
#define MEND_BURST 1000U

#define WORDS_MAX 512

/* What @c is for, in words. Returns whether its loss is nobody's concern. */
static bool describe(const struct vrrpd *v, const struct vrrp_claim *c, const struct vrrp_router *r,
                char words[static WORDS_MAX]) {
        const struct vrrp_extra *e = r ? vrrp_extras_find(&r->setup->extras, c) : NULL;

        if (!r)
                return vrrp_statics_describe(v->statics, c, words, WORDS_MAX);
        (void) snprintf(words, WORDS_MAX, "%s %s", e ? e->noun : "thing", e ? e->words : "?");
        return !e || e->no_track;
}

static const char *name_of(const struct vrrp_router *r) {
        return r ? r->name : "static";
}

void vrrp_mend_failed(struct vrrpd *v, struct vrrp_claim *c, struct vrrp_router *r, bool taking,
                int error) {
        char words[WORDS_MAX];

        if (!r && !vrrp_statics_is_news(v->statics, c, error))
                return;
        (void) describe(v, c, r, words);
        log_emit(LOG_WARNING, NULL, LOG_INSTANCE(name_of(r)), "%s: cannot %s %s: %s%s", name_of(r),
                        taking ? "put on" : "remove", words, strerror(-error),
                        taking ? "; it is tried again" : "");
}

void vrrp_mend_mended(struct vrrpd *v, struct vrrp_claim *c, struct vrrp_router *r) {
        char words[WORDS_MAX];

        (void) describe(v, c, r, words);
        log_emit(LOG_NOTICE, NULL, LOG_INSTANCE(name_of(r)), "%s: %s is on now", name_of(r), words);
}

/* Whether one more may be put back right now. */
static bool may_restore(struct vrrpd *v) {
        if (v->clock.now >= usec_add(v->restored_since, USEC_PER_SEC)) {
                v->restored_since = v->clock.now;
                v->restored = 0;
        }
        return v->restored++ < MEND_BURST;
}

void vrrp_mend_lost(struct vrrpd *v, struct vrrp_claim *c, struct vrrp_router *r) {
        char words[WORDS_MAX];

        if (describe(v, c, r, words)) {
                vrrp_claim_leave(c);
                if (!r)
                        vrrp_statics_leave(v->statics, c);
                return;
        }
        vrrp_news_restored(v, r, words);
        if (may_restore(v))
                vrrp_claim_take(c);
        v->unsettled = true;
}

/* The kernel's news */

static bool is_that_route(const void *value, const void *found) {
        return vrrp_route_matches(value, found);
}

static bool is_in_place_of(const void *value, const void *found) {
        return vrrp_route_same_place(value, found);
}

static bool is_in_that_place(const void *value, const void *found) {
        return vrrp_route_same_place(value, found) && !vrrp_route_matches(value, found);
}

static bool is_that_rule(const void *value, const void *found) {
        return vrrp_rule_equal(value, found);
}

static void on_route_removed(const struct vrrp_route *route, const struct vrrp_link_origin *origin,
                void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_removed(v->routes, is_that_route, route, origin);
}

static void on_route_replaced(const struct vrrp_route *route, const struct vrrp_link_origin *origin,
                void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_removed(v->routes, is_in_that_place, route, origin);
}

static void on_rule_removed(const struct vrrp_rule *rule, const struct vrrp_link_origin *origin,
                void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_removed(v->rules, is_that_rule, rule, origin);
}

static void on_route_expired(const struct vrrp_route *route, void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_suspect_those(v->routes, is_in_place_of, route);
        v->unsettled = true;
}

static void on_upset(const struct vrrp_upset *upset, void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_upset(v->routes, upset);
        v->unsettled = true;
}

static void on_stirred(void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_retry(v->routes);
        v->unsettled = true;
}

static void on_unsure(void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_suspect(v->routes);
        vrrp_holdings_suspect(v->rules);
        v->unsettled = true;
}

static const struct vrrp_routing_ops routing_ops = {
        .route_removed = on_route_removed,
        .route_replaced = on_route_replaced,
        .rule_removed = on_rule_removed,
        .route_expired = on_route_expired,
        .upset = on_upset,
        .stirred = on_stirred,
        .unsure = on_unsure,
};

void vrrp_mend_watch(struct vrrpd *v) {
        bool any = vrrp_holdings_count(v->routes) > 0 || vrrp_holdings_count(v->rules) > 0;
        int r = vrrp_routing_listen(v->routing, any);

        if (r < 0)
                log_error("cannot listen to changes of routes and rules: %s", strerror(-r));
}

/* Trying again */

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        vrrp_holdings_retry(v->routes);
        vrrp_holdings_retry(v->rules);
        vrrp_statics_retry(v->statics);
        for (size_t i = 0; i < 3; i++)
                vrrp_holdings_record(VRRPD_TABLES(v)[i]);
        v->unsettled = true;
        return 0;
}

static bool are_unrecorded(const struct vrrpd *v) {
        return vrrp_holdings_are_unrecorded(v->holdings) ||
                        vrrp_holdings_are_unrecorded(v->routes) ||
                        vrrp_holdings_are_unrecorded(v->rules);
}

void vrrp_mend_arm(struct vrrpd *v) {
        int armed;

        if (!vrrp_holdings_lack(v->routes) && !vrrp_holdings_lack(v->rules) &&
                        !vrrp_statics_lack(v->statics) && !are_unrecorded(v))
                return;
        if (sd_event_source_get_enabled(v->retry, &armed) < 0 || armed != SD_EVENT_OFF)
                return;
        (void) sd_event_source_set_time(v->retry, usec_add(v->clock.now, MEND_RETRY_USEC));
        (void) sd_event_source_set_enabled(v->retry, SD_EVENT_ONESHOT);
}

int vrrp_mend_init(struct vrrpd *v) {
        int r;

        r = vrrp_routing_new(v->event, DAEMON_PRIORITY_SOCKET, &routing_ops, v, &v->routing);
        if (r < 0)
                return r;
        r = sd_event_add_time(v->event, &v->retry, CLOCK_MONOTONIC, USEC_INFINITY, 1, on_retry, v);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(v->retry, SD_EVENT_OFF);
        return sd_event_source_set_priority(v->retry, DAEMON_PRIORITY_TIMER);
}

void vrrp_mend_done(struct vrrpd *v) {
        v->retry = sd_event_source_disable_unref(v->retry);
        v->routing = vrrp_routing_free(v->routing);
}
