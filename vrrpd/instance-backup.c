/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* BACKUP: watch the master. RFC 9568 §6.4.2, RFC 3768 §6.4.2, with keepalived's preempt_delay. */

#include "common/macro.h"
#include "vrrpd/instance-step.h"
#include "vrrpd/track.h"

/* Take @adv for the master's: its interval counts (VRRPv3) and the down timer starts again. A newcomer
 * of a sync group need not wait for its own mastership any longer, unless that is only a matter of
 * preempt_delay. */
static void follow(const struct step *s, const struct vrrp_advert *adv, usec_t received) {
        struct vrrp_instance *i = s->i;
        bool another = !ip_addr_equal(&i->master, &adv->source);
        struct vrrp_event new_master = {
                .type = VRRP_EVENT_NEW_MASTER,
                .ip = adv->source,
                .priority = adv->priority,
        };

        if (another || i->master_priority != adv->priority || i->master_interval != adv->interval)
                i->revision++;
        i->master = adv->source;
        i->master_priority = adv->priority;
        i->master_interval = adv->interval;
        i->heard = received;
        i->lower_heard = false;
        i->newcomer = i->newcomer && i->preempt_at != USEC_INFINITY;
        step_wait(i, VRRP_WAIT_DOWN, received);

        if (another)
                step_event_limited(s, new_master);
}

static void set_preempt_at(struct vrrp_instance *i, usec_t at) {
        if (i->preempt_at == at)
                return;
        i->preempt_at = at;
        i->revision++;
}

/* Whether @adv is from a master that we leave in office. RFC 9568 §6.4.2: Preempt_Mode is false,
 * or its priority is not lower than ours; an equal one is no reason to preempt, whatever the
 * address. A lower one is tolerated while a preempt_delay runs, which begins with the first such
 * advert. */
static bool is_accepted(struct vrrp_instance *i, const struct vrrp_advert *adv, usec_t received) {
        if (adv->priority >= vrrp_instance_priority(i)) {
                set_preempt_at(i, USEC_INFINITY);
                i->revision += i->resigned;
                i->resigned = false;
                return true;
        }
        if (!i->params.preempt || i->resigned)
                return true;
        if (i->params.preempt_delay == 0)
                return false;
        if (i->preempt_at == USEC_INFINITY)
                set_preempt_at(i, usec_add(received, i->params.preempt_delay));
        return received < i->preempt_at;
}

/* The other owner is gone or has given in: speak with 255 again. */
static void end_demotion(const struct step *s) {
        struct vrrp_instance *i = s->i;
        struct vrrp_event changed = {
                .type = VRRP_EVENT_PRIORITY_CHANGED,
                .value = VRRP_PRIORITY_MAX,
                .priority = i->priority,
        };

        i->demoted = false;
        i->revision++;
        step_wait_adjusted(i);
        step_event(s, changed);
}

void step_hear_as_backup(const struct step *s) {
        struct vrrp_instance *i = s->i;
        const struct vrrp_advert *adv = &s->in->advert.advert;
        usec_t received = MIN(s->in->advert.received, s->now);

        if (i->start_at != USEC_INFINITY && s->now < i->start_at)
                return;

        if (adv->priority == VRRP_PRIORITY_RESIGN) {
                step_wait(i, VRRP_WAIT_SKEW, received);
                return;
        }
        if (i->demoted && adv->priority != VRRP_PRIORITY_OWNER)
                end_demotion(s);
        if (is_accepted(i, adv, received))
                follow(s, adv, received);
        else
                i->lower_heard = true; /* discarded: the timer runs on, and out */
}

/* The timer has run out, and the group, if there is one, agrees. */
static void take_over(const struct step *s) {
        struct vrrp_instance *i = s->i;

        if (i->down_wait == VRRP_WAIT_SKEW)
                step_become_master(s, VRRP_REASON_MASTER_RESIGNED);
        else if (i->lower_heard)
                step_become_master(s, VRRP_REASON_PREEMPTED_LOWER);
        else
                step_become_master(s, VRRP_REASON_MASTER_DOWN);
}

/* The master that it followed is gone, and what that one announced is no longer of interest: it may be
 * the long interval of a restart, and a lower one that speaks in the meantime teaches no other. */
static void become_ready(struct vrrp_instance *i) {
        i->master_interval = 0;
        step_wait_adjusted(i);
        i->ready = true;
        i->revision++;
}

static void backup_timer(const struct step *s) {
        struct vrrp_instance *i = s->i;
        bool over = s->now >= i->down_at;

        if (over && !i->params.grouped) {
                take_over(s);
                return;
        }
        if (over && !i->ready)
                become_ready(i);
        (void) step_reconcile(s);
}

void step_backup(const struct step *s) {
        struct vrrp_instance *i = s->i;

        switch (s->in->type) {
        case VRRP_INPUT_TIMER: backup_timer(s); break;
        case VRRP_INPUT_ADVERT:
        case VRRP_INPUT_SUPERSEDED: step_hear_as_backup(s); break;
        case VRRP_INPUT_PRIORITY: step_note_priority(s, s->in->priority.priority); break;
        case VRRP_INPUT_FAULT:
                if (step_note_faults(s) && i->faults != 0)
                        step_retire(s, VRRP_STATE_FAULT, VRRP_REASON_FAULT);
                break;
        case VRRP_INPUT_SOURCE: i->params.source = s->in->source.source; break;
        case VRRP_INPUT_RECONFIGURE: step_note_params(s); break;
        case VRRP_INPUT_MAINTENANCE:
                i->maintenance = s->in->maintenance.on;
                if (i->maintenance)
                        step_retire(s, VRRP_STATE_MAINTENANCE, VRRP_REASON_MAINTENANCE);
                break;
        case VRRP_INPUT_STOP: step_retire(s, VRRP_STATE_INIT, VRRP_REASON_STOP); break;
        case VRRP_INPUT_EFFECT_FAILED: step_note_failure(s); break;
        case VRRP_INPUT_GROUP_MASTER:
                if (i->ready)
                        take_over(s);
                break;
        case VRRP_INPUT_GROUP_NEWCOMER: i->newcomer = s->in->newcomer.on; break;
        case VRRP_INPUT_START:
        case VRRP_INPUT_RESTORE:
        case VRRP_INPUT_RESUME:
        case VRRP_INPUT_RESIGN:
        case VRRP_INPUT_PREPARE_RESTART:
        case VRRP_INPUT_ADDRESS_LOST:
        case VRRP_INPUT_SEND_ANNOUNCEMENTS:
        case VRRP_INPUT_GROUP_BACKUP:
        case VRRP_INPUT_GROUP_LOWER:
        case _VRRP_INPUT_TYPE_MAX: break;
        }
}
