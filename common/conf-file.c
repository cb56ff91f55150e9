/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files are opened without blocking and checked after that, so that a FIFO or a device in the place
 * of a configuration file neither hangs nor surprises anybody. */

#include "common/conf-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/macro.h"

static const char *const outcome_names[_CONF_FILE_OUTCOME_MAX] = {
        [CONF_FILE_READ] = "read",
        [CONF_FILE_MISSING] = "there is no such file",
        [CONF_FILE_UNREADABLE] = "it cannot be read",
        [CONF_FILE_NOT_REGULAR] = "it is not a regular file",
        [CONF_FILE_EXECUTABLE] = "it is executable, which a configuration file must not be",
        [CONF_FILE_OVERSIZED] = "it is too large",
};

const char *conf_file_outcome_to_string(enum conf_file_outcome o) {
        return outcome_names[o];
}

static int read_fully(int fd, size_t limit, char **ret, size_t *ret_n) {
        _cleanup_free_ char *buf = NULL;
        size_t n = 0, room = 0;

        for (;;) {
                ssize_t k;

                if (n + 1 >= room) {
                        char *bigger = realloc(buf, room ? room * 2 : 16384);

                        if (!bigger)
                                return -ENOMEM;
                        buf = bigger;
                        room = room ? room * 2 : 16384;
                }
                k = read(fd, buf + n, room - n - 1);
                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return CONF_FILE_UNREADABLE;
                if (k == 0)
                        break;
                n += (size_t) k;
                if (n > limit)
                        return CONF_FILE_OVERSIZED;
        }
        buf[n] = '\0';
        *ret = TAKE_PTR(buf);
        *ret_n = n;
        return CONF_FILE_READ;
}

int conf_file_read(const char *path, bool allow_executable, char **ret, size_t *ret_n) {
        _cleanup_close_ int fd = -1;
        struct stat st;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ENOENT || errno == ENOTDIR ? CONF_FILE_MISSING
                                                           : CONF_FILE_UNREADABLE;
        if (fstat(fd, &st) < 0)
                return CONF_FILE_UNREADABLE;
        if (!S_ISREG(st.st_mode))
                return CONF_FILE_NOT_REGULAR;
        if (!allow_executable && (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
                return CONF_FILE_EXECUTABLE;
        return read_fully(fd, CONF_FILE_BYTES_MAX, ret, ret_n);
}

bool conf_file_has_wildcard(const char *pattern) {
        return strpbrk(pattern, "*?[");
}

static void globfree_cleanup(glob_t *g) {
        globfree(g);
}

/* @pattern seen from @directory, whose own characters are no wildcards. */
static char *join(const char *directory, const char *pattern) {
        char *joined, *to;

        if (pattern[0] == '/' || !directory)
                return strdup(pattern);
        joined = to = malloc(2 * strlen(directory) + strlen(pattern) + 2);
        if (!joined)
                return NULL;
        for (const char *s = directory; *s; s++) {
                if (strchr("*?[]{}\\", *s))
                        *to++ = '\\';
                *to++ = *s;
        }
        *to++ = '/';
        strcpy(to, pattern);
        return joined;
}

int conf_file_glob(const char *directory, const char *pattern, char ***ret) {
        _cleanup_(globfree_cleanup) glob_t g = {};
        _cleanup_free_ char *full = join(directory, pattern);
        char **paths;
        int r;

        if (!full)
                return -ENOMEM;
        r = glob(full, GLOB_BRACE, NULL, &g);
        if (r == GLOB_NOSPACE)
                return -ENOMEM;

        paths = calloc(g.gl_pathc + 1, sizeof(*paths));
        if (!paths)
                return -ENOMEM;
        for (size_t i = 0; r == 0 && i < g.gl_pathc; i++) {
                paths[i] = strdup(g.gl_pathv[i]);
                if (!paths[i]) {
                        while (i-- > 0)
                                free(paths[i]);
                        free(paths);
                        return -ENOMEM;
                }
        }
        *ret = paths;
        return 0;
}

char *conf_file_directory(const char *path) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = NULL;
        char *resolved;

        if (!slash)
                directory = strdup(".");
        else
                directory = strndup(path, slash == path ? 1 : (size_t) (slash - path));
        if (!directory)
                return NULL;
        resolved = realpath(directory, NULL);
        return resolved ?: TAKE_PTR(directory);
}
