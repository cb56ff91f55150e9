/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/words.h"

#include <stdio.h>
#include <string.h>

#include "vrrpd/track.h"

#define SECONDS "%.3f s"

static double seconds(usec_t t) {
        return (double) t / (double) USEC_PER_SEC;
}

const char *vrrp_words_mac(
                const uint8_t mac[static VRRP_MAC_SIZE], char buf[static VRRP_WORDS_MAC_MAX]) {
        (void) snprintf(buf, VRRP_WORDS_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                        mac[2], mac[3], mac[4], mac[5]);
        return buf;
}

const char *vrrp_words_reason(enum vrrp_reason reason) {
        switch (reason) {
        case VRRP_REASON_NONE: return "";
        case VRRP_REASON_START: return "started";
        case VRRP_REASON_OWNER: return "owns the addresses";
        case VRRP_REASON_MASTER_DOWN: return "the MASTER has been silent";
        case VRRP_REASON_MASTER_RESIGNED: return "the MASTER has resigned";
        case VRRP_REASON_PREEMPTED_LOWER: return "the MASTER has a lower priority";
        case VRRP_REASON_HIGHER_PRIORITY: return "another router has a higher priority";
        case VRRP_REASON_SUPERSEDED:
                return "another router took over while this one could not speak";
        case VRRP_REASON_FAULT: return "something that is needed is missing";
        case VRRP_REASON_FAULT_CLEARED: return "nothing is missing any more";
        case VRRP_REASON_RESIGN: return "asked to resign";
        case VRRP_REASON_MAINTENANCE: return "maintenance";
        case VRRP_REASON_MAINTENANCE_OVER: return "maintenance is over";
        case VRRP_REASON_STOP: return "stopping";
        case VRRP_REASON_GROUP: return "another member of the sync group gave way";
        case _VRRP_REASON_MAX:
        case _VRRP_REASON_INVALID: break;
        }
        return "";
}

static void master_down(const struct vrrp_instance *before, usec_t now, char *ret, size_t size) {
        usec_t silent = before->heard == USEC_INFINITY ? now - before->since : now - before->heard;
        char ip[IP_ADDR_STRLEN];

        if (ip_addr_is_set(&before->master))
                (void) snprintf(ret, size, "the MASTER %s has been silent for " SECONDS,
                                ip_addr_format(&before->master, ip), seconds(silent));
        else
                (void) snprintf(ret, size, "no MASTER has been heard for " SECONDS,
                                seconds(silent));
}

static void outranked(const struct vrrp_instance *before, const struct vrrp_advert *adv, char *ret,
                size_t size) {
        uint8_t own = vrrp_instance_priority(before);
        char ip[IP_ADDR_STRLEN];

        (void) ip_addr_format(&adv->source, ip);
        if (adv->priority > own)
                (void) snprintf(ret, size, "%s has priority %u, this router has %u", ip,
                                adv->priority, own);
        else
                (void) snprintf(ret, size, "%s has the same priority %u and the higher address", ip,
                                own);
}

static void faults(unsigned int bits, char *ret, size_t size) {
        char words[VRRP_FAULTS_TEXT_MAX];

        (void) snprintf(ret, size, "%s: %s", vrrp_words_reason(VRRP_REASON_FAULT),
                        vrrp_faults_format(bits, words, sizeof(words)));
}

