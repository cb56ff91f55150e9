/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/group.h"

#include "common/macro.h"
#include "vrrpd/track.h"

void vrrp_group_init(struct vrrp_group *g, uint64_t seed) {
        *g = (struct vrrp_group){
                .state = VRRP_STATE_INIT,
                .seed = seed,
                .yielded_at = USEC_INFINITY,
        };
}

static unsigned int own_faults(const struct vrrp_instance *i) {
        return i->faults & ~(unsigned int) VRRP_FAULTS_GROUP;
}

static bool is_faulty(const struct vrrp_instance *i) {
        return (own_faults(i) & ~(unsigned int) VRRP_FAULTS_UNKNOWN) != 0;
}

static bool is_unknown(const struct vrrp_instance *i) {
        return own_faults(i) != 0 && !is_faulty(i);
}

/* The others do not wait for what a newcomer waits for. */
static bool counts_as_unknown(const struct vrrp_instance *i) {
        return is_unknown(i) && !i->newcomer;
}

static bool is_by_itself(const struct vrrp_instance *i) {
        if (i->state == VRRP_STATE_FAULT)
                return own_faults(i) != 0;
        return i->reason != VRRP_REASON_GROUP;
}

/* One that is not MASTER before one that is, then the one that moved last. */
static bool is_better_cause(const struct vrrp_instance *i, const struct vrrp_instance *than) {
        bool master = i->state == VRRP_STATE_MASTER;

        if (!is_by_itself(i))
                return false;
        if (!than || master != (than->state == VRRP_STATE_MASTER))
                return !than || !master;
        return i->since > than->since;
}

void vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member) {
        bool ready = vrrp_instance_is_ready(member);

        sum->n++;
        sum->n_state[member->state]++;
        sum->n_ready += ready;
        sum->n_faulty += is_faulty(member);
        sum->n_unknown += counts_as_unknown(member);
        sum->n_newcomers += member->newcomer;
        sum->n_maintenance += member->maintenance;
        sum->resigned |= ready && member->down_wait == VRRP_WAIT_SKEW;
        sum->outranked |= member->state == VRRP_STATE_BACKUP &&
                        member->reason == VRRP_REASON_HIGHER_PRIORITY;
        sum->down_max = MAX(sum->down_max, vrrp_instance_down_interval(member));
        sum->interval_max = MAX(sum->interval_max, member->params.advert_interval);
        if (is_better_cause(member, sum->cause))
                sum->cause = member;
}

/* The faults of the others, as @member has them. */
static unsigned int faults_of_others(
                const struct vrrp_group_sum *sum, const struct vrrp_instance *member) {
        if (sum->n_faulty > is_faulty(member))
                return VRRP_FAULT_GROUP;
        return sum->n_unknown > counts_as_unknown(member) ? VRRP_FAULT_GROUP_UNKNOWN : 0;
}

static bool order_faults(const struct vrrp_group_sum *sum, const struct vrrp_instance *member,
                struct vrrp_input *ret) {
        unsigned int wanted = faults_of_others(sum, member);
        unsigned int present = member->faults & VRRP_FAULTS_GROUP;

        if (wanted == present)
                return false;
        *ret = (struct vrrp_input){ .type = VRRP_INPUT_FAULT };
        ret->fault.set = wanted & ~present;
        ret->fault.cleared = present & ~wanted;
        return true;
}

static bool are_all_ready(const struct vrrp_group_sum *sum) {
        return sum->n > 0 && sum->n_ready == sum->n;
}

/* A farewell is not answered by chance: it came from one who was master alone. */
static bool is_held(const struct vrrp_group *g, const struct vrrp_group_sum *sum, usec_t now) {
        return now < g->hold_until && !sum->resigned;
}

static bool set_newcomer(bool on, struct vrrp_input *ret) {
        *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_NEWCOMER };
        ret->newcomer.on = on;
        return true;
}

bool vrrp_group_join(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, struct vrrp_input *ret) {
        bool goes_on = g->state == VRRP_STATE_MASTER || g->state == VRRP_STATE_INIT;

        if (!goes_on || sum->n_state[VRRP_STATE_MASTER] == 0 ||
                        member->state == VRRP_STATE_MASTER || member->newcomer)
                return false;
        return set_newcomer(true, ret);
}

/* There are masters. Whoever is neither one of them nor a newcomer has given way or failed. */
static bool order_role_of_masters(const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, struct vrrp_input *ret) {
        bool behind = sum->n_state[VRRP_STATE_MASTER] + sum->n_newcomers < sum->n;

        if (behind && member->state == VRRP_STATE_MASTER)
                *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_BACKUP };
        else if (!behind && vrrp_instance_is_ready(member))
                *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_MASTER };
        else
                return false;
        return true;
}

