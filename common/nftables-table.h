/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A table of ours in nftables, of one name for IPv4 and IPv6, as it has to be known to whoever comes after us: what it is
 * called, and digests of its text and of how the kernel listed it when it had been made. With these a successor finds
 * out that all is well without writing anything. A value, part of a record in the runtime directory; the owner writes
 * that before the table is made. */

#include <stdio.h>

#include "common/nftables.h"

enum nftables_family {
        NFTABLES_IP,
        NFTABLES_IP6,
        _NFTABLES_FAMILY_MAX,
};

/* "ip", "ip6" */
const char *nftables_family_to_string(enum nftables_family f);

struct nftables_table {
        char *name;                        /* NULL: there is none */
        char *former;                      /* under which it may still be there */
        char text[NFTABLES_DIGEST_STRLEN]; /* "": not made, or not to the end */
        char listed[_NFTABLES_FAMILY_MAX][NFTABLES_DIGEST_STRLEN]; /* "": not in this family */
};

void nftables_table_done(struct nftables_table *t);

/* It may be in the kernel, as @name in family @f, and how it looks is not known. 0; -ENOSPC: it has two other names
 * already; -ENOMEM. */
int nftables_table_suppose(struct nftables_table *t, enum nftables_family f, const char *name);

/* Into the members of a record, and back; what cannot be understood is left out. 0 or -ENOMEM. */
void nftables_table_to_json(const struct nftables_table *t, json_object *record);
int nftables_table_from_json(json_object *record, struct nftables_table *ret);

/* SHA-256 of @text. */
void nftables_digest_text(const char *text, size_t n, char ret[static NFTABLES_DIGEST_STRLEN]);

/* Is it in the kernel as it was made, by @name and of the text that @text is the digest of? @elements: their number
 * and kind matter, too. 1: yes; 0: no; -EIO, as for nftables_list(). */
int nftables_table_is_whole(const struct nftables_table *t, struct nftables *nft, const char *name,
                const char *text, bool elements);

/* It is about to be made, by @name, in the families of which @in is true. 0 or -ENOMEM. */
int nftables_table_claim(struct nftables_table *t, const char *name,
                const bool in[static _NFTABLES_FAMILY_MAX]);

/* The commands that remove whatever may be left of it, to stand before those that make it. A family that never had it
 * is not touched: the kernel may lack it. */
void nftables_table_print_removal(const struct nftables_table *t, FILE *to);

/* It has been made. 0, or as nftables_list(). */
int nftables_table_remember(struct nftables_table *t, struct nftables *nft,
                const bool in[static _NFTABLES_FAMILY_MAX], const char *text, bool elements);

/* Remove it from the kernel, under all its names; then there is none. 0 or -EIO. */
int nftables_table_remove(struct nftables_table *t, struct nftables *nft);
