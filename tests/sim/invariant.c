/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "invariant.h"

#include "common/macro.h"
#include "router.h"
#include "team.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"
#include "world.h"

#define CLOCK_ERROR_PERCENT 5
#define ROUNDING 20 /* microseconds: moved timers and converted clocks */

usec_t invariant_slowest(usec_t local) {
        return local * 100 / (100 - CLOCK_ERROR_PERCENT) + 1;
}

/* The two intervals, as the RFCs say them. */
static usec_t skew_time(const struct router *r, uint8_t priority, usec_t interval) {
        usec_t unit = r->params.version == 2 ? USEC_PER_SEC : interval;

        return (256 - (usec_t) priority) * unit / 256;
}

static usec_t down_interval(const struct router *r, uint8_t priority, usec_t interval) {
        return r->params.down_timer_adverts * interval + skew_time(r, priority, interval);
}

/* Starting */

void invariant_started(struct router *r, enum vrrp_state told) {
        r->oracle = (struct oracle){ .told = told };
}

/* One step */

static void told_once(struct router *r, const struct vrrp_effects *effects) {
        for (size_t k = 0; k < effects->n; k++) {
                const struct vrrp_effect *e = &effects->items[k];

                if (e->type != VRRP_EFFECT_STATE_CHANGED)
                        continue;
                if (e->state_changed.from != r->oracle.told ||
                                e->state_changed.to == e->state_changed.from)
                        world_fail(r->world, "transitions_are_told_once", "%s told %s before",
                                        r->name, vrrp_state_to_string(r->oracle.told));
                if (r->world->still)
                        world_fail(r->world, "nothing_moves", "%s becomes %s", r->name,
                                        vrrp_state_to_string(e->state_changed.to));
                r->oracle.told = e->state_changed.to;
                r->world->moved_at = r->world->now;
        }
        if (!r->adopting && r->oracle.told != r->instance.state)
                world_fail(r->world, "transitions_are_told_once", "%s is %s and told %s", r->name,
                                vrrp_state_to_string(r->instance.state),
                                vrrp_state_to_string(r->oracle.told));
}

static void only_masters_speak(struct router *r, const struct vrrp_instance *before,
                const struct vrrp_effects *effects) {
        bool was = before->state == VRRP_STATE_MASTER, is = r->instance.state == VRRP_STATE_MASTER;

        was = was || (before->state == VRRP_STATE_INIT && r->saved.state == VRRP_STATE_MASTER);
        for (size_t k = 0; k < effects->n; k++) {
                const struct vrrp_effect *e = &effects->items[k];

                if (e->type != VRRP_EFFECT_SEND_ADVERT)
                        continue;
                if ((!was && !is) || (e->send_advert.priority == 0 && is))
                        world_fail(r->world, "only_masters_speak", "%s says %u as %s", r->name,
                                        e->send_advert.priority,
                                        vrrp_state_to_string(r->instance.state));
                r->oracle.parted = e->send_advert.priority == 0;
        }
}

/* Both ways, when no silence of ours speaks for the other. */
static void the_better_stays(
                struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before) {
        const struct vrrp_advert *adv = &in->advert.advert;
        uint8_t own = vrrp_instance_priority(&r->instance);
        bool better = adv->priority > own ||
                        (adv->priority == own &&
                                        ntohl(adv->source.in.s_addr) >
                                                        ntohl(r->params.source.in.s_addr));
        bool stays = r->instance.state == VRRP_STATE_MASTER;

        if (stays && in->advert.received <= before->last_sent)
                return; /* old news */
        if (before->adoption != VRRP_ADOPTION_NONE || adv->priority == 0 ||
                        (!stays && r->instance.reason == VRRP_REASON_SUPERSEDED))
                return;
        if (better == stays)
                world_fail(r->world, "the_better_stays", "%s with %u hears %u and %s", r->name, own,
                                adv->priority, stays ? "stays" : "yields");
}

static void timers_end(struct router *r, const struct vrrp_input *in) {
        if (in->type == VRRP_INPUT_TIMER && vrrp_instance_deadline(&r->instance) <= router_clock(r))
                world_fail(r->world, "timers_end", "%s as %s", r->name,
                                vrrp_state_to_string(r->instance.state));
}

/* Taking over */

static usec_t earliest_takeover(const struct router *r) {
        const struct oracle *o = &r->oracle;
        uint8_t priority = vrrp_instance_priority(&r->instance);
        usec_t own = r->params.advert_interval;
        usec_t interval = r->params.version == 2 || o->interval == 0 ? own : o->interval;

        if (o->skew_only)
                return o->base + skew_time(r, priority, interval);
        if (o->hastened)
                return o->base + own + skew_time(r, priority, own);
        return o->base + down_interval(r, priority, interval);
}

