/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/instance.h"

#include <assert.h>
#include <stdlib.h>

#include "common/macro.h"
#include "vrrpd/instance-step.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"

void vrrp_instance_init(struct vrrp_instance *i, const struct vrrp_params *params) {
        assert(params->priority > 0 && params->down_timer_adverts > 0);
        assert(params->version == 2 || params->version == 3);
        assert(params->advert_interval > 0);

        *i = (struct vrrp_instance){
                .params = *params,
                .state = VRRP_STATE_INIT,
                .priority = params->priority,
                .last_sent = USEC_INFINITY,
                .start_at = USEC_INFINITY,
                .reconcile_at = USEC_INFINITY,
                .readd_since = USEC_INFINITY,
        };
        for (size_t k = 0; k < ARRAY_SIZE(i->told_at); k++)
                i->told_at[k] = USEC_INFINITY;

        step_assign(&(struct step){ .i = i }, VRRP_STATE_INIT, VRRP_REASON_NONE);
}

void vrrp_instance_step(struct vrrp_instance *i, const struct vrrp_input *in, usec_t now,
                struct vrrp_effects *ret) {
        const struct step s = { .i = i, .in = in, .now = now, .out = ret };

        ret->n = 0;
        switch (i->state) {
        case VRRP_STATE_INIT: step_init(&s); break;
        case VRRP_STATE_BACKUP: step_backup(&s); break;
        case VRRP_STATE_MASTER: step_master(&s); break;
        case VRRP_STATE_FAULT: step_fault(&s); break;
        case VRRP_STATE_MAINTENANCE: step_maintenance(&s); break;
        case _VRRP_STATE_MAX:
        case _VRRP_STATE_INVALID: abort(); /* nobody assigns these */
        }
}

static usec_t master_deadline(const struct vrrp_instance *i) {
        usec_t at;

        if (i->adoption == VRRP_ADOPTION_DRAINING)
                return USEC_INFINITY;
        if (i->adoption == VRRP_ADOPTION_LISTENING)
                return i->adoption_until;

        at = MIN(i->advert_at, i->reconcile_at);
        at = MIN(at, i->announce_at);
        at = MIN(at, i->lower_announce_at);
        return MIN(at, i->refresh_at);
}

usec_t vrrp_instance_deadline(const struct vrrp_instance *i) {
        switch (i->state) {
        case VRRP_STATE_INIT: return USEC_INFINITY;
        case VRRP_STATE_BACKUP:
                return i->ready ? i->reconcile_at : MIN(i->down_at, i->reconcile_at);
        case VRRP_STATE_MASTER: return master_deadline(i);
        case VRRP_STATE_FAULT:
        case VRRP_STATE_MAINTENANCE: return i->reconcile_at;
        case _VRRP_STATE_MAX:
        case _VRRP_STATE_INVALID: break;
        }
        return USEC_INFINITY;
}

bool vrrp_instance_is_ready(const struct vrrp_instance *i) {
        return i->state == VRRP_STATE_BACKUP && i->ready;
}

uint8_t vrrp_instance_priority(const struct vrrp_instance *i) {
        return i->demoted ? VRRP_PRIORITY_MAX : i->priority;
}

/* The interval that counts for our timers: a VRRPv2 router knows only its own, RFC 3768 §6.1; a
 * VRRPv3 backup that of its master, RFC 9568 §6.1. */
static usec_t counted_interval(const struct vrrp_instance *i) {
        return i->params.version == 2 || i->master_interval == 0 ? i->params.advert_interval
                                                                 : i->master_interval;
}

usec_t vrrp_instance_skew(const struct vrrp_instance *i) {
        return vrrp_timing_skew(i->params.version, vrrp_instance_priority(i), counted_interval(i));
}

usec_t vrrp_instance_down_interval(const struct vrrp_instance *i) {
        return vrrp_timing_down(i->params.version, vrrp_instance_priority(i), counted_interval(i),
                        i->params.down_timer_adverts);
}

usec_t vrrp_instance_advert_interval(const struct vrrp_instance *i) {
        if (i->restart_prepared)
                return vrrp_timing_stretched(i->params.version, i->params.advert_interval);
        return i->params.advert_interval;
}

static void add_effect(const struct step *s, struct vrrp_effect e) {
        assert(s->out->n < VRRP_EFFECTS_MAX);
        s->out->items[s->out->n++] = e;
}

static usec_t wait_length(const struct vrrp_instance *i) {
        switch (i->down_wait) {
        case VRRP_WAIT_SKEW: return vrrp_instance_skew(i);
        case VRRP_WAIT_OWNER: return usec_add(i->params.advert_interval, vrrp_instance_skew(i));
        case VRRP_WAIT_DOWN: break;
        }
        return vrrp_instance_down_interval(i);
}

void step_wait_adjusted(struct vrrp_instance *i) {
        usec_t before = i->down_at;

        if (i->down_since == USEC_INFINITY)
                return;
        i->down_at = usec_add(i->down_since, wait_length(i));
        if (i->down_at != before)
                i->ready = false;
}

