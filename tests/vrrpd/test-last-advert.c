/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/last-advert.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64], path[96];

static void init(void) {
        (void) strcpy(directory, "/tmp/last-advert.XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        (void) sprintf(path, "%s/last", directory);
}

static void done(void) {
        (void) unlink(path);
        (void) rmdir(directory);
}

TestSuite(last_advert, .init = init, .fini = done);

static struct vrrp_last_adverts *open_table(void) {
        struct vrrp_last_adverts *t = NULL;

        cr_assert_eq(vrrp_last_adverts_open(path, &t), 0);
        return t;
}

Test(last_advert, what_was_noted_is_there_for_the_successor) {
        struct vrrp_last_adverts *t = open_table(), *next;
        struct vrrp_last_advert last;
        int a = vrrp_last_adverts_find(t, "VI_1"), b = vrrp_last_adverts_find(t, "VI_2");

        cr_assert_geq(a, 0);
        cr_assert_neq(a, b);
        cr_expect_eq(vrrp_last_adverts_find(t, "VI_1"), a);
        cr_expect_eq(vrrp_last_adverts_get(t, a).monotonic, 0);
        vrrp_last_adverts_set(t, a, 5, 6);

        next = open_table(); /* the first did not end in any orderly way */
        last = vrrp_last_adverts_get(next, vrrp_last_adverts_find(next, "VI_1"));
        cr_expect_eq(last.monotonic, 5);
        cr_expect_eq(last.realtime, 6);
        last = vrrp_last_adverts_get(next, vrrp_last_adverts_find(next, "VI_2"));
        cr_expect_eq(last.monotonic, 0);
        t = vrrp_last_adverts_free(t);
        next = vrrp_last_adverts_free(next);
}

Test(last_advert, sequence_numbers_are_kept_and_hide_nobody) {
        struct vrrp_last_adverts *t = NULL;
        int slot;

        cr_assert_geq(vrrp_last_adverts_open(path, &t), 0);
        slot = vrrp_last_adverts_find(t, "VI_1");
        cr_expect_eq(vrrp_last_adverts_numbers(t, slot), 0);
        vrrp_last_adverts_set_numbers(t, slot, UINT64_C(0x500000007));
        t = vrrp_last_adverts_free(t);

        cr_assert_geq(vrrp_last_adverts_open(path, &t), 0);
        cr_expect_eq(vrrp_last_adverts_find(t, "VI_1"), slot);
        cr_expect_eq(vrrp_last_adverts_numbers(t, slot), UINT64_C(0x500000007));
        vrrp_last_adverts_drop(t, slot);
        cr_expect_eq(vrrp_last_adverts_numbers(t, vrrp_last_adverts_find(t, "VI_1")), 0);
        t = vrrp_last_adverts_free(t);
}

Test(last_advert, a_dropped_name_begins_anew_and_hides_nobody) {
        struct vrrp_last_adverts *t = open_table();
        char name[32];
        int slot;

        for (int i = 0; i < 5000; i++) {
                (void) sprintf(name, "VI_%d", i);
                slot = vrrp_last_adverts_find(t, name);
                cr_assert_geq(slot, 0);
                vrrp_last_adverts_set(t, slot, (usec_t) i + 1, 0);
        }
        for (int i = 0; i < 5000; i += 2) {
                (void) sprintf(name, "VI_%d", i);
                vrrp_last_adverts_drop(t, vrrp_last_adverts_find(t, name));
        }
        for (int i = 0; i < 5000; i++) {
                (void) sprintf(name, "VI_%d", i);
                slot = vrrp_last_adverts_find(t, name);
                cr_assert_eq(vrrp_last_adverts_get(t, slot).monotonic, i % 2 ? (usec_t) i + 1 : 0);
        }
        t = vrrp_last_adverts_free(t);
}

Test(last_advert, a_foreign_or_torn_file_is_replaced) {
        FILE *f = fopen(path, "we");
        struct vrrp_last_adverts *t;

        cr_assert_not_null(f);
        (void) fputs("something else", f);
        (void) fclose(f);
        t = open_table();
        cr_expect_eq(vrrp_last_adverts_get(t, vrrp_last_adverts_find(t, "VI_1")).monotonic, 0);
        t = vrrp_last_adverts_free(t);
}

Test(last_advert, without_a_file_memory_serves) {
        struct vrrp_last_adverts *t = NULL;
        int slot;

        cr_assert_eq(vrrp_last_adverts_open("/nowhere/at/all", &t), -ENOENT);
        cr_assert_not_null(t);
        slot = vrrp_last_adverts_find(t, "VI_1");
        vrrp_last_adverts_set(t, slot, 5, 6);
        cr_expect_eq(vrrp_last_adverts_get(t, slot).realtime, 6);
        t = vrrp_last_adverts_free(t);
}
