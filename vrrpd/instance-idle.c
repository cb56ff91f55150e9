/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The three states that take no part in the election: INIT (RFC 9568 §6.4.1 Initialize), FAULT
 * and MAINTENANCE. They neither speak nor listen and want no addresses; they keep book of what
 * will count when they end. */

#include "vrrpd/instance-step.h"
#include "vrrpd/track.h"

static bool is_ruling_owner(const struct vrrp_instance *i) {
        return i->params.start_master && i->priority == VRRP_PRIORITY_OWNER;
}

/* An owner that is to be master waits no longer than it must: for one advert of whoever spoke
 * meanwhile. */
static enum vrrp_wait first_wait(const struct vrrp_instance *i) {
        return is_ruling_owner(i) ? VRRP_WAIT_OWNER : VRRP_WAIT_DOWN;
}

/* The addresses that an unknown earlier life may have left are removed first. */
void step_start(const struct step *s) {
        struct vrrp_instance *i = s->i;

        i->start_at = i->params.start_delay > 0 ? usec_add(s->now, i->params.start_delay)
                                                : USEC_INFINITY;
        if (is_ruling_owner(i) && i->params.start_delay == 0 && i->faults == 0 && !i->maintenance) {
                step_become_master(s, VRRP_REASON_OWNER);
                return;
        }
        step_remove_addresses(s);
        step_rejoin(s, VRRP_REASON_START);
        if (i->state == VRRP_STATE_BACKUP && i->params.start_delay > 0)
                step_wait(i, first_wait(i), i->start_at);
}

void step_init(const struct step *s) {
        struct vrrp_instance *i = s->i;

        switch (s->in->type) {
        case VRRP_INPUT_START: step_start(s); break;
        case VRRP_INPUT_RESTORE: step_restore(s); break;
        case VRRP_INPUT_PRIORITY: step_note_priority(s, s->in->priority.priority); break;
        case VRRP_INPUT_FAULT: (void) step_note_faults(s); break;
        case VRRP_INPUT_SOURCE: i->params.source = s->in->source.source; break;
        case VRRP_INPUT_RECONFIGURE: step_note_params(s); break;
        case VRRP_INPUT_MAINTENANCE: i->maintenance = s->in->maintenance.on; break;
        case VRRP_INPUT_TIMER:
        case VRRP_INPUT_ADVERT:
        case VRRP_INPUT_SUPERSEDED:
        case VRRP_INPUT_RESUME:
        case VRRP_INPUT_RESIGN:
        case VRRP_INPUT_STOP:
        case VRRP_INPUT_PREPARE_RESTART:
        case VRRP_INPUT_ADDRESS_LOST:
        case VRRP_INPUT_EFFECT_FAILED:
        case VRRP_INPUT_SEND_ANNOUNCEMENTS:
        case VRRP_INPUT_GROUP_MASTER:
        case VRRP_INPUT_GROUP_BACKUP:
        case VRRP_INPUT_GROUP_LOWER:
        case VRRP_INPUT_GROUP_NEWCOMER:
        case _VRRP_INPUT_TYPE_MAX: break;
        }
}

/* FAULT ends when its last reason is gone; then the whole down interval is waited for, as after
 * a start, and not before the start delay is over. */
static void fault_faults(const struct step *s) {
        struct vrrp_instance *i = s->i;
        struct vrrp_event changed = { .type = VRRP_EVENT_FAULTS_CHANGED };

        if (!step_note_faults(s))
                return;
        changed.value = i->faults;
        if (i->faults != 0) {
                step_event(s, changed);
                return;
        }
        step_become_backup(s, VRRP_REASON_FAULT_CLEARED);
        step_wait(i, first_wait(i), step_earliest(i, s->now));
}

void step_fault(const struct step *s) {
        struct vrrp_instance *i = s->i;

        switch (s->in->type) {
        case VRRP_INPUT_TIMER: (void) step_reconcile(s); break;
        case VRRP_INPUT_PRIORITY: step_note_priority(s, s->in->priority.priority); break;
        case VRRP_INPUT_FAULT: fault_faults(s); break;
        case VRRP_INPUT_SOURCE: i->params.source = s->in->source.source; break;
        case VRRP_INPUT_RECONFIGURE: step_note_params(s); break;
        case VRRP_INPUT_MAINTENANCE:
                i->maintenance = s->in->maintenance.on;
                if (i->maintenance)
                        step_retire(s, VRRP_STATE_MAINTENANCE, VRRP_REASON_MAINTENANCE);
                break;
        case VRRP_INPUT_STOP: step_retire(s, VRRP_STATE_INIT, VRRP_REASON_STOP); break;
        case VRRP_INPUT_EFFECT_FAILED: step_note_failure(s); break;
        case VRRP_INPUT_GROUP_NEWCOMER: i->newcomer = s->in->newcomer.on; break;
        case VRRP_INPUT_START:
        case VRRP_INPUT_RESTORE:
        case VRRP_INPUT_ADVERT:
        case VRRP_INPUT_SUPERSEDED:
        case VRRP_INPUT_RESUME:
        case VRRP_INPUT_RESIGN:
        case VRRP_INPUT_PREPARE_RESTART:
        case VRRP_INPUT_ADDRESS_LOST:
        case VRRP_INPUT_SEND_ANNOUNCEMENTS:
        case VRRP_INPUT_GROUP_MASTER:
        case VRRP_INPUT_GROUP_BACKUP:
        case VRRP_INPUT_GROUP_LOWER:
        case _VRRP_INPUT_TYPE_MAX: break;
        }
}

void step_maintenance(const struct step *s) {
        struct vrrp_instance *i = s->i;

        switch (s->in->type) {
        case VRRP_INPUT_TIMER: (void) step_reconcile(s); break;
        case VRRP_INPUT_PRIORITY: step_note_priority(s, s->in->priority.priority); break;
        case VRRP_INPUT_FAULT: (void) step_note_faults(s); break;
        case VRRP_INPUT_SOURCE: i->params.source = s->in->source.source; break;
        case VRRP_INPUT_RECONFIGURE: step_note_params(s); break;
        case VRRP_INPUT_MAINTENANCE:
                i->maintenance = s->in->maintenance.on;
                if (!i->maintenance)
                        step_rejoin(s, VRRP_REASON_MAINTENANCE_OVER);
                break;
        case VRRP_INPUT_STOP: step_retire(s, VRRP_STATE_INIT, VRRP_REASON_STOP); break;
        case VRRP_INPUT_EFFECT_FAILED: step_note_failure(s); break;
        case VRRP_INPUT_START:
        case VRRP_INPUT_RESTORE:
        case VRRP_INPUT_ADVERT:
        case VRRP_INPUT_SUPERSEDED:
        case VRRP_INPUT_RESUME:
        case VRRP_INPUT_RESIGN:
        case VRRP_INPUT_PREPARE_RESTART:
        case VRRP_INPUT_ADDRESS_LOST:
        case VRRP_INPUT_SEND_ANNOUNCEMENTS:
        case VRRP_INPUT_GROUP_MASTER:
        case VRRP_INPUT_GROUP_BACKUP:
        case VRRP_INPUT_GROUP_LOWER:
        case VRRP_INPUT_GROUP_NEWCOMER:
        case _VRRP_INPUT_TYPE_MAX: break;
        }
}
