/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The processes that are looked for, and which of them run. The kernel tells of every process that comes, goes
 * or becomes another (checkd/process-events.h); where it does not, in a container for instance, /proc is read
 * once a second, which is said once. What may have been missed is read anew.
 *
 * The table exists while something is looked for. Owner: struct checkd. */

#include <systemd/sd-event.h>
#include <uthash.h>

#include "checkd/conf.h"
#include "common/cleanup.h"

#define PROCESS_POLL_USEC USEC_PER_SEC

/* More of one kind are not told apart: a quorum has at most 65535. */
#define PROCESS_SOUGHT_MAX 65536U

struct process_table;

/* One vrrp_track_process. */
struct process_sought {
        struct process_table *table;
        struct process_sought *prev, *next;
        const struct check_process_conf *conf; /* borrowed; moved by a reload */
        struct process_seen *seen;             /* uthash by pid */
        unsigned n;                            /* how many run */
        unsigned told;                         /* and how many @changed knows of */
        bool incomplete;                       /* more run than are counted */
        void (*changed)(void *userdata);
        void *userdata;
};

int process_table_new(sd_event *event, struct process_table **ret);
struct process_table *process_table_free(struct process_table *t);
DEFINE_CLEANUP_FUNC(struct process_table *, process_table_free);

/* Look for @conf: s->n is known when this returns, and @changed is called when it becomes another. */
int process_table_seek(struct process_table *t, const struct check_process_conf *conf,
                void (*changed)(void *userdata), void *userdata, struct process_sought **ret);
struct process_sought *process_sought_free(struct process_sought *s);
DEFINE_CLEANUP_FUNC(struct process_sought *, process_sought_free);
