/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/setup-tracks.h"

#include <errno.h>

#include "common/macro.h"
#include "vrrpd/tracking.h"
#include "vrrpd/vrrpd.h"

static bool tracks_link(const struct vrrp_setup *s, const char *name) {
        for (size_t i = 0; i < s->n_tracks; i++)
                if (s->track_sources[i].link && streq(s->track_sources[i].link->name, name))
                        return true;
        return false;
}

static int track_link(
                struct vrrpd *v, struct vrrp_setup *s, const char *name, int weight, bool reverse) {
        s->tracks[s->n_tracks] = (struct vrrp_track){
                .kind = VRRP_TRACK_STATE,
                .weight = weight,
                .reverse = reverse,
                .fault = VRRP_FAULT_INTERFACE,
        };
        return vrrp_links_want(v->links, name, &s->track_sources[s->n_tracks++].link);
}

static int track_vmac(struct vrrpd *v, struct vrrp_setup *s, const struct vrrp_vmac *vmac) {
        s->track_sources[s->n_tracks].vmac = vmac;
        return track_link(v, s, vmac->name, 0, false);
}

/* The interface itself; with a VMAC upon it there are two that may fail. */
static int track_own(struct vrrpd *v, struct vrrp_setup *s) {
        int r = track_link(v, s, s->link->name, 0, false);

        if (r < 0 || !s->vmac)
                return r;
        s->tracks[s->n_tracks - 1].fault = VRRP_FAULT_BASE_INTERFACE;
        return track_vmac(v, s, s->vmac);
}

static int track_virtual(
                struct vrrpd *v, struct vrrp_setup *s, const struct vrrp_virtual *virtual) {
        if (virtual->no_track || virtual->link == s->link || tracks_link(s, virtual->link->name))
                return 0;
        if (virtual->vmac && virtual->vmac == s->vmac)
                return 0; /* it is tracked as the own interface, or not meant to be */
        if (virtual->vmac)
                return track_vmac(v, s, virtual->vmac);
        return track_link(v, s, virtual->link->name, 0, false);
}

static int track_list(struct vrrpd *v, const struct conf *whole, struct vrrp_setup *s,
                enum check_tracker_kind kind, const struct vrrp_track_list *l) {
        int r = 0;

        for (size_t i = 0; i < l->n && r >= 0; i++) {
                s->tracks[s->n_tracks] = (struct vrrp_track){
                        .kind = kind == CHECK_TRACKER_FILE ? VRRP_TRACK_VALUE : VRRP_TRACK_STATE,
                        .weight = l->items[i].weight,
                        .reverse = l->items[i].reverse,
                        .fault = VRRP_FAULT_TRACKER,
                };
                r = vrrp_tracking_want(v->tracking, kind, l->items[i].name, whole,
                                &s->track_sources[s->n_tracks++].tracker);
        }
        return r;
}

static int track_lists(struct vrrpd *v, const struct conf *whole, struct vrrp_setup *s,
                const struct vrrp_instance_conf *conf) {
        int r;

        r = track_list(v, whole, s, CHECK_TRACKER_SCRIPT, &conf->track_script);
        if (r >= 0)
                r = track_list(v, whole, s, CHECK_TRACKER_FILE, &conf->track_file);
        if (r >= 0)
                r = track_list(v, whole, s, CHECK_TRACKER_PROCESS, &conf->track_process);
        return r;
}

/* The interface @name, once, as one's own. */
static int track_along(struct vrrpd *v, struct vrrp_setup *s, const char *name) {
        if (!name[0] || (s->link && streq(s->link->name, name)) || tracks_link(s, name))
                return 0;
        return track_link(v, s, name, 0, false);
}

