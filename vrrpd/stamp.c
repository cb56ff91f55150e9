/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/stamp.h"

#define TOLERANCE_USEC (10 * USEC_PER_MSEC)
#define SLEW_DIVISOR 1000

bool vrrp_stamp_leapt(usec_t now1, usec_t real1, usec_t now2, usec_t real2) {
        usec_t elapsed = usec_sub(now2, now1);
        usec_t shown = usec_sub(real2, real1);
        usec_t tolerance = TOLERANCE_USEC + elapsed / SLEW_DIVISOR;

        if (now2 < now1 || real2 + tolerance < real1)
                return true;
        return shown > elapsed ? shown - elapsed > tolerance : elapsed - shown > tolerance;
}

void vrrp_stamp_clock_set(struct vrrp_stamp_clock *c, usec_t now, usec_t real) {
        bool leapt = c->now != 0 && vrrp_stamp_leapt(c->now, c->real, now, real);

        *c = (struct vrrp_stamp_clock){ .now = now, .real = real, .leapt = leapt };
}

usec_t vrrp_stamp_received(const struct vrrp_stamp_clock *c, usec_t real) {
        if (real == 0 || real >= c->real || c->leapt)
                return c->now;
        return usec_sub(c->now, c->real - real);
}
