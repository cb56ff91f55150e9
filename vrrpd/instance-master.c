/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* MASTER: hold the addresses, say so, and give way to one's betters. RFC 9568 §6.4.3 (Active),
 * RFC 3768 §6.4.3.
 *
 * What the RFCs do not know is a master that could not speak for a while and does not know it:
 * because its process was replaced, or stopped, or the machine was. Peers that heard nothing may
 * have elected another one, rightly. So an advert of a peer that came while we were silent is
 * not a claim to be contested but the result of an election: we have been superseded, and
 * Backup's rules (nopreempt, preempt_delay) judge that advert. */

#include "common/macro.h"
#include "vrrpd/instance-step.h"
#include "vrrpd/timing.h"
#include "vrrpd/track.h"

static void advertise(const struct step *s) {
        step_send_advert(s, vrrp_instance_priority(s->i), vrrp_instance_advert_interval(s->i), 1);
}

/* Since our last advert; USEC_INFINITY: unknown. */
static usec_t silence(const struct vrrp_instance *i, usec_t at) {
        return i->last_sent == USEC_INFINITY ? USEC_INFINITY : usec_sub(at, i->last_sent);
}

/* No skew, since some priority has nearly none; two intervals at least, since one is our beat. */
bool step_has_slept(const struct step *s) {
        const struct vrrp_instance *i = s->i;
        usec_t limit = MAX(i->params.down_timer_adverts, 2) * vrrp_instance_advert_interval(i);

        return i->last_sent != USEC_INFINITY && silence(i, s->now) >= limit;
}

/* Lower ranks below 0, ourselves 0, betters above. RFC 9568 §6.4.3: the priority, then the
 * primary address. */
static int rank(const struct vrrp_instance *i, const struct vrrp_advert *adv) {
        uint8_t own = vrrp_instance_priority(i);

        if (adv->priority != own)
                return adv->priority < own ? -1 : 1;
        return ip_addr_compare(&adv->source, &i->params.source);
}

static struct vrrp_event event_about(enum vrrp_event_type type, const struct vrrp_advert *adv) {
        return (struct vrrp_event){ .type = type, .ip = adv->source, .priority = adv->priority };
}

/* A restored master, or one that slept, speaks again. Addresses that the kernel still has stay
 * untouched. */
static void resume(const struct step *s) {
        struct vrrp_instance *i = s->i;
        usec_t silent = silence(i, s->now);
        struct vrrp_event adopted = { .type = VRRP_EVENT_ADOPTED, .usec = silent };
        bool doubtful = i->evidence == VRRP_EVIDENCE_GAPS;

        i->adoption = doubtful ? VRRP_ADOPTION_DOUBTFUL : VRRP_ADOPTION_NONE;
        i->adoption_until = doubtful ? usec_add(s->now, i->params.advert_interval) : USEC_INFINITY;

        advertise(s);
        step_add_addresses(s);
        if (silent > i->params.advert_interval) {
                step_announce(s, VRRP_BURST_RESUMED, i->params.garp_master_repeat);
                step_arm_announcements(s);
        }
        step_event(s, adopted);
}

static void be_superseded(const struct step *s) {
        const struct vrrp_advert *adv = &s->in->advert.advert;

        step_become_backup(s, VRRP_REASON_SUPERSEDED);
        step_event(s, event_about(VRRP_EVENT_SUPERSEDED, adv));
        step_hear_as_backup(s);
}

static void yield(const struct step *s) {
        if (s->i->params.higher_prio_send_advert)
                advertise(s);
        step_become_backup(s, VRRP_REASON_HIGHER_PRIORITY);
        step_hear_as_backup(s);
}

/* Switches may have learnt somebody else's address. */
static void announce_to_doubters(const struct step *s) {
        const struct vrrp_params *p = &s->i->params;

        step_announce(s, VRRP_BURST_LOWER_PRIORITY, p->garp_lower_prio_repeat);
        if (p->garp_lower_prio_repeat > 0 && p->garp_lower_prio_delay > 0)
                s->i->lower_announce_at = usec_add(s->now, p->garp_lower_prio_delay);
}

/* Somebody who should not: tell the sender and the switches who is master. */
static void assert_mastership(const struct step *s) {
        const struct vrrp_params *p = &s->i->params;

        if (!p->lower_prio_no_advert)
                advertise(s);
        announce_to_doubters(s);
        step_event_limited(s, event_about(VRRP_EVENT_LOWER_PRIORITY, &s->in->advert.advert));
}

/* Two routers claim to own the addresses, which is a mistake of the configuration. The lower
 * address yields, as ever. Should it not, the higher one goes down to 254 after two own adverts
 * and 1.2 times the longer interval, so that there is one master all the same. Returns whether
 * we did. Neither RFC foresees it. */
