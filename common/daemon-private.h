/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the daemon skeleton share among themselves: daemon.c (start, loop, end),
 * daemon-config.c (the configuration in force and its reload), daemon-life.c (did the last one crash?),
 * daemon-bus.c (the connection), daemon-log.c (messages that have to wait), daemon1-bus.c (org.mainstay.Daemon1). */

#include "common/daemon.h"
#include "common/job.h"

#define DAEMON_STATUS_MAX 256U

struct daemon_change;

struct daemon_private {
        int lock_fd;
        int runtime_fd; /* the runtime directory */

        bool succession; /* a predecessor has left live state: it has not been stopped */

        /* readiness and watchdog */
        bool started;         /* ops->start() is done */
        bool ready;           /* and the manager knows */
        bool ending;          /* SIGTERM was taken */
        usec_t watchdog_usec; /* 0: none */
        sd_event_source *ready_timer;
        sd_event_source *watchdog_timer;
        sd_event_source *alive_timer; /* one second past readiness */
        struct job_query *job;
        enum daemon_end end_reason;
        char status[DAEMON_STATUS_MAX]; /* what the daemon says of itself */

        struct process_origin origin;  /* how this process was started */
        sd_event_source *log_writable; /* on while messages wait for the journal */
        sd_event_source *log_retry;
        usec_t no_pause_logged; /* until then nothing is said of too long a run in real time */

        /* configuration */
        struct conf *prepared;
        char *prepared_by; /* unique name of the caller of Prepare */

        /* bus */
        sd_event_source *bus_retry;
        usec_t bus_retry_usec;  /* back-off */
        bool bus_name_refused;  /* and that was said */
        sd_event_source *flush; /* sends what daemon_changed() gathered */
        struct daemon_change *changes;
};

/* daemon-life.c: one small file says whether a daemon lives here, and how often it died. */
void daemon_life_begin(
                struct daemon *d); /* fills succession, after_crash, crashes; marks as alive */
void daemon_life_settled(struct daemon *d); /* alive one second past readiness */
void daemon_life_end(struct daemon *d, enum daemon_end why);

/* daemon-config.c */

/* Load the file, or what was kept, by the rules for a start. Returns 0; -EINVAL: unusable, was said. */
int daemon_config_start(struct daemon *d);

enum {
        DAEMON_PREPARE_FORCE = 1 << 0, /* accept new complaints */
};

/* What a preparation came to. */
enum daemon_prepared {
        DAEMON_PREPARED,
        DAEMON_PREPARE_CHANGED, /* the file has not the digest that was asked for */
        DAEMON_PREPARE_UNUSABLE,
        DAEMON_PREPARE_WORSE,
};

/* Load the file as the next configuration. @digest: NULL or "" for any. *ret_reason is a line with
 * file:line for every positive outcome; free it. Returns enum daemon_prepared, or -errno. */
int daemon_config_prepare(struct daemon *d, const char *digest, uint64_t flags, const char *caller,
                char **ret_reason);
/* Put it in force. -ENODATA: @caller (NULL: ourselves) has prepared nothing. */
int daemon_config_commit(struct daemon *d, const char *caller);
/* Prepare and commit, with what there is to say in the journal and the status line. */
int daemon_config_reload(struct daemon *d, char **ret_reason);

/* daemon-bus.c */
int daemon_bus_start(struct daemon *d);
void daemon_bus_stop(struct daemon *d);

/* daemon-log.c */
int daemon_log_start(struct daemon *d);
/* The end is near: how many messages would get lost if it came now? */
uint64_t daemon_log_end(void);
void daemon_log_stop(struct daemon *d);

/* daemon1-bus.c */
extern const sd_bus_vtable daemon1_vtable[];
void daemon1_emit_event(struct daemon *d, const struct event *e);

/* daemon.c */
/* Run as d->conf says; what the kernel refuses is said and left. */
void daemon_apply_options(struct daemon *d);
void daemon_ready_check(struct daemon *d);
/* Tell the manager what the daemon says of itself, and that the file is not in force if so. */
void daemon_show_status(struct daemon *d);
