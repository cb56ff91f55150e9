/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/notifyd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "notifyd/orders.h"
#include "notifyd/spool-bus.h"

static int spool_start_up(struct notifyd *n) {
        _cleanup_free_ char *path = daemon_state_path(n->daemon, "spool");
        int r;

        n->spool = spool_new();
        if (!n->spool || !path)
                return -ENOMEM;
        r = journal_open(path, n->spool, &n->journal);
        if (r < 0) {
                log_error("cannot open the spool %s: %s", path, strerror(-r));
                return r;
        }
        if (r == JOURNAL_REPLACED)
                log_error("%s was no spool of ours or torn from its first line on: it is ignored and "
                          "kept as %s.bad",
                                path, path);
        if (r == JOURNAL_DAMAGED)
                log_error("%s was damaged; what could be read is used, a copy is kept as %s.bad",
                                path, path);
        if (spool_pending(n->spool) > 0)
                log_info("%u actions were left to be done", spool_pending(n->spool));
        return 0;
}

static int start(struct daemon *d, void *userdata) {
        struct notifyd *n = userdata;
        int r;

        n->daemon = d;
        if (gethostname(n->hostname, sizeof(n->hostname) - 1) < 0)
                return -errno;
        r = spool_start_up(n);
        if (r < 0)
                return r;
        r = notifyd_dispatch_start(n);
        if (r < 0)
                return r;
        return notifyd_intake_start(n);
}

/* Actions that wait are tried at once: what kept them may be what was mended. */
static void apply(
                struct daemon *d, const struct conf *old, const struct conf *new_, void *userdata) {
        struct notifyd *n = userdata;

        if (orders_departed(old, new_, &n->departed) < 0)
                log_warning("no memory: instances that left the configuration are not told of");
        fifos_configure(n->fifos, new_);
        spool_hurry(n->spool);
        notifyd_dispatch_soon(n);
}

static int export(struct daemon *d, sd_bus *bus, void *userdata) {
        struct notifyd *n = userdata;
        int r;

        r = notify_spool_bus_export(n, bus);
        if (r < 0)
                return r;
        return notifyd_intake_attach(n, bus);
}

static void bus_lost(struct daemon *d, void *userdata) {
        (void) notifyd_intake_attach(userdata, NULL);
}

static void stale_peers(struct daemon *d,
                void (*add)(void *ctx, const char *bus_name, usec_t since), void *ctx,
                void *userdata) {
        const struct notifyd *n = userdata;

        for (size_t i = 0; i < NOTIFYD_SOURCES; i++)
                if (n->sources[i].absent_since != USEC_INFINITY)
                        add(ctx, n->sources[i].bus_name, n->sources[i].absent_since);
}

/* --- the end --- */

static void on_fifos_ended(void *userdata) {
        struct notifyd *n = userdata;

        daemon_finished(n->daemon);
}

/* A successor finds FIFOs and readers as they are. */
static void finish(struct notifyd *n) {
        if (n->finishing)
                return;
        n->finishing = true;
        if (n->keep)
                daemon_finished(n->daemon);
        else
                fifos_end(n->fifos, on_fifos_ended, n);
}

/* Nobody else is about to end, nothing that was sent to us before is left unread, nothing is under way, and nothing is
 * due that the end would wait for. */
void notifyd_check_end(struct notifyd *n) {
        uint64_t unread = 0;

        if (!n->ending || notifyd_farewell_waits(n))
                return;
        if (spool_running(n->spool, ACTION_SCRIPT) + spool_running(n->spool, ACTION_MAIL) > 0)
                return;
        if (!n->keep && spool_deadline(n->spool) <= usec_now(CLOCK_BOOTTIME))
                return;
        if (n->daemon->bus && sd_bus_get_n_queued_read(n->daemon->bus, &unread) >= 0 && unread > 0)
                return;
        finish(n);
}

static int on_drained(sd_event_source *source, uint64_t usec, void *userdata) {
        struct notifyd *n = userdata;

        if (!n->finishing)
                log_notice("ending although something is under way; it is taken up at the next start");
        finish(n);
        return 0;
}

/* The first look is taken by the dispatcher, after what the bus has for us. */
static void end(struct daemon *d, enum daemon_end why, void *userdata) {
        struct notifyd *n = userdata;

        n->ending = true;
        n->keep = why == DAEMON_END_KEEP;
        if (sd_event_add_time_relative(d->event, &n->drain, CLOCK_MONOTONIC, NOTIFYD_DRAIN_USEC, 0,
                            on_drained, n) < 0) {
                daemon_finished(d);
                return;
        }
        if (!n->keep)
                notifyd_farewell_begin(n);
        (void) sd_event_source_set_priority(n->dispatch, DAEMON_PRIORITY_SAVE);
        notifyd_dispatch_soon(n);
}

static void done(struct daemon *d, void *userdata) {
        struct notifyd *n = userdata;

        n->drain = sd_event_source_disable_unref(n->drain);
        notifyd_farewell_stop(n);
        notifyd_intake_stop(n);
        notifyd_dispatch_stop(n);
        n->journal = journal_free(n->journal);
        n->spool = spool_free(n->spool);
        (void) json_object_put(n->departed);
        n->departed = NULL;
}

const struct daemon_ops notifyd_ops = {
        .name = "notifyd",
        .bus_name = NOTIFYD_BUS_NAME,
        .object_path = NOTIFYD_PATH,
        .summary = "Tells the outside what happens: runs notify scripts, writes to FIFOs, sends mail.",
        .start = start,
        .apply = apply,
        .export = export,
        .bus_lost = bus_lost,
        .end = end,
        .done = done,
        .stale_peers = stale_peers,
};
