/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One FIFO of the file system that lines are written to.
 *
 * It is held open for reading as well, so it never lacks a reader and what is written waits in it. A write
 * takes a whole line or none (pipe(7)). Whether the last line of a predecessor that was killed went in is
 * seen by the file's time of modification: it is set to the line's number before, and the kernel sets it
 * to the time of day with the write. So a line is neither lost nor doubled. (A file system that keeps no
 * time of its FIFOs makes such a line appear unwritten: it is written again.) */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cleanup.h"

#define FIFO_PROBLEM_MAX 256U

struct fifo {
        char *path;
        int fd;       /* -1: not open */
        bool ours;    /* this process or a predecessor has made it */
        bool fresh;   /* this process has: no predecessor has written to it */
        dev_t device; /* what it is when it is open, to tell it from a later one of the same path */
        ino_t inode;
};

struct fifo *fifo_new(const char *path); /* NULL: no memory */
/* Closes it; the file stays. */
struct fifo *fifo_free(struct fifo *f);
DEFINE_CLEANUP_FUNC(struct fifo *, fifo_free);

/* Open it. Made when it is not there, mode 0644 less the umask, for @uid and @gid. One that is there must
 * be a FIFO and belong to us or to @uid. 0, or 1 and why not in @problem (FIFO_PROBLEM_MAX). */
int fifo_open(struct fifo *f, uid_t uid, gid_t gid, char *problem);

/* Line @id comes next. To be called before that is recorded. 0 or -errno. */
int fifo_announce(struct fifo *f, uint64_t id);
/* Did a predecessor write the line @id, which it had announced? */
bool fifo_has_written(const struct fifo *f, uint64_t id);
/* 0; -EAGAIN: there is no room; another -errno. */
int fifo_write(struct fifo *f, const char *line, size_t n);

/* Bytes that nobody has read yet. */
size_t fifo_unread(const struct fifo *f);

/* Does the path still lead to the FIFO that is open? */
bool fifo_in_place(const struct fifo *f);

/* Remove the file, if it is ours and the one we know. */
void fifo_remove(struct fifo *f);
