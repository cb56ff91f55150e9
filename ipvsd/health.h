/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a server is good, from what is known of its checks: all of them are required. A check that nobody
 * has reported on is no bad news, unless it has alpha: then the server has to prove itself first. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPVS_REASON_MAX 256U

enum ipvs_check_state {
        IPVS_CHECK_UNKNOWN, /* never reported on */
        IPVS_CHECK_UP,
        IPVS_CHECK_DOWN,
        _IPVS_CHECK_STATE_MAX,
};

/* "UNKNOWN", "UP", "DOWN". */
const char *ipvs_check_state_to_string(enum ipvs_check_state s);
/* _IPVS_CHECK_STATE_MAX for another word. */
enum ipvs_check_state ipvs_check_state_from_string(const char *word);

/* The last word on one check. */
struct ipvs_check {
        const char *kind; /* "TCP_CHECK", a constant: another kind is another check */
        enum ipvs_check_state state;
        bool alpha;
        int weight_change;            /* what it adds to the weight while UP */
        char reason[IPVS_REASON_MAX]; /* what decided its state, in words */
};

/* The first check that makes the server bad; NULL: it is good. */
const struct ipvs_check *ipvs_health_fault(const struct ipvs_check *checks, size_t n);

/* The words for it: those of the check, or that it waits for its first result. */
const char *ipvs_health_reason(const struct ipvs_check *fault);

/* @weight and what the checks add, from 0 to INT_MAX. */
int ipvs_health_weight(int weight, const struct ipvs_check *checks, size_t n);

/* A check whose server was said to be good or bad by something newer than itself: make them agree, by as few
 * changes as possible. */
void ipvs_health_assume(struct ipvs_check *checks, size_t n, bool good, const char *reason);
