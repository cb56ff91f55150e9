/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/roles.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/state-file.h"

static char directory[64], path[96];

static void init(void) {
        (void) strcpy(directory, "/tmp/roles.XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        (void) sprintf(path, "%s/roles", directory);
}

static void done(void) {
        (void) unlink(path);
        (void) rmdir(directory);
}

TestSuite(roles, .init = init, .fini = done);

Test(roles, a_successor_reads_what_was_written) {
        struct vrrp_saved in = VRRP_SAVED_INIT, out;
        struct vrrp_kept_port port = { .ifindex = 3, .carrier_changes = 2, .dropped = 1 }, port_out;
        const struct vrrp_track_word bad = { .verdict = VRRP_TRACK_BAD };
        const struct vrrp_track_word number = { VRRP_TRACK_VALUE, VRRP_TRACK_GOOD, -7 };
        struct vrrp_kept_group group = { VRRP_STATE_MASTER, VRRP_REASON_MASTER_DOWN, 12345, true,
                "VI_1: it" },
                               group_out;
        struct vrrp_roles *r = NULL;

        in.state = VRRP_STATE_MASTER;
        in.since = 12345;
        cr_assert_eq(vrrp_roles_new(&r), 0);
        cr_assert_eq(vrrp_roles_put_router(r, "VI_1", &in, "why"), 0);
        cr_assert_eq(vrrp_roles_put_port(r, "eth0 inet", &port), 0);
        cr_assert_eq(vrrp_roles_put_tracker(r, "chk", &bad), 0);
        cr_assert_eq(vrrp_roles_put_tracker(r, "file:load", &number), 0);
        cr_assert_eq(vrrp_roles_put_group(r, "G", &group), 0);
        vrrp_roles_set_told(r, "abc", 77);
        cr_assert_eq(vrrp_roles_write(r, path), 0);
        r = vrrp_roles_free(r);

        cr_assert_eq(vrrp_roles_read(path, &r), 0);
        cr_assert_eq(vrrp_roles_get_router(r, "VI_1", &out), 0);
        cr_expect_eq(out.state, VRRP_STATE_MASTER);
        cr_expect_eq(out.since, 12345);
        cr_expect_eq(out.last_sent, USEC_INFINITY);
        cr_expect_str_eq(vrrp_roles_get_words(r, "VI_1"), "why");
        cr_expect_eq(vrrp_roles_get_router(r, "VI_2", &out), -ENOENT);
        cr_expect_str_eq(vrrp_roles_get_words(r, "VI_2"), "");
        cr_assert_eq(vrrp_roles_get_port(r, "eth0 inet", &port_out), 0);
        cr_expect_eq(memcmp(&port, &port_out, sizeof(port)), 0);
        cr_expect_eq(vrrp_roles_get_port(r, "eth1 inet", &port_out), -ENOENT);
        cr_expect_eq(vrrp_roles_get_tracker(r, "chk").verdict, VRRP_TRACK_BAD);
        cr_expect_eq(vrrp_roles_get_tracker(r, "file:load").verdict, VRRP_TRACK_GOOD);
        cr_expect_eq(vrrp_roles_get_tracker(r, "file:load").value, -7);
        cr_expect_eq(vrrp_roles_get_tracker(r, "other").verdict, VRRP_TRACK_UNKNOWN);
        cr_assert_eq(vrrp_roles_get_group(r, "G", &group_out), 0);
        cr_expect_eq(group_out.state, VRRP_STATE_MASTER);
        cr_expect_eq(group_out.reason, VRRP_REASON_MASTER_DOWN);
        cr_expect_eq(group_out.since, 12345);
        cr_expect(group_out.untold);
        cr_expect_str_eq(group_out.words, "VI_1: it");
        cr_expect_eq(vrrp_roles_get_group(r, "H", &group_out), -ENOENT);
        cr_expect_eq(vrrp_roles_get_told(r, "abc"), 77);
        cr_expect_eq(vrrp_roles_get_told(r, "def"), 0);
        r = vrrp_roles_free(r);
}

Test(roles, links_keep_what_is_believed_of_them) {
        const struct vrrp_kept_link waits = { .ifindex = 3, .up = true, .due = 777 };
        const struct vrrp_kept_link rests = { .ifindex = 4, .up = false, .due = USEC_INFINITY };
        struct vrrp_kept_link out;
        struct vrrp_roles *r = NULL;

        cr_assert_eq(vrrp_roles_new(&r), 0);
        cr_assert_eq(vrrp_roles_put_link(r, "eth0", &waits), 0);
        cr_assert_eq(vrrp_roles_put_link(r, "eth1", &rests), 0);
        cr_assert_eq(vrrp_roles_put_link(r, "eth2", &rests), 0);
        vrrp_roles_drop_link(r, "eth2");
        vrrp_roles_drop_link(r, "eth3");
        cr_assert_eq(vrrp_roles_write(r, path), 0);
        r = vrrp_roles_free(r);

        cr_assert_eq(vrrp_roles_read(path, &r), 0);
        cr_assert_eq(vrrp_roles_get_link(r, "eth0", &out), 0);
        cr_expect(out.ifindex == 3 && out.up && out.due == 777);
        cr_assert_eq(vrrp_roles_get_link(r, "eth1", &out), 0);
        cr_expect(out.ifindex == 4 && !out.up && out.due == USEC_INFINITY);
        cr_expect_eq(vrrp_roles_get_link(r, "eth2", &out), -ENOENT);
        r = vrrp_roles_free(r);
}

static int read_text(const char *text, struct vrrp_roles **ret) {
        json_object *o = json_tokener_parse(text);
        int r;

        cr_assert_not_null(o);
        cr_assert_eq(state_file_write(path, o, false), 0);
        json_object_put(o);
        r = vrrp_roles_read(path, ret);
        return r;
}

Test(roles, those_of_another_boot_are_refused) {
        struct vrrp_roles *r = NULL;

        cr_expect_eq(read_text("{ \"boot\": \"another\", \"routers\": {} }", &r), -ESTALE);
        cr_expect_eq(vrrp_roles_read("/nowhere", &r), -ENOENT);
}

Test(roles, what_a_later_release_says_and_what_makes_no_sense_is_passed_over) {
        static const char *const texts[] = {
                "{}",
                "{ \"routers\": 7, \"ports\": [], \"trackers\": \"x\", \"told\": null }",
                ("{ \"routers\": { \"VI_1\": 3 }, \"ports\": { \"eth0 inet\": true }, \"trackers\": {"
                 " \"chk\": [5] }, \"told\": { \"generation\": 4 } }"),
        };
        struct vrrp_kept_port port;
        struct vrrp_saved s;

        for (size_t i = 0; i < 3; i++) {
                struct vrrp_roles *r = NULL;

                cr_assert_eq(read_text(texts[i], &r), 0);
                cr_expect_eq(vrrp_roles_get_router(r, "VI_1", &s), -ENOENT);
                cr_expect_eq(vrrp_roles_get_port(r, "eth0 inet", &port), -ENOENT);
                cr_expect_eq(vrrp_roles_get_tracker(r, "chk").verdict, VRRP_TRACK_UNKNOWN);
                cr_expect_eq(vrrp_roles_get_told(r, "abc"), 0);
                r = vrrp_roles_free(r);
        }
}

Test(roles, fields_are_known_missing_or_new) {
        struct vrrp_roles *r = NULL;
        struct vrrp_saved s;

        cr_assert_eq(read_text("{ \"routers\": { \"VI_1\": { \"state\": \"BACKUP\", \"colour\": \"blue\","
                               " \"since\": \"soon\", \"master-priority\": 9 } } }",
                                     &r),
                        0);
        cr_assert_eq(vrrp_roles_get_router(r, "VI_1", &s), 0);
        cr_expect_eq(s.state, VRRP_STATE_BACKUP);
        cr_expect_eq(s.since, 0);
        cr_expect_eq(s.master_priority, 0);
        cr_expect_str_eq(vrrp_roles_get_words(r, "VI_1"), "");
        r = vrrp_roles_free(r);
}
