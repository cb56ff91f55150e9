/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* On a directory tree in the place of /proc/sys/net; "lo" is the interface that is always there. */

#include "vrrpd/sysctl.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macro.h"

static char root[64], record[96];
static int failures, last_error;

static void on_failed(const char *path, int value, int error, void *userdata) {
        failures++;
        last_error = error;
}

static void on_unrecorded(int error, void *userdata) {
        cr_assert_fail("unrecorded: %s", strerror(-error));
}

static const struct vrrp_sysctls_ops ops = { .failed = on_failed, .unrecorded = on_unrecorded };

static void make_directory(const char *name) {
        char path[160];

        (void) snprintf(path, sizeof(path), "%s/%s", root, name);
        cr_assert_eq(mkdir(path, 0700), 0);
}

static struct vrrp_sysctl_name name_of(const char *ifname, const char *key) {
        struct vrrp_sysctl_name n = { .family = "ipv4" };

        (void) strcpy(n.ifname, ifname);
        (void) strcpy(n.key, key);
        return n;
}

/* As if by the machine. */
static void put(const char *ifname, const char *key, int value) {
        struct vrrp_sysctl_name n = name_of(ifname, key);
        char path[PATH_MAX];
        FILE *f = fopen(vrrp_sysctl_path(root, &n, path), "w");

        cr_assert_not_null(f);
        (void) fprintf(f, "%d\n", value);
        (void) fclose(f);
}

static int get(const char *ifname, const char *key) {
        struct vrrp_sysctl_name n = name_of(ifname, key);
        int value = 0;

        cr_assert_eq(vrrp_sysctl_get(root, &n, &value), 0);
        return value;
}

static void init(void) {
        (void) strcpy(root, "/tmp/sysctl.XXXXXX");
        cr_assert_not_null(mkdtemp(root));
        (void) snprintf(record, sizeof(record), "%s/record", root);
        make_directory("ipv4");
        make_directory("ipv4/conf");
        make_directory("ipv4/conf/lo");
        make_directory("ipv4/conf/all");
        put("lo", "arp_ignore", 0);
        put("lo", "arp_filter", 0);
        put("all", "rp_filter", 2);
        put("", "igmp_max_msf", 10);
}

static void done(void) {
        char command[96];

        (void) snprintf(command, sizeof(command), "rm -rf %s", root);
        cr_expect_eq(system(command), 0);
}

TestSuite(sysctl, .init = init, .fini = done);

static struct vrrp_sysctls *table(void) {
        struct vrrp_sysctls *ss = NULL;

        cr_assert_eq(vrrp_sysctls_new(record, VRRP_SYSCTL_ROOT, &ops, NULL, &ss), 0);
        vrrp_sysctls_free(ss);
        cr_assert_eq(vrrp_sysctls_new(record, root, &ops, NULL, &ss), 0);
        return ss;
}

static struct vrrp_sysctl *want(
                struct vrrp_sysctls *ss, const char *ifname, const char *key, int v) {
        struct vrrp_sysctl *w = NULL;

        cr_assert_eq(vrrp_sysctl_want(ss, "ipv4", ifname, key, v, &w), 0);
        return w;
}

static size_t recorded(void) {
        struct vrrp_sysctl_entry *entries = NULL;
        size_t n = 0;

        cr_assert_eq(vrrp_sysctl_record_read(record, &entries, &n), 0);
        free(entries);
        return n;
}

Test(sysctl, nothing_is_set_before_the_commit_and_all_is_set_back_when_nobody_wants_it) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", 1);
        struct vrrp_sysctl *b = want(ss, "all", "rp_filter", 0);
        struct vrrp_sysctl *c = want(ss, "", "igmp_max_msf", 20);

        cr_expect_eq(get("lo", "arp_ignore"), 0);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 1);
        cr_expect_eq(get("all", "rp_filter"), 0);
        cr_expect_eq(get("", "igmp_max_msf"), 20);
        cr_expect_eq(recorded(), 3);

        vrrp_sysctl_unwant(a);
        vrrp_sysctl_unwant(b);
        vrrp_sysctl_unwant(c);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        cr_expect_eq(get("all", "rp_filter"), 2);
        cr_expect_eq(get("", "igmp_max_msf"), 10);
        cr_expect_eq(recorded(), 0);
        cr_expect_eq(failures, 0);
        vrrp_sysctls_free(ss);
}

