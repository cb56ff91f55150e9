/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/vmac-record.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/state-file.h"

static char path[64];

static void init(void) {
        (void) strcpy(path, "/tmp/vmac-record.XXXXXX");
        cr_assert_geq(close(mkstemp(path)), 0);
}

static void done(void) {
        (void) unlink(path);
}

TestSuite(vmac_record, .init = init, .fini = done);

static const struct vrrp_vmac_record_entry entry = {
        .name = "vrrp.51",
        .kind = VRRP_VMAC_MACVLAN,
        .mac = { 0, 0, 0x5e, 0, 1, 51 },
};

static struct vrrp_vmac_link link_of(const char *mark) {
        struct vrrp_vmac_link l = { .name = "vrrp.51", .kind = VRRP_VMAC_MACVLAN };

        memcpy(l.mac, entry.mac, sizeof(l.mac));
        (void) strcpy(l.mark, mark);
        return l;
}

Test(vmac_record, what_is_written_is_read_back) {
        struct vrrp_vmac_record_entry in[] = { entry,
                { .name = "a.very-long.nam", .kind = VRRP_VMAC_IPVLAN } };
        struct vrrp_vmac_record_entry *out = NULL;
        size_t n = 0;

        cr_assert_eq(vrrp_vmac_record_write(path, in, 2), 0);
        cr_assert_eq(vrrp_vmac_record_read(path, &out, &n), 0);
        cr_assert_eq(n, 2);
        for (size_t i = 0; i < n; i++) {
                cr_expect_str_eq(out[i].name, in[i].name);
                cr_expect_eq(out[i].kind, in[i].kind);
                cr_expect_eq(memcmp(out[i].mac, in[i].mac, 6), 0);
        }
        free(out);
}

Test(vmac_record, none_and_a_torn_one_are_told_apart) {
        struct vrrp_vmac_record_entry *out;
        size_t n;

        cr_assert_eq(vrrp_vmac_record_write(path, &entry, 1), 0);
        cr_assert_eq(truncate(path, 20), 0);
        cr_expect_eq(vrrp_vmac_record_read(path, &out, &n), -EBADMSG);
        cr_assert_eq(unlink(path), 0);
        cr_expect_eq(vrrp_vmac_record_read(path, &out, &n), -ENOENT);
}

Test(vmac_record, entries_that_make_no_sense_are_left_out) {
        json_object *o = json_tokener_parse(
                        "{ \"version\": 9, \"links\": [ 7, null, \"\", \"eth0\", \"eth0 veth 0:0:0:0:0:1\","
                        " \"v macvlan 0:0:0:0:1\", \"v macvlan 0:0:0:0:0:1 and what a later version says\" ] }");
        struct vrrp_vmac_record_entry *out = NULL;
        size_t n = 0;

        cr_assert_not_null(o);
        cr_assert_eq(state_file_write(path, o, false), 0);
        cr_assert_eq(vrrp_vmac_record_read(path, &out, &n), 0);
        cr_expect_eq(n, 1);
        free(out);
        json_object_put(o);
}

Test(vmac_record, only_what_has_our_mark_or_could_not_be_marked_yet_is_ours) {
        struct vrrp_vmac_link l = link_of("mainstay-vrrpd");

        cr_expect(vrrp_vmac_record_is(&entry, &l, "mainstay-vrrpd"));
        cr_expect_not(vrrp_vmac_record_is(&entry, &l, "mainstay-vrrpd-two"));
        l = link_of("");
        cr_expect(vrrp_vmac_record_is(&entry, &l, "mainstay-vrrpd"));
        l.mac[5]++;
        cr_expect_not(vrrp_vmac_record_is(&entry, &l, "mainstay-vrrpd"), "another's MAC address");
        l = link_of("somebody's");
        cr_expect_not(vrrp_vmac_record_is(&entry, &l, "mainstay-vrrpd"));
        l = link_of("mainstay-vrrpd");
        l.kind = VRRP_VMAC_NONE;
        cr_expect_not(vrrp_vmac_record_is(&entry, &l, "mainstay-vrrpd"));
}

Test(vmac_record, the_mark_tells_one_vrrpd_from_another) {
        char a[VRRP_VMAC_MARK_MAX], b[VRRP_VMAC_MARK_MAX];

        cr_expect_str_eq(vrrp_vmac_mark(NULL, a), "mainstay-vrrpd");
        cr_expect_str_eq(vrrp_vmac_mark("two", b), "mainstay-vrrpd-two");
}
