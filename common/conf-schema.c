/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf-schema.h"

#include <assert.h>
#include <string.h>

#include "common/conf-type.h"
#include "common/macro.h"

#define SPELLING_MAX 48U

static const char *const owner_names[_CONF_OWNER_MAX] = {
        [CONF_OWNER_ALL] = "all daemons",
        [CONF_OWNER_VRRPD] = "vrrpd",
        [CONF_OWNER_CHECKD] = "checkd",
        [CONF_OWNER_IPVSD] = "ipvsd",
        [CONF_OWNER_NOTIFYD] = "notifyd",
};

const char *conf_owner_to_string(enum conf_owner o) {
        return owner_names[o];
}

bool conf_row_needs_block(const struct conf_row *row) {
        return row->opens != CONF_BLOCK_NONE || row->type->list;
}

static bool row_is(const struct conf_row *row, const char *key) {
        return streq(row->key, key) || (row->alias && streq(row->alias, key)) ||
                        (row->old_alias && streq(row->old_alias, key));
}

const struct conf_row *conf_schema_find(
                const struct conf_schema *s, enum conf_block block, const char *key) {
        CONF_SCHEMA_FOREACH(i, s) {
                if ((*i)->block != block)
                        continue;
                for (size_t k = 0; k < (*i)->n_rows; k++)
                        if (row_is(&(*i)->rows[k], key))
                                return &(*i)->rows[k];
        }
        return NULL;
}

const struct conf_section *conf_schema_section(
                const struct conf_schema *s, const struct conf_row *row) {
        CONF_SCHEMA_FOREACH(i, s)
        if (row >= (*i)->rows && row < (*i)->rows + (*i)->n_rows)
                return *i;
        return NULL;
}

unsigned conf_spelling_distance(const char *a, const char *b) {
        unsigned before[SPELLING_MAX + 1], last[SPELLING_MAX + 1], now[SPELLING_MAX + 1] = {};
        size_t n = strlen(a), m = strlen(b);

        if (n > SPELLING_MAX || m > SPELLING_MAX)
                return SPELLING_MAX;
        for (unsigned j = 0; j <= m; j++)
                last[j] = j;
        memcpy(before, last, sizeof(before));

        for (unsigned i = 1; i <= n; i++) {
                now[0] = i;
                for (unsigned j = 1; j <= m; j++) {
                        unsigned differs = a[i - 1] != b[j - 1];

                        now[j] = MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + differs);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                now[j] = MIN(now[j], before[j - 2] + 1);
                }
                memcpy(before, last, sizeof(before));
                memcpy(last, now, sizeof(last));
        }
        return last[m];
}

struct nearest {
        enum conf_block block;
        const char *word;
        const char *found;
        unsigned distance;
};

static void nearest_try(struct nearest *n, const char *key) {
        size_t length, wanted = strlen(n->word);
        unsigned distance;

        if (!key)
                return;
        length = strlen(key);
        if (MAX(length, wanted) - MIN(length, wanted) >= n->distance)
                return; /* each letter more or less counts one at least */
        distance = conf_spelling_distance(n->word, key);
        if (distance >= n->distance)
                return;
        n->found = key;
        n->distance = distance;
}

static int nearest_row(
                const struct conf_section *section, const struct conf_row *row, void *userdata) {
        struct nearest *n = userdata;

        if (n->block != CONF_BLOCK_NONE && section->block != n->block)
                return 0;
        nearest_try(n, row->key);
        nearest_try(n, row->alias);
        return 0;
}

/* How far a word may be off; more is another word. Somewhere in the whole language some short word
 * is always near, so there a guess must be a better one. */
static unsigned limit_of(const char *word, bool anywhere) {
        unsigned n = (unsigned) strlen(word);

        if (n <= 4)
                return anywhere ? 0 : 1;
        return anywhere ? n / 4 : n / 3 + 1;
}

const char *conf_schema_nearest(
                const struct conf_schema *s, enum conf_block block, const char *word) {
        struct nearest n = {
                .block = block,
                .word = word,
                .distance = limit_of(word, block == CONF_BLOCK_NONE) + 1,
        };

        (void) conf_schema_each(s, nearest_row, &n);
        return n.found;
}

int conf_schema_each(const struct conf_schema *s,
                int (*each)(const struct conf_section *section, const struct conf_row *row,
                                void *userdata),
                void *userdata) {
        CONF_SCHEMA_FOREACH(i, s)
        for (size_t k = 0; k < (*i)->n_rows; k++) {
                int r = each(*i, &(*i)->rows[k], userdata);

                if (r != 0)
                        return r;
        }
        return 0;
}

unsigned conf_row_number(const struct conf_section *section, const struct conf_row *row) {
        unsigned number = section->first + (unsigned) (row - section->rows);

        assert(number < CONF_OBJECT_ROWS_MAX);
        return number;
}

bool conf_object_is_set(const struct conf_object *o, const struct conf_section *section,
                const struct conf_row *row) {
        unsigned number = conf_row_number(section, row);

        return o->set[number / 64] & (UINT64_C(1) << (number % 64));
}

void conf_object_mark(struct conf_object *o, const struct conf_section *section,
                const struct conf_row *row, bool set) {
        unsigned number = conf_row_number(section, row);
        uint64_t bit = UINT64_C(1) << (number % 64);

        if (set)
                o->set[number / 64] |= bit;
        else
                o->set[number / 64] &= ~bit;
}
