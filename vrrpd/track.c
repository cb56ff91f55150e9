/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/track.h"

#include <stdio.h>
#include <string.h>

#include "common/macro.h"

/* A file's share counts as FAULT from here downwards, and never for more than the other bound
 * upwards. */
#define VALUE_FAULT (-254)
#define VALUE_MAX 253

#define GRACE_MARGIN (10 * USEC_PER_SEC)

static const struct {
        enum vrrp_fault fault;
        const char *word;
} fault_words[] = {
        { VRRP_FAULT_TRACKER, "tracker" },
        { VRRP_FAULT_TRACKER_UNKNOWN, "tracker-unknown" },
        { VRRP_FAULT_INTERFACE, "interface" },
        { VRRP_FAULT_BASE_INTERFACE, "base-interface" },
        { VRRP_FAULT_SOURCE, "no-source-address" },
        { VRRP_FAULT_DUPLICATE_VRID, "duplicate-vrid" },
        { VRRP_FAULT_CONFIG, "configuration" },
        { VRRP_FAULT_GROUP, "group" },
        { VRRP_FAULT_GROUP_UNKNOWN, "group-unknown" },
};

const char *vrrp_fault_to_string(enum vrrp_fault fault) {
        for (size_t k = 0; k < ARRAY_SIZE(fault_words); k++)
                if (fault_words[k].fault == fault)
                        return fault_words[k].word;
        return NULL;
}

unsigned int vrrp_fault_from_string(const char *word) {
        for (size_t k = 0; k < ARRAY_SIZE(fault_words); k++)
                if (streq(fault_words[k].word, word))
                        return fault_words[k].fault;
        return 0;
}

static const char *const verdict_words[_VRRP_TRACK_VERDICT_MAX] = {
        [VRRP_TRACK_UNKNOWN] = "UNKNOWN",
        [VRRP_TRACK_GOOD] = "UP",
        [VRRP_TRACK_BAD] = "DOWN",
};

const char *vrrp_track_verdict_to_string(enum vrrp_track_verdict v) {
        return (size_t) v < ARRAY_SIZE(verdict_words) ? verdict_words[v] : NULL;
}

enum vrrp_track_verdict vrrp_track_verdict_from_string(const char *word) {
        for (size_t k = 0; k < ARRAY_SIZE(verdict_words); k++)
                if (streq(verdict_words[k], word))
                        return (enum vrrp_track_verdict) k;
        return VRRP_TRACK_UNKNOWN;
}

const char *vrrp_faults_format(unsigned int faults, char *ret, size_t size) {
        size_t used = 0;

        ret[0] = '\0';
        for (size_t k = 0; k < ARRAY_SIZE(fault_words); k++) {
                if (!(faults & fault_words[k].fault) || used >= size)
                        continue;
                used += (size_t) snprintf(ret + used, size - used, "%s%s", used > 0 ? "," : "",
                                fault_words[k].word);
        }
        return ret;
}

/* A file's number times its weight, as large as it comes. */
static int64_t value_product(const struct vrrp_track *t) {
        int64_t product = (int64_t) t->value * t->weight;

        return t->reverse ? -product : product;
}

static int state_delta(const struct vrrp_track *t) {
        bool counts = t->weight > 0 ? t->verdict == VRRP_TRACK_GOOD : t->verdict == VRRP_TRACK_BAD;

        if (!counts)
                return 0;
        return t->reverse ? -t->weight : t->weight;
}

int vrrp_track_delta(const struct vrrp_track *t) {
        if (t->weight == 0 || t->verdict == VRRP_TRACK_UNKNOWN || t->ignored)
                return 0;

        switch (t->kind) {
        case VRRP_TRACK_STATE: return state_delta(t);
        case VRRP_TRACK_VALUE: return (int) CLAMP(value_product(t), VALUE_FAULT, VALUE_MAX);
        case _VRRP_TRACK_KIND_MAX: break;
        }
        return 0;
}

/* Whether @t, which is known, says FAULT. */
static bool track_says_fault(const struct vrrp_track *t) {
        bool bad;

        if (t->weight != 0)
                return t->kind == VRRP_TRACK_VALUE && value_product(t) <= VALUE_FAULT;

        bad = t->kind == VRRP_TRACK_VALUE ? t->value != 0 : t->verdict == VRRP_TRACK_BAD;
        return bad != t->reverse;
}

unsigned int vrrp_track_fault(const struct vrrp_track *t) {
        if (t->ignored)
                return 0;
        if (t->verdict == VRRP_TRACK_UNKNOWN)
                return t->weight == 0 ? VRRP_FAULT_TRACKER_UNKNOWN : 0;
        if (!track_says_fault(t))
                return 0;
        return t->fault ? t->fault : VRRP_FAULT_TRACKER;
}

struct vrrp_track_sum vrrp_track_sum(const struct vrrp_track *tracks, size_t n) {
        struct vrrp_track_sum sum = {};

        for (size_t k = 0; k < n; k++) {
                sum.delta += vrrp_track_delta(&tracks[k]);
                sum.faults |= vrrp_track_fault(&tracks[k]);
        }
        return sum;
}

uint8_t vrrp_track_priority(uint8_t base, int delta) {
        if (base == VRRP_PRIORITY_OWNER)
                return base;
        return (uint8_t) CLAMP((int64_t) base + delta, VRRP_PRIORITY_MIN, VRRP_PRIORITY_MAX);
}

usec_t vrrp_track_grace(usec_t interval, unsigned int fall, usec_t timeout) {
        return interval * fall + timeout + GRACE_MARGIN;
}
