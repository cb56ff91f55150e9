/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Time stamps of the kernel, and the two clocks between which they have to be carried.
 *
 * Packets are stamped with CLOCK_REALTIME, which people and NTP set; elections run on CLOCK_MONOTONIC,
 * which nobody sets. The difference of the two moves slowly as long as the clock is only corrected. A
 * leap shows that it was set, and then stamps from before say nothing. Pure: times come in. */

#include <stdbool.h>

#include "common/usec.h"

struct vrrp_stamp_clock {
        usec_t now;  /* CLOCK_MONOTONIC of this wake-up */
        usec_t real; /* CLOCK_REALTIME of this wake-up */
        bool leapt;  /* since the wake-up before */
};

/* Begin a wake-up. A zeroed clock has seen none. */
void vrrp_stamp_clock_set(struct vrrp_stamp_clock *c, usec_t now, usec_t real);

/* Was the clock set between (@now1, @real1) and (@now2, @real2)? NTP slews by at most 0.05 %, adjtime(3)
 * as well; a few milliseconds are allowed for reading two clocks one after the other. */
bool vrrp_stamp_leapt(usec_t now1, usec_t real1, usec_t now2, usec_t real2);

/* The stamp @real of a packet (0: none) on the monotonic clock; never after now, and now where it cannot
 * be told. */
usec_t vrrp_stamp_received(const struct vrrp_stamp_clock *c, usec_t real);
