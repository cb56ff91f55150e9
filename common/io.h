/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whole reads and writes of regular files. */

#include <stddef.h>

/* Write all of @buf. 0 or -errno; how much was written then is not known. */
int io_write_all(int fd, const void *buf, size_t n);

/* Read what @fd has, from its beginning, into a new string with a NUL behind it. -EBADMSG: no regular file,
 * or more than @max bytes; -errno. */
int io_read_file(int fd, size_t max, char **ret, size_t *ret_n);

/* Put the name of @path, which was made or renamed, on the disk: that is its directory's. 0 or -errno. */
int io_sync_directory_of(const char *path);
