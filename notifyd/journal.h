/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The spool's journal: every entry that changed it, one checked line each, in one file.
 *
 *   mainstay-spool 1
 *   9f86d081884c7d65 {"cursor":{...},"actions":[...]}
 *
 * A line that is torn or whose check fails counts as not written; the others stand. When the file is much
 * longer than what it comes to, and at each start, it is written anew beside and renamed. A full disk does
 * not keep news from being told: the spool goes on in memory, and the file is written anew when it can. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "notifyd/spool.h"

enum {
        JOURNAL_REPLACED =
                        1, /* outcome of journal_open(): the file was of no use and is PATH.bad now */
        JOURNAL_DAMAGED = 2, /* some lines in the middle were; a copy of the file is PATH.bad */
};

struct journal;

/* Fill @spool (empty, borrowed for the journal's life) from @path, and begin a new file with what it
 * comes to. Returns 0, JOURNAL_*, or -errno. */
int journal_open(const char *path, struct spool *spool, struct journal **ret);
struct journal *journal_free(struct journal *j);
DEFINE_CLEANUP_FUNC(struct journal *, journal_free);

/* Take @entry (borrowed) into the spool and write it down. Returns 0; what spool_apply() returns when it
 * refuses the entry; or JOURNAL_UNWRITTEN: the spool has it, the file has not, and journal_error() says
 * why. It survives the death of this process when this returns 0, and of the machine after a sync. */
enum {
        JOURNAL_UNWRITTEN = 3,
};
int journal_put(struct journal *j, json_object *entry);
int journal_error(const struct journal
                                *j); /* -errno of the last failure to write; 0: all is written */

/* Is there something that is not on the disk yet? */
bool journal_dirty(const struct journal *j);
/* Put it there; after a failure to write, try to write anew. 0 or -errno, see journal_error(). */
int journal_sync(struct journal *j);

/* Read the lines of @text as journal_open() does; @ret_bad: how many whole lines were of no use.
 * Returns 0 or -EBADMSG for a text that is no journal. For tests and the fuzzer, too. */
int journal_parse(char *text, size_t n, struct spool *spool, size_t *ret_bad);
