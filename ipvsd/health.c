/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/health.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"

static const char *const state_names[_IPVS_CHECK_STATE_MAX] = {
        [IPVS_CHECK_UNKNOWN] = "UNKNOWN",
        [IPVS_CHECK_UP] = "UP",
        [IPVS_CHECK_DOWN] = "DOWN",
};

const char *ipvs_check_state_to_string(enum ipvs_check_state s) {
        return state_names[s];
}

enum ipvs_check_state ipvs_check_state_from_string(const char *word) {
        enum ipvs_check_state s = IPVS_CHECK_UNKNOWN;

        while (s < _IPVS_CHECK_STATE_MAX && !streq(state_names[s], word))
                s++;
        return s;
}

static bool is_bad(const struct ipvs_check *c) {
        return c->state == IPVS_CHECK_DOWN || (c->state == IPVS_CHECK_UNKNOWN && c->alpha);
}

const struct ipvs_check *ipvs_health_fault(const struct ipvs_check *checks, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (is_bad(&checks[i]))
                        return &checks[i];
        return NULL;
}

const char *ipvs_health_reason(const struct ipvs_check *fault) {
        if (!fault)
                return "";
        return fault->state == IPVS_CHECK_UNKNOWN ? "not checked yet" : fault->reason;
}

int ipvs_health_weight(int weight, const struct ipvs_check *checks, size_t n) {
        int64_t sum = weight;

        for (size_t i = 0; i < n; i++)
                if (checks[i].state == IPVS_CHECK_UP)
                        sum += checks[i].weight_change;
        return (int) CLAMP(sum, 0, INT_MAX);
}

static void set(struct ipvs_check *c, enum ipvs_check_state state, const char *reason) {
        c->state = state;
        (void) snprintf(c->reason, sizeof(c->reason), "%s", reason);
}

void ipvs_health_assume(struct ipvs_check *checks, size_t n, bool good, const char *reason) {
        if (good) {
                for (size_t i = 0; i < n; i++)
                        if (is_bad(&checks[i]))
                                set(&checks[i], IPVS_CHECK_UP, reason);
        } else if (n > 0 && !ipvs_health_fault(checks, n)) {
                set(&checks[0], IPVS_CHECK_DOWN, reason);
        }
}
