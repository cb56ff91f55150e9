/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/ownership.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipvsd/table-name.h"

static char path[64];

static void init(void) {
        (void) strcpy(path, "/tmp/ownership.XXXXXX");
        cr_assert_geq(close(mkstemp(path)), 0);
}

static void done(void) {
        (void) unlink(path);
}

TestSuite(ownership, .init = init, .fini = done);

/* A table of these names; NULL ends them. */
static struct ipvs_table table_of(const char *name, ...) {
        struct ipvs_table t = {};
        va_list names;

        va_start(names, name);
        for (; name; name = va_arg(names, const char *)) {
                struct ipvs_table_service s;

                cr_assert_eq(ipvs_table_service_parse(name, &s), 0);
                (void) strcpy(s.scheduler, "rr");
                cr_assert_eq(ipvs_table_add_service(&t, &s, NULL), 0);
        }
        va_end(names);
        ipvs_table_sort(&t);
        return t;
}

static void expect_names(const struct ipvs_table *t, const char *expected) {
        char text[512] = "", name[IPVS_SERVICE_NAME_MAX];

        for (size_t i = 0; i < t->n_services; i++) {
                (void) strcat(text, i > 0 ? ", " : "");
                (void) strcat(text, ipvs_table_service_format(&t->services[i], name));
        }
        cr_expect_str_eq(text, expected);
}

Test(ownership, what_is_written_is_read_back) {
        struct ipvs_ownership in = { .timeouts_set = true, .timeouts = { 900, 120, 300 } },
                              out = {};

        in.netns = strdup("blue");
        in.sync_backup = true;
        in.services = table_of(
                        "10.0.0.1 80 TCP", "2001:db8::1 53 UDP", "fwmark 7", "fwmark 7 IPv6", NULL);
        cr_assert_eq(ipvs_ownership_write(path, &in), 0);
        cr_assert_eq(ipvs_ownership_read(path, &out), 0);
        cr_expect_str_eq(out.netns, "blue");
        expect_names(&out.services, "10.0.0.1 80 TCP, fwmark 7, 2001:db8::1 53 UDP, fwmark 7 IPv6");
        cr_expect(out.timeouts_set && out.timeouts.tcp == 900 && out.timeouts.tcp_fin == 120 &&
                        out.timeouts.udp == 300);
        cr_expect(!out.sync_master && out.sync_backup);
        ipvs_ownership_done(&in);
        ipvs_ownership_done(&out);
}

Test(ownership, a_record_of_nothing_is_a_record) {
        struct ipvs_ownership in = {}, out = {};

        cr_assert_eq(ipvs_ownership_write(path, &in), 0);
        cr_assert_eq(ipvs_ownership_read(path, &out), 0);
        cr_expect_null(out.netns);
        cr_expect_eq(out.services.n_services, 0);
        cr_expect(!out.timeouts_set && !out.sync_master && !out.sync_backup);
        ipvs_ownership_done(&out);
}

Test(ownership, a_torn_or_missing_one_is_told) {
        struct ipvs_ownership out = {};

        cr_assert_eq(truncate(path, 10), 0);
        cr_expect_eq(ipvs_ownership_read(path, &out), -EBADMSG);
        cr_assert_eq(unlink(path), 0);
        cr_expect_eq(ipvs_ownership_read(path, &out), -ENOENT);
}

Test(ownership, services_are_claimed_once) {
        struct ipvs_ownership o = {};
        struct ipvs_table a = table_of("10.0.0.1 80 TCP", NULL);
        struct ipvs_table b = table_of("10.0.0.1 80 TCP", "10.0.0.2 80 TCP", NULL);

        cr_expect_eq(ipvs_ownership_claim(&o, &a), 1);
        cr_expect_eq(ipvs_ownership_claim(&o, &a), 0);
        cr_expect_eq(ipvs_ownership_claim(&o, &b), 1);
        cr_expect_eq(ipvs_ownership_claim(&o, &a), 0, "what is no longer wanted is ours still");
        expect_names(&o.services, "10.0.0.1 80 TCP, 10.0.0.2 80 TCP");
        ipvs_table_done(&a);
        ipvs_table_done(&b);
        ipvs_ownership_done(&o);
}

Test(ownership, only_what_has_gone_is_given_up) {
        struct ipvs_ownership o = {};
        struct ipvs_table ours =
                        table_of("10.0.0.1 80 TCP", "10.0.0.2 80 TCP", "10.0.0.3 80 TCP", NULL);
        struct ipvs_table wanted = table_of("10.0.0.1 80 TCP", NULL);
        struct ipvs_table kernel =
                        table_of("10.0.0.1 80 TCP", "10.0.0.3 80 TCP", "10.0.0.9 80 TCP", NULL);

        cr_assert_eq(ipvs_ownership_claim(&o, &ours), 1);
        cr_expect_eq(ipvs_ownership_release(&o, &wanted, &kernel), 1);
        expect_names(&o.services, "10.0.0.1 80 TCP, 10.0.0.3 80 TCP");
        cr_expect_eq(ipvs_ownership_release(&o, &wanted, &kernel), 0);
        cr_expect_eq(ipvs_ownership_release(&o, &wanted, NULL), 1);
        expect_names(&o.services, "10.0.0.1 80 TCP");
        ipvs_table_done(&ours);
        ipvs_table_done(&wanted);
        ipvs_table_done(&kernel);
        ipvs_ownership_done(&o);
}
