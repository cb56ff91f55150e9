/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A watch: tells when a file may say something else now. News comes from inotify(7), of the directories on the way
 * to the file, so that a file that is made anew or put in the place of the old one is seen, and a directory too; and
 * of the file itself where it is a symbolic link. Written is what the writer has closed: before, the file may be
 * empty for a moment. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"

struct file_watch;

/* Watch @path, which is absolute; @changed is called from the loop, also when the news may have been missed. It
 * must not free the watch. -errno: it cannot be watched, for want of our own or because it lies where nothing is
 * told (-EOPNOTSUPP, and then @ret_why, which may be NULL, says in words why). */
int file_watch_new(sd_event *event, const char *path, void (*changed)(void *userdata),
                void *userdata, struct file_watch **ret, char **ret_why);
struct file_watch *file_watch_free(struct file_watch *w);
DEFINE_CLEANUP_FUNC(struct file_watch *, file_watch_free);