static void takeover_is_never_early(struct router *r) {
        usec_t earliest = earliest_takeover(r), now = router_clock(r);

        if (r->oracle.timer_unknown || r->oracle.was_lied_to)
                return;
        if (now + ROUNDING < earliest)
                world_fail(r->world, r->oracle.rule, "%s takes over %" PRIusec " us early", r->name,
                                earliest - now);
}

static void enter_backup(struct router *r, const struct vrrp_instance *before) {
        struct oracle *o = &r->oracle;
        usec_t now = router_clock(r);
        bool starts = r->instance.reason == VRRP_REASON_START;

        o->base = o->deaf_until = MAX(now, o->start_until);
        o->rule = "takeover_is_never_early";
        o->interval = 0;
        o->first_lower = USEC_INFINITY;
        o->skew_only = o->timer_unknown = false;
        o->hastened = r->params.start_master && r->params.priority == VRRP_PRIORITY_OWNER &&
                        (starts || before->state == VRRP_STATE_FAULT);
}

/* The rule by which a backup restarts its timer for an advert of priority above 0, or NULL. */
static const char *accepting_rule(
                struct router *r, const struct vrrp_advert *adv, usec_t received) {
        struct oracle *o = &r->oracle;

        if (adv->priority >= vrrp_instance_priority(&r->instance)) {
                o->first_lower = USEC_INFINITY;
                o->resigned = false;
                return "takeover_is_never_early";
        }
        if (!r->params.preempt)
                return "nopreempt_is_honoured";
        if (o->resigned)
                return "resignation_is_honoured";
        if (r->params.preempt_delay == 0)
                return NULL;
        if (o->first_lower == USEC_INFINITY)
                o->first_lower = received;
        return received < o->first_lower + r->params.preempt_delay ? "preempt_delay_is_honoured"
                                                                   : NULL;
}

/* It cannot be master before that one is gone, unless it only keeps it waiting. (Who was lied to may remember a wait of
 * its own.) */
static void follow(struct router *r, const char *rule) {
        if (streq(rule, "preempt_delay_is_honoured"))
                return;
        r->oracle.behind = true;
        if (r->instance.newcomer && !r->oracle.was_lied_to)
                world_fail(r->world, "newcomers_follow", "%s keeps its group waiting", r->name);
}

static void hear(struct router *r, const struct vrrp_input *in) {
        const struct vrrp_advert *adv = &in->advert.advert;
        struct oracle *o = &r->oracle;
        usec_t received = in->advert.received;
        const char *rule;

        if (router_clock(r) < o->deaf_until)
                return;
        if (adv->priority == VRRP_PRIORITY_RESIGN) {
                /* A member of a group may have waited long enough, and then knows its own interval only. */
                if (received >= earliest_takeover(r))
                        o->interval = MIN(o->interval, r->params.advert_interval);
                o->base = received;
                o->rule = "takeover_is_never_early";
                o->skew_only = true;
                return;
        }
        rule = accepting_rule(r, adv, received);
        if (!rule)
                return;
        follow(r, rule);
        o->base = received;
        o->rule = rule;
        o->interval = adv->interval;
        o->skew_only = o->hastened = false;
}

/* Nothing is known of earlier, or that it had not started. */
static bool is_cold(const struct vrrp_input *in) {
        return in->type == VRRP_INPUT_START ||
                        (in->type == VRRP_INPUT_RESTORE &&
                                        in->restore.saved.state == VRRP_STATE_INIT);
}

/* What was waited for has not come. A member of a group then waits for the others. */
static bool waited_enough(const struct vrrp_instance *before, const struct vrrp_instance *after) {
        return before->state == VRRP_STATE_BACKUP && !before->ready &&
                        (after->state == VRRP_STATE_MASTER || vrrp_instance_is_ready(after));
}

/* Whether another member is a reason for @r, a master, to give way or to fail. */
static bool is_pulled_down(const struct router *r) {
        for (unsigned k = 0; k < r->team->n; k++) {
                const struct router *p = r->team->members[k];

                if (p == r || p->place != r->place)
                        continue;
                if ((p->faults & ~(unsigned) VRRP_FAULTS_UNKNOWN) != 0 || p->instance.maintenance ||
                                (p->oracle.behind && p->instance.state != VRRP_STATE_MASTER))
                        return true;
        }
        return false;
}

