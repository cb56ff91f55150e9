/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/state.h"

#include <stddef.h>

#include "common/macro.h"

static const char *const state_words[_VRRP_STATE_MAX] = {
        [VRRP_STATE_INIT] = "INIT",
        [VRRP_STATE_BACKUP] = "BACKUP",
        [VRRP_STATE_MASTER] = "MASTER",
        [VRRP_STATE_FAULT] = "FAULT",
        [VRRP_STATE_MAINTENANCE] = "MAINTENANCE",
};

static const char *const reason_words[_VRRP_REASON_MAX] = {
        [VRRP_REASON_NONE] = "none",
        [VRRP_REASON_START] = "start",
        [VRRP_REASON_OWNER] = "owner",
        [VRRP_REASON_MASTER_DOWN] = "master-down",
        [VRRP_REASON_MASTER_RESIGNED] = "master-resigned",
        [VRRP_REASON_PREEMPTED_LOWER] = "preempted-lower",
        [VRRP_REASON_HIGHER_PRIORITY] = "higher-priority",
        [VRRP_REASON_SUPERSEDED] = "superseded",
        [VRRP_REASON_FAULT] = "fault",
        [VRRP_REASON_FAULT_CLEARED] = "fault-cleared",
        [VRRP_REASON_RESIGN] = "resign",
        [VRRP_REASON_MAINTENANCE] = "maintenance",
        [VRRP_REASON_MAINTENANCE_OVER] = "maintenance-over",
        [VRRP_REASON_STOP] = "stop",
        [VRRP_REASON_GROUP] = "group",
};

const char *vrrp_state_to_string(enum vrrp_state s) {
        return (size_t) s < ARRAY_SIZE(state_words) ? state_words[s] : NULL;
}

enum vrrp_state vrrp_state_from_string(const char *word) {
        for (size_t k = 0; k < ARRAY_SIZE(state_words); k++)
                if (streq(state_words[k], word))
                        return (enum vrrp_state) k;
        return _VRRP_STATE_INVALID;
}

const char *vrrp_reason_to_string(enum vrrp_reason r) {
        return (size_t) r < ARRAY_SIZE(reason_words) ? reason_words[r] : NULL;
}

enum vrrp_reason vrrp_reason_from_string(const char *word) {
        for (size_t k = 0; k < ARRAY_SIZE(reason_words); k++)
                if (streq(reason_words[k], word))
                        return (enum vrrp_reason) k;
        return _VRRP_REASON_INVALID;
}
