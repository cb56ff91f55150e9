/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/release.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/daemon-directory.h"
#include "common/job.h"
#include "common/log.h"
#include "common/macro.h"

#define JOB_TIMEOUT_USEC (5 * USEC_PER_SEC)
#define LOCK_TIMEOUT_USEC (20 * USEC_PER_SEC)
#define LOCK_POLL_USEC (20 * USEC_PER_MSEC)

static void on_job(const char *type, void *userdata) {
        sd_event *event = userdata;

        (void) sd_event_exit(event, type && streq(type, "stop") ? 1 : 0);
}

/* Whether our unit is stopped for good. Without a manager whoever runs this says so. */
static int is_stop(void) {
        _cleanup_(job_query_freep) struct job_query *query = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        int r;

        if (!getenv("INVOCATION_ID"))
                return 1;
        r = sd_event_new(&event);
        if (r < 0)
                return r;
        r = job_query_new(event, NULL, JOB_TIMEOUT_USEC, on_job, event, &query);
        if (r < 0)
                return r;
        return sd_event_loop(event);
}

static int wait_for_lock(const char *daemon, const char *directory, int *ret_fd) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), LOCK_TIMEOUT_USEC);
        pid_t holder = 0;
        int r;

        for (;;) {
                r = daemon_lock(directory, ret_fd, &holder);
                if (r != -EBUSY)
                        break;
                if (usec_now(CLOCK_MONOTONIC) >= end) {
                        log_error("%s (pid %d) runs: nothing is released", daemon, (int) holder);
                        return r;
                }
                (void) usleep(LOCK_POLL_USEC);
        }
        if (r < 0)
                log_error("cannot lock %s: %s", directory, strerror(-r));
        return r;
}

static void forget(const char *directory, const char *name) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/%s", directory, name) < 0)
                path = NULL;
        if (path && unlink(path) < 0 && errno != ENOENT)
                log_error("cannot remove %s: %s", path, strerror(errno));
}

/* The next daemon is nobody's successor. */
static void forget_life(const char *directory, const char *const *names) {
        forget(directory, "life");
        forget(directory, "accepted.conf");
        for (; *names; names++)
                forget(directory, *names);
}

static int release(const struct release_ops *ops, const char *config_id) {
        _cleanup_free_ char *directory = NULL;
        _cleanup_close_ int lock_fd = -1;
        int r;

        r = is_stop();
        if (r <= 0)
                return r;
        r = daemon_runtime_directory(ops->daemon, config_id, &directory);
        if (r < 0)
                return r;
        r = wait_for_lock(ops->daemon, directory, &lock_fd);
        if (r < 0)
                return r;
        r = ops->release(directory, config_id);
        forget_life(directory, ops->life);
        return r;
}

int release_main(int argc, char **argv, const struct release_ops *ops) {
        const char *config_id = NULL;
        int c;

        while ((c = getopt(argc, argv, "i:h")) >= 0)
                switch (c) {
                case 'i': config_id = optarg; break;
                case 'h':
                        printf("usage: %s [-i ID]\n\n%s\n", argv[0], ops->summary);
                        return EXIT_SUCCESS;
                default: return EXIT_FAILURE;
                }
        log_open(ops->program);
        return release(ops, config_id) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
