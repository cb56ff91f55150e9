/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/effect.h"

#include <stdio.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/track.h"

static const char *const effect_words[_VRRP_EFFECT_TYPE_MAX] = {
        [VRRP_EFFECT_SEND_ADVERT] = "advert",
        [VRRP_EFFECT_ADD_ADDRESSES] = "add",
        [VRRP_EFFECT_REMOVE_ADDRESSES] = "remove",
        [VRRP_EFFECT_ANNOUNCE] = "announce",
        [VRRP_EFFECT_STATE_CHANGED] = "state",
        [VRRP_EFFECT_EVENT] = "event",
};

static const char *const burst_words[_VRRP_BURST_MAX] = {
        [VRRP_BURST_MASTER] = "master",
        [VRRP_BURST_MASTER_SECOND] = "master-second",
        [VRRP_BURST_REFRESH] = "refresh",
        [VRRP_BURST_LOWER_PRIORITY] = "lower-priority",
        [VRRP_BURST_LOWER_PRIORITY_SECOND] = "lower-priority-second",
        [VRRP_BURST_RESUMED] = "resumed",
        [VRRP_BURST_ADDRESSES] = "addresses",
        [VRRP_BURST_REQUESTED] = "requested",
};

static const char *const event_words[_VRRP_EVENT_TYPE_MAX] = {
        [VRRP_EVENT_ADOPTED] = "adopted",
        [VRRP_EVENT_SUPERSEDED] = "superseded",
        [VRRP_EVENT_LATE] = "late",
        [VRRP_EVENT_NEW_MASTER] = "new-master",
        [VRRP_EVENT_LOWER_PRIORITY] = "lower-priority",
        [VRRP_EVENT_TWO_OWNERS] = "two-owners",
        [VRRP_EVENT_SAME_SOURCE] = "same-source",
        [VRRP_EVENT_PRIORITY_CHANGED] = "priority-changed",
        [VRRP_EVENT_FAULTS_CHANGED] = "faults-changed",
        [VRRP_EVENT_ADDRESS_LOST] = "address-lost",
        [VRRP_EVENT_EFFECT_FAILED] = "effect-failed",
};

const char *vrrp_effect_type_to_string(enum vrrp_effect_type t) {
        return (size_t) t < ARRAY_SIZE(effect_words) ? effect_words[t] : NULL;
}

const char *vrrp_burst_to_string(enum vrrp_burst b) {
        return (size_t) b < ARRAY_SIZE(burst_words) ? burst_words[b] : NULL;
}

const char *vrrp_event_type_to_string(enum vrrp_event_type t) {
        return (size_t) t < ARRAY_SIZE(event_words) ? event_words[t] : NULL;
}

static void format_advert(const struct vrrp_effect *e, char *ret, size_t size) {
        int n = snprintf(ret, size, "advert %u %gs", e->send_advert.priority,
                        (double) e->send_advert.interval / (double) USEC_PER_SEC);

        if (e->send_advert.count > 1 && n > 0 && (size_t) n < size)
                (void) snprintf(ret + n, size - (size_t) n, " x%u", e->send_advert.count);
}

static void format_state(const struct vrrp_effect *e, char *ret, size_t size) {
        char faults[VRRP_FAULTS_TEXT_MAX];

        (void) snprintf(ret, size, "%s>%s %s%s%s", vrrp_state_to_string(e->state_changed.from),
                        vrrp_state_to_string(e->state_changed.to),
                        vrrp_reason_to_string(e->state_changed.reason),
                        e->state_changed.faults ? ":" : "",
                        vrrp_faults_format(e->state_changed.faults, faults, sizeof(faults)));
}

static void format_event(const struct vrrp_effect *e, char *ret, size_t size) {
        const char *word = vrrp_event_type_to_string(e->event.type);
        char text[VRRP_FAULTS_TEXT_MAX];

        switch (e->event.type) {
        case VRRP_EVENT_ADOPTED:
        case VRRP_EVENT_LATE:
                if (e->event.usec == USEC_INFINITY)
                        (void) snprintf(ret, size, "(%s)", word);
                else
                        (void) snprintf(ret, size, "(%s %.3fs)", word,
                                        (double) e->event.usec / (double) USEC_PER_SEC);
                return;
        case VRRP_EVENT_SUPERSEDED:
        case VRRP_EVENT_NEW_MASTER:
        case VRRP_EVENT_LOWER_PRIORITY:
        case VRRP_EVENT_TWO_OWNERS:
        case VRRP_EVENT_SAME_SOURCE:
                (void) snprintf(ret, size, "(%s %s %u)", word, ip_addr_format(&e->event.ip, text),
                                e->event.priority);
                return;
        case VRRP_EVENT_PRIORITY_CHANGED:
                (void) snprintf(ret, size, "(%s %u>%u)", word, e->event.value, e->event.priority);
                return;
        case VRRP_EVENT_FAULTS_CHANGED:
                (void) snprintf(ret, size, "(%s %s)", word,
                                vrrp_faults_format(e->event.value, text, sizeof(text)));
                return;
        case VRRP_EVENT_ADDRESS_LOST:
                (void) snprintf(ret, size, "(%s %u)", word, e->event.value);
                return;
        case VRRP_EVENT_EFFECT_FAILED:
                (void) snprintf(ret, size, "(%s %s %s)", word,
                                vrrp_effect_type_to_string((enum vrrp_effect_type) e->event.value),
                                strerrorname_np(-e->event.error) ?: "?");
                return;
        case _VRRP_EVENT_TYPE_MAX: break;
        }
        (void) snprintf(ret, size, "(?)");
}

const char *vrrp_effect_format(const struct vrrp_effect *e, char *ret, size_t size) {
        switch (e->type) {
        case VRRP_EFFECT_SEND_ADVERT: format_advert(e, ret, size); break;
        case VRRP_EFFECT_ADD_ADDRESSES:
        case VRRP_EFFECT_REMOVE_ADDRESSES:
                (void) snprintf(ret, size, "%s", vrrp_effect_type_to_string(e->type));
                break;
        case VRRP_EFFECT_ANNOUNCE:
                (void) snprintf(ret, size, "announce %u %s", e->announce.repeat,
                                vrrp_burst_to_string(e->announce.burst));
                break;
        case VRRP_EFFECT_STATE_CHANGED: format_state(e, ret, size); break;
        case VRRP_EFFECT_EVENT: format_event(e, ret, size); break;
        case _VRRP_EFFECT_TYPE_MAX: ret[0] = '\0'; break;
        }
        return ret;
}

const char *vrrp_effects_format(const struct vrrp_effects *e, char *ret, size_t size) {
        char text[VRRP_EFFECT_TEXT_MAX];
        size_t used = 0;

        ret[0] = '\0';
        for (size_t k = 0; k < e->n && used < size; k++)
                used += (size_t) snprintf(ret + used, size - used, "%s%s", k > 0 ? ", " : "",
                                vrrp_effect_format(&e->items[k], text, sizeof(text)));
        return ret;
}
