/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sequence numbers of authenticated adverts: ours grow whatever happens, theirs must. */

#include "vrrpd/sequence.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct ip_addr addr(unsigned host) {
        struct ip_addr a;
        char text[32];

        (void) snprintf(text, sizeof(text), "192.0.2.%u", host);
        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

static bool take(struct vrrp_sequence *s, unsigned host, uint32_t number) {
        struct ip_addr a = addr(host);

        return vrrp_sequence_take(s, &a, number);
}

Test(sequence, ours_grow_by_one_and_begin_with_the_time) {
        struct vrrp_sequence s;

        vrrp_sequence_init(&s, 0, 1000);
        cr_expect_eq(vrrp_sequence_next(&s), 1001);
        cr_expect_eq(vrrp_sequence_next(&s), 1002);
}

Test(sequence, theirs_must_grow_each_by_itself) {
        struct vrrp_sequence s;

        vrrp_sequence_init(&s, 0, 1000);
        cr_expect(take(&s, 2, 10));
        cr_expect_not(take(&s, 2, 10), "the same again");
        cr_expect_not(take(&s, 2, 9), "an older one");
        cr_expect(take(&s, 3, 5), "another sender is at another place");
        cr_expect(take(&s, 2, 11));
        cr_expect(take(&s, 2, 500), "gaps are losses");
}

Test(sequence, ours_are_above_what_was_heard) {
        struct vrrp_sequence s;

        vrrp_sequence_init(&s, 0, 1000);
        cr_expect(take(&s, 2, 2000));
        cr_expect_eq(vrrp_sequence_next(&s), 2001);
}

Test(sequence, a_successor_goes_on_and_takes_no_replay) {
        struct vrrp_sequence s, next;

        vrrp_sequence_init(&s, 0, 1000);
        for (int i = 0; i < 50; i++)
                (void) vrrp_sequence_next(&s);
        cr_expect(take(&s, 2, 77));
        vrrp_sequence_init(&next, vrrp_sequence_kept(&s), 1001);
        cr_expect_eq(vrrp_sequence_next(&next), 1051, "whatever the clock says");
        cr_expect_not(take(&next, 2, 77));
        cr_expect(take(&next, 2, 78));
        vrrp_sequence_init(&next, vrrp_sequence_kept(&s), 5000);
        cr_expect_eq(vrrp_sequence_next(&next), 5001);
}

Test(sequence, more_senders_than_places_cannot_be_replayed) {
        struct vrrp_sequence s;

        vrrp_sequence_init(&s, 0, 0);
        for (unsigned i = 0; i < VRRP_SEQUENCE_SENDERS; i++)
                cr_expect(take(&s, 1 + i, 100 + i));
        cr_expect(take(&s, 100, 50), "it takes the place of the one that is furthest behind");
        cr_expect_not(take(&s, 1, 100), "which is remembered as the floor");
        cr_expect(take(&s, 1, 101));
}

Test(sequence, at_the_end_of_all_numbers_it_stays_there) {
        struct vrrp_sequence s;

        vrrp_sequence_init(&s, 0, UINT32_MAX - 1);
        cr_expect_eq(vrrp_sequence_next(&s), UINT32_MAX);
        cr_expect_eq(vrrp_sequence_next(&s), UINT32_MAX);
}
