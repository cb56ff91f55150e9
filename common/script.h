/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A script of the configuration, made ready to run: as whom, whether it may. keepalived.conf(5), "scripts".
 *
 * A script that cannot run is a state at run time, not an error of the file: it says why in words, and is
 * looked at again with each run. */

#include <stdbool.h>

#include "common/conf-global.h"
#include "common/conf-script.h"
#include "common/process.h"

struct script {
        const struct conf_script *conf;   /* borrowed */
        const struct global_conf *global; /* borrowed */
        struct process_identity identity;
        bool identity_known;
        int lookup_error; /* -errno: it could not be found out just now whether there is such a user */
        usec_t looked_up_usec; /* CLOCK_MONOTONIC; a failed look-up is repeated after SCRIPT_LOOKUP_USEC */
        char *program;         /* what the security check looks at, NULL: argv[0] */
        const char *hold_open;          /* as in struct process_spec; set it after script_init() */
        char problem[PROCESS_TEXT_MAX]; /* why it cannot run: "no user nobody1", or "" */
};

#define SCRIPT_LOOKUP_USEC (60 * USEC_PER_SEC)

/* Both models must live as long as @s; script_rebase() moves to others. Never fails: what is wrong is in
 * s->problem. */
void script_init(
                struct script *s, const struct conf_script *conf, const struct global_conf *global);
void script_done(struct script *s);

/* The same script of a newly loaded configuration takes the place of the old one. The identity is looked
 * up again, because users change, too. */
void script_rebase(
                struct script *s, const struct conf_script *conf, const struct global_conf *global);

/* Do both run the same command as the same user? Only what the file says is compared. */
bool script_same(const struct conf_script *a, const struct global_conf *a_global,
                const struct conf_script *b, const struct global_conf *b_global);

/* Start it. @append: further arguments, @environment: further variables, both NULL-terminated or NULL.
 * Returns as process_start(), also when the look-up of the user failed, which says nothing about the script;
 * 1: it cannot run, see s->problem, and nothing was started. */
int script_start(struct script *s, struct process_runner *runner, const char *tag,
                char *const *append, char *const *environment, usec_t timeout_usec,
                const struct process_ops *ops, void *userdata, struct process **ret);
