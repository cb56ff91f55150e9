/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tracked things do to an instance: the arithmetic of weights, and the reasons for FAULT.
 *
 * A tracker (script, interface, file, process, BFD session) is good, bad, or not yet reported
 * on. With a weight it moves the priority; with weight 0 it puts the instance into FAULT while
 * bad. The effective priority never leaves 1..254; an address owner (255) is never moved. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"

#define VRRP_PRIORITY_RESIGN 0
#define VRRP_PRIORITY_MIN 1
#define VRRP_PRIORITY_MAX 254 /* of a router that does not own the addresses */
#define VRRP_PRIORITY_OWNER 255

/* Reasons for FAULT, kept as separate bits: FAULT ends when none is left. */
enum vrrp_fault {
        VRRP_FAULT_TRACKER = 1 << 0,         /* a tracker of weight 0 is bad */
        VRRP_FAULT_TRACKER_UNKNOWN = 1 << 1, /* a tracker of weight 0 has not reported yet */
        VRRP_FAULT_INTERFACE = 1 << 2,       /* the interface or a tracked one is missing or down */
        VRRP_FAULT_BASE_INTERFACE = 1 << 3,  /* the parent of a VMAC is */
        VRRP_FAULT_SOURCE = 1 << 4,          /* the interface has no usable source address */
        VRRP_FAULT_DUPLICATE_VRID = 1 << 5,  /* another instance has this VRID on this interface */
        VRRP_FAULT_CONFIG = 1 << 6,          /* the configuration cannot work on this machine */
        VRRP_FAULT_GROUP = 1 << 7,           /* another member of the sync group has one of these */
        VRRP_FAULT_GROUP_UNKNOWN = 1 << 8, /* another member has a tracker that has not reported */
        VRRP_FAULT_ALL = (1 << 9) - 1,

        /* What a sync group puts on its members; all others are a router's own. */
        VRRP_FAULTS_GROUP = VRRP_FAULT_GROUP | VRRP_FAULT_GROUP_UNKNOWN,
        /* Nothing is known to be wrong: it is only that nobody has reported yet. */
        VRRP_FAULTS_UNKNOWN = VRRP_FAULT_TRACKER_UNKNOWN | VRRP_FAULT_GROUP_UNKNOWN,
};

/* The word of one bit ("interface"); NULL for anything else. _from_string: 0 for an unknown
 * word. */
const char *vrrp_fault_to_string(enum vrrp_fault fault);
unsigned int vrrp_fault_from_string(const char *word);

/* All words of @faults, comma-separated, into @ret of @size bytes; "" for none, cut where it
 * does not fit. */
#define VRRP_FAULTS_TEXT_MAX 128
const char *vrrp_faults_format(unsigned int faults, char *ret, size_t size);

enum vrrp_track_verdict {
        VRRP_TRACK_UNKNOWN, /* nobody has reported yet */
        VRRP_TRACK_GOOD,
        VRRP_TRACK_BAD,
        _VRRP_TRACK_VERDICT_MAX,
};

/* The words of bus, log and saved state: UNKNOWN, UP, DOWN. _from_string: UNKNOWN for any other. */
const char *vrrp_track_verdict_to_string(enum vrrp_track_verdict v);
enum vrrp_track_verdict vrrp_track_verdict_from_string(const char *word);

enum vrrp_track_kind {
        VRRP_TRACK_STATE, /* good or bad: script, interface, process, BFD */
        VRRP_TRACK_VALUE, /* a number: file */
        _VRRP_TRACK_KIND_MAX,
};

/* What is known of something that is tracked. */
struct vrrp_track_word {
        enum vrrp_track_kind kind;
        enum vrrp_track_verdict verdict; /* of a VALUE: UNKNOWN, or GOOD */
        int32_t value;
};

static inline bool vrrp_track_word_same(
                const struct vrrp_track_word *a, const struct vrrp_track_word *b) {
        return a->verdict == b->verdict && a->value == b->value;
}

/* One tracker as one instance sees it. A value; the shell keeps an array of them per instance. */
struct vrrp_track {
        enum vrrp_track_kind kind;
        int weight;         /* -254..254; 0: decides about FAULT */
        bool reverse;       /* turns round the sign of the change; with weight 0, the verdict */
        unsigned int fault; /* bit raised by weight 0; 0 stands for VRRP_FAULT_TRACKER */
        enum vrrp_track_verdict verdict;
        int32_t value; /* VRRP_TRACK_VALUE only: the file's number; 0 while verdict is unknown */
        bool ignored;  /* what is known is not believed any more: it counts nothing */
};

/* What a set of trackers does to one instance. */
struct vrrp_track_sum {
        int delta;           /* to be added to the priority, not yet clamped */
        unsigned int faults; /* enum vrrp_fault bits */
};

/* What @t adds to the priority now; 0 for one of weight 0 or not yet reported on. */
int vrrp_track_delta(const struct vrrp_track *t);

/* The fault @t raises now, 0 for none. */
unsigned int vrrp_track_fault(const struct vrrp_track *t);

struct vrrp_track_sum vrrp_track_sum(const struct vrrp_track *tracks, size_t n);

/* @base moved by @delta and kept in 1..254; 255 stays 255. @base is 1..255. */
uint8_t vrrp_track_priority(uint8_t base, int delta);

/* How long a tracker of weight 0 may stay unknown before it is taken as good (and the shell says
 * so): interval x fall + timeout + 10 s. */
usec_t vrrp_track_grace(usec_t interval, unsigned int fall, usec_t timeout);
