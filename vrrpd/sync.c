/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/json.h"
#include "common/macro.h"
#include "vrrpd/group-bus.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/port.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

/* --- members in step --- */

static struct vrrp_group_sum add_up(const struct vrrp_sync *s) {
        struct vrrp_group_sum sum = {};

        for (size_t k = 0; k < s->n_members; k++)
                vrrp_group_add(&sum, &s->members[k]->instance);
        return sum;
}

static struct vrrp_router *find_cause(const struct vrrp_sync *s, const struct vrrp_group_sum *sum) {
        for (size_t k = 0; k < s->n_members; k++)
                if (&s->members[k]->instance == sum->cause)
                        return s->members[k];
        return NULL;
}

/* Looked for once, not by each of what may be a thousand members that are told why. */
static struct vrrp_group_sum look(struct vrrp_sync *s) {
        const struct vrrp_group_sum sum = add_up(s);

        s->cause = find_cause(s, &sum);
        return sum;
}

const char *vrrp_sync_cause(const struct vrrp_sync *s) {
        return s->cause ? s->cause->name : "another member";
}

/* Returns whether anybody had to be told anything. */
static bool give_orders(struct vrrp_sync *s, const struct vrrp_group_sum *sum) {
        bool any = false;

        for (size_t k = 0; k < s->n_members; k++) {
                struct vrrp_router *r = s->members[k];
                struct vrrp_input in;

                if (!vrrp_group_order(&s->group, sum, &r->instance, s->vrrpd->clock.now, &in))
                        continue;
                any = true;
                vrrp_router_feed(r, &in);
        }
        return any;
}

static void arm(struct vrrp_sync *s, const struct vrrp_group_sum *sum) {
        struct vrrp_router *first = s->n_members > 0 ? s->members[0] : NULL;

        s->hold_at = vrrp_group_deadline(&s->group, sum);
        if (first)
                vrrp_deadlines_set(
                                &s->vrrpd->deadlines, &first->deadline, vrrp_sync_deadline(first));
}

/* As with a router (vrrpd/news.c): that a script has not reported yet is no failure. */
static bool is_waiting_start(
                const struct vrrp_sync *s, const struct vrrp_group_sum *sum, enum vrrp_state from) {
        return from == VRRP_STATE_INIT && s->group.state == VRRP_STATE_FAULT && sum->n_faulty == 0;
}

static void tell(struct vrrp_sync *s, const struct vrrp_group_sum *sum, enum vrrp_state from) {
        bool changed = s->group.state != from;

        if (!changed && !(s->untold && sum->n_faulty > 0))
                return;
        if (s->untold)
                from = VRRP_STATE_INIT;
        s->untold = is_waiting_start(s, sum, from);
        if (!s->untold)
                vrrp_news_put_group(&s->vrrpd->news, s, from, s->cause);
        s->vrrpd->unsettled = true;
        vrrp_keeper_note_group(s->vrrpd->keeper, s);
}

static void share(struct vrrp_sync *s, const struct vrrp_router *except,
                const struct vrrp_input *in) {
        s->busy = true;
        for (size_t k = 0; k < s->n_members; k++)
                if (s->members[k] != except)
                        vrrp_router_feed(s->members[k], in);
        s->busy = false;
}

/* To those that have heard it themselves nothing is new. */
static void share_lower(struct vrrp_sync *s) {
        const struct vrrp_input in = { .type = VRRP_INPUT_GROUP_LOWER };

        if (s->lower_heard)
                share(s, NULL, &in);
        s->lower_heard = false;
}

static void settle(struct vrrp_sync *s) {
        enum vrrp_state from = s->group.state;
        struct vrrp_group_sum sum;

        s->unsettled = false;
        share_lower(s);
        sum = look(s);
        s->busy = true;
        for (int i = 0; i < VRRP_GROUP_ROUNDS_MAX && give_orders(s, &sum); i++)
                sum = look(s);
        s->busy = false;
        (void) vrrp_group_settle(&s->group, &sum, s->vrrpd->clock.now);
        arm(s, &sum);
        tell(s, &sum, from);
}

static void mark(struct vrrp_sync *s) {
        s->unsettled = true;
        s->vrrpd->unsettled = s->vrrpd->syncs_unsettled = true;
}

void vrrp_syncs_settle(struct vrrpd *v) {
        if (!v->syncs_unsettled || v->regrouping)
                return;
        v->syncs_unsettled = false;
        for (struct vrrp_sync *s = v->syncs; s; s = s->hh.next)
                if (s->unsettled)
                        settle(s);
}