Test(sysctl, two_who_want_the_same_share_it) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", 1);
        struct vrrp_sysctl *b = want(ss, "lo", "arp_ignore", 1);

        vrrp_sysctls_commit(ss);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 1);
        vrrp_sysctl_unwant(b);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        vrrp_sysctls_free(ss);
}

Test(sysctl, the_first_of_two_who_disagree_decides_and_it_is_told_once) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", 1);
        struct vrrp_sysctl *b = want(ss, "lo", "arp_ignore", 2);

        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 1);
        cr_expect_eq(failures, 1);
        cr_expect_eq(last_error, -EBUSY);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 2);
        vrrp_sysctl_unwant(b);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        vrrp_sysctls_free(ss);
}

Test(sysctl, what_is_so_already_is_left_alone_to_the_end) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "all", "rp_filter", 2);

        vrrp_sysctls_commit(ss);
        put("all", "rp_filter", 1);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        vrrp_sysctls_release(ss);
        cr_expect_eq(get("all", "rp_filter"), 1);
        vrrp_sysctls_free(ss);
}

Test(sysctl, what_somebody_has_changed_since_is_not_set_back) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", 1);

        vrrp_sysctls_commit(ss);
        put("lo", "arp_ignore", 8);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 8);
        vrrp_sysctls_free(ss);
}

/* sysctl --system, and a reload. */
Test(sysctl, what_somebody_has_changed_since_is_set_again_where_it_is_suspected) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", 1);
        int before = get("lo", "arp_ignore");

        vrrp_sysctls_commit(ss);
        put("lo", "arp_ignore", 8);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 8, "nobody has looked");
        vrrp_sysctls_suspect(ss);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 1);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), before, "as it was at first");
        vrrp_sysctls_free(ss);
}

/* Kill: the table goes without a word. */
static void leave(struct vrrp_sysctls *ss, struct vrrp_sysctl *a, struct vrrp_sysctl *b) {
        vrrp_sysctls_commit(ss);
        vrrp_sysctl_unwant(a);
        vrrp_sysctl_unwant(b);
        vrrp_sysctls_free(ss);
}

Test(sysctl, a_successor_knows_what_was_before_and_sets_back_what_it_does_not_want) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a;

        leave(ss, want(ss, "lo", "arp_ignore", 1), want(ss, "lo", "arp_filter", 1));
        ss = table();
        a = want(ss, "lo", "arp_ignore", 1);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 1);
        cr_expect_eq(get("lo", "arp_filter"), 0);
        cr_expect_eq(recorded(), 1);

        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        vrrp_sysctls_free(ss);
}

Test(sysctl, a_successor_sets_what_its_predecessor_had_only_written_down) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a;

        leave(ss, want(ss, "lo", "arp_ignore", 1), NULL);
        put("lo", "arp_ignore", 0);
        ss = table();
        a = want(ss, "lo", "arp_ignore", 1);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 1);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        vrrp_sysctls_free(ss);
}

Test(sysctl, the_end_sets_back_what_is_still_wanted_and_leaves_no_record) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", 1);

        vrrp_sysctls_commit(ss);
        vrrp_sysctls_release(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        cr_expect_neq(access(record, F_OK), 0);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_free(ss);
}

Test(sysctl, the_record_alone_suffices_to_set_everything_back) {
        struct vrrp_sysctls *ss = table();

        leave(ss, want(ss, "lo", "arp_ignore", 1), want(ss, "all", "rp_filter", 0));
        cr_expect_eq(vrrp_sysctl_record_release(record, root), 0);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        cr_expect_eq(get("all", "rp_filter"), 2);
        cr_expect_neq(access(record, F_OK), 0);
        cr_expect_eq(vrrp_sysctl_record_release(record, root), 0);
}

Test(sysctl, an_interface_that_is_missing_is_waited_for_and_a_missing_setting_is_told_once) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "no-such-if", "arp_ignore", 1);
        struct vrrp_sysctl *b;

        vrrp_sysctls_commit(ss);
        cr_expect_eq(failures, 0);
        b = want(ss, "lo", "no_such_key", 1);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(failures, 1);
        cr_expect_eq(last_error, -ENOENT);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(failures, 1);
        vrrp_sysctl_unwant(a);
        vrrp_sysctl_unwant(b);
        vrrp_sysctls_free(ss);
}

