/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is mounted where, as this process sees it (/proc/self/mountinfo), and news of it: a file system that is
 * mounted upon a directory takes its place, and no watch of the directory tells of that.
 *
 * Owner: struct checkd. */

#include <systemd/sd-event.h>

#include "checkd/file-system.h"
#include "common/cleanup.h"

struct mounts;

/* One who wants the news; embedded in its owner. */
struct mounts_listener {
        void (*changed)(struct mounts_listener *l);
        struct mounts_listener *prev, *next;
};

/* A machine that does not say what is mounted is no error: then nothing is known. */
int mounts_new(sd_event *event, struct mounts **ret);
/* Nobody must listen any more. */
struct mounts *mounts_free(struct mounts *m);
DEFINE_CLEANUP_FUNC(struct mounts *, mounts_free);

void mounts_listen(struct mounts *m, struct mounts_listener *l);
void mounts_unlisten(struct mounts *m, struct mounts_listener *l);

/* As file_system_find(). */
bool mounts_find(struct mounts *m, const char *path, struct file_system *ret);
