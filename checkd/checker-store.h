/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of checkers outlives the process: state, since when, why, how far towards the next change, the
 * schedule.
 *
 * There may be many thousands of them, so they are spread over CHECKER_STORE_FILES files by their names, a
 * change writes one of these, and writing takes only a small part of the time. What changed last may not be
 * in its file yet when the process dies: each file says up to which event it is, and the event log has the
 * rest. Whatever a reader does not know it skips; what is missing is a default. */

#include <json-c/json.h>

#include "common/cleanup.h"

#define CHECKER_STORE_FILES 64U

struct checkd;
struct checker;
struct checker_store;

/* Files below the runtime directory of @c's daemon, which must be there for its life. */
int checker_store_new(struct checkd *c, struct checker_store **ret);
/* Writes nothing. */
struct checker_store *checker_store_free(struct checker_store *s);
DEFINE_CLEANUP_FUNC(struct checker_store *, checker_store_free);

/* In which file the checker called @name is, < CHECKER_STORE_FILES. */
unsigned checker_store_file(const char *name);

/* Bring all checkers, which are new, to what has been saved, and to what the event log has beyond it. */
void checker_store_load(struct checker_store *s);

/* @k has changed in what is saved, or is gone: it is written soon. @s may be NULL. */
void checker_store_touch(struct checker_store *s, const struct checker *k);

/* Write everything now. */
void checker_store_write(struct checker_store *s);
/* A stop: the files go, a later start begins from nothing. */
void checker_store_remove(struct checker_store *s);
