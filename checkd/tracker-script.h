/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tracked vrrp_script: it is run when the schedule says, never twice at a time, and its results make the state.
 *
 * A script that cannot run at all (missing, not executable, no such user) says nothing about what it is to
 * check. While nothing is known it leaves the tracker UNKNOWN, as keepalived drops such a script; of a
 * tracker whose state is known it is a failure, as there. */

#include "checkd/schedule.h"
#include "checkd/tracker.h"
#include "checkd/turns.h"
#include "common/script.h"

struct tracker_script {
        struct tracker base;
        const struct check_script_conf *conf; /* of the configuration in force */
        struct script script;
        struct check_schedule schedule;
        sd_event_source *timer; /* when it is due */
        struct turn turn;
        struct process *running; /* or NULL */
};

/* Make the tracker of @conf. It does nothing before it begins, but takes over the run that a predecessor may have
 * left. */
int tracker_script_new(
                struct checkd *c, const struct check_script_conf *conf, struct tracker **ret);
