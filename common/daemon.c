/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Start, loop and end of a daemon. See the header for the order of a start; the other files of the
 * skeleton are listed in daemon-private.h.
 *
 * The end: SIGTERM alone does not say whether a successor is coming. The manager is asked, without
 * waiting, while the daemon works on; `stop` gives everything up, everything else keeps it. Without a
 * manager SIGTERM is a stop. SIGINT is always a stop. */

#include "common/daemon-private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/daemon-directory.h"
#include "common/log.h"
#include "common/notify.h"

#define READY_WITHOUT_BUS_USEC (250 * USEC_PER_MSEC)
#define READY_RETRY_USEC (100 * USEC_PER_MSEC)
#define ALIVE_USEC USEC_PER_SEC
#define NO_PAUSE_QUIET_USEC (60 * USEC_PER_SEC)
#define JOB_TIMEOUT_USEC (200 * USEC_PER_MSEC)

static char *path_join(const char *directory, const char *name) {
        char *path;

        return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

char *daemon_runtime_path(const struct daemon *d, const char *name) {
        return path_join(d->runtime_dir, name);
}

char *daemon_state_path(const struct daemon *d, const char *name) {
        return path_join(d->state_dir, name);
}

void daemon_show_status(struct daemon *d) {
        char text[2 * DAEMON_STATUS_MAX];

        if (d->conf_problem)
                (void) snprintf(text, sizeof(text),
                                "STATUS=%s; the configuration before is in force, because %s",
                                d->private->status, d->conf_problem);
        else
                (void) snprintf(text, sizeof(text), "STATUS=%s", d->private->status);
        text[strcspn(text, "\n")] = '\0';
        (void) notify_send(text);
}

void daemon_status(struct daemon *d, const char *format, ...) {
        char text[DAEMON_STATUS_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        /* Daemons that look at something now and then must not wake the manager each time. */
        if (streq(text, d->private->status))
                return;
        memcpy(d->private->status, text, sizeof(text));
        daemon_show_status(d);
}

static int on_alive(sd_event_source *s, usec_t now, void *userdata) {
        daemon_life_settled(userdata);
        return 0;
}

/* Tell the manager, once. When it does not read, the timer tries again. */
static void tell_ready(struct daemon *d) {
        struct daemon_private *p = d->private;

        if (notify_send("READY=1") == -EAGAIN) {
                (void) sd_event_source_set_time_relative(p->ready_timer, READY_RETRY_USEC);
                (void) sd_event_source_set_enabled(p->ready_timer, SD_EVENT_ONESHOT);
                return;
        }
        p->ready = true;
        (void) sd_event_source_set_enabled(p->ready_timer, SD_EVENT_OFF);
        (void) sd_event_add_time_relative(
                        d->event, &p->alive_timer, CLOCK_MONOTONIC, ALIVE_USEC, 0, on_alive, d);
        daemon_show_status(d);
}

void daemon_ready_check(struct daemon *d) {
        if (d->private->started && !d->private->ready && d->bus_named)
                tell_ready(d);
}

static int on_ready_timer(sd_event_source *s, usec_t now, void *userdata) {
        tell_ready(userdata);
        return 0;
}

static int on_watchdog(sd_event_source *s, usec_t now, void *userdata) {
        struct daemon *d = userdata;

        (void) notify_send("WATCHDOG=1");
        (void) sd_event_source_set_time_relative(s, d->private->watchdog_usec / 3);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int watchdog_start(struct daemon *d) {
        struct daemon_private *p = d->private;

        if (sd_watchdog_enabled(0, &p->watchdog_usec) <= 0)
                return 0;
        return sd_event_add_time_relative(
                        d->event, &p->watchdog_timer, CLOCK_MONOTONIC, 0, 0, on_watchdog, d);
}

void daemon_finished(struct daemon *d) {
        daemon_life_end(d, d->private->end_reason);
        (void) sd_event_exit(d->event, 0);
}

bool daemon_is_ending(const struct daemon *d) {
        return d->private->ending;
}

static void end(struct daemon *d, enum daemon_end why) {
        d->private->end_reason = why;
        (void) notify_send("STOPPING=1");
        log_info("%s", why == DAEMON_END_STOP ? "stopping" : "ending for a successor");
        d->ops->end(d, why, d->userdata);
}

/* Keep everything unless it is certain that nobody comes after us. */
static void on_job(const char *type, void *userdata) {
        end(userdata, type && streq(type, "stop") ? DAEMON_END_STOP : DAEMON_END_KEEP);
}

/* Somebody else may listen for readiness, too (a test, a container's own init). */
static bool is_managed(void) {
        return getenv("NOTIFY_SOCKET") && sd_booted() > 0;
}

static int on_terminate(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        struct daemon *d = userdata;
        struct daemon_private *p = d->private;

        if (p->ending)
                return 0;
        p->ending = true;
        if (d->ops->end_requested)
                d->ops->end_requested(d, d->userdata);

        if (si->ssi_signo == SIGINT || !is_managed())
                end(d, DAEMON_END_STOP);
        else if (job_query_new(d->event, NULL, JOB_TIMEOUT_USEC, on_job, d, &p->job) < 0)
                end(d, DAEMON_END_KEEP);
        return 0;
}

static int on_hangup(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        _cleanup_free_ char *reason = NULL;
        int r = daemon_config_reload(userdata, &reason);

        if (r < 0)
                log_error("cannot reload: %s", strerror(-r));
        return 0;
}

/* Its watchdog ends a process that hangs; one that is busy is only told of. */
static int on_no_pause(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        struct daemon *d = userdata;
        usec_t now = usec_now(CLOCK_MONOTONIC);

        if (now < d->private->no_pause_logged)
                return 0;
        d->private->no_pause_logged = usec_add(now, NO_PAUSE_QUIET_USEC);
        log_warning("this process has run in real time for longer than %srlimit_rttime allows, without a pause",
                        d->ops->options ? d->ops->options(d->conf)->prefix : "");
        return 0;
}

static int signals_start(struct daemon *d) {
        static const struct {
                int signal;
                sd_event_signal_handler_t handler;
        } handlers[] = {
                { SIGTERM, on_terminate },
                { SIGINT, on_terminate },
                { SIGHUP, on_hangup },
                { SIGXCPU, on_no_pause },
        };
        int r;

        (void) signal(SIGPIPE, SIG_IGN);
        for (size_t i = 0; i < ARRAY_SIZE(handlers); i++) {
                r = sd_event_add_signal(d->event, NULL,
                                handlers[i].signal | SD_EVENT_SIGNAL_PROCMASK, handlers[i].handler,
                                d);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int directories_start(struct daemon *d) {
        int r;

        r = daemon_runtime_directory(d->ops->name, d->config_id, &d->runtime_dir);
        if (r < 0) {
                log_error("cannot make the runtime directory: %s", strerror(-r));
                return r;
        }
        r = daemon_state_directory(d->ops->name, d->config_id, &d->state_dir);
        if (r < 0) {
                log_error("cannot make the state directory: %s", strerror(-r));
                return r;
        }
        d->private->runtime_fd = open(d->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (d->private->runtime_fd < 0)
                return -errno;
        return 0;
}

static int lock_start(struct daemon *d) {
        pid_t holder = 0;
        int r;

        r = daemon_lock(d->runtime_dir, &d->private->lock_fd, &holder);
        if (r == -EBUSY)
                log_error("another %s (pid %d) runs here: %s/lock is taken", d->ops->name,
                                (int) holder, d->runtime_dir);
        else if (r < 0)
                log_error("cannot lock %s: %s", d->runtime_dir, strerror(-r));
        return r;
}

static int events_start(struct daemon *d) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "events");
        int r;

        r = path ? event_log_open(path, &d->events) : -ENOMEM;
        if (r < 0)
                log_error("cannot open the events in %s: %s", d->runtime_dir, strerror(-r));
        else if (r == EVENT_LOG_REPLACED)
                log_warning("%s was no event log; a new one is begun", path);
        if (r >= 0)
                d->events_signalled = event_log_last(d->events);
        return MIN(r, 0);
}

static void record_started(struct daemon *d) {
        json_object *data = json_object_new_object();

        if (data) {
                json_object_object_add(data, "version", json_object_new_string(MAINSTAY_VERSION));
                json_object_object_add(
                                data, "after-crash", json_object_new_boolean(d->after_crash));
        }
        daemon_event(d, "daemon-started", d->ops->object_path, data);
        json_object_put(data);
}

static void on_refused(const char *keyword, int error, void *userdata) {
        const struct daemon *d = userdata;

        log_warning("%s%s cannot be had: %s; this process runs on without it",
                        d->ops->options(d->conf)->prefix, keyword, strerror(-error));
}

void daemon_apply_options(struct daemon *d) {
        if (d->ops->options)
                process_options_apply(d->ops->options(d->conf), &d->private->origin, on_refused, d);
}

static int work_start(struct daemon *d) {
        int r;

        r = d->ops->start(d, d->userdata);
        if (r < 0) {
                log_error("cannot start: %s", strerror(-r));
                return r;
        }
        d->private->started = true;
        daemon_apply_options(d);
        record_started(d);
        r = sd_event_add_time_relative(d->event, &d->private->ready_timer, CLOCK_MONOTONIC,
                        READY_WITHOUT_BUS_USEC, 0, on_ready_timer, d);
        if (r < 0)
                return r;
        return daemon_bus_start(d);
}

static int daemon_start(struct daemon *d) {
        int r;

        process_origin_read(&d->private->origin);
        r = directories_start(d);
        if (r < 0)
                return r;
        r = lock_start(d);
        if (r < 0)
                return r;
        r = sd_event_default(&d->event);
        if (r < 0)
                return r;
        r = daemon_log_start(d);
        if (r < 0)
                return r;
        r = signals_start(d);
        if (r < 0)
                return r;
        r = watchdog_start(d);
        if (r < 0)
                return r;
        r = events_start(d);
        if (r < 0)
                return r;

        daemon_life_begin(d);
        r = daemon_config_start(d);
        if (r == -EINVAL)
                daemon_life_end(d, DAEMON_END_STOP);
        if (r < 0)
                return r;
        return work_start(d);
}

static void daemon_done(struct daemon *d) {
        struct daemon_private *p = d->private;

        if (d->event)
                daemon_bus_stop(d);
        if (d->ops->done)
                d->ops->done(d, d->userdata);
        p->job = job_query_free(p->job);
        p->ready_timer = sd_event_source_disable_unref(p->ready_timer);
        p->watchdog_timer = sd_event_source_disable_unref(p->watchdog_timer);
        p->alive_timer = sd_event_source_disable_unref(p->alive_timer);
        d->events = event_log_free(d->events);
        d->conf = conf_free(d->conf);
        p->prepared = conf_free(p->prepared);
        free(p->prepared_by);
        free(d->conf_problem);
        daemon_log_stop(d);
        sd_event_unref(d->event);
        if (p->runtime_fd >= 0)
                (void) close(p->runtime_fd);
        if (p->lock_fd >= 0)
                (void) close(p->lock_fd);
        free(d->runtime_dir);
        free(d->state_dir);
        free(d->conf_path);
        free(d->config_id);
}

static int daemon_run(struct daemon *d) {
        int r;

        log_open(d->ops->name);
        d->started_realtime_usec = usec_now(CLOCK_REALTIME);
        r = daemon_start(d);
        if (r >= 0)
                r = sd_event_loop(d->event);
        if (r < 0 && d->private->started)
                log_error("the loop ended: %s", strerror(-r));

        if (r == -EINVAL && !d->conf)
                return DAEMON_EXIT_CONFIG;
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* -t: judge the file and say so, as `mainstayctl config check`. */
static int config_test(const struct daemon *d) {
        _cleanup_(conf_freep) struct conf *c = NULL;

        if (conf_load(d->conf_path, d->config_id, CONF_READ_SCRIPTS, &c) < 0)
                return EXIT_FAILURE;
        conf_diags_print(&c->diags, CONF_NOTE, stderr);
        return conf_grade_exit_status(conf_grade(c));
}

static void usage(const struct daemon_ops *ops) {
        printf("usage: %s [-f FILE] [-i ID] [-t]\n\n"
               "%s\n\n"
               "  -f, --use-file FILE   configuration instead of %s\n"
               "  -i, --config-id ID    for @ID lines; also names the directories\n"
               "  -t, --config-test     judge the file: exit 0 good, 1 complaints, 2 unusable\n"
               "  -v, --version         show the version\n"
               "  -h, --help            show this\n\n"
               "It stays in the foreground; SIGHUP reloads, SIGTERM ends. See mainstay-%s(8).\n",
                        ops->name, ops->summary, conf_default_path(), ops->name);
}

/* Returns 0 to go on, 1 when all is done, -EINVAL for a wrong option. */
static int parse_options(struct daemon *d, int argc, char **argv, bool *ret_test) {
        static const struct option options[] = {
                { "use-file", required_argument, NULL, 'f' },
                { "config-id", required_argument, NULL, 'i' },
                { "config-test", no_argument, NULL, 't' },
                { "version", no_argument, NULL, 'v' },
                { "help", no_argument, NULL, 'h' },
                {},
        };
        const char *file = conf_default_path();
        int c;

        while ((c = getopt_long(argc, argv, "f:i:tvh", options, NULL)) >= 0)
                switch (c) {
                case 'f': file = optarg; break;
                case 'i':
                        free(d->config_id);
                        d->config_id = strdup(optarg);
                        break;
                case 't': *ret_test = true; break;
                case 'v': printf("%s (Mainstay) " MAINSTAY_VERSION "\n", d->ops->name); return 1;
                case 'h': usage(d->ops); return 1;
                default: return -EINVAL;
                }
        if (optind < argc) {
                fprintf(stderr, "%s: unexpected argument: %s\n", d->ops->name, argv[optind]);
                return -EINVAL;
        }
        d->conf_path = strdup(file);
        return d->conf_path ? 0 : -ENOMEM;
}

int daemon_main(int argc, char **argv, const struct daemon_ops *ops, void *userdata) {
        struct daemon_private private = { .lock_fd = -1, .runtime_fd = -1, .status = "running" };
        struct daemon d = { .ops = ops, .userdata = userdata, .private = &private };
        bool test = false;
        int r;

        r = parse_options(&d, argc, argv, &test);
        if (r == 0)
                r = test ? config_test(&d) : daemon_run(&d);
        else
                r = r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        daemon_done(&d);
        return r;
}