void vrrp_sync_follow(struct vrrp_router *r, const struct vrrp_input *in,
                const struct vrrp_instance *before, const struct vrrp_effects *effects) {
        struct vrrp_sync *s = r->sync;
        struct vrrp_input also;

        if (s->busy)
                return;
        if (vrrp_group_share(in, effects, &also)) {
                if (also.type == VRRP_INPUT_GROUP_LOWER)
                        s->lower_heard = true;
                else
                        share(s, r, &also);
        }
        if (s->lower_heard || vrrp_group_concerns(before, &r->instance) ||
                        s->hold_at <= s->vrrpd->clock.now)
                mark(s);
}

bool vrrp_sync_read_ports(struct vrrp_sync *s) {
        if (s->read_in == s->vrrpd->wakeups)
                return false;
        s->read_in = s->vrrpd->wakeups;
        for (size_t k = 0; k < s->n_members; k++)
                if (s->members[k]->port)
                        vrrp_port_read(s->members[k]->port);
        return true;
}

usec_t vrrp_sync_deadline(const struct vrrp_router *r) {
        usec_t at = vrrp_instance_deadline(&r->instance);

        return r->sync && r->sync->members[0] == r ? MIN(at, r->sync->hold_at) : at;
}

/* --- which there are --- */

static void clear_group_faults(struct vrrp_router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };

        in.fault.cleared = r->instance.faults & VRRP_FAULTS_GROUP;
        if (in.fault.cleared != 0)
                vrrp_router_feed(r, &in);
}

/* Its deadline is its own again, and no group goes on without it. */
static void release(struct vrrp_router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_GROUP_NEWCOMER };

        r->sync = NULL;
        if (r->instance.newcomer)
                vrrp_router_feed(r, &in);
        vrrp_deadlines_set(
                        &r->vrrpd->deadlines, &r->deadline, vrrp_instance_deadline(&r->instance));
        instance_bus_grouped(r);
}

void vrrp_sync_leave(struct vrrp_router *r) {
        struct vrrp_sync *s = r->sync;
        size_t left = 0;

        if (!s)
                return;
        for (size_t k = 0; k < s->n_members; k++)
                if (s->members[k] != r)
                        s->members[left++] = s->members[k];
        s->n_members = left;
        if (s->cause == r)
                s->cause = NULL;
        release(r);
}

static void sync_free(struct vrrp_sync *s) {
        if (!s)
                return;
        while (s->n_members > 0)
                vrrp_sync_leave(s->members[0]);
        if (s->hh.tbl)
                HASH_DEL(s->vrrpd->syncs, s);
        free(s->members);
        free(s->path);
        free(s->name);
        free(s);
}
DEFINE_CLEANUP_FUNC(struct vrrp_sync *, sync_free);

void vrrp_syncs_free(struct vrrpd *v) {
        struct vrrp_sync *s, *next;

        HASH_ITER (hh, v->syncs, s, next)
                sync_free(s);
}

static struct vrrp_sync *find(const struct vrrpd *v, const char *name) {
        struct vrrp_sync *s;

        HASH_FIND_STR(v->syncs, name, s);
        return s;
}

bool vrrp_sync_may_start_master(const struct vrrpd *v, const char *name) {
        const struct vrrp_sync *s = find(v, name);

        return !s || s->group.state == VRRP_STATE_MASTER || s->group.state == VRRP_STATE_INIT;
}

static int sync_new(struct vrrpd *v, const char *name, struct vrrp_sync **ret) {
        _cleanup_(sync_freep) struct vrrp_sync *s = calloc(1, sizeof(*s));
        uint64_t seed = v->clock.now;
        int r;

        if (!s)
                return -ENOMEM;
        s->vrrpd = v;
        s->hold_at = USEC_INFINITY;
        s->name = strdup(name);
        if (!s->name)
                return -ENOMEM;
        r = group_bus_path(name, &s->path);
        if (r < 0)
                return r;
        (void) getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
        vrrp_group_init(&s->group, seed);
        HASH_ADD_KEYPTR(hh, v->syncs, s->name, strlen(s->name), s);
        *ret = TAKE_PTR(s);
        return 0;
}

static bool has_member(const struct vrrp_group_conf *conf, const struct vrrp_router *r) {
        for (size_t k = 0; k < conf->n_members; k++)
                if (streq(conf->members[k]->name, r->name))
                        return true;
        return false;
}

/* Those that are named no more go by themselves from now on, or with another group. */
static void dismiss(struct vrrp_sync *s, const struct vrrp_group_conf *conf) {
        for (size_t k = 0; k < s->n_members;) {
                struct vrrp_router *r = s->members[k];

                if (conf && has_member(conf, r))
                        k++;
                else
                        vrrp_sync_leave(r);
        }
}

void vrrp_syncs_begin(struct vrrpd *v, const struct vrrp_conf *conf) {
        v->regrouping = true;
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                r->comes = false;
        for (struct vrrp_sync *s = v->syncs; s; s = s->hh.next)
                dismiss(s, vrrp_conf_find_group(conf, s->name));
}

