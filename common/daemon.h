/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The skeleton of a Mainstay daemon: options, directories, the one-instance lock, the configuration
 * and its reload, the loop, readiness and watchdog, the bus and its loss, the events, the end.
 *
 * A daemon fills in struct daemon_ops and calls daemon_main(); what it does lies in its callbacks.
 * The order of a start is: options, lock, configuration, ops->start() (adoption: from here on the
 * daemon does its work), then the bus, then readiness. Nothing here waits for the bus.
 *
 * Priorities in the loop: a daemon's sockets and timers come first, the bus after them, saving last. What
 * there may be more of than the machine can do has the bus's own: they take turns (checkd/turns.h). */

#include <json-c/json.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/conf.h"
#include "common/event-log.h"
#include "common/process-options.h"
#include "common/usec.h"

enum {
        DAEMON_PRIORITY_SOCKET = SD_EVENT_PRIORITY_NORMAL - 20, /* packets, before timers */
        DAEMON_PRIORITY_TIMER = SD_EVENT_PRIORITY_NORMAL - 10,
        DAEMON_PRIORITY_BUS = SD_EVENT_PRIORITY_NORMAL + 10,
        DAEMON_PRIORITY_SAVE = SD_EVENT_PRIORITY_NORMAL + 20,
};

enum {
        DAEMON_EXIT_CONFIG = 78, /* EX_CONFIG: the unit's RestartPreventExitStatus= */
};

struct daemon;

/* Why a daemon is asked to end. */
enum daemon_end {
        DAEMON_END_STOP, /* for good: give everything up */
        DAEMON_END_KEEP, /* a successor comes: leave everything as it is */
};

struct daemon_ops {
        const char *name;        /* "vrrpd" */
        const char *bus_name;    /* "org.mainstay.Vrrp1" */
        const char *object_path; /* "/org/mainstay/vrrp1" */
        const char *summary;     /* one line for --help */

        /* Adopt what is there and begin to work, by d->conf. -errno ends the start. */
        int (*start)(struct daemon *d, void *userdata);

        /* @new takes the place of @old (both alive during the call; @old is freed after it).
         * Cannot fail: what does not work is a run-time state of its object. */
        void (*apply)(struct daemon *d, const struct conf *old, const struct conf *new_,
                        void *userdata);

        /* Add the object vtables to a connection that is being opened; the bus name is requested
         * after this. Called again for each new connection. Attach mirrors and feeds here. */
        int (*export)(struct daemon *d, sd_bus *bus, void *userdata);

        /* The connection is gone (d->bus is NULL by now): drop what was tied to it, detach mirrors. May be NULL. */
        void (*bus_lost)(struct daemon *d, void *userdata);

        /* SIGTERM has come; the reason is not known yet (it is asked for). May be NULL. */
        void (*end_requested)(struct daemon *d, void *userdata);

        /* End. The daemon calls daemon_finished() when it has done so, now or later; after
         * TimeoutStopSec the manager would kill it. */
        void (*end)(struct daemon *d, enum daemon_end why, void *userdata);

        /* The process ends: free everything. Called last, while the skeleton's members are still
         * there, also after a failed start. May be NULL. */
        void (*done)(struct daemon *d, void *userdata);

        /* How @conf wants this process to be run. May be NULL: as it was started. */
        const struct process_options *(*options)(const struct conf *conf);

        /* Names and CLOCK_BOOTTIME usec of producers whose state is stale, for Daemon1.StalePeers:
         * call @add for each. May be NULL. */
        void (*stale_peers)(struct daemon *d,
                        void (*add)(void *ctx, const char *bus_name, usec_t since), void *ctx,
                        void *userdata);
};

struct daemon {
        const struct daemon_ops *ops;
        void *userdata;

        sd_event *event;
        sd_bus *bus;    /* NULL while there is none */
        bool bus_named; /* we own our name on it */
        struct event_log *events;
        uint64_t events_signalled; /* the last one that was, or of which there was nobody to hear */

        char *runtime_dir; /* $RUNTIME_DIRECTORY or /run/mainstay/NAME[-ID] */
        char *state_dir;   /* $STATE_DIRECTORY or /var/lib/mainstay/NAME[-ID] */
        char *conf_path;   /* as given or found */
        char *config_id;   /* -i, or NULL */

        struct conf *conf;  /* in force */
        char *conf_problem; /* why the file is not what is in force, one line, or NULL */

        bool after_crash; /* there was live state and no orderly end before this start */
        unsigned crashes; /* crashes in a row, none alive one second past readiness */
        usec_t started_realtime_usec;

        struct daemon_private *private;
};

int daemon_main(int argc, char **argv, const struct daemon_ops *ops, void *userdata);

/* ops->end() is complete: leave the loop. */
void daemon_finished(struct daemon *d);

/* SIGTERM has come: what is lost from now on is no news. */
bool daemon_is_ending(const struct daemon *d);

/* Record an event and signal it. @type and data keys as in the XML; @data may be NULL and stays the
 * caller's. Call it before acting on what it tells. */
void daemon_event(struct daemon *d, const char *type, const char *object_path, json_object *data);

/* The same in three steps, for who has a thousand events at a time and something urgent to do about them: note each,
 * record what was noted (one write) before acting on it, signal at leisure what was recorded: at most @most
 * events; returns whether there are more. */
void daemon_event_note(
                struct daemon *d, const char *type, const char *object_path, json_object *data);
void daemon_events_record(struct daemon *d);
bool daemon_events_signal(struct daemon *d, unsigned most);

/* Signal that properties (NULL-terminated list of names) of the object at @path changed. Nothing
 * happens while there is no bus. Changes of one wake-up are gathered and sent once. */
void daemon_changed(struct daemon *d, const char *path, const char *interface,
                const char *const *properties);
#define DAEMON_CHANGED(d, path, interface, ...)                                                    \
        daemon_changed((d), (path), (interface), (const char *const[]){ __VA_ARGS__, NULL })
void daemon_object_added(struct daemon *d, const char *path);
/* Call before the object disappears from what the vtable's find function shows. */
void daemon_object_removed(struct daemon *d, const char *path, const char *interface);

/* runtime_dir/@name or state_dir/@name; never NULL but for lack of memory. Free it. */
char *daemon_runtime_path(const struct daemon *d, const char *name);
char *daemon_state_path(const struct daemon *d, const char *name);

/* The line shown by systemctl status, kept until the next call. "running" until the first. */
_printf_(2, 3) void daemon_status(struct daemon *d, const char *format, ...);
