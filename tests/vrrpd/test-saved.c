/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>

#include "vrrpd/saved.h"
#include "vrrpd/track.h"

TestSuite(saved);

static const struct vrrp_saved example = {
        .version = VRRP_SAVED_VERSION,
        .state = VRRP_STATE_BACKUP,
        .reason = VRRP_REASON_SUPERSEDED,
        .since = 12345678,
        .faults = VRRP_FAULT_TRACKER | VRRP_FAULT_SOURCE,
        .maintenance = true,
        .resigned = true,
        .demoted = true,
        .last_sent = 987654321,
        .start_at = 17,
        .preempt_at = USEC_INFINITY,
        .announce_at = 5,
        .master = { .family = AF_INET, .in.s_addr = 0x0200000a },
        .master_priority = 200,
        .master_interval = 40950000,
};

Test(saved, every_field_survives_as_text) {
        struct vrrp_saved s = VRRP_SAVED_INIT;
        char text[VRRP_SAVED_TEXT_MAX];

        for (size_t k = 0; k < n_vrrp_saved_fields; k++) {
                const struct vrrp_saved_field *f = &vrrp_saved_fields[k];

                vrrp_saved_field_format(f, &example, text);
                cr_assert_eq(vrrp_saved_field_parse(f, text, &s), 0, "%s: %s", f->name, text);
                cr_assert_eq(vrrp_saved_field_find(f->name), f);
        }
        cr_assert_eq(s.version, example.version);
        cr_assert_eq(s.state, example.state);
        cr_assert_eq(s.reason, example.reason);
        cr_assert_eq(s.since, example.since);
        cr_assert_eq(s.faults, example.faults);
        cr_assert(s.maintenance && s.resigned && s.demoted);
        cr_assert_eq(s.last_sent, example.last_sent);
        cr_assert_eq(s.start_at, example.start_at);
        cr_assert_eq(s.preempt_at, example.preempt_at);
        cr_assert_eq(s.announce_at, example.announce_at);
        cr_assert(ip_addr_equal(&s.master, &example.master));
        cr_assert_eq(s.master_priority, example.master_priority);
        cr_assert_eq(s.master_interval, example.master_interval);
}

/* Whoever adds a member must add its row: the rows must cover the struct. */
Test(saved, the_rows_cover_the_whole_struct) {
        static const size_t sizes[] = {
                [VRRP_SAVED_STATE] = sizeof(enum vrrp_state),
                [VRRP_SAVED_REASON] = sizeof(enum vrrp_reason),
                [VRRP_SAVED_UINT64] = sizeof(uint64_t),
                [VRRP_SAVED_USEC] = sizeof(usec_t),
                [VRRP_SAVED_FAULTS] = sizeof(unsigned int),
                [VRRP_SAVED_BOOL] = sizeof(bool),
                [VRRP_SAVED_IP] = sizeof(struct ip_addr),
        };
        size_t covered = 0;

        for (size_t k = 0; k < n_vrrp_saved_fields; k++)
                covered += sizes[vrrp_saved_fields[k].type];
        cr_assert_gt(covered + sizeof(uint64_t), sizeof(struct vrrp_saved),
                        "%zu of %zu bytes, the rest must be padding", covered,
                        sizeof(struct vrrp_saved));
}

Test(saved, an_unset_address_and_infinity_are_said_so) {
        struct vrrp_saved s = VRRP_SAVED_INIT;
        char text[VRRP_SAVED_TEXT_MAX];

        cr_assert_str_eq(vrrp_saved_field_format(vrrp_saved_field_find("master"), &s, text), "");
        cr_assert_str_eq(vrrp_saved_field_format(vrrp_saved_field_find("last-sent"), &s, text),
                        "infinity");
}

Test(saved, what_cannot_be_read_leaves_everything_as_it_was) {
        static const struct {
                const char *name, *text;
        } bad[] = {
                { "state", "ACTIVE" },
                { "state", "" },
                { "reason", "whim" },
                { "since", "-1" },
                { "since", " 1" },
                { "since", "1x" },
                { "since", "" },
                { "since", "99999999999999999999" },
                { "maintenance", "true" },
                { "master", "10.0.0" },
                { "master-priority", "0x10" },
        };

        for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
                struct vrrp_saved s = example;

                cr_assert_eq(vrrp_saved_field_parse(
                                             vrrp_saved_field_find(bad[k].name), bad[k].text, &s),
                                -EINVAL, "%s: %s", bad[k].name, bad[k].text);
                cr_assert_eq(memcmp(&s, &example, sizeof(s)), 0);
        }
}

Test(saved, faults_of_a_later_release_are_skipped) {
        struct vrrp_saved s = VRRP_SAVED_INIT;

        cr_assert_eq(vrrp_saved_field_parse(vrrp_saved_field_find("faults"),
                                     "tracker,a-word-that-is-much-longer-than-all-of-ours,interface",
                                     &s),
                        0);
        cr_assert_eq(s.faults, VRRP_FAULT_TRACKER | VRRP_FAULT_INTERFACE);
}

Test(saved, an_unknown_field_is_nobodys) {
        cr_assert_null(vrrp_saved_field_find("colour"));
}
