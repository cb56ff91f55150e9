/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Effects: everything an election asks of its shell, in the order in which it is to happen. That
 * order is part of the contract. The list is complete before the first effect is carried out, so
 * the shell may record the events in it, and the state to be restored, beforehand. An effect
 * that fails comes back as EFFECT_FAILED. */

#include <stddef.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/state.h"

enum vrrp_effect_type {
        VRRP_EFFECT_SEND_ADVERT,
        VRRP_EFFECT_ADD_ADDRESSES,    /* let all be there; those that are stay untouched */
        VRRP_EFFECT_REMOVE_ADDRESSES, /* let none be there; in the reverse order */
        VRRP_EFFECT_ANNOUNCE,
        VRRP_EFFECT_STATE_CHANGED, /* exactly once for each transition that people are told of */
        VRRP_EFFECT_EVENT,
        _VRRP_EFFECT_TYPE_MAX,
};

/* Why announcements are sent: for the trace and for those who count. */
enum vrrp_burst {
        VRRP_BURST_MASTER,         /* just became master */
        VRRP_BURST_MASTER_SECOND,  /* garp_master_delay later */
        VRRP_BURST_REFRESH,        /* garp_master_refresh */
        VRRP_BURST_LOWER_PRIORITY, /* somebody of lower priority had spoken */
        VRRP_BURST_LOWER_PRIORITY_SECOND,
        VRRP_BURST_RESUMED,   /* was silent for a while, and is still master */
        VRRP_BURST_ADDRESSES, /* addresses were put back or are new */
        VRRP_BURST_REQUESTED, /* SEND_ANNOUNCEMENTS */
        _VRRP_BURST_MAX,
};

enum vrrp_event_type {
        VRRP_EVENT_ADOPTED,          /* a role went on here; .usec: silence since our last advert */
        VRRP_EVENT_SUPERSEDED,       /* .ip, .priority: who spoke while we could not */
        VRRP_EVENT_LATE,             /* this process slept; .usec: silence since our last advert */
        VRRP_EVENT_NEW_MASTER,       /* BACKUP follows .ip of .priority now */
        VRRP_EVENT_LOWER_PRIORITY,   /* MASTER heard .ip of .priority, lower than its own */
        VRRP_EVENT_TWO_OWNERS,       /* .ip also claims priority 255 */
        VRRP_EVENT_SAME_SOURCE,      /* an advert of equal priority from our own address */
        VRRP_EVENT_PRIORITY_CHANGED, /* .value: from, .priority: to */
        VRRP_EVENT_FAULTS_CHANGED,   /* still in FAULT; .value: the reasons that are left */
        VRRP_EVENT_ADDRESS_LOST,     /* .value: how many were removed by somebody else */
        VRRP_EVENT_EFFECT_FAILED,    /* .value: enum vrrp_effect_type, .error */
        _VRRP_EVENT_TYPE_MAX,
};

/* What notifyd and the log are told besides transitions. Which fields mean something says the type. */
struct vrrp_event {
        enum vrrp_event_type type;
        struct ip_addr ip;
        uint8_t priority;
        unsigned int value;
        int error; /* -errno */
        usec_t usec;
};

struct vrrp_effect {
        enum vrrp_effect_type type;
        union {
                struct {
                        uint8_t priority;   /* 0: we resign */
                        usec_t interval;    /* to announce */
                        unsigned int count; /* so many copies at once; 1 but for PREPARE_RESTART */
                } send_advert;
                struct {
                        enum vrrp_burst burst;
                        uint16_t repeat; /* messages per address, at least 1 */
                } announce;
                struct {
                        enum vrrp_state from;
                        enum vrrp_state to;
                        enum vrrp_reason reason;
                        unsigned int faults; /* the reasons, where .to is FAULT */
                } state_changed;
                struct vrrp_event event;
        };
};

/* The longest list: a master that slept for long has an advert, lost addresses and all
 * announcements due at once. Asserted, so that the fuzz target of random sequences would find a
 * longer one. */
#define VRRP_EFFECTS_MAX 8

struct vrrp_effects {
        size_t n;
        struct vrrp_effect items[VRRP_EFFECTS_MAX];
};

/* The words of traces, log and bus; NULL for an unknown value. */
const char *vrrp_effect_type_to_string(enum vrrp_effect_type t);
const char *vrrp_burst_to_string(enum vrrp_burst b);
const char *vrrp_event_type_to_string(enum vrrp_event_type t);

/* One effect as a trace prints it ("advert 100", "announce 5 master", "MASTER"), into @ret of
 * @size bytes, cut where it does not fit. Returns @ret. */
#define VRRP_EFFECT_TEXT_MAX 128
const char *vrrp_effect_format(const struct vrrp_effect *e, char *ret, size_t size);

/* The whole list, comma-separated, likewise; "" for an empty one. */
#define VRRP_EFFECTS_TEXT_MAX (VRRP_EFFECTS_MAX * VRRP_EFFECT_TEXT_MAX)
const char *vrrp_effects_format(const struct vrrp_effects *e, char *ret, size_t size);