static void judge_order(
                struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before) {
        bool fails = in->type == VRRP_INPUT_FAULT && (in->fault.set & VRRP_FAULTS_GROUP) != 0;

        if (before->state != VRRP_STATE_MASTER || r->oracle.odd ||
                        (in->type != VRRP_INPUT_GROUP_BACKUP && !fails))
                return;
        if (!team_group_of(r) || !is_pulled_down(r))
                world_fail(r->world, "newcomers_move_nobody", "%s is told %s for nothing", r->name,
                                vrrp_input_type_to_string(in->type));
}

static bool has_failed_member(const struct router *r) {
        for (unsigned k = 0; k < r->team->n; k++)
                if (r->team->members[k]->place == r->place &&
                                (r->team->members[k]->faults & ~(unsigned) VRRP_FAULTS_UNKNOWN) !=
                                                0)
                        return true;
        return false;
}

/* What a member waits for that has come to masters is not theirs, over a restart either. */
static void judge_restore(struct router *r, const struct vrrp_input *in) {
        if (in->type == VRRP_INPUT_RESTORE && in->restore.saved.state == VRRP_STATE_MASTER &&
                        r->instance.state == VRRP_STATE_FAULT && r->faults == 0 &&
                        !has_failed_member(r))
                world_fail(r->world, "restarts_move_nobody", "%s is told FAULT for nothing",
                                r->name);
}

static void note_behind(struct router *r, const struct vrrp_instance *before) {
        if (r->instance.state == VRRP_STATE_MASTER)
                r->oracle.behind = false;
        else if (before->state == VRRP_STATE_MASTER || (before->newcomer && !r->instance.newcomer))
                r->oracle.behind = true;
}

void invariant_step(struct router *r, const struct vrrp_input *in,
                const struct vrrp_instance *before, const struct vrrp_effects *effects) {
        enum vrrp_state from = before->state, to = r->instance.state;
        bool advert = in->type == VRRP_INPUT_ADVERT || in->type == VRRP_INPUT_SUPERSEDED;

        if (from == VRRP_STATE_INIT && is_cold(in))
                r->oracle.start_until = router_clock(r) + r->params.start_delay;
        told_once(r, effects);
        only_masters_speak(r, before, effects);
        timers_end(r, in);
        if (advert && from == VRRP_STATE_MASTER)
                the_better_stays(r, in, before);

        judge_order(r, in, before);
        judge_restore(r, in);
        note_behind(r, before);
        if (waited_enough(before, &r->instance)) {
                takeover_is_never_early(r);
                r->oracle.interval =
                                0; /* the master that it followed is gone, and so is what that announced */
        }
        if (to != VRRP_STATE_BACKUP && !r->adopting)
                r->oracle.resigned = false;
        if (from != to && to == VRRP_STATE_BACKUP &&
                        !(in->type == VRRP_INPUT_RESTORE && r->saved.state == VRRP_STATE_BACKUP))
                enter_backup(r, before);
        if (in->type == VRRP_INPUT_RESIGN && from == VRRP_STATE_MASTER)
                r->oracle.resigned = true;
        if (advert && to == VRRP_STATE_BACKUP)
                hear(r, in);
}

void invariant_carried_out(struct router *r) {
        enum vrrp_adoption adoption = r->instance.adoption;
        bool master = r->instance.state == VRRP_STATE_MASTER;
        bool settled = adoption == VRRP_ADOPTION_NONE || adoption == VRRP_ADOPTION_DOUBTFUL;

        if (r->adopting)
                return;
        if (r->addresses && !master)
                world_fail(r->world, "addresses_only_on_masters", "%s is %s", r->name,
                                vrrp_state_to_string(r->instance.state));
        if (!r->addresses && !r->addresses_due && master && settled)
                world_fail(r->world, "addresses_only_on_masters", "%s is master without", r->name);
}

/* The network */

static bool holds(const struct router *r) {
        return r->powered && r->link_up && r->addresses;
}

unsigned invariant_count_holders(const struct world *w, unsigned lan) {
        unsigned n = 0;

        for (unsigned k = 0; k < w->n_routers; k++)
                n += w->routers[k].lan == lan && holds(&w->routers[k]);
        return n;
}

static unsigned count_healthy(const struct world *w, unsigned lan) {
        unsigned n = 0;

        for (unsigned k = 0; k < w->n_routers; k++)
                n += w->routers[k].lan == lan && router_is_healthy(&w->routers[k]);
        return n;
}

struct router *invariant_holder(struct world *w, unsigned lan) {
        struct router *holder = NULL;

