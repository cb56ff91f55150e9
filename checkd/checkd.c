/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Start is adoption: what was known is restored and shown, what still runs is taken over, and the schedule
 * goes on. Only trackers that nobody knows yet run at once, spread a little. A reload is the same with the
 * old configuration in place of the saved state. */

#include "checkd/checkd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "checkd/checker-bus.h"
#include "checkd/checker-run.h"
#include "checkd/checker-store.h"
#include "checkd/checker-table.h"
#include "checkd/checker.h"
#include "checkd/mounts.h"
#include "checkd/suspension.h"
#include "checkd/tracker-bus.h"
#include "checkd/tracker-file.h"
#include "checkd/tracker-store.h"
#include "checkd/tracker-table.h"
#include "checkd/turns.h"
#include "common/conf-global.h"
#include "common/conf.h"
#include "common/curl-loop.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"

#define SAVE_DELAY_USEC (20 * USEC_PER_MSEC) /* changes of that time are written together */
#define END_GRACE_USEC USEC_PER_SEC          /* at a stop, from SIGTERM to SIGKILL for scripts */

/* --- the saved state --- */

static void save_now(struct checkd *c) {
        _cleanup_free_ char *path = daemon_runtime_path(c->daemon, "trackers");
        int r;

        r = path ? tracker_store_write(c, path) : -ENOMEM;
        if (r < 0)
                log_warning("cannot save the state of trackers: %s", strerrordesc_np(-r));
}

static int on_save(sd_event_source *s, uint64_t usec, void *userdata) {
        save_now(userdata);
        return 0;
}

void checkd_save_soon(struct checkd *c) {
        int enabled;

        if (!c->save_timer || sd_event_source_get_enabled(c->save_timer, &enabled) < 0 ||
                        enabled != SD_EVENT_OFF)
                return;
        (void) sd_event_source_set_time_relative(c->save_timer, SAVE_DELAY_USEC);
        (void) sd_event_source_set_enabled(c->save_timer, SD_EVENT_ONESHOT);
}

static int save_timer_start(struct checkd *c) {
        int r;

        r = sd_event_add_time(c->daemon->event, &c->save_timer, CLOCK_MONOTONIC, 0, 0, on_save, c);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(c->save_timer, SD_EVENT_OFF);
        /* With more checks than can be done what comes after the bus never comes. */
        return sd_event_source_set_priority(c->save_timer, DAEMON_PRIORITY_BUS);
}

static json_object *read_saved(struct checkd *c) {
        _cleanup_free_ char *path = daemon_runtime_path(c->daemon, "trackers");
        json_object *saved = NULL;
        int r;

        r = path ? tracker_store_read(path, &saved) : -ENOMEM;
        if (r < 0 && r != -ENOENT)
                log_warning("the saved state of trackers is ignored: %s", strerrordesc_np(-r));
        return saved;
}

/* --- the trackers --- */

void checkd_show_status(struct checkd *c) {
        unsigned n[_CHECK_STATE_MAX] = {};
        const struct tracker *t;

        for (t = c->trackers; t; t = t->hh.next)
                n[t->verdict.state]++;
        daemon_status(c->daemon,
                        "%u trackers: %u up, %u down, %u unknown; %u checks: %u up, %u down, %u unknown",
                        HASH_COUNT(c->trackers), n[CHECK_STATE_UP], n[CHECK_STATE_DOWN],
                        n[CHECK_STATE_UNKNOWN], HASH_COUNT(c->checkers),
                        c->n_checkers[CHECK_STATE_UP], c->n_checkers[CHECK_STATE_DOWN],
                        c->n_checkers[CHECK_STATE_UNKNOWN]);
}

/* --- the checkers --- */

#define DESCRIPTORS_MAX 65536U

/* Each try holds a descriptor, and all servers may be silent at a time. */
static void allow_many_descriptors(void) {
        struct rlimit l;

        if (getrlimit(RLIMIT_NOFILE, &l) < 0)
                return;
        l.rlim_cur = MAX(l.rlim_cur, MIN(l.rlim_max, DESCRIPTORS_MAX));
        (void) setrlimit(RLIMIT_NOFILE, &l);
}

static int start_checkers(struct checkd *c) {
        struct daemon *d = c->daemon;
        int r;

        allow_many_descriptors();
        c->engine = (struct check_engine){
                .event = d->event, .runner = c->runner, .mounts = c->mounts, .conf = d->conf
        };
        r = suspension_new(c, &c->suspension);
        if (r < 0)
                return r;
        checker_table_configure(c, d->conf);
        r = checker_store_new(c, &c->store);
        if (r < 0)
                return r;
        checker_store_load(c->store);
        suspension_update(c->suspension);
        checker_table_begin(c);
        checker_store_write(c->store);
        return 0;
}

