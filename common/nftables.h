/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* nftables by libnftables (libnftables(3), nft(8)): commands go in as text, one run is one transaction, and tables come
 * back as JSON. Nothing is looked up by name on the way: the text has numbers.
 *
 * The calls wait for the kernel only. How long that takes depends on the rules of everybody on the machine, because
 * libnftables reads parts of them first; so this is for starts and reloads, and not for a takeover. */

#include <json-c/json.h>
#include <stdbool.h>

#include "common/cleanup.h"

struct nftables;

/* Its socket belongs to the network namespace that the caller is in, and so must every call of it. 0 or -ENOMEM. */
int nftables_new(struct nftables **ret);
struct nftables *nftables_free(struct nftables *n);
DEFINE_CLEANUP_FUNC(struct nftables *, nftables_free);

/* Carry out all of @commands or nothing. 0; -EIO, and nftables_error() says why not. */
int nftables_run(struct nftables *n, const char *commands);

/* What was wrong with the last call that failed, in a line; borrowed until the next call. */
const char *nftables_error(const struct nftables *n);

/* The objects of the table, a new reference. 0; -ENOENT: there is no such table; -EIO as above. */
int nftables_list(struct nftables *n, const char *family, const char *table, json_object **ret);

/* Remove the table if it is there. 0 or -EIO. */
int nftables_remove(struct nftables *n, const char *family, const char *table);

#define NFTABLES_DIGEST_STRLEN 65U

/* One digest for all listings that mean the same: handles and counts do not matter, and neither does the order of a
 * set's elements, or, without @elements, what elements there are. 0 or -ENOMEM. */
int nftables_digest(json_object *listing, bool elements, char ret[static NFTABLES_DIGEST_STRLEN]);
