/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/timing.h"

#include "common/macro.h"

#define STRETCH_FACTOR 10
#define STRETCHED_MIN (300 * USEC_PER_MSEC)
#define STRETCHED_MAX (1000 * USEC_PER_MSEC)

usec_t vrrp_timing_skew(uint8_t version, uint8_t priority, usec_t interval) {
        usec_t unit = version == 2 ? USEC_PER_SEC : interval;

        return (256 - (usec_t) priority) * unit / 256;
}

usec_t vrrp_timing_down(uint8_t version, uint8_t priority, usec_t interval, uint8_t adverts) {
        return adverts * interval + vrrp_timing_skew(version, priority, interval);
}

usec_t vrrp_timing_announced(uint8_t version, usec_t interval) {
        usec_t unit = version == 2 ? USEC_PER_SEC : USEC_PER_CENTISEC;
        usec_t min = version == 2 ? VRRP_V2_INTERVAL_MIN : VRRP_V3_INTERVAL_MIN;
        usec_t max = version == 2 ? VRRP_V2_INTERVAL_MAX : VRRP_V3_INTERVAL_MAX;

        interval = CLAMP(interval, min, max);
        return (interval + unit / 2) / unit * unit;
}

usec_t vrrp_timing_stretched(uint8_t version, usec_t interval) {
        usec_t stretched = CLAMP(STRETCH_FACTOR * interval, STRETCHED_MIN, STRETCHED_MAX);

        return version == 2 ? interval : MAX(interval, stretched);
}
