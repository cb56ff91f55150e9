/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/orders.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/json.h"
#include "common/state-file.h"

static char directory[64], path[96];
static struct vrrp_orders *orders;

static void init(void) {
        (void) strcpy(directory, "/tmp/orders.XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        (void) sprintf(path, "%s/orders", directory);
        cr_assert_eq(vrrp_orders_open(path, &orders), 0);
}

static void done(void) {
        orders = vrrp_orders_free(orders);
        (void) unlink(path);
        (void) rmdir(directory);
}

static void reopen(int expected) {
        orders = vrrp_orders_free(orders);
        cr_assert_eq(vrrp_orders_open(path, &orders), expected);
}

TestSuite(orders, .init = init, .fini = done);

Test(orders, at_first_there_are_none) {
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 0);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_1"), 0);
}

Test(orders, a_successor_finds_them) {
        cr_assert_eq(vrrp_orders_set_priority(orders, "VI_1", 120), 0);
        cr_assert_eq(vrrp_orders_set_priority(orders, "VI_2", 1), 0);
        cr_assert_eq(vrrp_orders_set_maintenance(orders, 77), 0);
        reopen(0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 77);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_1"), 120);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_2"), 1);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_3"), 0);
}

Test(orders, one_is_undone_alone_and_all_together) {
        cr_assert_eq(vrrp_orders_set_priority(orders, "VI_1", 120), 0);
        cr_assert_eq(vrrp_orders_set_priority(orders, "VI_2", 130), 0);
        cr_assert_eq(vrrp_orders_set_maintenance(orders, 77), 0);
        cr_assert_eq(vrrp_orders_set_priority(orders, "VI_1", 0), 0);
        reopen(0);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_1"), 0);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_2"), 130);
        cr_assert_eq(vrrp_orders_clear_priorities(orders), 0);
        reopen(0);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_2"), 0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 77, "that is another order");
        cr_assert_eq(vrrp_orders_set_maintenance(orders, 0), 0);
        reopen(0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 0);
}

Test(orders, what_cannot_be_written_down_is_not_followed) {
        orders = vrrp_orders_free(orders);
        (void) sprintf(path, "%s/no/such/directory", directory);
        cr_assert_eq(vrrp_orders_open(path, &orders), 0);
        cr_expect_lt(vrrp_orders_set_priority(orders, "VI_1", 120), 0);
        cr_expect_lt(vrrp_orders_set_maintenance(orders, 77), 0);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_1"), 0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 0);
}

static void write_state(const char *text) {
        _cleanup_(json_object_putp) json_object *o = json_tokener_parse(text);

        cr_assert_not_null(o);
        cr_assert_eq(state_file_write(path, o, false), 0);
}

Test(orders, those_of_another_boot_are_over) {
        write_state("{\"boot\":\"another\",\"maintenance-since\":77,\"priorities\":{\"VI_1\":120}}");
        reopen(0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 0);
        cr_expect_eq(vrrp_orders_priority(orders, "VI_1"), 0);
}

Test(orders, what_is_nonsense_is_none) {
        write_state("{\"boot\":\"\",\"maintenance-since\":[],\"priorities\":{\"a\":255,\"b\":-3,\"c\":4000000000,"
                    "\"d\":{},\"e\":9}}");
        reopen(0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 0);
        for (const char *name = "abcd"; *name; name++)
                cr_expect_eq(vrrp_orders_priority(orders, (char[]){ *name, 0 }), 0, "%c", *name);
        cr_expect_eq(vrrp_orders_priority(orders, "e"), 9);
        write_state("{\"priorities\":7}");
        reopen(0);
        cr_expect_eq(vrrp_orders_priority(orders, "e"), 0);
}

Test(orders, a_torn_file_is_said_to_be_one) {
        FILE *f = fopen(path, "w");

        cr_assert_not_null(f);
        cr_assert_geq(fputs("{\"maintenance-since\":77", f), 0);
        cr_assert_eq(fclose(f), 0);
        reopen(-EBADMSG);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 0);
        cr_expect_eq(vrrp_orders_set_maintenance(orders, 78), 0);
        reopen(0);
        cr_expect_eq(vrrp_orders_maintenance_since(orders), 78);
}
