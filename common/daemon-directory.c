/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/daemon-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

#define LOCK_PATIENCE_MS 1000U /* for the children of a dead holder */

static int make_directories(const char *path) {
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *p = copy + 1;; p++) {
                char c = *p;

                if (c != '/' && c != '\0')
                        continue;
                *p = '\0';
                if (mkdir(copy, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *p = c;
                if (c == '\0')
                        return 0;
        }
}

/* The first of a colon-separated list: a unit may name several, ours comes first. */
static char *first_of(const char *list) {
        return strndup(list, strcspn(list, ":"));
}

static int directory(const char *variable, const char *base, const char *name,
                const char *config_id, char **ret) {
        const char *given = getenv(variable);
        _cleanup_free_ char *path = NULL;
        int r;

        if (given && *given == '/')
                path = first_of(given);
        else if (asprintf(&path, "%s/mainstay/%s%s%s", base, name, config_id ? "-" : "",
                                 config_id ?: "") < 0)
                path = NULL;
        if (!path)
                return -ENOMEM;

        r = make_directories(path);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(path);
        return 0;
}

int daemon_runtime_directory(const char *name, const char *config_id, char **ret) {
        return directory("RUNTIME_DIRECTORY", "/run", name, config_id, ret);
}

int daemon_state_directory(const char *name, const char *config_id, char **ret) {
        return directory("STATE_DIRECTORY", "/var/lib", name, config_id, ret);
}

static pid_t read_pid(int fd) {
        char buf[16] = {};

        if (pread(fd, buf, sizeof(buf) - 1, 0) <= 0)
                return 0;
        return (pid_t) strtol(buf, NULL, 10);
}

/* The holder is dead, but the lock is not free: a child of its is on the way to execve(2), which closes its
 * copy of the descriptor. */
static bool holder_is_dead(pid_t holder) {
        return holder > 0 && kill(holder, 0) < 0 && errno == ESRCH;
}

static int take_lock(int fd, pid_t *ret_holder) {
        for (unsigned i = 0;; i++) {
                if (flock(fd, LOCK_EX | LOCK_NB) >= 0)
                        return 0;
                if (errno != EWOULDBLOCK)
                        return -errno;
                *ret_holder = read_pid(fd);
                if (i == LOCK_PATIENCE_MS || !holder_is_dead(*ret_holder))
                        return -EBUSY;
                (void) usleep(1000);
        }
}

int daemon_lock(const char *runtime_dir, int *ret_fd, pid_t *ret_holder) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -1;
        int r;

        if (asprintf(&path, "%s/lock", runtime_dir) < 0)
                return -ENOMEM;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return -errno;
        r = take_lock(fd, ret_holder);
        if (r < 0)
                return r;
        if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int) getpid()) < 0)
                return -errno;

        *ret_fd = TAKE_FD(fd);
        return 0;
}
