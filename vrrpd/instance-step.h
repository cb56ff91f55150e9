/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One step of an election from the inside: what the functions of the single states share. Only
 * instance*.c include this. */

#include "vrrpd/instance.h"

/* One input on its way through an instance. */
struct step {
        struct vrrp_instance *i;
        const struct vrrp_input *in;
        usec_t now;
        struct vrrp_effects *out;
};

/* Whether @i is a restored master that does not know yet whether somebody took its place. */
static inline bool step_is_silent(const struct vrrp_instance *i) {
        return i->adoption == VRRP_ADOPTION_DRAINING || i->adoption == VRRP_ADOPTION_LISTENING;
}

/* Whether a master has been silent for so long that a peer with the same parameters may have taken over. Then whatever
 * waits in the sockets is to be read before anything is said: the first advert there may be an old one, and the elected
 * comes later. */
bool step_has_slept(const struct step *s);

/* The states: one function each. */
void step_init(const struct step *s);
void step_backup(const struct step *s);
void step_master(const struct step *s);
void step_fault(const struct step *s);
void step_maintenance(const struct step *s);

/* Effects. */
void step_send_advert(const struct step *s, uint8_t priority, usec_t interval, unsigned int count);
void step_add_addresses(const struct step *s);
void step_remove_addresses(const struct step *s);
void step_announce(const struct step *s, enum vrrp_burst burst, uint16_t repeat); /* 0: nothing */
void step_event(const struct step *s, struct vrrp_event event);

/* The same, at most once in VRRP_EVENT_INTERVAL. */
void step_event_limited(const struct step *s, struct vrrp_event event);

/* Transitions. _assign() is the one place where the state changes: timers of the old state end,
 * the master is forgotten. _tell() makes it known; a restored role is not told again. */
void step_assign(const struct step *s, enum vrrp_state to, enum vrrp_reason reason);
void step_tell(const struct step *s, enum vrrp_state from);
void step_become_master(const struct step *s, enum vrrp_reason reason);

/* BACKUP with a full down timer from now on, or from the end of the start delay; addresses are removed if there may be any. */
void step_become_backup(const struct step *s, enum vrrp_reason reason);

/* Leave BACKUP or MASTER, the latter with a farewell, or change between the states that take no
 * part. */
void step_retire(const struct step *s, enum vrrp_state to, enum vrrp_reason reason);

/* From a state that takes no part to where faults and maintenance allow: MAINTENANCE, FAULT,
 * else BACKUP. */
void step_rejoin(const struct step *s, enum vrrp_reason reason);

/* From INIT: a cold start, or an earlier process's role goes on. */
void step_start(const struct step *s);
void step_restore(const struct step *s);

/* BACKUP's rules for the advertisement of @s, also for a master that has just given way to it. */
void step_hear_as_backup(const struct step *s);

/* Start the Active_Down_Timer, as if at @since. */
void step_wait(struct vrrp_instance *i, enum vrrp_wait wait, usec_t since);

/* A running one follows priority, interval and whatever else its length comes from. */
void step_wait_adjusted(struct vrrp_instance *i);

/* The later of @now and the end of a running start delay. */
usec_t step_earliest(const struct vrrp_instance *i, usec_t now);

/* MASTER gets its announcement timers. */
void step_arm_announcements(const struct step *s);

/* What is the same in every state: PRIORITY, SOURCE, RECONFIGURE, the bits of FAULT. */
void step_note_priority(const struct step *s, uint8_t priority);
void step_note_params(const struct step *s);
bool step_note_faults(const struct step *s); /* whether they are others now */
void step_note_failure(const struct step *s);

/* Put the addresses right when that is due. Returns whether it was. */
bool step_reconcile(const struct step *s);
