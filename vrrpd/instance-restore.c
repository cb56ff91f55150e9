/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What outlives the process: a role is saved, and goes on in the successor. Nobody is told of
 * it, since nothing has happened. What was saved is a claim of the past, so its values are
 * brought into range here, and a restored master stays silent until the sockets have shown that
 * nobody took its place. */

#include "common/macro.h"
#include "vrrpd/instance-step.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"

struct vrrp_saved vrrp_instance_save(const struct vrrp_instance *i) {
        return (struct vrrp_saved){
                .version = VRRP_SAVED_VERSION,
                .state = i->state,
                .reason = i->reason,
                .since = i->since,
                .faults = i->faults,
                .maintenance = i->maintenance,
                .resigned = i->resigned,
                .demoted = i->demoted,
                .last_sent = i->last_sent,
                .start_at = i->start_at,
                .preempt_at = i->preempt_at,
                .announce_at = i->announce_at,
                .master_interval = i->master_interval,
                .master_priority = i->master_priority,
                .master = i->master,
        };
}

/* A time saved on this boot's clock: nothing that has happened lies ahead. */
static usec_t past(usec_t t, usec_t now) {
        return t <= now ? t : USEC_INFINITY;
}

/* Nothing that was to happen within @delay lies farther ahead than that. */
static usec_t due(usec_t t, usec_t now, usec_t delay) {
        return t == USEC_INFINITY || delay == 0 ? USEC_INFINITY : MIN(t, usec_add(now, delay));
}

/* Who has been elected meanwhile beats once an interval, and a little late where his machine is busy: one interval
 * sharp could just miss him. After a quick restart nobody can have been, and it must not last longer. */
static usec_t listening_time(const struct step *s) {
        usec_t interval = s->i->params.advert_interval;
        bool quick = s->i->last_sent != USEC_INFINITY && !step_has_slept(s);

        return quick ? interval : interval + interval / 2;
}

static void restore_master(const struct step *s, const struct vrrp_saved *saved) {
        struct vrrp_instance *i = s->i;
        bool sockets = s->in->restore.evidence != VRRP_EVIDENCE_NONE;

        i->evidence = s->in->restore.evidence;
        i->adoption = sockets ? VRRP_ADOPTION_DRAINING : VRRP_ADOPTION_LISTENING;
        i->last_sent = past(saved->last_sent, s->now);
        if (!sockets)
                i->adoption_until = usec_add(s->now, listening_time(s));
        step_arm_announcements(s);
        i->announce_at = due(saved->announce_at, s->now, i->params.garp_master_delay);
}

/* A whole down interval from now: how long the master has been silent is not known, and what it
 * said while nobody listened comes from the kept sockets with its own time. */
static void restore_backup(const struct step *s, const struct vrrp_saved *saved) {
        struct vrrp_instance *i = s->i;

        if (saved->master.family == i->params.family && saved->master_priority > 0 &&
                        saved->master_priority <= VRRP_PRIORITY_OWNER) {
                i->master = saved->master;
                i->master_priority = (uint8_t) saved->master_priority;
                if (saved->master_interval > 0)
                        i->master_interval = vrrp_timing_announced(
                                        i->params.version, saved->master_interval);
        }
        if (i->params.preempt)
                i->preempt_at = due(saved->preempt_at, s->now, i->params.preempt_delay);
        step_wait(i, VRRP_WAIT_DOWN, step_earliest(i, s->now));
}

/* Go on with @saved's role; then see whether it can still be played. */
static void restore_role(const struct step *s, const struct vrrp_saved *saved) {
        struct vrrp_instance *i = s->i;

        step_assign(s, saved->state, saved->reason);
        i->since = MIN(saved->since, s->now);
        i->start_at = due(saved->start_at, s->now, i->params.start_delay);
        i->resigned = saved->resigned && saved->state == VRRP_STATE_BACKUP;
        i->demoted = saved->demoted && saved->state == VRRP_STATE_BACKUP &&
                        i->priority == VRRP_PRIORITY_OWNER;

        if (saved->state == VRRP_STATE_MASTER) {
                restore_master(s, saved);
                return;
        }
        step_remove_addresses(s);
        if (saved->state == VRRP_STATE_BACKUP)
                restore_backup(s, saved);
        step_event(s, (struct vrrp_event){ .type = VRRP_EVENT_ADOPTED, .usec = USEC_INFINITY });
}

/* Whether @i is in a state that faults and maintenance no longer allow, or holds it no longer. */
static bool has_moved_on(const struct vrrp_instance *i) {
        if (i->maintenance)
                return i->state != VRRP_STATE_MAINTENANCE;
        if (i->faults != 0)
                return i->state != VRRP_STATE_FAULT;
        return i->state == VRRP_STATE_FAULT || i->state == VRRP_STATE_MAINTENANCE;
}

void step_restore(const struct step *s) {
        struct vrrp_instance *i = s->i;
        const struct vrrp_saved *saved = &s->in->restore.saved;

        if (saved->state == VRRP_STATE_INIT || !vrrp_state_to_string(saved->state)) {
                step_start(s);
                return;
        }
        i->maintenance = i->maintenance || saved->maintenance;
        restore_role(s, saved);
        if (has_moved_on(i))
                step_rejoin(s,
                                i->state == VRRP_STATE_MAINTENANCE ? VRRP_REASON_MAINTENANCE_OVER
                                                                   : VRRP_REASON_FAULT_CLEARED);
}
