/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tables as values: which listings are equal, and what a record keeps. The kernel's part is in tests/netns. */

#include "common/nftables-table.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/json.h"

static const char *digest(const char *listing, bool elements) {
        static char text[4][NFTABLES_DIGEST_STRLEN];
        static size_t next;
        _cleanup_(json_object_putp) json_object *o = json_tokener_parse(listing);
        char *ret = text[next++ % 4];

        cr_assert_not_null(o);
        cr_assert_eq(nftables_digest(o, elements, ret), 0);
        return ret;
}

#define LISTING(handle, packets, elements, verdict)                                                \
        "[{\"metainfo\":{\"version\":\"1\"}},{\"set\":{\"name\":\"s\",\"handle\":" handle          \
        ",\"elem\":" elements "}},{\"rule\":{\"expr\":[{\"counter\":{\"packets\":" packets         \
        ",\"bytes\":9}},{\"" verdict "\":null}]}}]"

Test(nftables, handles_counts_and_the_order_of_elements_do_not_matter) {
        cr_expect_str_eq(digest(LISTING("1", "2", "[\"a\",{\"concat\":[\"b\",1]}]", "drop"), true),
                        digest(LISTING("7", "8", "[{\"concat\":[\"b\",1]},\"a\"]", "drop"), true));
}

Test(nftables, rules_and_elements_do) {
        const char *one = digest(LISTING("1", "2", "[\"a\"]", "drop"), true);

        cr_expect_str_neq(one, digest(LISTING("1", "2", "[\"a\"]", "accept"), true));
        cr_expect_str_neq(one, digest(LISTING("1", "2", "[\"a\",\"b\"]", "drop"), true));
        cr_expect_str_eq(digest(LISTING("1", "2", "[\"a\"]", "drop"), false),
                        digest(LISTING("1", "2", "[\"b\"]", "drop"), false),
                        "unless elements are another matter");
}

static char printed[256];

static const char *removal(const struct nftables_table *t) {
        FILE *f = fmemopen(printed, sizeof(printed), "w");

        memset(printed, 0, sizeof(printed));
        nftables_table_print_removal(t, f);
        fclose(f);
        return printed;
}

Test(nftables, a_table_is_known_under_both_names_until_it_is_made) {
        static const bool ip[] = { true, false }, both[] = { true, true };
        struct nftables_table t = {};

        cr_expect_str_eq(removal(&t), "");
        cr_assert_eq(nftables_table_claim(&t, "a", ip), 0);
        cr_expect_str_eq(removal(&t), "add table ip a\ndelete table ip a\n");
        cr_assert_eq(nftables_table_claim(&t, "b", both), 0);
        cr_expect_str_eq(removal(&t),
                        "add table ip b\ndelete table ip b\nadd table ip a\ndelete table ip a\n"
                        "add table ip6 b\ndelete table ip6 b\nadd table ip6 a\ndelete table ip6 a\n");
        cr_expect_eq(nftables_table_is_whole(&t, NULL, "b", "", true), 0);
        nftables_table_done(&t);
}

Test(nftables, a_record_is_read_as_it_was_written) {
        static const bool both[] = { true, true };
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        struct nftables_table t = {}, read = {};

        cr_assert_eq(nftables_table_claim(&t, "a", both), 0);
        cr_assert_eq(nftables_table_claim(&t, "b", both), 0);
        (void) strcpy(t.text, "0123");
        nftables_table_to_json(&t, o);
        cr_assert_eq(nftables_table_from_json(o, &read), 0);
        cr_expect_str_eq(read.name, "b");
        cr_expect_str_eq(read.former, "a");
        cr_expect_str_eq(read.text, "0123");
        cr_expect_str_eq(read.listed[NFTABLES_IP6], t.listed[NFTABLES_IP6]);
        nftables_table_done(&t);
        nftables_table_done(&read);
}

Test(nftables, a_record_of_lies_is_nothing) {
        _cleanup_(json_object_putp) json_object *o = json_tokener_parse(
                        "{\"table\":\"\",\"former\":[1,2],\"text\":null,\"ip\":{},\"ip6\":"
                        "\"0123456789012345678901234567890123456789012345678901234567890123456789\"}");
        struct nftables_table read = {};

        cr_assert_eq(nftables_table_from_json(o, &read), 0);
        cr_expect_null(read.name);
        cr_expect_null(read.former);
        cr_expect_eq(strlen(read.listed[NFTABLES_IP6]), NFTABLES_DIGEST_STRLEN - 1);
        nftables_table_done(&read);
}