/* The interfaces of routes, rules, and static entries. */
static int track_extras(
                struct vrrpd *v, struct vrrp_setup *s, const struct vrrp_instance_conf *conf) {
        int r = 0;

        for (size_t i = 0; i < conf->virtual_routes.n && r >= 0; i++) {
                const struct vrrp_route_conf *c = &conf->virtual_routes.items[i];

                for (unsigned k = 0; !c->no_track && vrrp_route_device(c->route, k) && r >= 0; k++)
                        r = track_along(v, s, vrrp_route_device(c->route, k));
        }
        for (size_t i = 0; i < conf->virtual_rules.n && r >= 0; i++)
                if (!conf->virtual_rules.items[i].no_track)
                        r = track_along(v, s, conf->virtual_rules.items[i].rule.iif);
        for (size_t i = 0; i < conf->n_static_links && r >= 0; i++)
                r = track_along(v, s, conf->static_links[i]);
        return r;
}

static size_t count_extra_links(const struct vrrp_instance_conf *conf) {
        size_t n = conf->virtual_rules.n + conf->n_static_links;

        for (size_t i = 0; i < conf->virtual_routes.n; i++)
                n += conf->virtual_routes.items[i].route->n_nexthops;
        return n;
}

/* By themselves routers track their own interface and those of what they have. An interface that is
 * tracked as one's own is not tracked once more. */
int vrrp_setup_make_tracks(struct vrrpd *v, const struct conf *whole, struct vrrp_setup *s,
                const struct vrrp_instance_conf *conf) {
        size_t n = 2 + s->n_virtuals + conf->track_interface.n + conf->track_script.n +
                        conf->track_file.n + conf->track_process.n + count_extra_links(conf);
        int r = 0;

        s->tracks = calloc(n, sizeof(*s->tracks));
        s->track_sources = calloc(n, sizeof(*s->track_sources));
        if (!s->tracks || !s->track_sources)
                return -ENOMEM;

        if (s->link && !conf->dont_track_primary)
                r = track_own(v, s);
        for (size_t i = 0; i < s->n_virtuals && r >= 0; i++)
                r = track_virtual(v, s, &s->virtuals[i]);
        if (r >= 0)
                r = track_extras(v, s, conf);
        for (size_t i = 0; i < conf->track_interface.n && r >= 0; i++) {
                const struct vrrp_track_conf *c = &conf->track_interface.items[i];

                if (!s->link || !streq(c->name, s->link->name))
                        r = track_link(v, s, c->name, c->weight, c->reverse);
        }
        return r < 0 ? r : track_lists(v, whole, s, conf);
}

static void track_source_done(struct vrrp_track_source *t) {
        vrrp_link_unwant(t->link);
        vrrp_tracker_unwant(t->tracker);
}

void vrrp_setup_free_tracks(struct vrrp_setup *s) {
        for (size_t i = 0; i < s->n_tracks; i++)
                track_source_done(&s->track_sources[i]);
        free(s->tracks);
        free(s->track_sources);
}

/* A VMAC that is just being made, or put back, is no reason to give anything up. */
static bool is_up(const struct vrrp_track_source *source) {
        return vrrp_link_is_up(source->link) ||
                        (source->vmac && vrrp_vmac_is_pending(source->vmac));
}

static void look_at(const struct vrrp_track_source *source, struct vrrp_track *ret) {
        if (source->tracker) {
                ret->verdict = source->tracker->word.verdict;
                ret->value = source->tracker->word.value;
                ret->ignored = vrrp_tracker_trust(source->tracker) == VRRP_TRUST_IGNORED;
        } else
                ret->verdict = is_up(source) ? VRRP_TRACK_GOOD : VRRP_TRACK_BAD;
}

struct vrrp_track_sum vrrp_setup_track(struct vrrp_setup *s) {
        struct vrrp_track_sum sum;
        bool doubted = false;

        for (size_t i = 0; i < s->n_tracks; i++) {
                const struct vrrp_tracker *tracker = s->track_sources[i].tracker;

                look_at(&s->track_sources[i], &s->tracks[i]);
                doubted |= tracker && vrrp_tracker_trust(tracker) == VRRP_TRUST_FAULT;
        }
        sum = vrrp_track_sum(s->tracks, s->n_tracks);
        if (doubted)
                sum.faults |= VRRP_FAULT_TRACKER_UNKNOWN;
        return sum;
}
