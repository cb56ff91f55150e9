/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two intervals that all of VRRP's timing is made of. The election and everything that shows
 * them to people use these functions. Microseconds throughout: at 10 ms adverts a centisecond is
 * too coarse. */

#include <stdint.h>

#include "common/usec.h"

/* Skew_Time: how much later than its betters a backup of @priority moves. VRRPv2: (256 -
 * priority) / 256 s, RFC 3768 §6.1. VRRPv3: the same share of @interval, the
 * Active_Adver_Interval, RFC 9568 §6.1. */
usec_t vrrp_timing_skew(uint8_t version, uint8_t priority, usec_t interval);

/* Active_Down_Interval: @adverts (RFC: 3) silent intervals and the skew, then the master counts
 * as gone. */
usec_t vrrp_timing_down(uint8_t version, uint8_t priority, usec_t interval, uint8_t adverts);

/* Bounds of what an advertisement can carry: VRRPv3 has 12 bits of centiseconds, VRRPv2 8 bits
 * of seconds. */
#define VRRP_V3_INTERVAL_MIN (1 * USEC_PER_CENTISEC)
#define VRRP_V3_INTERVAL_MAX (4095 * USEC_PER_CENTISEC)
#define VRRP_V2_INTERVAL_MIN (1 * USEC_PER_SEC)
#define VRRP_V2_INTERVAL_MAX (255 * USEC_PER_SEC)

/* The interval @version announces for a wanted @interval: rounded to its unit and inside its
 * bounds. */
usec_t vrrp_timing_announced(uint8_t version, usec_t interval);

/* What a planned restart announces instead of @interval, so that backups which learn the
 * interval from the advertisement (VRRPv3) wait long enough for a new process: ten intervals,
 * within 0.3 s to 1 s. Equal to @interval where nothing needs stretching: VRRPv2, or slow
 * adverts. */
usec_t vrrp_timing_stretched(uint8_t version, usec_t interval);
