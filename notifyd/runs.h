/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The runs of notify scripts: the carrier of script actions.
 *
 * A script is run once, and that is all that can be done for it: its exit status is logged and otherwise
 * of no consequence. One that runs for longer than RUNS_TIME_LIMIT_USEC is ended with its process group,
 * because it holds up what comes after it for the same object; keepalived starts the next one beside it.
 * What a script leaves running behind is not touched. Scripts outlive notifyd; its successor finds them.
 *
 * Content of such an action: {"which": keyword, "command", "argv", "user", "group", "supplementary",
 * "shell", "file-test": of struct conf_script, "append": further arguments}. */

#include <json-c/json.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/conf-global.h"
#include "common/conf-script.h"
#include "notifyd/carrier.h"
#include "notifyd/spool.h"

#define RUNS_TIME_LIMIT_USEC (60 * USEC_PER_SEC)

struct runs;

/* What is needed to run @s later, or NULL for lack of memory. @append: NULL-terminated, or NULL. */
json_object *runs_content(const char *which, const struct conf_script *s, char *const *append);

/* @record_dir: where processes are recorded. @carried and @userdata are borrowed. */
int runs_new(sd_event *event, const char *record_dir, usec_t time_limit_usec, carried_t carried,
                void *userdata, struct runs **ret);
/* Leaves all scripts running, for a successor. */
struct runs *runs_free(struct runs *r);
DEFINE_CLEANUP_FUNC(struct runs *, runs_free);

/* Run @a's script as @global says. Never calls back before it returns.
 * 0: the outcome will be told. Positive: it is in @ret already, and nothing was started. */
int runs_start(struct runs *r, const struct action *a, const struct global_conf *global,
                struct carried *ret);

/* Is @a's script still running since before this process began? Then it is ours now. */
bool runs_claim(struct runs *r, const struct action *a);
