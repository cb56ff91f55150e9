/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/saved.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/track.h"

#define FIELD(n, t, member)                                                                        \
        { .name = n, .type = VRRP_SAVED_##t, .offset = offsetof(struct vrrp_saved, member) }

const struct vrrp_saved_field vrrp_saved_fields[] = {
        FIELD("version", UINT64, version),
        FIELD("state", STATE, state),
        FIELD("reason", REASON, reason),
        FIELD("since", USEC, since),
        FIELD("faults", FAULTS, faults),
        FIELD("maintenance", BOOL, maintenance),
        FIELD("resigned", BOOL, resigned),
        FIELD("demoted", BOOL, demoted),
        FIELD("untold", BOOL, untold),
        FIELD("last-sent", USEC, last_sent),
        FIELD("start-at", USEC, start_at),
        FIELD("preempt-at", USEC, preempt_at),
        FIELD("announce-at", USEC, announce_at),
        FIELD("master", IP, master),
        FIELD("master-priority", UINT64, master_priority),
        FIELD("master-interval", USEC, master_interval),
};

const size_t n_vrrp_saved_fields = ARRAY_SIZE(vrrp_saved_fields);

const struct vrrp_saved_field *vrrp_saved_field_find(const char *name) {
        for (size_t k = 0; k < n_vrrp_saved_fields; k++)
                if (streq(vrrp_saved_fields[k].name, name))
                        return &vrrp_saved_fields[k];
        return NULL;
}

const char *vrrp_saved_field_format(
                const struct vrrp_saved_field *f, const struct vrrp_saved *s, char *ret) {
        const void *p = (const char *) s + f->offset;
        const char *word = NULL;

        switch (f->type) {
        case VRRP_SAVED_STATE: word = vrrp_state_to_string(*(const enum vrrp_state *) p); break;
        case VRRP_SAVED_REASON: word = vrrp_reason_to_string(*(const enum vrrp_reason *) p); break;
        case VRRP_SAVED_FAULTS:
                return vrrp_faults_format(*(const unsigned int *) p, ret, VRRP_SAVED_TEXT_MAX);
        case VRRP_SAVED_BOOL: word = *(const bool *) p ? "yes" : "no"; break;
        case VRRP_SAVED_IP: return ip_addr_format(p, ret);
        case VRRP_SAVED_USEC:
                if (*(const usec_t *) p == USEC_INFINITY) {
                        word = "infinity";
                        break;
                }
                (void) snprintf(ret, VRRP_SAVED_TEXT_MAX, "%" PRIusec, *(const usec_t *) p);
                return ret;
        case VRRP_SAVED_UINT64:
                (void) snprintf(ret, VRRP_SAVED_TEXT_MAX, "%" PRIu64, *(const uint64_t *) p);
                return ret;
        }
        (void) snprintf(ret, VRRP_SAVED_TEXT_MAX, "%s", word ? word : "");
        return ret;
}

static int parse_uint64(const char *text, uint64_t *ret) {
        unsigned long long v;
        char *end;

        if (text[0] < '0' || text[0] > '9')
                return -EINVAL;
        errno = 0;
        v = strtoull(text, &end, 10);
        if (errno != 0 || *end)
                return -EINVAL;

        *ret = v;
        return 0;
}

static int parse_bool(const char *text, bool *ret) {
        if (!streq(text, "yes") && !streq(text, "no"))
                return -EINVAL;
        *ret = streq(text, "yes");
        return 0;
}

/* Words of a later release are skipped: faults are found out anew anyway. */
static int parse_faults(const char *text, unsigned int *ret) {
        unsigned int faults = 0;

        while (*text) {
                char word[32] = {};
                size_t n = strcspn(text, ",");

                memcpy(word, text, MIN(n, sizeof(word) - 1));
                faults |= vrrp_fault_from_string(word);
                text += n + (text[n] == ',');
        }
        *ret = faults;
        return 0;
}

static int parse_ip(const char *text, struct ip_addr *ret) {
        if (*text)
                return ip_addr_parse(text, ret);
        *ret = (struct ip_addr){};
        return 0;
}

int vrrp_saved_field_parse(
                const struct vrrp_saved_field *f, const char *text, struct vrrp_saved *s) {
        void *p = (char *) s + f->offset;

        switch (f->type) {
        case VRRP_SAVED_STATE: {
                enum vrrp_state state = vrrp_state_from_string(text);

                if (state == _VRRP_STATE_INVALID)
                        return -EINVAL;
                *(enum vrrp_state *) p = state;
                return 0;
        }
        case VRRP_SAVED_REASON: {
                enum vrrp_reason reason = vrrp_reason_from_string(text);

                if (reason == _VRRP_REASON_INVALID)
                        return -EINVAL;
                *(enum vrrp_reason *) p = reason;
                return 0;
        }
        case VRRP_SAVED_FAULTS: return parse_faults(text, p);
        case VRRP_SAVED_BOOL: return parse_bool(text, p);
        case VRRP_SAVED_IP: return parse_ip(text, p);
        case VRRP_SAVED_UINT64: return parse_uint64(text, p);
        case VRRP_SAVED_USEC:
                if (!streq(text, "infinity"))
                        return parse_uint64(text, p);
                *(usec_t *) p = USEC_INFINITY;
                return 0;
        }
        return -EINVAL;
}
