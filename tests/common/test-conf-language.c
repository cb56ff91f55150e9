/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table as a whole: every keyword is there, every row says what it must, no two rows are in
 * each other's way. The list of keywords beside this test was made from keepalived's, not from the
 * rows. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"

struct row {
        const struct conf_section *section;
        const struct conf_row *row;
};

static struct row rows[1024];
static size_t n_rows;

static int collect(const struct conf_section *section, const struct conf_row *row, void *userdata) {
        cr_assert_lt(n_rows, ARRAY_SIZE(rows));
        rows[n_rows++] = (struct row){ section, row };
        return 0;
}

static void collect_rows(void) {
        conf_schema_each(conf_language(), collect, NULL);
}

TestSuite(conf_language, .init = collect_rows);

static enum conf_block block_called(const char *name) {
        for (enum conf_block b = 0; b < _CONF_BLOCK_MAX; b++)
                if (streq(conf_block_to_string(b), name))
                        return b;
        cr_assert_fail("no block is called %s", name);
        return CONF_BLOCK_NONE;
}

static bool is_listed(FILE *list, const char *block, const char *key) {
        char line[256], wanted[256];

        snprintf(wanted, sizeof(wanted), "%s\t%s\n", block, key);
        rewind(list);
        while (fgets(line, sizeof(line), list))
                if (streq(line, wanted))
                        return true;
        return false;
}

Test(conf_language, knows_all_363_keywords_where_they_stand) {
        _cleanup_fclose_ FILE *list = fopen(CONF_KEYWORDS, "r");
        char line[256], *keys[400];
        size_t n_lines = 0, n_keys = 0;

        cr_assert(list);
        while (fgets(line, sizeof(line), list)) {
                char *block = strtok(line, "\t"), *key = strtok(NULL, "\n");
                size_t i = 0;

                n_lines++;
                cr_expect(conf_schema_find(conf_language(), block_called(block), key), "%s in %s",
                                key, block);
                while (i < n_keys && !streq(keys[i], key))
                        i++;
                if (i == n_keys)
                        keys[n_keys++] = strdup(key);
        }
        cr_expect_eq(n_lines, 528);
        cr_expect_eq(n_keys, 363);
        while (n_keys > 0)
                free(keys[--n_keys]);
}

Test(conf_language, has_no_other_keywords_but_those_marked_as_extensions) {
        _cleanup_fclose_ FILE *list = fopen(CONF_KEYWORDS, "r");

        cr_assert(list);
        for (size_t i = 0; i < n_rows; i++) {
                const struct conf_row *r = rows[i].row;
                const char *block = conf_block_to_string(rows[i].section->block);
                bool listed = is_listed(list, block, r->key);

                cr_expect_eq(listed, !(r->flags & CONF_ROW_EXTENSION), "%s in %s", r->key, block);
                cr_expect(!r->alias || is_listed(list, block, r->alias), "%s in %s", r->alias,
                                block);
                /* People write it in all checkers, keepalived knows it in two. */
                cr_expect(!r->old_alias || is_listed(list, block, r->old_alias) ||
                                                streq(r->old_alias, "nb_get_retry"),
                                "%s in %s", r->old_alias, block);
        }
}

Test(conf_language, rows_say_what_they_are) {
        for (size_t i = 0; i < n_rows; i++) {
                const struct conf_row *r = rows[i].row;
                size_t n = strlen(r->help ?: "");

                cr_expect(r->type, "%s has a type", r->key);
                cr_expect_gt(n, 10, "%s has help", r->key);
                cr_expect(n > 0 && r->help[n - 1] == '.', "the help of %s is a sentence", r->key);
                cr_expect(r->source && *r->source, "%s has a source", r->key);
                cr_expect(conf_owner_to_string(r->owner));
        }
}

Test(conf_language, times_have_a_unit) {
        for (size_t i = 0; i < n_rows; i++) {
                const struct conf_row *r = rows[i].row;

                if (r->type == &conf_seconds || r->type == &conf_whole_seconds)
                        cr_expect(r->unit && streq(r->unit, "seconds"), "%s", r->key);
        }
}

Test(conf_language, values_say_their_default) {
        for (size_t i = 0; i < n_rows; i++) {
                const struct conf_row *r = rows[i].row;
                bool plain = r->type == &conf_flag || r->type->list || r->opens != CONF_BLOCK_NONE;

                if (plain || r->offset == 0 || r->type->raw)
                        continue;
                cr_expect(r->fallback || r->fallback_note, "%s in %s", r->key,
                                conf_block_to_string(rows[i].section->block));
        }
}

