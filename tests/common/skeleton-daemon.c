/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The least that daemon_main() turns into a daemon: what the tests of the skeleton run. It keeps a
 * file "alive" in its runtime directory from its start until it is told to give everything up. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/daemon.h"
#include "common/log.h"

static int skeleton_start(struct daemon *d, void *userdata) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "alive");
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        log_info("%s", d->after_crash ? "after a crash" : "after an orderly end");
        return fd < 0 ? -errno : 0;
}

static void skeleton_apply(
                struct daemon *d, const struct conf *old, const struct conf *new_, void *userdata) {
        log_info("applied");
}

static int skeleton_export(struct daemon *d, sd_bus *bus, void *userdata) {
        return 0;
}

static void skeleton_end(struct daemon *d, enum daemon_end why, void *userdata) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "alive");

        if (why == DAEMON_END_STOP)
                (void) unlink(path);
        daemon_finished(d);
}

static const struct daemon_ops skeleton_ops = {
        .name = "skeleton",
        .bus_name = "org.mainstay.Test1",
        .object_path = "/org/mainstay/test1",
        .summary = "The skeleton of a daemon, for tests.",
        .start = skeleton_start,
        .apply = skeleton_apply,
        .export = skeleton_export,
        .end = skeleton_end,
};

int main(int argc, char **argv) {
        return daemon_main(argc, argv, &skeleton_ops, NULL);
}