bool vrrp_group_order(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, usec_t now, struct vrrp_input *ret) {
        if (member->newcomer && sum->n_state[VRRP_STATE_MASTER] == 0)
                return set_newcomer(false, ret);
        if (order_faults(sum, member, ret))
                return true;
        if (sum->n_maintenance > 0 && !member->maintenance) {
                *ret = (struct vrrp_input){ .type = VRRP_INPUT_MAINTENANCE };
                ret->maintenance.on = true;
                return true;
        }
        /* While some have not started yet, nobody is behind. */
        if (sum->n_state[VRRP_STATE_INIT] > 0)
                return false;
        if (sum->n_state[VRRP_STATE_MASTER] > 0)
                return order_role_of_masters(sum, member, ret);
        if (!are_all_ready(sum) || is_held(g, sum, now))
                return false;
        *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_MASTER };
        return true;
}

/* splitmix64, as good as any. */
static uint64_t chance(struct vrrp_group *g, uint64_t n) {
        uint64_t z = g->seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (z ^ z >> 31) % n;
}

static void note_yield(struct vrrp_group *g, const struct vrrp_group_sum *sum, usec_t now) {
        usec_t longest = usec_add(
                        sum->down_max, (UINT64_C(1) << VRRP_GROUP_YIELDS_MAX) * sum->interval_max);
        bool again = g->yielded_at != USEC_INFINITY && now < usec_add(g->yielded_at, 2 * longest);

        g->yields = again ? MIN(g->yields + 1, (unsigned int) VRRP_GROUP_YIELDS_MAX) : 1;
        g->yielded_at = now;
        g->hold_until = usec_add(usec_add(now, sum->down_max),
                        chance(g, UINT64_C(1) << g->yields) * sum->interval_max);
}

static enum vrrp_state state_of(const struct vrrp_group *g, const struct vrrp_group_sum *sum) {
        size_t masters = sum->n_state[VRRP_STATE_MASTER];

        if (sum->n == 0)
                return g->state;
        if (sum->n_state[VRRP_STATE_INIT] > 0)
                return sum->n_state[VRRP_STATE_INIT] < sum->n ? g->state : VRRP_STATE_INIT;
        if (masters > 0 && masters + sum->n_newcomers == sum->n)
                return VRRP_STATE_MASTER;
        if (sum->n_state[VRRP_STATE_MAINTENANCE] > 0)
                return VRRP_STATE_MAINTENANCE;
        return sum->n_state[VRRP_STATE_FAULT] > 0 ? VRRP_STATE_FAULT : VRRP_STATE_BACKUP;
}

/* Who follows a master and has not given way to it was a newcomer. */
static bool has_found_master(const struct vrrp_instance *i) {
        return i->state == VRRP_STATE_BACKUP && ip_addr_is_set(&i->master) &&
                        i->reason != VRRP_REASON_SUPERSEDED && i->reason != VRRP_REASON_RESIGN;
}

static enum vrrp_reason reason_of(const struct vrrp_group_sum *sum, enum vrrp_state from) {
        if (!sum->cause)
                return VRRP_REASON_GROUP;
        return from == VRRP_STATE_MASTER && has_found_master(sum->cause)
                        ? VRRP_REASON_HIGHER_PRIORITY
                        : sum->cause->reason;
}

bool vrrp_group_settle(struct vrrp_group *g, const struct vrrp_group_sum *sum, usec_t now) {
        enum vrrp_state from = g->state, to = state_of(g, sum);

        if (to == from)
                return false;
        if (from == VRRP_STATE_MASTER && sum->outranked)
                note_yield(g, sum, now);
        g->state = to;
        g->reason = reason_of(sum, from);
        g->since = now;
        return true;
}

usec_t vrrp_group_deadline(const struct vrrp_group *g, const struct vrrp_group_sum *sum) {
        return are_all_ready(sum) && !sum->resigned && g->hold_until > 0 ? g->hold_until
                                                                         : USEC_INFINITY;
}

bool vrrp_group_concerns(const struct vrrp_instance *before, const struct vrrp_instance *after) {
        return before->state != after->state || before->ready != after->ready ||
                        before->faults != after->faults ||
                        before->maintenance != after->maintenance ||
                        before->newcomer != after->newcomer;
}

bool vrrp_group_share(const struct vrrp_input *in, const struct vrrp_effects *effects,
                struct vrrp_input *ret) {
        if (in->type == VRRP_INPUT_RESIGN || in->type == VRRP_INPUT_MAINTENANCE) {
                *ret = *in;
                return true;
        }
        if (in->type != VRRP_INPUT_ADVERT)
                return false;
        for (size_t k = 0; k < effects->n; k++)
                if (effects->items[k].type == VRRP_EFFECT_ANNOUNCE &&
                                effects->items[k].announce.burst == VRRP_BURST_LOWER_PRIORITY) {
                        *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_LOWER };
                        return true;
                }
        return false;
}
