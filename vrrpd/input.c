/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/input.h"

#include "common/macro.h"

static const char *const input_words[_VRRP_INPUT_TYPE_MAX] = {
        [VRRP_INPUT_START] = "start",
        [VRRP_INPUT_RESTORE] = "restore",
        [VRRP_INPUT_TIMER] = "timer",
        [VRRP_INPUT_ADVERT] = "hears",
        [VRRP_INPUT_SUPERSEDED] = "finds",
        [VRRP_INPUT_RESUME] = "resume",
        [VRRP_INPUT_PRIORITY] = "priority",
        [VRRP_INPUT_FAULT] = "fault",
        [VRRP_INPUT_SOURCE] = "source",
        [VRRP_INPUT_RECONFIGURE] = "reconfigure",
        [VRRP_INPUT_MAINTENANCE] = "maintenance",
        [VRRP_INPUT_RESIGN] = "resign",
        [VRRP_INPUT_STOP] = "stop",
        [VRRP_INPUT_PREPARE_RESTART] = "prepare-restart",
        [VRRP_INPUT_ADDRESS_LOST] = "address-lost",
        [VRRP_INPUT_EFFECT_FAILED] = "effect-failed",
        [VRRP_INPUT_SEND_ANNOUNCEMENTS] = "send-announcements",
        [VRRP_INPUT_GROUP_MASTER] = "group-master",
        [VRRP_INPUT_GROUP_BACKUP] = "group-backup",
        [VRRP_INPUT_GROUP_LOWER] = "group-lower",
        [VRRP_INPUT_GROUP_NEWCOMER] = "group-newcomer",
};

const char *vrrp_input_type_to_string(enum vrrp_input_type t) {
        return (size_t) t < ARRAY_SIZE(input_words) ? input_words[t] : NULL;
}
