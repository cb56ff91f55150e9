/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/stamp.h"

#include <criterion/criterion.h>

#define MONO (1000 * USEC_PER_SEC)
#define REAL (1700000000 * USEC_PER_SEC)

static struct vrrp_stamp_clock running(void) {
        struct vrrp_stamp_clock c = {};

        vrrp_stamp_clock_set(&c, MONO, REAL);
        vrrp_stamp_clock_set(&c, MONO + USEC_PER_SEC, REAL + USEC_PER_SEC);
        return c;
}

Test(stamp, a_packet_came_as_long_ago_as_its_stamp_says) {
        struct vrrp_stamp_clock c = running();

        cr_expect_not(c.leapt);
        cr_expect_eq(vrrp_stamp_received(&c, c.real - 300), c.now - 300);
        cr_expect_eq(vrrp_stamp_received(&c, c.real), c.now);
}

Test(stamp, one_from_the_future_or_without_a_stamp_came_now) {
        struct vrrp_stamp_clock c = running();

        cr_expect_eq(vrrp_stamp_received(&c, c.real + 5), c.now);
        cr_expect_eq(vrrp_stamp_received(&c, 0), c.now);
}

Test(stamp, after_a_leap_stamps_say_nothing) {
        static const long leaps[] = { 3600, -3600, 1, -1 };

        for (size_t i = 0; i < 4; i++) {
                struct vrrp_stamp_clock c = running();

                vrrp_stamp_clock_set(&c, c.now + USEC_PER_SEC,
                                (usec_t) ((long) c.real + (1 + leaps[i]) * (long) USEC_PER_SEC));
                cr_expect(c.leapt);
                cr_expect_eq(vrrp_stamp_received(&c, c.real - 300), c.now);
                vrrp_stamp_clock_set(&c, c.now + 1000, c.real + 1000);
                cr_expect_not(c.leapt, "the next wake-up is sound again");
        }
}

Test(stamp, slewing_is_no_leap) {
        cr_expect_not(vrrp_stamp_leapt(MONO, REAL, MONO + 1000 * USEC_PER_SEC,
                        REAL + 1000 * USEC_PER_SEC + 500 * USEC_PER_MSEC));
        cr_expect_not(vrrp_stamp_leapt(MONO, REAL, MONO + 1000 * USEC_PER_SEC,
                        REAL + 1000 * USEC_PER_SEC - 500 * USEC_PER_MSEC));
        cr_expect_not(vrrp_stamp_leapt(MONO, REAL, MONO, REAL - USEC_PER_MSEC));
}

Test(stamp, another_boot_is_a_leap) {
        cr_expect(vrrp_stamp_leapt(MONO, REAL, 5 * USEC_PER_SEC, REAL + 60 * USEC_PER_SEC));
}