/* Those that are named and run, in the order of the configuration. Nobody is in another group any more. */
static int enlist(struct vrrp_sync *s, const struct vrrp_group_conf *conf, bool *ret_changed) {
        struct vrrp_router **members = calloc(conf->n_members + 1, sizeof(struct vrrp_router *));
        size_t n = 0;

        if (!members)
                return -ENOMEM;
        for (size_t k = 0; k < conf->n_members; k++) {
                struct vrrp_router *r = vrrpd_find_router(s->vrrpd, conf->members[k]->name);

                if (r)
                        members[n++] = r;
        }
        *ret_changed = n != s->n_members ||
                        (n > 0 &&
                                        memcmp(members, s->members,
                                                        n * sizeof(struct vrrp_router *)) != 0);
        free(s->members);
        s->members = members;
        s->n_members = n;
        for (size_t k = 0; k < n; k++) {
                if (members[k]->sync == s)
                        continue;
                members[k]->sync = s;
                members[k]->comes = true;
                instance_bus_grouped(members[k]);
        }
        return 0;
}

static void remove_sync(struct vrrp_sync *s) {
        struct vrrpd *v = s->vrrpd;

        dismiss(s, NULL);
        vrrpd_settle(v);
        vrrp_news_finish(&v->news);
        vrrp_news_group_deleted(s);
        group_bus_removed(s);
        vrrp_keeper_drop_group(v->keeper, s->name);
        sync_free(s);
}

static int update(struct vrrpd *v, const struct vrrp_group_conf *conf) {
        struct vrrp_sync *s = find(v, conf->name);
        bool changed, is_new = !s;
        int r = 0;

        if (is_new)
                r = sync_new(v, conf->name, &s);
        if (r >= 0)
                r = enlist(s, conf, &changed);
        if (r < 0)
                return r;
        if (is_new)
                group_bus_added(s);
        else if (changed)
                group_bus_members_changed(s);
        return 0;
}

/* Who has come, and is not MASTER as the others are. */
static void admit(struct vrrp_sync *s) {
        const struct vrrp_group_sum sum = add_up(s);

        s->busy = true;
        for (size_t k = 0; k < s->n_members; k++) {
                struct vrrp_router *r = s->members[k];
                struct vrrp_input in;

                if (r->comes && vrrp_group_join(&s->group, &sum, &r->instance, &in))
                        vrrp_router_feed(r, &in);
        }
        s->busy = false;
        mark(s);
}

/* Those that nobody took in. */
static void clear_faults_of_leavers(struct vrrpd *v) {
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                if (!r->sync)
                        clear_group_faults(r);
}

void vrrp_syncs_admit(struct vrrpd *v) {
        for (struct vrrp_sync *s = v->syncs; s; s = s->hh.next)
                admit(s);
        vrrp_syncs_settle(v);
}

int vrrp_syncs_update(struct vrrpd *v, const struct vrrp_conf *conf) {
        struct vrrp_sync *s, *next;
        int r = 0;

        HASH_ITER (hh, v->syncs, s, next) {
                if (!vrrp_conf_find_group(conf, s->name))
                        remove_sync(s);
        }
        for (const struct vrrp_group_conf *c = conf->groups; c && r >= 0; c = c->hh.next)
                r = update(v, c);
        v->regrouping = false;
        clear_faults_of_leavers(v);
        vrrp_syncs_admit(v);
        return r;
}

/* With an earlier process. */
static bool had_masters(const struct vrrp_sync *s) {
        struct vrrp_saved saved;

        for (size_t k = 0; k < s->n_members; k++)
                if (vrrp_keeper_saved(s->vrrpd->keeper, s->members[k]->name, &saved) >= 0 &&
                                saved.state == VRRP_STATE_MASTER)
                        return true;
        return false;
}

/* Beside masters it is not known yet who is a newcomer, whose silent tracker concerns nobody else. */
void vrrp_sync_restore(struct vrrp_sync *s) {
        struct vrrpd *v = s->vrrpd;
        struct vrrp_kept_group kept;

        if (!had_masters(s))
                settle(s);
        if (vrrp_keeper_kept_group(v->keeper, s->name, &kept) < 0)
                return;
        s->group.state = kept.state;
        s->group.reason = kept.reason;
        s->group.since = MIN(kept.since, v->clock.now);
        s->untold = kept.untold;
        s->transition_realtime = usec_sub(v->clock.real, usec_sub(v->clock.now, s->group.since));
        (void) snprintf(s->reason, sizeof(s->reason), "%s", kept.words);
        vrrp_keeper_note_group(v->keeper, s);
}
