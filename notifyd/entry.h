/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An entry: one change of the spool, as JSON, and one line of its journal. The spool changes by entries
 * alone, live and when the journal is read back, so both give the same.
 *
 * All members are optional and take effect in this order:
 *   "next-id":  number            ids below it have been given out
 *   "cursor":   {"producer": bus name, "generation": text, "sequence": number}
 *   "forget":   path prefix       of objects, whose last mailed state is forgotten
 *   "mailed":   {object: state}   the last mailed state
 *   "actions":  [{"id", "kind", "object", "about", "ordered", "content", "began", "repeat", "settled"}]
 *   "began":    id                the action is in the hands of its carrier
 *   "failed":   id                and is no more; "uncertain": it may have happened all the same;
 *                                 "settled": [recipient], who need not be told again
 *   "ended":    id                the action is done or given up
 *
 * So an event's place in its producer's log and what it orders are one entry: neither is lost or
 * doubled without the other. Builders return NULL for lack of memory. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/usec.h"

json_object *entry_cursor(const char *producer, const char *generation, uint64_t sequence);
/* Add to an entry; 0 or -ENOMEM. */
int entry_add_number(json_object *entry, const char *key, uint64_t value);
int entry_add_forget(json_object *entry, const char *prefix);
int entry_add_mailed(json_object *entry, const char *object, const char *state);
/* @content is taken over, also on failure. @kind: "script", "mail" or "fifo". */
int entry_add_action(json_object *entry, uint64_t id, const char *kind, const char *object,
                const char *about, usec_t ordered_usec, json_object *content);

json_object *entry_began(uint64_t id);
/* @settled (borrowed) may be NULL. */
json_object *entry_failed(uint64_t id, bool uncertain, json_object *settled);
json_object *entry_ended(uint64_t id);
