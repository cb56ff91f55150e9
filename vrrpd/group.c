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

static bool is_by_itself(const struct vrrp_instance *i) {
        if (i->state == VRRP_STATE_FAULT)
                return own_faults(i) != 0;
        return i->reason != VRRP_REASON_GROUP;
}

void vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member) {
        bool ready = vrrp_instance_is_ready(member);

        sum->n++;
        sum->n_state[member->state]++;
        sum->n_ready += ready;
        sum->n_faulty += is_faulty(member);
        sum->n_unknown += is_unknown(member);
        sum->n_maintenance += member->maintenance;
        sum->resigned |= ready && member->down_wait == VRRP_WAIT_SKEW;
        sum->outranked |= member->state == VRRP_STATE_BACKUP &&
                        member->reason == VRRP_REASON_HIGHER_PRIORITY;
        sum->down_max = MAX(sum->down_max, vrrp_instance_down_interval(member));
        sum->interval_max = MAX(sum->interval_max, member->params.advert_interval);
        if (is_by_itself(member) &&
                        (!sum->cause ||
                                        (sum->cause->state == VRRP_STATE_MASTER &&
                                                        member->state != VRRP_STATE_MASTER)))
                sum->cause = member;
}

/* The faults of the others, as @member has them. */
static unsigned int faults_of_others(
                const struct vrrp_group_sum *sum, const struct vrrp_instance *member) {
        if (sum->n_faulty > is_faulty(member))
                return VRRP_FAULT_GROUP;
        return sum->n_unknown > is_unknown(member) ? VRRP_FAULT_GROUP_UNKNOWN : 0;
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

bool vrrp_group_order(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, usec_t now, struct vrrp_input *ret) {
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
        if (member->state == VRRP_STATE_MASTER && sum->n_state[VRRP_STATE_MASTER] < sum->n) {
                *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_BACKUP };
                return true;
        }
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
        if (sum->n == 0)
                return g->state;
        if (sum->n_state[VRRP_STATE_INIT] > 0)
                return sum->n_state[VRRP_STATE_INIT] < sum->n ? g->state : VRRP_STATE_INIT;
        if (sum->n_state[VRRP_STATE_MAINTENANCE] > 0)
                return VRRP_STATE_MAINTENANCE;
        if (sum->n_state[VRRP_STATE_FAULT] > 0)
                return VRRP_STATE_FAULT;
        return sum->n_state[VRRP_STATE_MASTER] == sum->n ? VRRP_STATE_MASTER : VRRP_STATE_BACKUP;
}

bool vrrp_group_settle(struct vrrp_group *g, const struct vrrp_group_sum *sum, usec_t now) {
        enum vrrp_state from = g->state, to = state_of(g, sum);

        if (to == from)
                return false;
        if (from == VRRP_STATE_MASTER && sum->outranked)
                note_yield(g, sum, now);
        g->state = to;
        g->reason = sum->cause ? sum->cause->reason : VRRP_REASON_GROUP;
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
                        before->maintenance != after->maintenance;
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