void step_wait(struct vrrp_instance *i, enum vrrp_wait wait, usec_t since) {
        i->down_wait = wait;
        i->down_since = since;
        i->ready = false;
        step_wait_adjusted(i);
}

usec_t step_earliest(const struct vrrp_instance *i, usec_t now) {
        return i->start_at == USEC_INFINITY ? now : MAX(i->start_at, now);
}

/* Every advert but the last word restarts the Adver_Timer. RFC 9568 §6.4.3. */
void step_send_advert(const struct step *s, uint8_t priority, usec_t interval, unsigned int count) {
        struct vrrp_effect e = { .type = VRRP_EFFECT_SEND_ADVERT };

        e.send_advert.priority = priority;
        e.send_advert.interval = interval;
        e.send_advert.count = count;
        add_effect(s, e);

        s->i->last_sent = s->now;
        s->i->advert_at = usec_add(s->now, s->i->params.advert_interval);
}

void step_add_addresses(const struct step *s) {
        s->i->reconcile_at = USEC_INFINITY;
        add_effect(s, (struct vrrp_effect){ .type = VRRP_EFFECT_ADD_ADDRESSES });
}

void step_remove_addresses(const struct step *s) {
        s->i->reconcile_at = USEC_INFINITY;
        add_effect(s, (struct vrrp_effect){ .type = VRRP_EFFECT_REMOVE_ADDRESSES });
}

void step_announce(const struct step *s, enum vrrp_burst burst, uint16_t repeat) {
        struct vrrp_effect e = { .type = VRRP_EFFECT_ANNOUNCE };

        if (repeat == 0)
                return;
        e.announce.burst = burst;
        e.announce.repeat = repeat;
        add_effect(s, e);
}

void step_event(const struct step *s, struct vrrp_event event) {
        add_effect(s, (struct vrrp_effect){ .type = VRRP_EFFECT_EVENT, .event = event });
}

void step_event_limited(const struct step *s, struct vrrp_event event) {
        usec_t *told_at = &s->i->told_at[event.type];

        if (*told_at != USEC_INFINITY && s->now < usec_add(*told_at, VRRP_EVENT_INTERVAL))
                return;
        *told_at = s->now;
        step_event(s, event);
}

void step_assign(const struct step *s, enum vrrp_state to, enum vrrp_reason reason) {
        struct vrrp_instance *i = s->i;

        i->state = to;
        i->reason = reason;
        i->since = s->now;
        i->revision++;

        i->down_at = i->down_since = i->preempt_at = i->heard = USEC_INFINITY;
        i->advert_at = i->announce_at = i->lower_announce_at = i->refresh_at = USEC_INFINITY;
        i->adoption_until = i->conflict_until = i->conflict_heard = USEC_INFINITY;
        i->adoption = VRRP_ADOPTION_NONE;
        i->restart_prepared = i->lower_heard = i->ready = false;
        i->newcomer = i->newcomer && (to == VRRP_STATE_BACKUP || to == VRRP_STATE_FAULT);
        i->down_wait = VRRP_WAIT_DOWN;
        i->readd_since = USEC_INFINITY;

        i->master = (struct ip_addr){};
        i->master_priority = 0;
        i->master_interval = 0;
}

void step_tell(const struct step *s, enum vrrp_state from) {
        const struct vrrp_instance *i = s->i;
        struct vrrp_effect e = { .type = VRRP_EFFECT_STATE_CHANGED };

        e.state_changed.from = from;
        e.state_changed.to = i->state;
        e.state_changed.reason = i->reason;
        e.state_changed.faults = i->state == VRRP_STATE_FAULT ? i->faults : 0;
        add_effect(s, e);
}

void step_arm_announcements(const struct step *s) {
        const struct vrrp_params *p = &s->i->params;
        usec_t second = usec_add(s->now, p->garp_master_delay);

        s->i->announce_at = p->garp_master_delay > 0 ? second : USEC_INFINITY;
        s->i->refresh_at = p->garp_master_refresh > 0 ? usec_add(second, p->garp_master_refresh)
                                                      : USEC_INFINITY;
}

/* RFC 9568 §6.4.2 (Active_Down_Timer fires): the advert first, so that the other backups stay
 * where they are while the addresses are added. */
void step_become_master(const struct step *s, enum vrrp_reason reason) {
        struct vrrp_instance *i = s->i;
        enum vrrp_state from = i->state;

        step_assign(s, VRRP_STATE_MASTER, reason);
        i->resigned = i->demoted = false;

        step_send_advert(s, vrrp_instance_priority(i), i->params.advert_interval, 1);
        step_add_addresses(s);
        step_announce(s, VRRP_BURST_MASTER, i->params.garp_master_repeat);
        step_arm_announcements(s);
        step_tell(s, from);
}

