/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/address-record.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/state-file.h"
#include "vrrpd/record.h"

static char path[64];

static void init(void) {
        (void) strcpy(path, "/tmp/address-record.XXXXXX");
        cr_assert_geq(close(mkstemp(path)), 0);
}

static void done(void) {
        (void) unlink(path);
}

TestSuite(address_record, .init = init, .fini = done);

/* As holdings do when a few come at a time. */
static int add(const struct vrrp_address_record_entry *entries, size_t n) {
        json_object *lines = json_object_new_array();
        char buf[VRRP_ADDRESS_RECORD_TEXT_MAX];

        for (size_t i = 0; i < n; i++)
                (void) json_object_array_add(lines,
                                json_object_new_string(
                                                vrrp_address_record_format(&entries[i], buf)));
        return vrrp_record_add(path, lines);
}

Test(address_record, what_is_written_is_read_back) {
        struct vrrp_address_record_entry in[3] = {
                { .prefix = 24, .ifindex = 3, .ifname = "eth0" },
                { .prefix = 128, .ifindex = 40, .ifname = "a.very-long.nam" },
                { .prefix = 32, .ifindex = 5, .ifname = "ppp0" },
        };
        struct vrrp_address_record_entry *out = NULL;
        size_t n = 0;

        cr_assert_eq(ip_addr_parse("192.0.2.1", &in[0].addr), 0);
        cr_assert_eq(ip_addr_parse("2001:db8::1", &in[1].addr), 0);
        cr_assert_eq(ip_addr_parse("192.0.2.8", &in[2].addr), 0);
        cr_assert_eq(ip_addr_parse("192.0.2.9", &in[2].peer), 0);
        cr_assert_eq(vrrp_address_record_write(path, in, 3), 0);
        cr_assert_eq(vrrp_address_record_read(path, &out, &n), 0);
        cr_assert_eq(n, 3);
        for (size_t i = 0; i < n; i++) {
                cr_expect(ip_addr_equal(&in[i].addr, &out[i].addr));
                cr_expect(ip_addr_equal(&in[i].peer, &out[i].peer));
                cr_expect_eq(in[i].prefix, out[i].prefix);
                cr_expect_eq(in[i].ifindex, out[i].ifindex);
                cr_expect_str_eq(in[i].ifname, out[i].ifname);
        }
        free(out);
}

Test(address_record, a_record_of_nothing_is_a_record) {
        struct vrrp_address_record_entry *out = NULL;
        size_t n = 7;

        cr_assert_eq(vrrp_address_record_write(path, NULL, 0), 0);
        cr_assert_eq(vrrp_address_record_read(path, &out, &n), 0);
        cr_expect_eq(n, 0);
        free(out);
}

Test(address_record, none_and_a_torn_one_are_told_apart) {
        struct vrrp_address_record_entry in = { .prefix = 24, .ifindex = 3, .ifname = "eth0" },
                                         *out;
        size_t n;

        cr_assert_eq(ip_addr_parse("192.0.2.1", &in.addr), 0);
        cr_assert_eq(vrrp_address_record_write(path, &in, 1), 0);
        cr_assert_eq(truncate(path, 20), 0);
        cr_expect_eq(vrrp_address_record_read(path, &out, &n), -EBADMSG);
        cr_assert_eq(unlink(path), 0);
        cr_expect_eq(vrrp_address_record_read(path, &out, &n), -ENOENT);
}

Test(address_record, what_is_added_is_read_behind_the_rest_until_all_is_written_anew) {
        struct vrrp_address_record_entry in[3] = {
                { .prefix = 32, .ifindex = 3, .ifname = "eth0" },
                { .prefix = 32, .ifindex = 3, .ifname = "eth0" },
                { .prefix = 32, .ifindex = 3, .ifname = "eth0" },
        };
        struct vrrp_address_record_entry *out = NULL;
        char added[80], text[200];
        size_t n = 0;

        cr_assert_eq(ip_addr_parse("192.0.2.1", &in[0].addr), 0);
        cr_assert_eq(ip_addr_parse("192.0.2.2", &in[1].addr), 0);
        cr_assert_eq(ip_addr_parse("192.0.2.3", &in[2].addr), 0);
        cr_assert_eq(vrrp_address_record_write(path, in, 1), 0);
        cr_assert_eq(add(&in[0], 1), 0, "as after a death between two writes");
        cr_assert_eq(add(&in[1], 2), 0);
        cr_assert_eq(vrrp_address_record_read(path, &out, &n), 0);
        cr_assert_eq(n, 3);
        for (size_t i = 0; i < n; i++)
                cr_expect(ip_addr_equal(&in[i].addr, &out[i].addr));
        free(out);

        (void) snprintf(added, sizeof(added), "%s.added", path);
        (void) snprintf(text, sizeof(text), "printf '192.0.2.7/3' >>%s", added);
        cr_assert_eq(system(text), 0);
        cr_assert_eq(vrrp_address_record_read(path, &out, &n), 0);
        cr_expect_eq(n, 3, "half a line is none");
        free(out);

        cr_assert_eq(vrrp_address_record_write(path, in, 2), 0);
        cr_expect_neq(access(added, F_OK), 0);
        cr_assert_eq(vrrp_address_record_read(path, &out, &n), 0);
        cr_expect_eq(n, 2);
        free(out);

        cr_assert_eq(add(&in[2], 1), 0);
        cr_assert_eq(vrrp_record_remove(path), 0);
        cr_expect_neq(access(added, F_OK), 0);
        cr_expect_eq(vrrp_address_record_read(path, &out, &n), -ENOENT);
}

Test(address_record, entries_that_make_no_sense_are_left_out) {
        json_object *o = json_tokener_parse(
                        "{ \"version\": 9, \"new\": {}, \"addresses\": [ 7, null, [], \"\", \"eth0\","
                        " \"192.0.2.1/33 3 eth0\", \"192.0.2.1/32 0 eth0\", \"192.0.2.1/32 -3 eth0\","
                        " \"192.0.2/32 3 eth0\", \"192.0.2.1/32 3 eth0 peer x\","
                        " \"192.0.2.1/32 3 eth0 and what a later version says\" ] }");
        struct vrrp_address_record_entry *out = NULL;
        size_t n = 0;

        cr_assert_not_null(o);
        cr_assert_eq(state_file_write(path, o, false), 0);
        cr_assert_eq(vrrp_address_record_read(path, &out, &n), 0);
        cr_expect_eq(n, 1);
        free(out);
        json_object_put(o);
}
