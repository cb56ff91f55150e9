/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

#define NAMESPACE_PATH_MAX 512U

static int open_namespace(const char *netns, int *ret_fd) {
        char path[NAMESPACE_PATH_MAX] = "/proc/1/ns/net";
        int fd;

        if (strchr(netns, '/'))
                return -EINVAL;
        if (netns[0] && snprintf(path, sizeof(path), "/run/netns/%s", netns) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}

int ipvs_namespace_enter(const char *netns, int *ret_here) {
        _cleanup_close_ int here = -1, there = -1;
        int r;

        if (!netns) {
                *ret_here = -1;
                return 0;
        }
        r = open_namespace(netns, &there);
        if (r < 0)
                return r;
        here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        if (here < 0)
                return -errno;
        if (setns(there, CLONE_NEWNET) < 0)
                return -errno;
        *ret_here = TAKE_FD(here);
        return 0;
}

int ipvs_namespace_leave(int here) {
        _cleanup_close_ int fd = here;

        return fd >= 0 && setns(fd, CLONE_NEWNET) < 0 ? -ENOTRECOVERABLE : 0;
}
