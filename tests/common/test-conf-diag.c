/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/conf-diag.h"

static const char file[] = "a.conf";

static void add(struct conf_diags *d, enum conf_grade g, unsigned line, const char *object,
                const char *what) {
        conf_diag_add(d, g, &(struct conf_pos){ file, line, 5 }, object, NULL, "%s", what);
}

Test(conf_diag, the_worst_gives_the_grade) {
        _cleanup_(conf_diags_done) struct conf_diags d = {};

        cr_expect_eq(d.grade, CONF_CLEAN);
        add(&d, CONF_NOTE, 1, NULL, "a");
        cr_expect_eq(d.grade, CONF_NOTE);
        add(&d, CONF_UNUSABLE, 2, NULL, "b");
        add(&d, CONF_COMPLAINT, 3, NULL, "c");
        cr_expect_eq(d.grade, CONF_UNUSABLE);
        cr_expect_eq(conf_diags_count(&d, CONF_COMPLAINT), 1);
}

Test(conf_diag, grades_have_exit_statuses) {
        cr_expect_eq(conf_grade_exit_status(CONF_CLEAN), 0);
        cr_expect_eq(conf_grade_exit_status(CONF_NOTE), 0);
        cr_expect_eq(conf_grade_exit_status(CONF_COMPLAINT), 1);
        cr_expect_eq(conf_grade_exit_status(CONF_UNUSABLE), 2);
}

Test(conf_diag, is_one_line_to_read) {
        _cleanup_(conf_diags_done) struct conf_diags d = {};
        _cleanup_free_ char *line = NULL, *whole_file = NULL;

        conf_diag_add(&d, CONF_COMPLAINT, &(struct conf_pos){ file, 7, 9 }, "vrrp_instance VI_1",
                        "write 7", "%d is wrong", 8);
        add(&d, CONF_UNUSABLE, 0, NULL, "there is no such file");
        line = conf_diag_format(&d.items[0]);
        whole_file = conf_diag_format(&d.items[1]);
        cr_expect_str_eq(line, "a.conf:7:9: complaint: 8 is wrong (vrrp_instance VI_1); write 7");
        cr_expect_str_eq(whole_file, "a.conf: unusable: there is no such file");
}

Test(conf_diag, the_list_is_bounded_but_the_grade_counts_all) {
        _cleanup_(conf_diags_done) struct conf_diags d = {};

        for (unsigned i = 0; i < CONF_DIAG_MAX + 10; i++)
                add(&d, CONF_NOTE, i, NULL, "n");
        add(&d, CONF_COMPLAINT, 1, NULL, "c");
        cr_expect_eq(d.n, CONF_DIAG_MAX);
        cr_expect_eq(d.n_omitted, 11);
        cr_expect_eq(d.grade, CONF_COMPLAINT);
}

Test(conf_diag, a_complaint_on_another_line_is_not_a_new_one) {
        _cleanup_(conf_diags_done) struct conf_diags before = {}, now = {};

        add(&before, CONF_COMPLAINT, 10, "vrrp_instance A", "wrong");
        add(&now, CONF_NOTE, 1, NULL, "a new note is no matter");
        add(&now, CONF_COMPLAINT, 77, "vrrp_instance A", "wrong");
        cr_expect_null(conf_diags_worse(&now, &before));
}

Test(conf_diag, the_same_complaint_about_another_object_is_a_new_one) {
        _cleanup_(conf_diags_done) struct conf_diags before = {}, now = {};

        add(&before, CONF_COMPLAINT, 10, "vrrp_instance A", "wrong");
        add(&now, CONF_COMPLAINT, 10, "vrrp_instance B", "wrong");
        cr_expect_eq(conf_diags_worse(&now, &before), &now.items[0]);
}

Test(conf_diag, one_complaint_more_is_a_change_for_the_worse_one_less_is_not) {
        _cleanup_(conf_diags_done) struct conf_diags before = {}, now = {};

        add(&before, CONF_COMPLAINT, 1, NULL, "a");
        add(&before, CONF_COMPLAINT, 2, NULL, "b");
        add(&now, CONF_COMPLAINT, 2, NULL, "b");
        cr_expect_null(conf_diags_worse(&now, &before));
        add(&now, CONF_COMPLAINT, 3, NULL, "c");
        cr_expect_eq(conf_diags_worse(&now, &before), &now.items[1]);
}

Test(conf_diag, a_note_that_becomes_a_complaint_is_worse) {
        _cleanup_(conf_diags_done) struct conf_diags before = {}, now = {};

        add(&before, CONF_NOTE, 1, NULL, "a");
        add(&now, CONF_COMPLAINT, 1, NULL, "a");
        cr_expect_not_null(conf_diags_worse(&now, &before));
}

Test(conf_diag, is_sorted_by_file_line_and_column) {
        static const char other[] = "b.conf";
        const char *const files[] = { file, other };
        _cleanup_(conf_diags_done) struct conf_diags d = {};

        conf_diag_add(&d, CONF_NOTE, &(struct conf_pos){ other, 1, 1 }, NULL, NULL, "4");
        add(&d, CONF_NOTE, 9, NULL, "3");
        add(&d, CONF_NOTE, 2, NULL, "1");
        add(&d, CONF_NOTE, 2, NULL, "2");
        conf_diags_sort(&d, files, 2);
        for (size_t i = 0; i < d.n; i++)
                cr_expect_eq(d.items[i].what[0], (char) ('1' + i));
}
