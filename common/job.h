/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which job is a unit's, ours for instance, now that SIGTERM has come? `systemctl stop` and `systemctl restart` send the
 * same signal; the manager knows the difference (Job of org.freedesktop.systemd1.Unit, JobType of
 * org.freedesktop.systemd1.Job). Asked over the manager's private socket, which works without a bus,
 * and never waited for. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct job_query;

/* @type is "stop", "restart", ..., "" when the unit has no job, or NULL when no answer came in time or
 * nobody could be asked. Called exactly once, from the loop, never from within job_query_new(). */
typedef void (*job_answer_t)(const char *type, void *userdata);

/* Ask for the job of @unit (borrowed for the call); NULL: of the one that this process belongs to. */
int job_query_new(sd_event *event, const char *unit, usec_t timeout, job_answer_t answer,
                void *userdata, struct job_query **ret);
struct job_query *job_query_free(struct job_query *q);
DEFINE_CLEANUP_FUNC(struct job_query *, job_query_free);