/* Reading the default as a file's line must not raise a word. */
Test(conf_language, defaults_are_in_range) {
        for (size_t i = 0; i < n_rows; i++) {
                _cleanup_(conf_diags_done) struct conf_diags d = {};
                const struct conf_row *r = rows[i].row;
                _Alignas(16) char field[CONF_TYPE_BYTES_MAX] = {};
                struct conf_node n = {};
                char line[128];

                if (!r->fallback)
                        continue;
                snprintf(line, sizeof(line), "%s %s", r->key, r->fallback);
                n.text = line;
                n.parent = NULL;
                cr_assert_eq(conf_lex_words(line, &n.words), 0);
                cr_expect_eq(r->type->parse(&(struct conf_parse){ .diags = &d,
                                                            .row = r,
                                                            .node = &n,
                                                            .first = 1 },
                                             field),
                                0, "%s", r->key);
                cr_expect_eq(d.grade, CONF_CLEAN, "%s: %s", r->key, d.n > 0 ? d.items[0].what : "");
                if (r->type->done)
                        r->type->done(field);
                conf_words_done(&n.words);
        }
}

Test(conf_language, ranges_are_ranges_and_fields_fit) {
        for (size_t i = 0; i < n_rows; i++) {
                const struct conf_row *r = rows[i].row;

                cr_expect_leq(r->min, r->max, "%s", r->key);
                cr_expect_leq(r->type->size, CONF_TYPE_BYTES_MAX, "%s", r->key);
                cr_expect(r->type->parse, "%s", r->key);
                cr_expect(r->offset == 0 || r->type->size > 0, "%s is stored somewhere", r->key);
                cr_expect(r->type != &conf_word || r->names, "%s has words", r->key);
                cr_expect(!(r->flags & CONF_ROW_INLINE) || r->opens != CONF_BLOCK_NONE, "%s",
                                r->key);
        }
}

/* Which object do the rows of a section belong to? That of the globals, or of the block. */
static bool same_object(const struct conf_section *a, const struct conf_section *b) {
        if (a->globals || b->globals)
                return a->globals == b->globals;
        return a->block == b->block;
}

Test(conf_language, rows_of_one_object_have_numbers_of_their_own) {
        for (size_t i = 0; i < n_rows; i++)
                for (size_t k = 0; k < i; k++) {
                        if (rows[i].row == rows[k].row ||
                                        !same_object(rows[i].section, rows[k].section))
                                continue;
                        cr_expect_neq(conf_row_number(rows[i].section, rows[i].row),
                                        conf_row_number(rows[k].section, rows[k].row), "%s and %s",
                                        rows[i].row->key, rows[k].row->key);
                }
}

Test(conf_language, every_keyword_can_be_explained) {
        for (size_t i = 0; i < n_rows; i++) {
                _cleanup_free_ char *text = NULL;
                size_t n;
                FILE *f = open_memstream(&text, &n);

                cr_expect_eq(conf_explain(rows[i].row->key, f, NULL), 0, "%s", rows[i].row->key);
                fclose(f);
                cr_expect(strstr(text, rows[i].row->help), "%s", rows[i].row->key);
        }
}

static char *explain(const char *keyword) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        cr_assert_eq(conf_explain(keyword, f, NULL), 0);
        fclose(f);
        return text;
}

Test(conf_language, an_explanation_has_range_unit_and_default) {
        _cleanup_free_ char *text = explain("advert_int");

        cr_expect(strstr(text, "advert_int, in vrrp_instance"), "%s", text);
        cr_expect(strstr(text, "range:    0.01..255"), "%s", text);
        cr_expect(strstr(text, "unit:     seconds"), "%s", text);
        cr_expect(strstr(text, "default:  1"), "%s", text);
        cr_expect(strstr(text, "used by:  vrrpd"), "%s", text);
}

Test(conf_language, an_explanation_names_all_blocks_and_spellings) {
        _cleanup_free_ char *retry = explain("nb_get_retry"), *port = explain("connect_port");

        cr_expect(strstr(retry, "retry, in TCP_CHECK, HTTP_GET, SSL_GET"), "%s", retry);
        cr_expect(strstr(retry, "formerly: nb_get_retry"), "%s", retry);
        cr_expect(strstr(port, "TCP_CHECK, HTTP_GET, SSL_GET"), "%s", port);
        cr_expect_not(strstr(strstr(port, "connect_port, in ") + 1, "connect_port, in "),
                        "told once");
}

Test(conf_language, a_misspelt_keyword_has_a_nearest_one) {
        const char *nearest = NULL;

        cr_expect_lt(conf_explain("prioirty", stdout, &nearest), 0);
        cr_expect_str_eq(nearest, "priority");
        cr_expect_lt(conf_explain("zzzzzzzzzzzz", stdout, &nearest), 0);
        cr_expect_null(nearest);
}

Test(conf_language, distance_counts_letters_and_exchanges) {
        cr_expect_eq(conf_spelling_distance("weight", "weight"), 0);
        cr_expect_eq(conf_spelling_distance("weigth", "weight"), 1);
        cr_expect_eq(conf_spelling_distance("weght", "weight"), 1);
        cr_expect_eq(conf_spelling_distance("wweight", "weight"), 1);
        cr_expect_eq(conf_spelling_distance("weight", ""), 6);
        cr_expect_eq(conf_spelling_distance("kitten", "sitting"), 3);
}