static bool settle_with_owner(const struct step *s, const struct vrrp_advert *adv) {
        struct vrrp_instance *i = s->i;
        usec_t longer = MAX(i->params.advert_interval, adv->interval);
        struct vrrp_event changed = {
                .type = VRRP_EVENT_PRIORITY_CHANGED,
                .value = VRRP_PRIORITY_OWNER,
                .priority = VRRP_PRIORITY_MAX,
        };

        step_event_limited(s, event_about(VRRP_EVENT_TWO_OWNERS, adv));
        if (i->conflict_heard == USEC_INFINITY ||
                        s->now > usec_add(i->conflict_heard, vrrp_instance_down_interval(i)))
                i->conflict_until = usec_add(
                                s->now, 2 * i->params.advert_interval + longer + longer / 5);
        i->conflict_heard = s->now;
        if (s->now < i->conflict_until)
                return false;

        step_event(s, changed);
        i->demoted = true;
        return true;
}

/* Whether the advert was sent while we could not speak. One that a draining shell does not call
 * newer than our last is answered by nobody: it has lost long ago. */
static bool is_superseding(const struct step *s) {
        const struct vrrp_instance *i = s->i;
        usec_t received = MIN(s->in->advert.received, s->now);

        switch (i->adoption) {
        case VRRP_ADOPTION_DRAINING: return s->in->type == VRRP_INPUT_SUPERSEDED;
        case VRRP_ADOPTION_LISTENING: return true;
        case VRRP_ADOPTION_DOUBTFUL:
                if (s->now < i->adoption_until)
                        return true;
                break;
        case VRRP_ADOPTION_NONE: break;
        }
        return step_has_slept(s) && received > i->last_sent;
}

/* Whoever took over while we were away has resigned since, or somebody lost the right to speak:
 * nobody is master. */
static void hear_resignation(const struct step *s) {
        switch (s->i->adoption) {
        case VRRP_ADOPTION_DRAINING: break;
        case VRRP_ADOPTION_LISTENING: resume(s); break;
        case VRRP_ADOPTION_DOUBTFUL:
        case VRRP_ADOPTION_NONE:
                if (!step_has_slept(s))
                        advertise(s);
                break;
        }
}

static void hear_as_master(const struct step *s) {
        struct vrrp_instance *i = s->i;
        const struct vrrp_advert *adv = &s->in->advert.advert;
        int r;

        if (adv->priority == VRRP_PRIORITY_RESIGN) {
                hear_resignation(s);
                return;
        }
        if (is_superseding(s)) {
                be_superseded(s);
                return;
        }
        if (i->adoption == VRRP_ADOPTION_DRAINING || step_has_slept(s))
                return; /* it is older than our last word, and newer ones may follow */

        r = rank(i, adv);
        if (r < 0 && adv->priority == VRRP_PRIORITY_OWNER && settle_with_owner(s, adv))
                r = rank(i, adv);

        if (r > 0)
                yield(s);
        else if (r < 0)
                assert_mastership(s);
        else
                step_event_limited(s, event_about(VRRP_EVENT_SAME_SOURCE, adv));
}

/* Adverts keep their beat: one that is a little late does not make all the later ones late. One
 * that is very late ends a silence in which the neighbours may have learnt something else. */
static void advertise_in_time(const struct step *s) {
        struct vrrp_instance *i = s->i;
        usec_t next = usec_add(i->advert_at, i->params.advert_interval);
        usec_t silent = silence(i, s->now);
        bool late = step_has_slept(s);

        advertise(s);
        if (next > s->now)
                i->advert_at = next;
        if (!late)
                return;
        step_announce(s, VRRP_BURST_RESUMED, i->params.garp_master_repeat);
        step_event(s, (struct vrrp_event){ .type = VRRP_EVENT_LATE, .usec = silent });
}

static void announce_again(const struct step *s) {
        struct vrrp_instance *i = s->i;
        const struct vrrp_params *p = &i->params;

        if (s->now >= i->announce_at) {
                i->announce_at = USEC_INFINITY;
                i->revision++;
                step_announce(s, VRRP_BURST_MASTER_SECOND, p->garp_master_repeat);
        }
        if (s->now >= i->lower_announce_at) {
                i->lower_announce_at = USEC_INFINITY;
                step_announce(s, VRRP_BURST_LOWER_PRIORITY_SECOND, p->garp_lower_prio_repeat);
        }
        if (s->now >= i->refresh_at) {
                i->refresh_at = usec_add(s->now, p->garp_master_refresh);
                step_announce(s, VRRP_BURST_REFRESH, p->garp_master_refresh_repeat);
        }
}

static void master_timer(const struct step *s) {
        struct vrrp_instance *i = s->i;

        if (i->adoption == VRRP_ADOPTION_DRAINING)
                return;
        if (i->adoption == VRRP_ADOPTION_LISTENING && s->now < i->adoption_until)
                return;
        if (i->adoption == VRRP_ADOPTION_LISTENING)
                resume(s);
        else if (s->now >= i->advert_at)
                advertise_in_time(s);
        if (step_reconcile(s))
                step_announce(s, VRRP_BURST_ADDRESSES, i->params.garp_master_repeat);
        announce_again(s);
}

static void put_back(const struct step *s) {
        step_add_addresses(s);
        step_announce(s, VRRP_BURST_ADDRESSES, s->i->params.garp_master_repeat);
}