        for (unsigned k = 0; k < w->n_routers; k++) {
                if (w->routers[k].lan != lan || !holds(&w->routers[k]))
                        continue;
                if (holder)
                        return NULL;
                holder = &w->routers[k];
        }
        return holder;
}

static void check_lan(struct world *w, unsigned lan) {
        unsigned n = invariant_count_holders(w, lan), healthy = count_healthy(w, lan);
        usec_t *since = &w->several_since[lan];

        if (n <= 1)
                *since = USEC_INFINITY;
        else if (*since == USEC_INFINITY)
                *since = w->now;
        else if (w->now - *since > 2 * w->delay_max + w->jitter_max)
                world_fail(w, "one_master", "%u hold the address for %" PRIusec " us", n,
                                w->now - *since);
        if (n == 0 && healthy > 0)
                world_fail(w, "always_one", "nobody holds the address, %u could", healthy);
}

void invariant_check(struct world *w) {
        bool settled = w->settled_at != USEC_INFINITY && w->now >= w->settled_at;

        for (unsigned lan = 0; lan < invariant_lans(w); lan++)
                if (settled)
                        check_lan(w, lan);
                else
                        w->several_since[lan] = USEC_INFINITY;
}

unsigned invariant_lans(const struct world *w) {
        return w->n_teams > 0 ? w->teams[0].n : 1;
}

/* Whether @r preempts the one who has its address. */
static bool preempts(const struct router *r, const struct router *holder) {
        return router_is_healthy(r) && r->params.preempt && !r->oracle.resigned &&
                        vrrp_instance_priority(&r->instance) >
                        vrrp_instance_priority(&holder->instance);
}

static void best_of_lan(struct world *w) {
        struct router *holder = invariant_holder(w, 0);

        for (unsigned k = 0; holder && k < w->n_routers; k++) {
                const struct router *r = &w->routers[k];

                if (preempts(r, holder))
                        world_fail(w, "the_best_is_master", "%s has %u, and %s with %u is master",
                                        r->name, vrrp_instance_priority(&r->instance), holder->name,
                                        vrrp_instance_priority(&holder->instance));
        }
}

/* One that is better in every member of its group, or else it must wait. */
static void best_of_group(struct world *w, const struct router *first) {
        unsigned n = 0, better = 0;

        for (unsigned m = 0; m < first->team->n; m++) {
                const struct router *r = first->team->members[m];
                struct router *holder = invariant_holder(w, r->lan);

                if (r != first && (!team_group_of(first) || r->place != first->place))
                        continue;
                n++;
                better += holder && preempts(r, holder);
        }
        if (better == n)
                world_fail(w, "the_best_is_master", "%s is better in all of its %u members",
                                first->name, n);
}

static void best_of_teams(struct world *w) {
        for (unsigned k = 0; k < w->n_routers; k++)
                if (team_is_first(&w->routers[k]) || w->routers[k].place == PLACE_ALONE)
                        best_of_group(w, &w->routers[k]);
}

void invariant_best_is_master(struct world *w) {
        if (w->n_teams > 0)
                best_of_teams(w);
        else
                best_of_lan(w);
}

/* Groups */

/* Who counts: not those that have come to masters and are on their way. */
static unsigned count_states(const struct team *t, enum place place, unsigned *ret_n) {
        unsigned masters = 0, n = 0;

        for (unsigned k = 0; k < t->n; k++)
                masters += t->members[k]->place == place &&
                                t->members[k]->instance.state == VRRP_STATE_MASTER;
        for (unsigned k = 0; k < t->n; k++) {
                const struct router *r = t->members[k];

                if (r->place != place || (masters > 0 && r->instance.newcomer))
                        continue;
                n++;
                ret_n[r->instance.state]++;
        }
        return n;
}

static const struct router *find_half_master(const struct team *t, enum place place) {
        for (unsigned k = 0; k < t->n; k++)
                if (t->members[k]->place == place && t->members[k]->addresses)
                        return t->members[k];
        return NULL;
}

void invariant_group(const struct team *t, enum place place) {
        unsigned n[_VRRP_STATE_MAX] = {}, all = count_states(t, place, n);
        const struct router *half = find_half_master(t, place);
        struct world *w = t->members[0]->world;

        if (n[VRRP_STATE_INIT] > 0)
                return;
        for (enum vrrp_state s = VRRP_STATE_BACKUP; s < _VRRP_STATE_MAX; s++)
                if (n[s] > 0 && n[s] < all)
                        world_fail(w, "members_agree", "%u of %u beside %s are %s", n[s], all,
                                        t->members[0]->name, vrrp_state_to_string(s));
        if (n[VRRP_STATE_MASTER] == 0 && half)
                world_fail(w, "never_half_a_master", "%s holds its address", half->name);
}

