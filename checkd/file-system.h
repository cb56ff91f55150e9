/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* On what kind of file system a path is, by the text of /proc/self/mountinfo (proc(5)): so nothing needs to be
 * asked of a server that may not answer. Pure. */

#include <stdbool.h>

#define FILE_SYSTEM_TYPE_MAX 32U

struct file_system {
        char type[FILE_SYSTEM_TYPE_MAX]; /* "ext4", "fuse.sshfs" */
};

/* The file system that @path (absolute) is on. False: the text does not say. */
bool file_system_find(const char *mountinfo, const char *path, struct file_system *ret);

/* Why changes of a file there are not, or not all, told by inotify(7); NULL: they are. */
const char *file_system_unwatchable(const struct file_system *fs);
