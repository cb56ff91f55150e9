/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/suspension.h"

#include <errno.h>
#include <stdlib.h>

#include "checkd/checkd.h"
#include "checkd/checker.h"
#include "checkd/probe.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/mirror.h"
#include "ipvsd/conf.h"
#include "vrrpd/conf.h"

#define PEER "org.mainstay.Vrrp1"
#define ROOT "/org/mainstay/vrrp1"
#define INTERFACE "org.mainstay.Vrrp1.Instance"
#define WAKE_USEC USEC_PER_SEC /* checkers that wake are checked within this time */

struct suspension {
        struct checkd *checkd;
        struct mirror *mirror;
        sd_event_source *soon; /* many instances change hands together */
};

enum whereabouts {
        WHEREABOUTS_NOT_ASKED, /* checked whatever vrrpd says */
        WHEREABOUTS_UNKNOWN,
        WHEREABOUTS_HERE,
        WHEREABOUTS_ELSEWHERE,
};

/* What the instance called @name is, as far as vrrpd has been heard: a borrowed word, or "". */
static const char *state_of(const struct suspension *s, const char *name) {
        _cleanup_free_ char *path = NULL;

        if (sd_bus_path_encode(ROOT "/instance", name, &path) < 0)
                return "";
        return json_get_string(mirror_get(s->mirror, path, INTERFACE), "State");
}

static enum whereabouts find(const struct suspension *s, const struct ipvs_service_conf *service) {
        const struct conf *conf = s->checkd->daemon->conf;
        enum whereabouts found = WHEREABOUTS_NOT_ASKED;
        const struct vrrp_instance_conf *i;

        if (!service->ha_suspend)
                return WHEREABOUTS_NOT_ASKED;
        for (i = conf->vrrp->instances; i; i = i->hh.next) {
                const char *state;

                if (!check_conf_instance_serves(conf, i, service))
                        continue;
                state = state_of(s, i->name);
                if (streq(state, "MASTER"))
                        return WHEREABOUTS_HERE;
                if (!state[0])
                        found = WHEREABOUTS_UNKNOWN;
                else if (found != WHEREABOUTS_UNKNOWN)
                        found = WHEREABOUTS_ELSEWHERE;
        }
        return found;
}

static void update(struct checker *k, enum whereabouts w, usec_t wake) {
        if (w == WHEREABOUTS_UNKNOWN || !checker_suspend(k, w == WHEREABOUTS_ELSEWHERE))
                return;
        check_probe_schedule(k->probe, wake);
        if (!k->suspended)
                check_probe_hurry(k->probe, wake);
}

void suspension_update(struct suspension *s) {
        struct checkd *c = s->checkd;
        const struct ipvs_service_conf *last = NULL;
        enum whereabouts w = WHEREABOUTS_NOT_ASKED;
        usec_t now = usec_now(CLOCK_MONOTONIC);
        unsigned n = HASH_COUNT(c->checkers), i = 0;
        struct checker *k;

        for (k = c->checkers; k; k = k->hh.next, i++) {
                if (k->service_conf != last)
                        w = find(s, k->service_conf);
                last = k->service_conf;
                update(k, w, check_schedule_spread(now, WAKE_USEC, i, n));
        }
}

/* --- vrrpd --- */

static int on_soon(sd_event_source *source, void *userdata) {
        suspension_update(userdata);
        return 0;
}

static void on_changed(struct mirror *m, const char *path, const char *interface,
                json_object *properties, json_object *changed, void *userdata) {
        struct suspension *s = userdata;

        if (streq(interface, INTERFACE) && json_object_object_get(changed, "State"))
                (void) sd_event_source_set_enabled(s->soon, SD_EVENT_ONESHOT);
}

static const struct mirror_ops mirror_ops = { .changed = on_changed };

int suspension_new(struct checkd *c, struct suspension **ret) {
        _cleanup_(suspension_freep) struct suspension *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->checkd = c;
        r = mirror_new(c->daemon->event, PEER, ROOT, &mirror_ops, s, &s->mirror);
        if (r < 0)
                return r;
        r = sd_event_add_defer(c->daemon->event, &s->soon, on_soon, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(s->soon, SD_EVENT_OFF);
        r = sd_event_source_set_priority(s->soon, DAEMON_PRIORITY_BUS);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

struct suspension *suspension_free(struct suspension *s) {
        if (!s)
                return NULL;
        (void) mirror_free(s->mirror);
        (void) sd_event_source_disable_unref(s->soon);
        free(s);
        return NULL;
}

int suspension_attach(struct suspension *s, sd_bus *bus) {
        return mirror_attach(s->mirror, bus);
}