static void reload_checkers(struct checkd *c, const struct conf *conf) {
        checker_run_cancel_all(c);
        c->engine.conf = conf;
        checker_table_configure(c, conf);
        suspension_update(c->suspension);
        checker_table_begin(c);
}

/* --- the daemon --- */

/* A restart is no start: what the file says by now stands. */
static void create_files(const struct daemon *d, const json_object *saved) {
        for (const struct check_file_conf *f = d->conf->check->files;
                        f && !saved && !d->after_crash; f = f->hh.next)
                tracker_file_create(f);
}

static int checkd_start(struct daemon *d, void *userdata) {
        _cleanup_(json_object_putp) json_object *saved = NULL;
        _cleanup_free_ char *records = daemon_runtime_path(d, "scripts");
        struct checkd *c = userdata;
        int r;

        c->daemon = d;
        r = save_timer_start(c);
        if (r < 0)
                return r;
        r = records ? process_runner_new(d->event, records, &c->runner) : -ENOMEM;
        if (r < 0)
                return r;
        r = mounts_new(d->event, &c->mounts);
        if (r < 0)
                return r;
        r = turns_new(d->event, &c->turns);
        if (r < 0)
                return r;
        saved = read_saved(c);
        create_files(d, saved);
        tracker_table_add(c, d->conf->check, saved);
        tracker_store_catch_up(c, saved);
        tracker_table_begin(c);
        save_now(c);
        r = start_checkers(c);
        if (r < 0)
                return r;
        checkd_show_status(c);
        return 0;
}

static void checkd_apply(
                struct daemon *d, const struct conf *old, const struct conf *new_, void *userdata) {
        struct checkd *c = userdata;

        tracker_table_reconfigure(c, new_->check, old->global);
        checkd_save_soon(c);
        reload_checkers(c, new_);
        checkd_show_status(c);
}

static int checkd_export(struct daemon *d, sd_bus *bus, void *userdata) {
        struct checkd *c = userdata;
        int r;

        r = tracker_bus_export(c, bus);
        if (r >= 0)
                r = checker_bus_export(c, bus);
        return r < 0 ? r : suspension_attach(c->suspension, bus);
}

static void checkd_bus_lost(struct daemon *d, void *userdata) {
        struct checkd *c = userdata;

        checker_run_cancel_all(c);
        (void) suspension_attach(c->suspension, NULL);
}

static void on_ended(void *userdata) {
        struct checkd *c = userdata;

        daemon_finished(c->daemon);
}

/* A stop ends what runs and forgets what is known: whoever starts checkd later starts from nothing, as
 * after a boot. */
static void checkd_end(struct daemon *d, enum daemon_end why, void *userdata) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "trackers");
        struct checkd *c = userdata;

        checker_run_cancel_all(c);
        if (why == DAEMON_END_KEEP) {
                save_now(c);
                checker_store_write(c->store);
                daemon_finished(d);
                return;
        }
        c->save_timer = sd_event_source_disable_unref(c->save_timer);
        checker_store_remove(c->store);
        c->store = checker_store_free(c->store);
        checker_table_done(c);
        tracker_table_stop(c);
        if (path)
                (void) unlink(path);
        process_runner_end(c->runner, END_GRACE_USEC, on_ended, c);
}

static void checkd_done(struct daemon *d, void *userdata) {
        struct checkd *c = userdata;

        tracker_table_done(c);
        checker_run_cancel_all(c);
        checker_table_done(c);
        c->store = checker_store_free(c->store);
        c->suspension = suspension_free(c->suspension);
        c->engine.curl = curl_loop_free(c->engine.curl);
        c->runner = process_runner_free(c->runner);
        c->mounts = mounts_free(c->mounts);
        c->turns = turns_free(c->turns);
        c->save_timer = sd_event_source_disable_unref(c->save_timer);
}

static const struct process_options *checkd_options(const struct conf *conf) {
        return &conf->global->checker_process.options;
}

const struct daemon_ops checkd_ops = {
        .name = "checkd",
        .bus_name = "org.mainstay.Check1",
        .object_path = CHECKD_OBJECT_PATH,
        .summary = "Runs health checks and tells vrrpd and ipvsd what they found.",
        .start = checkd_start,
        .apply = checkd_apply,
        .export = checkd_export,
        .bus_lost = checkd_bus_lost,
        .end = checkd_end,
        .done = checkd_done,
        .options = checkd_options,
};
