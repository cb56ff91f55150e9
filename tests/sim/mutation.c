/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mutation.h"

#include <errno.h>
#include <stdio.h>

#include "common/macro.h"
#include "router.h"
#include "vrrpd/timing.h"

enum mutation {
        MUTATION_NONE,
        MUTATION_SKEW_OMITTED,
        MUTATION_TIE_BREAK_REVERSED,
        MUTATION_PREEMPT_DELAY_IGNORED,
        MUTATION_NOPREEMPT_IGNORED,
        MUTATION_PRIORITY_0_IGNORED,
        MUTATION_TIMER_NOT_RESET,
        MUTATION_SAVED_STATE_TRUSTED,
        MUTATION_SLEEP_NOT_NOTICED,
        MUTATION_INTERVAL_NOT_LEARNT,
        MUTATION_ADDRESSES_KEPT,
        MUTATION_FAULT_NOT_HEARD,
        MUTATION_RESTART_FORGETS,
        MUTATION_MEMBER_ALONE,
        MUTATION_MEMBER_STAYS,
        MUTATION_FAULT_NOT_SHARED,
        MUTATION_COLLISIONS_REPEATED,
        MUTATION_NEWCOMERS_PULL,
        MUTATION_NEWCOMERS_STAY,
        MUTATION_LEAVERS_FAIL,
        MUTATION_FACTS_COME_FIRST,
        _MUTATION_MAX,
};

static const char *const names[_MUTATION_MAX] = {
        [MUTATION_NONE] = "none",
        [MUTATION_SKEW_OMITTED] = "skew-omitted",
        [MUTATION_TIE_BREAK_REVERSED] = "tie-break-reversed",
        [MUTATION_PREEMPT_DELAY_IGNORED] = "preempt-delay-ignored",
        [MUTATION_NOPREEMPT_IGNORED] = "nopreempt-ignored",
        [MUTATION_PRIORITY_0_IGNORED] = "priority-0-ignored",
        [MUTATION_TIMER_NOT_RESET] = "timer-not-reset",
        [MUTATION_SAVED_STATE_TRUSTED] = "saved-state-trusted",
        [MUTATION_SLEEP_NOT_NOTICED] = "sleep-not-noticed",
        [MUTATION_INTERVAL_NOT_LEARNT] = "interval-not-learnt",
        [MUTATION_ADDRESSES_KEPT] = "addresses-kept",
        [MUTATION_FAULT_NOT_HEARD] = "fault-not-heard",
        [MUTATION_RESTART_FORGETS] = "restart-forgets",
        [MUTATION_MEMBER_ALONE] = "member-alone",
        [MUTATION_MEMBER_STAYS] = "member-stays",
        [MUTATION_FAULT_NOT_SHARED] = "fault-not-shared",
        [MUTATION_COLLISIONS_REPEATED] = "collisions-repeated",
        [MUTATION_NEWCOMERS_PULL] = "newcomers-pull",
        [MUTATION_NEWCOMERS_STAY] = "newcomers-stay",
        [MUTATION_LEAVERS_FAIL] = "leavers-fail",
        [MUTATION_FACTS_COME_FIRST] = "facts-come-first",
};

static enum mutation planted;

int mutation_select(const char *name) {
        if (!name) {
                planted = MUTATION_NONE;
                return 0;
        }
        for (size_t k = MUTATION_NONE + 1; k < ARRAY_SIZE(names); k++)
                if (streq(names[k], name)) {
                        planted = (enum mutation) k;
                        return 0;
                }
        return -ENOENT;
}

void mutation_list(void) {
        for (size_t k = MUTATION_NONE + 1; k < ARRAY_SIZE(names); k++)
                (void) puts(names[k]);
}

bool mutation_hides(const struct router *r, const struct vrrp_input *in) {
        bool advert = in->type == VRRP_INPUT_ADVERT || in->type == VRRP_INPUT_SUPERSEDED;

        if (planted == MUTATION_PRIORITY_0_IGNORED)
                return advert && in->advert.advert.priority == 0;
        if (planted == MUTATION_FAULT_NOT_HEARD)
                return in->type == VRRP_INPUT_FAULT && in->fault.set != 0 &&
                                r->instance.state == VRRP_STATE_MASTER;
        if (planted == MUTATION_LEAVERS_FAIL)
                return in->type == VRRP_INPUT_FAULT && r->place == PLACE_ALONE &&
                                (in->fault.cleared & VRRP_FAULTS_GROUP) != 0;
        return false;
}

