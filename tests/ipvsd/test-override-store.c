/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/override-store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/mainstay-overrides-XXXXXX", path[64];
static struct ipvs_override_store *s;

static void reopen(void) {
        s = ipvs_override_store_free(s);
        cr_assert_eq(ipvs_override_store_open(path, &s), 0);
}

static void setup(void) {
        cr_assert(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/overrides", directory);
        reopen();
}

static void teardown(void) {
        s = ipvs_override_store_free(s);
        (void) unlink(path);
        cr_expect_eq(rmdir(directory), 0);
}

TestSuite(override_store, .init = setup, .fini = teardown);

#define WEB "10.0.0.1 80 TCP"

Test(override_store, knows_nothing_at_first) {
        int weight = 5;

        cr_expect_eq(ipvs_override_store_get(s, WEB, "10.0.1.1 80", &weight), IPVS_OVERRIDE_NONE);
        cr_expect_eq(weight, IPVS_WEIGHT_AS_CONFIGURED);
        cr_expect_eq(ipvs_override_store_get(NULL, NULL, NULL, NULL), IPVS_OVERRIDE_NONE);
}

Test(override_store, keeps_node_service_and_server_apart) {
        int weight;

        cr_assert_eq(ipvs_override_store_set(s, WEB, "a", IPVS_OVERRIDE_DISABLE, 0), 0);
        cr_assert_eq(ipvs_override_store_set(s, WEB, NULL, IPVS_OVERRIDE_DRAIN, -1), 0);
        reopen();
        cr_expect_eq(ipvs_override_store_get(s, WEB, "a", &weight), IPVS_OVERRIDE_DISABLE);
        cr_expect_eq(weight, 0);
        cr_expect_eq(ipvs_override_store_get(s, WEB, NULL, &weight), IPVS_OVERRIDE_DRAIN);
        cr_expect_eq(weight, IPVS_WEIGHT_AS_CONFIGURED);
        cr_expect_eq(ipvs_override_store_get(s, NULL, NULL, NULL), IPVS_OVERRIDE_NONE);
        cr_assert_eq(ipvs_override_store_set(s, NULL, NULL, IPVS_OVERRIDE_DRAIN, -1), 0);
        reopen();
        cr_expect_eq(ipvs_override_store_get(s, NULL, NULL, NULL), IPVS_OVERRIDE_DRAIN);
}

Test(override_store, forgets_what_is_undone) {
        cr_assert_eq(ipvs_override_store_set(s, WEB, "a", IPVS_OVERRIDE_DRAIN, 7), 0);
        cr_assert_eq(ipvs_override_store_set(s, WEB, "a", IPVS_OVERRIDE_NONE, -1), 0);
        reopen();
        cr_expect_eq(ipvs_override_store_get(s, WEB, "a", NULL), IPVS_OVERRIDE_NONE);
}

Test(override_store, what_cannot_be_kept_is_not_ordered) {
        cr_assert_eq(ipvs_override_store_set(s, WEB, "a", IPVS_OVERRIDE_DRAIN, -1), 0);
        cr_assert_eq(unlink(path), 0);
        cr_assert_eq(mkdir(path, 0700), 0);
        cr_expect_lt(ipvs_override_store_set(s, WEB, "a", IPVS_OVERRIDE_NONE, -1), 0);
        cr_expect_lt(ipvs_override_store_set(s, WEB, "b", IPVS_OVERRIDE_DRAIN, -1), 0);
        cr_expect_eq(ipvs_override_store_get(s, WEB, "a", NULL), IPVS_OVERRIDE_DRAIN);
        cr_expect_eq(ipvs_override_store_get(s, WEB, "b", NULL), IPVS_OVERRIDE_NONE);
        cr_expect_eq(rmdir(path), 0);
}

Test(override_store, begins_anew_after_damage) {
        FILE *f = fopen(path, "w");

        cr_assert(f);
        fputs("nonsense", f);
        fclose(f);
        s = ipvs_override_store_free(s);
        cr_expect_eq(ipvs_override_store_open(path, &s), -EBADMSG);
        cr_assert(s);
        cr_expect_eq(ipvs_override_store_set(s, WEB, NULL, IPVS_OVERRIDE_DRAIN, -1), 0);
        reopen();
        cr_expect_eq(ipvs_override_store_get(s, WEB, NULL, NULL), IPVS_OVERRIDE_DRAIN);
}