void invariant_members_agree(struct world *w) {
        for (unsigned k = 0; k < w->n_routers; k++)
                if (w->routers[k].instance.newcomer && w->routers[k].faults == 0)
                        world_fail(w, "members_agree_finally", "%s is not what its group is",
                                        w->routers[k].name);
}

struct regrouping invariant_before_regrouping(const struct team *t) {
        struct regrouping before = {};

        for (unsigned k = 0; k < t->n; k++) {
                before.places[k] = t->members[k]->place;
                before.states[k] = t->members[k]->instance.state;
                before.since[k] = t->members[k]->instance.since;
        }
        return before;
}

/* Whether @place was a group, or with @state, a group with a member in that. */
static bool was_group(const struct team *t, const struct regrouping *before, enum place place,
                enum vrrp_state state) {
        for (unsigned k = 0; k < t->n; k++)
                if (before->places[k] == place &&
                                (state == VRRP_STATE_INIT || before->states[k] == state))
                        return true;
        return false;
}

static bool has_master(const struct team *t, enum place place) {
        for (unsigned k = 0; k < t->n; k++)
                if (t->members[k]->place == place &&
                                t->members[k]->instance.state == VRRP_STATE_MASTER)
                        return true;
        return false;
}

/* Whether masters at @place go on being masters, as far as their group is concerned. */
static bool goes_on(const struct team *t, const struct regrouping *before, enum place place) {
        return !was_group(t, before, place, VRRP_STATE_INIT) ||
                        was_group(t, before, place, VRRP_STATE_MASTER);
}

void invariant_regroup(const struct team *t, const struct regrouping *before) {
        for (unsigned k = 0; k < t->n; k++) {
                struct router *r = t->members[k];

                if (team_group_of(r) && r->instance.state != VRRP_STATE_MASTER &&
                                (r->place != before->places[k] ||
                                                !was_group(t, before, r->place, VRRP_STATE_MASTER)))
                        r->oracle.behind =
                                        !goes_on(t, before, r->place) || !has_master(t, r->place);
        }
}

static bool has_reason_to_move(
                const struct team *t, const struct regrouping *before, const struct router *r) {
        if (!team_group_of(r))
                return false;
        for (unsigned k = 0; k < t->n; k++)
                if (t->members[k]->place == r->place &&
                                ((t->members[k]->faults & ~(unsigned) VRRP_FAULTS_UNKNOWN) != 0 ||
                                                t->members[k]->instance.maintenance))
                        return true;
        return !goes_on(t, before, r->place);
}

void invariant_regrouped(const struct team *t, const struct regrouping *before) {
        for (unsigned k = 0; k < t->n; k++) {
                struct router *r = t->members[k];
                enum vrrp_state was = before->states[k], is = r->instance.state;

                if (r->place == PLACE_NOWHERE || before->places[k] == PLACE_NOWHERE)
                        continue;
                if (was == is && r->instance.since != before->since[k])
                        world_fail(r->world, "reloads_move_nobody", "%s leaves %s and comes back",
                                        r->name, vrrp_state_to_string(is));
                if (was == VRRP_STATE_MASTER && is != was && !has_reason_to_move(t, before, r))
                        world_fail(r->world, "reloads_move_nobody", "%s becomes %s", r->name,
                                        vrrp_state_to_string(is));
        }
}

/* Times */

static usec_t interval_max(const struct world *w) {
        usec_t max = 0;

        for (unsigned k = 0; k < w->n_routers; k++) {
                const struct vrrp_params *p = &w->routers[k].params;
                usec_t interval = p->advert_interval;

                if (w->stretched)
                        interval = vrrp_timing_stretched(p->version, interval);
                max = MAX(max, interval);
        }
        return max;
}

usec_t invariant_down_max(const struct world *w) {
        usec_t max = 0;

        for (unsigned k = 0; k < w->n_routers; k++)
                max = MAX(max,
                                down_interval(&w->routers[k],
                                                vrrp_instance_priority(&w->routers[k].instance),
                                                interval_max(w)));
        return max;
}

usec_t invariant_settling(const struct world *w) {
        return invariant_slowest(invariant_down_max(w) + w->jitter_max) + 2 * w->delay_max;
}

usec_t invariant_stilling(const struct world *w) {
        usec_t delay = 0;

        for (unsigned k = 0; k < w->n_routers; k++)
                delay = MAX(delay, w->routers[k].params.preempt_delay);
        return invariant_slowest(delay) + 2 * invariant_settling(w);
}