const char *vrrp_words_transition(const struct vrrp_effect *e, const struct vrrp_instance *before,
                const struct vrrp_input *in, usec_t now, char *ret, size_t size) {
        const struct vrrp_advert *adv = &in->advert.advert;
        char ip[IP_ADDR_STRLEN];

        switch (e->state_changed.reason) {
        case VRRP_REASON_MASTER_DOWN: master_down(before, now, ret, size); return ret;
        case VRRP_REASON_MASTER_RESIGNED:
                if (!ip_addr_is_set(&before->master))
                        break;
                (void) snprintf(ret, size, "the MASTER %s has resigned",
                                ip_addr_format(&before->master, ip));
                return ret;
        case VRRP_REASON_PREEMPTED_LOWER:
                (void) snprintf(ret, size, "the MASTER has a lower priority than %u",
                                vrrp_instance_priority(before));
                return ret;
        case VRRP_REASON_HIGHER_PRIORITY: outranked(before, adv, ret, size); return ret;
        case VRRP_REASON_SUPERSEDED:
                (void) snprintf(ret, size,
                                "%s (priority %u) took over while this router could not speak",
                                ip_addr_format(&adv->source, ip), adv->priority);
                return ret;
        case VRRP_REASON_FAULT: faults(e->state_changed.faults, ret, size); return ret;
        case VRRP_REASON_NONE:
        case VRRP_REASON_START:
        case VRRP_REASON_OWNER:
        case VRRP_REASON_FAULT_CLEARED:
        case VRRP_REASON_RESIGN:
        case VRRP_REASON_MAINTENANCE:
        case VRRP_REASON_MAINTENANCE_OVER:
        case VRRP_REASON_STOP:
        case VRRP_REASON_GROUP:
        case _VRRP_REASON_MAX:
        case _VRRP_REASON_INVALID: break;
        }
        (void) snprintf(ret, size, "%s", vrrp_words_reason(e->state_changed.reason));
        return ret;
}

static void adopted(const struct vrrp_event *e, char *ret, size_t size) {
        if (e->usec == USEC_INFINITY)
                (void) snprintf(ret, size, "goes on in this process");
        else
                (void) snprintf(ret, size, "goes on in this process after " SECONDS " of silence",
                                seconds(e->usec));
}

const char *vrrp_words_event(const struct vrrp_event *e, char *ret, size_t size) {
        char ip[IP_ADDR_STRLEN], words[VRRP_FAULTS_TEXT_MAX];

        (void) ip_addr_format(&e->ip, ip);
        ret[0] = '\0';
        switch (e->type) {
        case VRRP_EVENT_ADOPTED: adopted(e, ret, size); break;
        case VRRP_EVENT_SUPERSEDED:
                (void) snprintf(ret, size, "superseded by %s (priority %u)", ip, e->priority);
                break;
        case VRRP_EVENT_LATE:
                (void) snprintf(ret, size, "could not speak for " SECONDS ", and is still MASTER",
                                seconds(e->usec));
                break;
        case VRRP_EVENT_NEW_MASTER:
                (void) snprintf(ret, size, "the MASTER is %s (priority %u)", ip, e->priority);
                break;
        case VRRP_EVENT_LOWER_PRIORITY:
                (void) snprintf(ret, size, "an advert of lower priority %u came from %s",
                                e->priority, ip);
                break;
        case VRRP_EVENT_TWO_OWNERS:
                (void) snprintf(ret, size, "%s claims to own the addresses, too (priority 255)",
                                ip);
                break;
        case VRRP_EVENT_SAME_SOURCE:
                (void) snprintf(ret, size, "another router speaks from our address %s", ip);
                break;
        case VRRP_EVENT_PRIORITY_CHANGED:
                (void) snprintf(ret, size, "the priority is %u, it was %u", e->priority, e->value);
                break;
        case VRRP_EVENT_FAULTS_CHANGED:
                (void) snprintf(ret, size, "still missing: %s",
                                vrrp_faults_format(e->value, words, sizeof(words)));
                break;
        case VRRP_EVENT_ADDRESS_LOST:
                (void) snprintf(ret, size, "somebody removed %u of the addresses", e->value);
                break;
        case VRRP_EVENT_EFFECT_FAILED:
                (void) snprintf(ret, size, "failed to %s: %s",
                                vrrp_effect_type_to_string((enum vrrp_effect_type) e->value),
                                strerror(-e->error));
                break;
        case _VRRP_EVENT_TYPE_MAX: break;
        }
        return ret;
}
