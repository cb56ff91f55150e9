/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One virtual router's election: VRRPv2 (RFC 3768 §6), VRRPv3 (RFC 9568 §6) and keepalived's
 * extensions.
 *
 * Pure: (instance, input, now) -> ordered effects. No clock, socket, allocation or log. The
 * struct is a value; the shell owns it, reads it freely and changes it only through
 * vrrp_instance_step(). Clock: any that does not jump and goes on while the process does not run
 * (CLOCK_MONOTONIC); one reading per wake-up, passed down.
 *
 *         vrrp_instance_init()
 *         PRIORITY, FAULT, SOURCE, MAINTENANCE         what is known already; noted
 *         START                                        nothing is known of earlier
 *      or RESTORE, SUPERSEDED..., RESUME               an earlier process of this boot was here
 *         ADVERT, TIMER, ...                           sockets before timers, always
 *         STOP
 *
 * Invariants: addresses are wanted in MASTER and in no other state; INIT, FAULT and MAINTENANCE
 * never speak, but for the farewell on entering; a transition is told once, by the process that
 * makes it, never again by a successor. */

#include <stdbool.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/effect.h"
#include "vrrpd/input.h"
#include "vrrpd/params.h"
#include "vrrpd/saved.h"
#include "vrrpd/state.h"

/* What a backup waits for. */
enum vrrp_wait {
        VRRP_WAIT_DOWN,  /* Active_Down_Interval: the master falls silent */
        VRRP_WAIT_SKEW,  /* Skew_Time: the master has resigned */
        VRRP_WAIT_OWNER, /* one advert interval and the skew: the owner of the addresses is back */
};

/* Where a restored master stands. */
enum vrrp_adoption {
        VRRP_ADOPTION_NONE,      /* it is master by its own election */
        VRRP_ADOPTION_DRAINING,  /* restored: silent until RESUME or SUPERSEDED */
        VRRP_ADOPTION_LISTENING, /* restored without kept sockets: silent for a while */
        VRRP_ADOPTION_DOUBTFUL,  /* resumed on weak evidence: for one interval adverts supersede */
};

struct vrrp_instance {
        struct vrrp_params params;
        enum vrrp_state state; /* assigned in one place, with reason and since */
        enum vrrp_reason reason;
        usec_t since;
        uint8_t priority;    /* effective; what adverts say is vrrp_instance_priority() */
        unsigned int faults; /* enum vrrp_fault bits, kept in all states */
        bool maintenance;
        bool resigned;   /* until mastership comes back by itself: as if nopreempt */
        usec_t start_at; /* end of start_delay, in whatever state: nothing is heard until then */
        bool demoted;    /* an owner that speaks with 254 until the other owner is gone */

        /* Moves when something that vrrp_instance_save() keeps has changed, times of single adverts
         * excepted: then save, before carrying out the effects. */
        unsigned int revision;

        /* BACKUP. All deadlines: USEC_INFINITY when not running. */
        usec_t down_at; /* Active_Down_Timer: .down_wait from .down_since on */
        usec_t down_since;
        enum vrrp_wait down_wait;
        bool ready;    /* a member of a group whose timer has run out: it waits for the others */
        bool newcomer; /* BACKUP, FAULT: in a group whose others are master without it. Until it is
                          master, too, or hears one that it has to follow */
        usec_t preempt_at; /* a lower-priority master is tolerated until then; past: no longer */
        struct ip_addr master; /* whom we follow; unset: nobody has spoken yet */
        uint8_t master_priority;
        usec_t master_interval; /* Active_Adver_Interval; 0: ours, no advert says otherwise */
        usec_t heard;           /* the last accepted advert */
        bool lower_heard;       /* a master of lower priority speaks, and the timer runs out */

        /* MASTER */
        usec_t advert_at;         /* Adver_Timer */
        usec_t last_sent;         /* our last advert; USEC_INFINITY: never, or unknown */
        usec_t announce_at;       /* the second burst */
        usec_t lower_announce_at; /* the second burst after a lower-priority advert */
        usec_t refresh_at;
        enum vrrp_adoption adoption;
        enum vrrp_evidence evidence; /* what RESUME may conclude from silence */
        usec_t adoption_until;       /* end of LISTENING or DOUBTFUL */
        bool restart_prepared;       /* adverts announce the stretched interval */
        usec_t conflict_until;       /* two owners: how long we wait for the other to yield */
        usec_t conflict_heard;       /* its last advert */

        /* Putting the kernel's addresses right again: after a loss or a failure, with a limit. */
        usec_t reconcile_at;
        usec_t readd_since; /* start of the second in which readd_n is counted */
        unsigned int readd_n;

        usec_t told_at[_VRRP_EVENT_TYPE_MAX]; /* of events that may repeat without end */
};

/* Such an event is told at most once in this time. */
#define VRRP_EVENT_INTERVAL USEC_PER_SEC

/* After an effect on addresses has failed, it is tried again so much later. */
#define VRRP_RETRY_INTERVAL USEC_PER_SEC

/* At most so many times a second are lost addresses put back at once; then once at the end of
 * that second. */
#define VRRP_READD_BURST 5
#define VRRP_READD_WINDOW USEC_PER_SEC

/* Make @i an instance in INIT with @params (copied); the effective priority is the configured
 * one. */
void vrrp_instance_init(struct vrrp_instance *i, const struct vrrp_params *params);

/* Advance @i by one input at time @now. Fills @ret from its beginning. Deterministic. RFC 9568
 * §6.4. */
void vrrp_instance_step(struct vrrp_instance *i, const struct vrrp_input *in, usec_t now,
                struct vrrp_effects *ret);

/* Whether it would be master if it were not for its sync group. A member whose timer has run out
 * stays ready, without a deadline, until a master is accepted: waiting for the timer once more, as
 * keepalived does, would tell nothing new. */
bool vrrp_instance_is_ready(const struct vrrp_instance *i);

/* When to feed TIMER; USEC_INFINITY: no need. An early or a stale one is harmless. */
usec_t vrrp_instance_deadline(const struct vrrp_instance *i);

/* What a successor needs. Cheap; worth writing whenever revision has moved. */
struct vrrp_saved vrrp_instance_save(const struct vrrp_instance *i);

/* What status shows, from where the transitions take it. */
uint8_t vrrp_instance_priority(const struct vrrp_instance *i); /* what our adverts say: 1..255 */
usec_t vrrp_instance_skew(const struct vrrp_instance *i);      /* Skew_Time now */
usec_t vrrp_instance_down_interval(const struct vrrp_instance *i); /* Active_Down_Interval now */
usec_t vrrp_instance_advert_interval(
                const struct vrrp_instance *i); /* what our adverts announce now */