void step_become_backup(const struct step *s, enum vrrp_reason reason) {
        struct vrrp_instance *i = s->i;
        enum vrrp_state from = i->state;

        if (from == VRRP_STATE_MASTER)
                step_remove_addresses(s);
        step_assign(s, VRRP_STATE_BACKUP, reason);
        step_wait(i, VRRP_WAIT_DOWN, step_earliest(i, s->now));
        step_tell(s, from);
}

/* A master's farewell: RFC 9568 §6.4.3 (Shutdown event) sends priority 0, upon which a backup
 * waits for its skew only. With VRRPv3 that is a share of the interval it has learnt, so one
 * advert with the normal one goes before; not from a restored master that does not know whether
 * another one took over, since that one might yield to it. Upon priority 0 alone it speaks up at
 * once, and nothing else happens. */
static void say_farewell(const struct step *s) {
        const struct vrrp_params *p = &s->i->params;

        if (!step_is_silent(s->i))
                step_send_advert(s, vrrp_instance_priority(s->i), p->advert_interval, 1);
        step_send_advert(s, VRRP_PRIORITY_RESIGN, p->advert_interval, 1);
        step_remove_addresses(s);
}

void step_retire(const struct step *s, enum vrrp_state to, enum vrrp_reason reason) {
        enum vrrp_state from = s->i->state;

        if (from == VRRP_STATE_MASTER)
                say_farewell(s);
        step_assign(s, to, reason);
        s->i->resigned = s->i->demoted = false;
        if (to == VRRP_STATE_INIT)
                s->i->start_at = USEC_INFINITY;
        if (to == VRRP_STATE_BACKUP)
                step_wait(s->i, VRRP_WAIT_DOWN, s->now);
        step_tell(s, from);
}

void step_rejoin(const struct step *s, enum vrrp_reason reason) {
        struct vrrp_instance *i = s->i;

        if (i->maintenance)
                step_retire(s, VRRP_STATE_MAINTENANCE, VRRP_REASON_MAINTENANCE);
        else if (i->faults != 0)
                step_retire(s, VRRP_STATE_FAULT, VRRP_REASON_FAULT);
        else
                step_become_backup(s, reason);
}

void step_note_priority(const struct step *s, uint8_t priority) {
        struct vrrp_instance *i = s->i;
        struct vrrp_event changed = {
                .type = VRRP_EVENT_PRIORITY_CHANGED,
                .value = i->priority,
                .priority = priority,
        };

        assert(priority > 0);
        if (priority == i->priority)
                return;

        i->priority = priority;
        i->revision++;
        step_wait_adjusted(i);
        if (i->state != VRRP_STATE_INIT)
                step_event(s, changed);
}

/* A running preempt_delay follows the configured one; it ends where there is none any more. */
static void note_preempt_delay(struct vrrp_instance *i, usec_t before) {
        if (i->preempt_at == USEC_INFINITY)
                return;
        if (!i->params.preempt || i->params.preempt_delay == 0)
                i->preempt_at = USEC_INFINITY;
        else
                i->preempt_at = usec_sub(usec_add(i->preempt_at, i->params.preempt_delay), before);
}

void step_note_params(const struct step *s) {
        struct vrrp_instance *i = s->i;
        const struct vrrp_params *p = &s->in->reconfigure.params;
        usec_t delay_before = i->params.preempt_delay;

        assert(p->family == i->params.family && p->version == i->params.version &&
                        p->vrid == i->params.vrid);

        i->params = *p;
        if (!p->grouped)
                i->ready = i->newcomer = false; /* there is nobody left to wait for */
        if (p->priority != VRRP_PRIORITY_OWNER)
                i->demoted = false;
        note_preempt_delay(i, delay_before);
        step_wait_adjusted(i);

        step_note_priority(s, s->in->reconfigure.priority);
}

bool step_note_faults(const struct step *s) {
        struct vrrp_instance *i = s->i;
        unsigned int before = i->faults;

        i->faults = (i->faults & ~s->in->fault.cleared) | s->in->fault.set;
        if (i->faults == before)
                return false;
        i->revision++;
        return true;
}

/* A farewell that cannot be sent is no news: the interface is down, that is why. */
void step_note_failure(const struct step *s) {
        struct vrrp_instance *i = s->i;
        enum vrrp_effect_type effect = s->in->effect_failed.effect;
        struct vrrp_event failed = {
                .type = VRRP_EVENT_EFFECT_FAILED,
                .value = effect,
                .error = s->in->effect_failed.error,
        };

        if (effect == VRRP_EFFECT_SEND_ADVERT && i->state != VRRP_STATE_MASTER)
                return;
        if (effect == VRRP_EFFECT_ADD_ADDRESSES || effect == VRRP_EFFECT_REMOVE_ADDRESSES)
                i->reconcile_at = MIN(i->reconcile_at, usec_add(s->now, VRRP_RETRY_INTERVAL));
        step_event_limited(s, failed);
}

bool step_reconcile(const struct step *s) {
        if (s->now < s->i->reconcile_at)
                return false;
        if (s->i->state == VRRP_STATE_MASTER)
                step_add_addresses(s);
        else
                step_remove_addresses(s);
        return true;
}