/* Back at once, unless somebody keeps removing them. keepalived resigns and becomes master again
 * instead. A restored master puts all right when it resumes. */
static void master_address_lost(const struct step *s) {
        struct vrrp_instance *i = s->i;
        struct vrrp_event lost = {
                .type = VRRP_EVENT_ADDRESS_LOST,
                .value = s->in->address_lost.n,
        };

        step_event_limited(s, lost);
        if (step_is_silent(i))
                return;
        if (i->readd_since == USEC_INFINITY ||
                        s->now >= usec_add(i->readd_since, VRRP_READD_WINDOW)) {
                i->readd_since = s->now;
                i->readd_n = 0;
        }
        if (i->readd_n++ < VRRP_READD_BURST)
                put_back(s);
        else
                i->reconcile_at = MIN(i->reconcile_at, usec_add(i->readd_since, VRRP_READD_WINDOW));
}

static void master_reconfigure(const struct step *s) {
        struct vrrp_instance *i = s->i;
        const struct vrrp_params *p = &i->params;
        usec_t interval = p->advert_interval;
        usec_t refresh = p->garp_master_refresh;

        step_note_params(s);
        if (p->garp_master_refresh != refresh)
                i->refresh_at = p->garp_master_refresh > 0
                                ? usec_add(s->now, p->garp_master_refresh)
                                : USEC_INFINITY;
        if (step_is_silent(i))
                return;
        if (p->advert_interval != interval)
                advertise(s);
        if (s->in->reconfigure.addresses_changed) {
                put_back(s);
                step_arm_announcements(s);
        }
}

/* Peers with VRRPv3 take the interval from our adverts. Three copies, since one may be lost. The others wait as long as ever
 * from the last advert on, so that is said now, and not up to an interval ago. */
static void prepare_restart(const struct step *s) {
        struct vrrp_instance *i = s->i;
        usec_t stretched = vrrp_timing_stretched(i->params.version, i->params.advert_interval);

        if (step_is_silent(i))
                return;
        if (stretched == i->params.advert_interval) {
                advertise(s);
                return;
        }
        i->restart_prepared = true;
        step_send_advert(s, vrrp_instance_priority(i), stretched, 3);
}

static void master_resume(const struct step *s) {
        struct vrrp_instance *i = s->i;

        if (i->adoption == VRRP_ADOPTION_DRAINING) {
                resume(s);
                return;
        }
        if (!i->restart_prepared)
                return;
        i->restart_prepared = false;
        advertise(s);
}

static void master_resign(const struct step *s) {
        step_retire(s, VRRP_STATE_BACKUP, VRRP_REASON_RESIGN);
        s->i->resigned = true;
}

void step_master(const struct step *s) {
        struct vrrp_instance *i = s->i;

        switch (s->in->type) {
        case VRRP_INPUT_TIMER: master_timer(s); break;
        case VRRP_INPUT_ADVERT:
        case VRRP_INPUT_SUPERSEDED: hear_as_master(s); break;
        case VRRP_INPUT_RESUME: master_resume(s); break;
        case VRRP_INPUT_PRIORITY: step_note_priority(s, s->in->priority.priority); break;
        case VRRP_INPUT_FAULT:
                if (step_note_faults(s) && i->faults != 0)
                        step_retire(s, VRRP_STATE_FAULT, VRRP_REASON_FAULT);
                break;
        case VRRP_INPUT_SOURCE: i->params.source = s->in->source.source; break;
        case VRRP_INPUT_RECONFIGURE: master_reconfigure(s); break;
        case VRRP_INPUT_MAINTENANCE:
                i->maintenance = s->in->maintenance.on;
                if (i->maintenance)
                        step_retire(s, VRRP_STATE_MAINTENANCE, VRRP_REASON_MAINTENANCE);
                break;
        case VRRP_INPUT_RESIGN: master_resign(s); break;
        case VRRP_INPUT_STOP: step_retire(s, VRRP_STATE_INIT, VRRP_REASON_STOP); break;
        case VRRP_INPUT_PREPARE_RESTART: prepare_restart(s); break;
        case VRRP_INPUT_ADDRESS_LOST: master_address_lost(s); break;
        case VRRP_INPUT_EFFECT_FAILED: step_note_failure(s); break;
        case VRRP_INPUT_SEND_ANNOUNCEMENTS:
                if (!step_is_silent(i))
                        step_announce(s, VRRP_BURST_REQUESTED, i->params.garp_master_repeat);
                break;
        case VRRP_INPUT_GROUP_BACKUP: step_become_backup(s, VRRP_REASON_GROUP); break;
        case VRRP_INPUT_GROUP_LOWER:
                if (!step_is_silent(i))
                        announce_to_doubters(s);
                break;
        case VRRP_INPUT_GROUP_MASTER:
        case VRRP_INPUT_GROUP_NEWCOMER:
        case VRRP_INPUT_START:
        case VRRP_INPUT_RESTORE:
        case _VRRP_INPUT_TYPE_MAX: break;
        }
}