Test(sysctl, names_that_lead_elsewhere_or_make_no_sense_are_not_read) {
        struct vrrp_sysctl_entry in[] = {
                { .name = { "ipv4", "..", "arp_ignore" }, .now = 1 },
                { .name = { "ipv4", "lo", "../../x" }, .now = 1 },
                { .name = { "core", "lo", "arp_ignore" }, .now = 1 },
                { .name = { "ipv4", "lo", "arp_ignore" }, .ifindex = -1, .now = 1 },
                { .name = { "ipv6", "", "fine" }, .before = -3, .now = 1 },
        };
        struct vrrp_sysctl_entry *out = NULL;
        size_t n = 0;

        cr_assert_eq(vrrp_sysctl_record_write(record, in, ARRAY_SIZE(in)), 0);
        cr_assert_eq(vrrp_sysctl_record_read(record, &out, &n), 0);
        cr_assert_eq(n, 1);
        cr_expect_eq(memcmp(&out[0], &in[4], sizeof(in[4])), 0);
        free(out);
}

/* --- what cannot be set --- */

#define READ_ONLY "/proc/sys/kernel/cap_last_cap" /* also for root */

static int fixed_value(void) {
        FILE *f = fopen(READ_ONLY, "r");
        int value = 0;

        cr_assert_not_null(f);
        cr_assert_eq(fscanf(f, "%d", &value), 1);
        (void) fclose(f);
        return value;
}

static const char *path_of(const char *key) {
        static char path[PATH_MAX];
        struct vrrp_sysctl_name n = name_of("lo", key);

        return vrrp_sysctl_path(root, &n, path);
}

/* From now on it is fixed_value(), and nobody can change that. */
static void fix(const char *key) {
        cr_assert_eq(unlink(path_of(key)), 0);
        cr_assert_eq(symlink(READ_ONLY, path_of(key)), 0);
}

static void unfix(const char *key) {
        cr_assert_eq(unlink(path_of(key)), 0);
        put("lo", key, fixed_value());
}

Test(sysctl, what_cannot_be_set_back_stays_in_the_record_and_is_tried_again) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", fixed_value());

        vrrp_sysctls_commit(ss);
        fix("arp_ignore");
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(failures, 1);
        cr_expect_eq(last_error, -EACCES);
        cr_expect_eq(recorded(), 1);

        unfix("arp_ignore");
        vrrp_sysctls_suspect(ss); /* a reload */
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        cr_expect_eq(recorded(), 0);
        cr_expect_eq(failures, 1);
        vrrp_sysctls_free(ss);
}

Test(sysctl, what_the_end_cannot_set_back_is_left_to_the_guard) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", fixed_value());
        struct vrrp_sysctl *b = want(ss, "lo", "arp_filter", 1);

        vrrp_sysctls_commit(ss);
        fix("arp_ignore");
        vrrp_sysctls_release(ss);
        cr_expect_eq(get("lo", "arp_filter"), 0);
        cr_expect_eq(recorded(), 1);
        vrrp_sysctl_unwant(a);
        vrrp_sysctl_unwant(b);
        vrrp_sysctls_free(ss);

        cr_expect_eq(vrrp_sysctl_record_release(record, root), -EACCES);
        cr_expect_eq(recorded(), 1);
        unfix("arp_ignore");
        cr_expect_eq(vrrp_sysctl_record_release(record, root), 0);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        cr_expect_neq(access(record, F_OK), 0);
}

Test(sysctl, a_second_change_that_fails_does_not_forget_the_first) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", fixed_value());
        struct vrrp_sysctl *b;

        vrrp_sysctls_commit(ss);
        fix("arp_ignore");
        b = want(ss, "lo", "arp_ignore", fixed_value() + 1);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(failures, 1);
        cr_expect_eq(recorded(), 1);
        unfix("arp_ignore");
        vrrp_sysctl_unwant(b);
        vrrp_sysctls_commit(ss);
        cr_expect_eq(get("lo", "arp_ignore"), 0);
        vrrp_sysctls_free(ss);
}

Test(sysctl, a_first_change_that_fails_is_not_ours) {
        struct vrrp_sysctls *ss = table();
        struct vrrp_sysctl *a = want(ss, "lo", "arp_ignore", fixed_value() + 1);

        fix("arp_ignore");
        vrrp_sysctls_commit(ss);
        cr_expect_eq(last_error, -EACCES);
        cr_expect_eq(recorded(), 0);
        vrrp_sysctl_unwant(a);
        vrrp_sysctls_commit(ss);
        vrrp_sysctls_free(ss);
}