void mutation_spoils(
                struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before) {
        struct vrrp_instance *i = &r->instance;
        bool heard = in->type == VRRP_INPUT_ADVERT && before->state == VRRP_STATE_BACKUP &&
                        i->state == VRRP_STATE_BACKUP;

        if (planted == MUTATION_TIMER_NOT_RESET && heard && in->advert.advert.priority > 0)
                i->down_at = before->down_at;
        if (planted == MUTATION_INTERVAL_NOT_LEARNT && heard && in->advert.advert.priority > 0) {
                i->master_interval = 0;
                i->down_at = i->heard == USEC_INFINITY ? i->down_at
                                                       : i->heard + vrrp_instance_down_interval(i);
        }
        if (planted == MUTATION_NEWCOMERS_STAY && heard)
                i->newcomer = before->newcomer;
        if (planted == MUTATION_SLEEP_NOT_NOTICED && i->last_sent != USEC_INFINITY)
                i->last_sent = USEC_INFINITY;
}

void mutation_blinds(struct router *r) {
        if (planted == MUTATION_PREEMPT_DELAY_IGNORED)
                r->instance.params.preempt_delay = 0;
        if (planted == MUTATION_NOPREEMPT_IGNORED)
                r->instance.params.preempt = true;
}

bool mutation_keeps_addresses(const struct router *r) {
        return planted == MUTATION_ADDRESSES_KEPT && r->addresses;
}

void mutation_spoils_group(struct vrrp_group *g) {
        if (planted == MUTATION_COLLISIONS_REPEATED)
                g->hold_until = 0;
}

bool mutation_forgets(void) {
        return planted == MUTATION_RESTART_FORGETS;
}

bool mutation_settles_early(void) {
        return planted == MUTATION_FACTS_COME_FIRST;
}

bool mutation_trusts(void) {
        return planted == MUTATION_SAVED_STATE_TRUSTED;
}

/* What the linker puts in the place of the core's own, and what it calls those. */
usec_t __wrap_vrrp_timing_skew(uint8_t version, uint8_t priority, usec_t interval);
usec_t __real_vrrp_timing_skew(uint8_t version, uint8_t priority, usec_t interval);
usec_t __wrap_vrrp_timing_down(uint8_t version, uint8_t priority, usec_t interval, uint8_t adverts);
usec_t __real_vrrp_timing_down(uint8_t version, uint8_t priority, usec_t interval, uint8_t adverts);
int __wrap_ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b);
int __real_ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b);

usec_t __wrap_vrrp_timing_skew(uint8_t version, uint8_t priority, usec_t interval) {
        return planted == MUTATION_SKEW_OMITTED
                        ? 0
                        : __real_vrrp_timing_skew(version, priority, interval);
}

usec_t __wrap_vrrp_timing_down(
                uint8_t version, uint8_t priority, usec_t interval, uint8_t adverts) {
        return planted == MUTATION_SKEW_OMITTED
                        ? adverts * interval
                        : __real_vrrp_timing_down(version, priority, interval, adverts);
}

int __wrap_ip_addr_compare(const struct ip_addr *a, const struct ip_addr *b) {
        int r = __real_ip_addr_compare(a, b);

        return planted == MUTATION_TIE_BREAK_REVERSED ? -r : r;
}

bool __wrap_vrrp_group_order(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, usec_t now, struct vrrp_input *ret);
bool __real_vrrp_group_order(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, usec_t now, struct vrrp_input *ret);

bool __wrap_vrrp_group_order(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, usec_t now, struct vrrp_input *ret) {
        if (planted == MUTATION_MEMBER_ALONE && vrrp_instance_is_ready(member)) {
                *ret = (struct vrrp_input){ .type = VRRP_INPUT_GROUP_MASTER };
                return true;
        }
        if (!__real_vrrp_group_order(g, sum, member, now, ret))
                return false;
        if (planted == MUTATION_MEMBER_STAYS && ret->type == VRRP_INPUT_GROUP_BACKUP)
                return false;
        return planted != MUTATION_FAULT_NOT_SHARED || ret->type != VRRP_INPUT_FAULT;
}

bool __wrap_vrrp_group_join(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, struct vrrp_input *ret);
bool __real_vrrp_group_join(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, struct vrrp_input *ret);

bool __wrap_vrrp_group_join(const struct vrrp_group *g, const struct vrrp_group_sum *sum,
                const struct vrrp_instance *member, struct vrrp_input *ret) {
        return planted != MUTATION_NEWCOMERS_PULL && __real_vrrp_group_join(g, sum, member, ret);
}
