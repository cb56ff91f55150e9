/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-identity.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

static struct process_identity identity;

Test(process_identity, a_name_has_a_user_and_its_primary_group) {
        cr_expect_eq(process_identity_lookup("root", NULL, false, &identity), 0);
        cr_expect_eq(identity.uid, 0);
        cr_expect_eq(identity.gid, 0);
        cr_expect_eq(identity.n_groups, 0);
}

Test(process_identity, a_number_is_a_user_too) {
        cr_expect_eq(process_identity_lookup("0", "1", false, &identity), 0);
        cr_expect_eq(identity.uid, 0);
        cr_expect_eq(identity.gid, 1);
}

Test(process_identity, supplementary_groups_are_taken_when_asked_for) {
        cr_expect_eq(process_identity_lookup("root", NULL, true, &identity), 0);
        cr_expect_geq(identity.n_groups, 1);
}

Test(process_identity, who_does_not_exist_is_not_found) {
        cr_expect_eq(process_identity_lookup("no-such-user", NULL, false, &identity), -ENOENT);
        cr_expect_eq(process_identity_lookup("4294967295", NULL, false, &identity), -ENOENT);
        cr_expect_eq(process_identity_lookup("-1", NULL, false, &identity), -ENOENT);
        cr_expect_eq(process_identity_lookup("root", "no-such-group", false, &identity), -ENXIO);
}

Test(process_identity, to_become_oneself_is_always_allowed) {
        process_identity_self(&identity);
        cr_expect_eq(identity.uid, geteuid());
        cr_expect_eq(process_identity_assume(&identity), 0);
        cr_expect_eq(geteuid(), identity.uid);
}
