/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vrrpd-release: take off this machine what a vrrpd left that has no successor. A program of its own,
 * because it is wanted most when vrrpd's executable is gone.
 *
 * The guard unit runs it whenever it is ended. That happens in every restart of vrrpd as well, so it asks
 * the manager which job its own unit has, and leaves everything unless that is a stop. Then it waits for
 * vrrpd's lock: an orderly stop has released everything by itself. What the record names is removed, and
 * with it all that would make the next vrrpd take itself for a successor. Run by hand it does the same. */

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
#include "vrrpd/address-mark.h"
#include "vrrpd/address-record.h"

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
        r = job_query_new(event, JOB_TIMEOUT_USEC, on_job, event, &query);
        if (r < 0)
                return r;
        return sd_event_loop(event);
}

static int wait_for_lock(const char *directory, int *ret_fd) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), LOCK_TIMEOUT_USEC);
        pid_t holder = 0;
        int r;

        for (;;) {
                r = daemon_lock(directory, ret_fd, &holder);
                if (r != -EBUSY)
                        break;
                if (usec_now(CLOCK_MONOTONIC) >= end) {
                        log_error("vrrpd (pid %d) runs: nothing is released", (int) holder);
                        return r;
                }
                (void) usleep(LOCK_POLL_USEC);
        }
        if (r < 0)
                log_error("cannot lock %s: %s", directory, strerror(-r));
        return r;
}

static void on_removed(const struct vrrp_address_change *c, void *userdata) {
        const struct vrrp_address_record_entry *e = c->cookie;
        char text[IP_ADDR_STRLEN];

        (void) ip_addr_format(&e->addr, text);
        if (c->error == 0)
                log_notice("released %s/%u on %s", text, e->prefix, e->ifname);
        else if (c->error != -EADDRNOTAVAIL && c->error != -ENODEV)
                log_error("cannot release %s/%u on %s: %s", text, e->prefix, e->ifname,
                                strerror(-c->error));
}

static int remove_entries(struct vrrp_address_record_entry *entries, size_t n) {
        _cleanup_(vrrp_address_batch_freep) struct vrrp_address_batch *batch = NULL;
        int r;

        r = vrrp_address_batch_new(on_removed, NULL, &batch);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                struct vrrp_address a = { .addr = entries[i].addr,
                        .prefix = entries[i].prefix,
                        .peer = entries[i].peer };

                vrrp_address_batch_remove(batch, &a, entries[i].ifindex, &entries[i]);
        }
        vrrp_address_batch_commit(batch);
        return 0;
}

static int release_addresses(const char *directory, const char *config_id) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        _cleanup_free_ char *path = NULL;
        size_t n = 0;
        int r;

        if (asprintf(&path, "%s/addresses", directory) < 0)
                return -ENOMEM;
        r = vrrp_address_record_read(path, &entries, &n);
        if (r == -ENOENT)
                return 0;
        if (r == -EBADMSG &&
                        !config_id) { /* with ids there may be another one, whose are marked, too */
                log_warning("%s is torn; what is marked as ours is released", path);
                r = vrrp_address_mark_find(&entries, &n);
        }
        if (r < 0) {
                log_error("cannot read %s: %s", path, strerror(-r));
                return r;
        }
        r = remove_entries(entries, n);
        if (r < 0)
                return r;
        return unlink(path) < 0 ? -errno : 0;
}

/* The next vrrpd is nobody's successor. Its events stay: not all may have been told yet. */
static void forget_life(const char *directory) {
        static const char *const names[] = { "life", "roles", "accepted.conf", "last-adverts" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s/%s", directory, names[i]) < 0)
                        path = NULL;
                if (path && unlink(path) < 0 && errno != ENOENT)
                        log_error("cannot remove %s: %s", path, strerror(errno));
        }
}

static int release(const char *config_id) {
        _cleanup_free_ char *directory = NULL;
        _cleanup_close_ int lock_fd = -1;
        int r;

        r = is_stop();
        if (r <= 0)
                return r;
        r = daemon_runtime_directory("vrrpd", config_id, &directory);
        if (r < 0)
                return r;
        r = wait_for_lock(directory, &lock_fd);
        if (r < 0)
                return r;
        r = release_addresses(directory, config_id);
        forget_life(directory);
        return r;
}

int main(int argc, char **argv) {
        const char *config_id = NULL;
        int c;

        while ((c = getopt(argc, argv, "i:h")) >= 0)
                switch (c) {
                case 'i': config_id = optarg; break;
                case 'h':
                        printf("usage: %s [-i ID]\n\n"
                               "Release the addresses that a dead vrrpd left behind.\n",
                                        argv[0]);
                        return EXIT_SUCCESS;
                default: return EXIT_FAILURE;
                }
        log_open("vrrpd-release");
        return release(config_id) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
