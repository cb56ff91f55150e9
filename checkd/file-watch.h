/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A watch: tells when a file says something else. News comes from inotify(7): of each directory that is looked into
 * on the way to the file, also by way of symbolic links (checkd/file-way.h), so that whatever on the way is made, put
 * in the place of another, or led elsewhere is seen; and of the file itself, for it may have other names. Written is
 * what the writer has closed: before, the file may be empty for a moment. That is FILE_WATCH_SETTLE_USEC at most,
 * for writers who do not close.
 *
 * Where nothing is told, or the kernel grants no watch, the file is read every FILE_WATCH_POLL_USEC, until the kernel
 * grants one. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/usec.h"

#define FILE_WATCH_POLL_USEC (2 * USEC_PER_SEC)
#define FILE_WATCH_SETTLE_USEC (500 * USEC_PER_MSEC)
#define FILE_WATCH_LEVELS_MAX 256U /* names on the way; a file that is farther is polled */

struct file_watch;
struct mounts;

/* Both are called from the loop, unwatched() also before file_watch_new() returns, and must not free the watch. */
struct file_watch_ops {
        /* It says something else now, is there or is not, or can be read or cannot. */
        void (*changed)(void *userdata);
        /* From now on it is polled; @why in words, borrowed. NULL: from now on it is not. */
        void (*unwatched)(const char *why, void *userdata);
};

/* Watch @path, which is absolute, from now on: what is read after this returns is not older than what is told. @m
 * outlives the watch. -ENOMEM. */
int file_watch_new(sd_event *event, struct mounts *m, const char *path,
                const struct file_watch_ops *ops, void *userdata, struct file_watch **ret);
struct file_watch *file_watch_free(struct file_watch *w);
DEFINE_CLEANUP_FUNC(struct file_watch *, file_watch_free);
