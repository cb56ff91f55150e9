/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The FIFOs of the configuration and the programs that read them: the carrier of lines.
 *
 * A line that does not fit waits, and what comes after it for the same FIFO waits in the spool; keepalived
 * drops it. A FIFO that cannot be had (something else is in its place, no directory) is looked for again
 * and again, and its lines wait likewise.
 *
 * At a restart the FIFOs stay and their readers go on; at the end for good the readers are ended, after a
 * last chance to read, and the FIFOs that we made are removed. A file in the runtime directory says which
 * those are.
 *
 * Content of such an action, whose object is the path: {"which": keyword, "line": the bytes}. */

#include <json-c/json.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/conf.h"
#include "notifyd/carrier.h"
#include "notifyd/conf.h"
#include "notifyd/fifo-line.h"
#include "notifyd/spool.h"

struct fifos;

/* NULL for lack of memory. */
json_object *fifos_content(enum notify_fifo which, const struct fifo_line *l);

/* @record_path: the file; @reader_dir: where the readers are recorded. @carried and @userdata are
 * borrowed. 0 or -errno. */
int fifos_new(sd_event *event, const char *record_path, const char *reader_dir, carried_t carried,
                void *userdata, struct fifos **ret);
/* Leaves files and readers for a successor. */
struct fifos *fifos_free(struct fifos *f);
DEFINE_CLEANUP_FUNC(struct fifos *, fifos_free);

/* Have the FIFOs of @conf (borrowed until the next call) and no others. */
void fifos_configure(struct fifos *f, const struct conf *conf);

/* To be called before @a is recorded as begun. 0: now begin it; positive: the outcome is in @ret, there is
 * nothing to begin. */
int fifos_prepare(struct fifos *f, const struct action *a, struct carried *ret);
/* Write @a's line. Never calls back before it returns. 0: the outcome will be told; positive: it is in
 * @ret. */
int fifos_send(struct fifos *f, const struct action *a, struct carried *ret);

/* The end for good. @done is called when it is done, perhaps before this returns. */
void fifos_end(struct fifos *f, void (*done)(void *userdata), void *userdata);
