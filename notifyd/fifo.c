/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Numbers of lines as seconds after 1970: whole ones, since some file systems keep no parts, and long past,
 * so that no clock shows them. */
#define STAMP_MODULUS UINT64_C(1000000000)

struct fifo *fifo_new(const char *path) {
        struct fifo *f = malloc(sizeof(*f));

        if (!f)
                return NULL;
        *f = (struct fifo){ .path = strdup(path), .fd = -1 };
        return f->path ? f : fifo_free(f);
}

struct fifo *fifo_free(struct fifo *f) {
        if (!f)
                return NULL;
        if (f->fd >= 0)
                (void) close(f->fd);
        free(f->path);
        free(f);
        return NULL;
}

/* 0, -EEXIST, or another -errno. */
static int make(struct fifo *f, uid_t uid, gid_t gid) {
        if (mkfifo(f->path, 0644) < 0)
                return -errno;
        f->ours = f->fresh = true;
        if (lchown(f->path, uid, gid) < 0) {
                int error = -errno;

                (void) unlink(f->path);
                return error;
        }
        return 0;
}

static int refuse(char *problem, const char *why) {
        (void) snprintf(problem, FIFO_PROBLEM_MAX, "%s", why);
        return 1;
}

/* Looked at before it is opened, because opening a device may do something, and again afterwards. */
static int judge(const struct stat *st, uid_t uid, char *problem) {
        if (!S_ISFIFO(st->st_mode))
                return refuse(problem, "there is something that is no FIFO; it is left alone");
        if (st->st_uid == uid || st->st_uid == geteuid())
                return 0;
        (void) snprintf(problem, FIFO_PROBLEM_MAX,
                        "there is a FIFO of user %u instead of %u; it is left alone", st->st_uid,
                        uid);
        return 1;
}

static int open_existing(struct fifo *f, uid_t uid, char *problem) {
        _cleanup_close_ int fd = -1;
        struct stat st;
        int r;

        if (lstat(f->path, &st) < 0)
                return refuse(problem, strerrordesc_np(errno));
        r = judge(&st, uid, problem);
        if (r != 0)
                return r;
        fd = open(f->path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return refuse(problem, strerrordesc_np(errno));
        r = judge(&st, uid, problem);
        if (r != 0)
                return r;
        f->device = st.st_dev;
        f->inode = st.st_ino;
        f->fd = TAKE_FD(fd);
        return 0;
}

int fifo_open(struct fifo *f, uid_t uid, gid_t gid, char *problem) {
        int r;

        f->ours = f->fresh = false;
        r = make(f, uid, gid);
        if (r < 0 && r != -EEXIST)
                return refuse(problem, strerrordesc_np(-r));
        return open_existing(f, uid, problem);
}

static time_t stamp(uint64_t id) {
        return (time_t) (1 + id % STAMP_MODULUS);
}

int fifo_announce(struct fifo *f, uint64_t id) {
        const struct timespec times[2] = {
                { .tv_nsec = UTIME_OMIT },
                { .tv_sec = stamp(id) },
        };

        return futimens(f->fd, times) < 0 ? -errno : 0;
}

bool fifo_has_written(const struct fifo *f, uint64_t id) {
        struct stat st;

        return !f->fresh && fstat(f->fd, &st) >= 0 && st.st_mtim.tv_sec != stamp(id);
}

int fifo_write(struct fifo *f, const char *line, size_t n) {
        ssize_t k;

        do
                k = write(f->fd, line, n);
        while (k < 0 && errno == EINTR);
        return k < 0 ? -errno : 0;
}

size_t fifo_unread(const struct fifo *f) {
        int n = 0;

        return f->fd >= 0 && ioctl(f->fd, FIONREAD, &n) >= 0 && n > 0 ? (size_t) n : 0;
}

bool fifo_in_place(const struct fifo *f) {
        struct stat st;

        return lstat(f->path, &st) >= 0 && st.st_dev == f->device && st.st_ino == f->inode;
}

void fifo_remove(struct fifo *f) {
        if (f->ours && fifo_in_place(f))
                (void) unlink(f->path);
        f->ours = false;
}
