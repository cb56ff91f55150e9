/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One FIFO of the configuration at work: the file, its reader, and the line that waits for room. */

#include <json-c/json.h>
#include <systemd/sd-event.h>

#include "common/process.h"
#include "notifyd/carrier.h"
#include "notifyd/fifo-reader.h"
#include "notifyd/fifo-wish.h"
#include "notifyd/fifo.h"
#include "notifyd/spool.h"

struct fifo_channel_ops {
        carried_t carried; /* what became of a line that had to wait */
        /* The file was opened; is not needed any more, or about to be opened again. */
        void (*opened)(struct fifo *f, const char *key, void *userdata);
        void (*closed)(const char *key, void *userdata);
};

struct fifo_channel {
        const struct fifo_channel_ops *ops; /* borrowed, and @userdata */
        void *userdata;
        struct fifo_wish wish;
        char *owner; /* of the file, as the configuration says it */
        struct fifo *fifo;
        struct fifo_reader *reader;
        char problem[FIFO_PROBLEM_MAX]; /* why it is not open, as it was said, or "" */
        json_object *line;              /* that waits for room; NULL: none */
        uint64_t id;                    /* its number */
        bool full;                      /* and that was said */
        sd_event *event;
        sd_event_source *room;
        sd_event_source *look; /* whether it can be had, whether it is still there */
};

/* @runner is borrowed; @known as for fifo_reader_new(). 0 or -errno. */
int fifo_channel_new(sd_event *event, struct process_runner *runner, const struct fifo_wish *wish,
                const char *known, const struct fifo_channel_ops *ops, void *userdata,
                struct fifo_channel **ret);
/* Leaves file and reader. */
struct fifo_channel *fifo_channel_free(struct fifo_channel *c);
DEFINE_CLEANUP_FUNC(struct fifo_channel *, fifo_channel_free);

/* Would @wish need another channel than @c? */
bool fifo_channel_fits(const struct fifo_channel *c, const struct fifo_wish *wish);
/* @wish, which fits, is in force. Opens the FIFO, sets the reader. */
void fifo_channel_set(struct fifo_channel *c, const struct fifo_wish *wish);
/* It is not configured any more: the line that waits is given up, the reader is ended. */
void fifo_channel_retire(struct fifo_channel *c);

/* As fifos_prepare() and fifos_send(). */
int fifo_channel_prepare(struct fifo_channel *c, const struct action *a, struct carried *ret);
int fifo_channel_send(struct fifo_channel *c, const struct action *a, struct carried *ret);
