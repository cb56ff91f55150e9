/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/nftables-table.h"

#include <errno.h>
#include <sha256.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/nftables-name.h"

/* A table whose listing is not known yet. */
#define UNSEEN "?"

const char *nftables_family_to_string(enum nftables_family f) {
        static const char *const names[] = { "ip", "ip6" };

        return names[f];
}

void nftables_table_done(struct nftables_table *t) {
        free(t->name);
        free(t->former);
        *t = (struct nftables_table){};
}

/* --- JSON --- */

static void put_text(json_object *o, const char *key, const char *text) {
        if (text)
                (void) json_object_object_add(o, key, json_object_new_string(text));
}

void nftables_table_to_json(const struct nftables_table *t, json_object *record) {
        put_text(record, "table", t->name);
        put_text(record, "former", t->former);
        put_text(record, "text", t->text);
        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++)
                put_text(record, nftables_family_to_string(f), t->listed[f]);
}

/* What is no name is nothing. */
static int get_name(json_object *o, const char *key, char **ret) {
        const char *name = json_get_string(o, key);

        if (!nftables_is_name(name))
                return 0;
        *ret = strdup(name);
        return *ret ? 0 : -ENOMEM;
}

static void get_digest(json_object *o, const char *key, char ret[static NFTABLES_DIGEST_STRLEN]) {
        (void) snprintf(ret, NFTABLES_DIGEST_STRLEN, "%s", json_get_string(o, key));
}

int nftables_table_from_json(json_object *record, struct nftables_table *ret) {
        struct nftables_table t = {};
        int r;

        r = get_name(record, "table", &t.name);
        if (r >= 0)
                r = get_name(record, "former", &t.former);
        if (r < 0) {
                nftables_table_done(&t);
                return r;
        }
        get_digest(record, "text", t.text);
        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++)
                get_digest(record, nftables_family_to_string(f), t.listed[f]);
        *ret = t;
        return 0;
}

/* --- comparing --- */

void nftables_digest_text(const char *text, size_t n, char ret[static NFTABLES_DIGEST_STRLEN]) {
        (void) SHA256Data((const uint8_t *) text, n, ret);
}

/* As nftables_list(). */
static int digest_listing(const struct nftables_table *t, struct nftables *nft,
                enum nftables_family f, bool elements, char ret[static NFTABLES_DIGEST_STRLEN]) {
        _cleanup_(json_object_putp) json_object *listing = NULL;
        int r;

        r = nftables_list(nft, nftables_family_to_string(f), t->name, &listing);
        return r < 0 ? r : nftables_digest(listing, elements, ret);
}

int nftables_table_is_whole(const struct nftables_table *t, struct nftables *nft, const char *name,
                const char *text, bool elements) {
        if (!t->name || t->former || !streq(t->name, name) || !streq(t->text, text))
                return 0;
        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++) {
                char now[NFTABLES_DIGEST_STRLEN];
                int r;

                if (!*t->listed[f])
                        continue;
                r = digest_listing(t, nft, f, elements, now);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (!streq(now, t->listed[f]))
                        return 0;
        }
        return 1;
}

/* --- making --- */

int nftables_table_suppose(struct nftables_table *t, enum nftables_family f, const char *name) {
        char **place = !t->name || streq(t->name, name) ? &t->name : &t->former;

        if (*place && !streq(*place, name))
                return -ENOSPC;
        if (!*place)
                *place = strdup(name);
        if (!*place)
                return -ENOMEM;
        (void) snprintf(t->listed[f], sizeof(t->listed[f]), UNSEEN);
        return 0;
}

int nftables_table_claim(struct nftables_table *t, const char *name,
                const bool in[static _NFTABLES_FAMILY_MAX]) {
        if (!t->name || !streq(t->name, name)) {
                char *copy = strdup(name);

                if (!copy)
                        return -ENOMEM;
                if (!t->former)
                        t->former = TAKE_PTR(t->name);
                free(t->name);
                t->name = copy;
        }
        t->text[0] = '\0';
        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++)
                if (in[f])
                        (void) snprintf(t->listed[f], sizeof(t->listed[f]), UNSEEN);
        return 0;
}

void nftables_table_print_removal(const struct nftables_table *t, FILE *to) {
        const char *const names[] = { t->name, t->former };

        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++)
                for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                        if (*t->listed[f] && names[i])
                                fprintf(to, "add table %s %s\ndelete table %s %s\n",
                                                nftables_family_to_string(f), names[i],
                                                nftables_family_to_string(f), names[i]);
}

int nftables_table_remember(struct nftables_table *t, struct nftables *nft,
                const bool in[static _NFTABLES_FAMILY_MAX], const char *text, bool elements) {
        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++) {
                int r = 0;

                if (in[f])
                        r = digest_listing(t, nft, f, elements, t->listed[f]);
                else
                        t->listed[f][0] = '\0';
                if (r < 0)
                        return r;
        }
        free(t->former);
        t->former = NULL;
        (void) snprintf(t->text, sizeof(t->text), "%s", text);
        return 0;
}

int nftables_table_remove(struct nftables_table *t, struct nftables *nft) {
        const char *const names[] = { t->name, t->former };

        for (int f = 0; f < _NFTABLES_FAMILY_MAX; f++)
                for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                        int r = 0;

                        if (*t->listed[f] && names[i])
                                r = nftables_remove(nft, nftables_family_to_string(f), names[i]);
                        if (r < 0)
                                return r;
                }
        nftables_table_done(t);
        return 0;
}
