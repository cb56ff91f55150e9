/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/process-table.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "checkd/process-events.h"
#include "checkd/process-match.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/macro.h"

#define BUDGET 256 /* messages in one wake-up */
#define STAT_MAX 512U
#define CMDLINE_MAX 65536U /* of a command line, more is not compared */

struct process_seen {
        UT_hash_handle hh;
        pid_t pid;
        unsigned scan; /* the last that saw it */
};

struct process_table {
        sd_event *event;
        struct process_sought *sought; /* DL */
        int fd;
        sd_event_source *events;
        sd_event_source *poll;
        bool listening; /* the kernel tells */
        bool told;      /* that it does not */
        unsigned scan;
        char cmdline[CMDLINE_MAX + 1];
};

/* --- what is known --- */

static struct process_seen *find(const struct process_sought *s, pid_t pid) {
        struct process_seen *p;

        HASH_FIND(hh, s->seen, &pid, sizeof(pid), p);
        return p;
}

static void poll_again(struct process_table *t) {
        (void) sd_event_source_set_time_relative(t->poll, PROCESS_POLL_USEC);
        (void) sd_event_source_set_enabled(t->poll, SD_EVENT_ONESHOT);
}

static void note_running(struct process_sought *s, pid_t pid) {
        struct process_seen *p = find(s, pid);

        if (!p) {
                if (s->n >= PROCESS_SOUGHT_MAX) {
                        s->incomplete = true;
                        poll_again(s->table);
                        return;
                }
                p = calloc(1, sizeof(*p));
                if (!p)
                        return;
                p->pid = pid;
                HASH_ADD(hh, s->seen, pid, sizeof(p->pid), p);
                s->n++;
        }
        p->scan = s->table->scan;
}

static void forget(struct process_sought *s, struct process_seen *p) {
        if (!p)
                return;
        HASH_DEL(s->seen, p);
        free(p);
        s->n--;
}

/* --- reading --- */

/* At most @max bytes of /proc/PID/@name. How many, or -errno: it is gone. */
static ssize_t read_of(pid_t pid, const char *name, char *buf, size_t max) {
        _cleanup_close_ int fd = -1;
        char path[64];
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, buf, max);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return n;
}

static bool needs_cmdline(const struct process_table *t) {
        const struct process_sought *s;

        DL_FOREACH (t->sought, s) {
                if (process_match_needs_cmdline(s->conf))
                        return true;
        }
        return false;
}

/* False: there is no such process, or no more. The command line is borrowed from the table. */
static bool read_image(struct process_table *t, pid_t pid, struct process_image *ret) {
        char stat[STAT_MAX];
        ssize_t n;

        *ret = (struct process_image){};
        if (read_of(pid, "stat", stat, sizeof(stat) - 1) <= 0 ||
                        !process_image_parse_stat(stat, ret))
                return false;
        if (ret->dead || !needs_cmdline(t))
                return true;
        n = read_of(pid, "cmdline", t->cmdline, CMDLINE_MAX);
        if (n <= 0)
                return true;
        ret->cmdline = t->cmdline;
        ret->cmdline_bytes = (size_t) n + (t->cmdline[n - 1] != '\0');
        return true;
}

static void look_at(struct process_table *t, struct process_sought *only, pid_t pid) {
        struct process_image image;
        struct process_sought *s;
        bool there = read_image(t, pid, &image);

        DL_FOREACH (t->sought, s) {
                if (only && s != only)
                        continue;
                if (there && process_match(s->conf, &image))
                        note_running(s, pid);
                else
                        forget(s, find(s, pid));
        }
}

static void forget_unseen(struct process_sought *s) {
        struct process_seen *p, *next;

        HASH_ITER (hh, s->seen, p, next)
                if (p->scan != s->table->scan)
                        forget(s, p);
}

/* Look at all processes, for @only or for all that are sought. */
static int scan(struct process_table *t, struct process_sought *only) {
        struct process_sought *s;
        DIR *proc = opendir("/proc");

        if (!proc)
                return -errno;
        t->scan++;
        DL_FOREACH (t->sought, s) {
                if (!only || s == only)
                        s->incomplete = false;
        }
        for (struct dirent *e; (e = readdir(proc));)
                if (isdigit((unsigned char) e->d_name[0]))
                        look_at(t, only, (pid_t) atol(e->d_name));
        (void) closedir(proc);
        DL_FOREACH (t->sought, s) {
                if (!only || s == only)
                        forget_unseen(s);
        }
        return 0;
}

/* --- news --- */

static void tell(struct process_table *t) {
        struct process_sought *s, *next;

        DL_FOREACH_SAFE (t->sought, s, next) {
                if (s->told == s->n)
                        continue;
                s->told = s->n;
                s->changed(s->userdata);
        }
}

static void scan_all(struct process_table *t) {
        (void) scan(t, NULL);
        tell(t);
}

static void on_event(struct process_table *t, const struct process_event *e) {
        struct process_sought *s;

        if (e->kind == PROCESS_EVENT_CHANGED)
                look_at(t, NULL, e->pid);
        DL_FOREACH (t->sought, s) {
                if (e->kind == PROCESS_EVENT_EXIT)
                        forget(s, find(s, e->pid));
                else if (e->kind == PROCESS_EVENT_FORK && find(s, e->parent))
                        note_running(s, e->pid);
        }
        tell(t);
}

static void say_polling(struct process_table *t, const char *why) {
        if (!t->told)
                log_notice("the kernel does not tell of processes (%s): /proc is read every second",
                                why);
        t->told = true;
}

static void stop_listening(struct process_table *t, const char *why) {
        say_polling(t, why);
        t->listening = false;
        t->events = sd_event_source_disable_unref(t->events);
        poll_again(t);
}

/* From now on every change is told; what was before is read. */
static void on_listening(struct process_table *t, int error) {
        if (error != 0) {
                stop_listening(t, strerrordesc_np(error));
                return;
        }
        t->listening = true;
        scan_all(t);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct process_table *t = userdata;

        for (int i = 0; i < BUDGET && t->events; i++) {
                struct process_event e;
                int r = process_events_receive(fd, &e);

                if (r == 0)
                        break;
                if (r == -ENOBUFS)
                        scan_all(t);
                else if (r < 0 && r != -EAGAIN)
                        stop_listening(t, strerrordesc_np(-r));
                else if (r > 0 && e.kind == PROCESS_EVENT_LISTENING)
                        on_listening(t, e.error);
                else if (r > 0 && t->listening)
                        on_event(t, &e);
        }
        return 0;
}

static bool is_complete(const struct process_table *t) {
        const struct process_sought *s;

        DL_FOREACH (t->sought, s) {
                if (s->incomplete)
                        return false;
        }
        return t->listening;
}

/* Before the kernel has answered, where it never will, and where more run than are counted. */
static int on_poll(sd_event_source *source, uint64_t usec, void *userdata) {
        struct process_table *t = userdata;

        if (is_complete(t))
                return 0;
        if (!t->listening)
                stop_listening(t,
                                "no answer"); /* events that are there are for who listens elsewhere */
        poll_again(t);
        scan_all(t);
        return 0;
}

/* --- the table --- */

static int start_poll(struct process_table *t) {
        int r;

        r = sd_event_add_time_relative(t->event, &t->poll, CLOCK_MONOTONIC, PROCESS_POLL_USEC,
                        USEC_PER_SEC / 10, on_poll, t);
        return r < 0 ? r : sd_event_source_set_priority(t->poll, DAEMON_PRIORITY_TIMER);
}

static void start_listening(struct process_table *t) {
        int r;

        t->fd = process_events_open();
        r = t->fd;
        if (r >= 0)
                r = sd_event_add_io(t->event, &t->events, t->fd, EPOLLIN, on_events, t);
        if (r < 0)
                say_polling(t, strerrordesc_np(-r));
        else
                (void) sd_event_source_set_priority(t->events, DAEMON_PRIORITY_SOCKET);
}

int process_table_new(sd_event *event, struct process_table **ret) {
        _cleanup_(process_table_freep) struct process_table *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return -ENOMEM;
        t->event = sd_event_ref(event);
        t->fd = -1;
        r = start_poll(t);
        if (r < 0)
                return r;
        start_listening(t);
        *ret = TAKE_PTR(t);
        return 0;
}

struct process_table *process_table_free(struct process_table *t) {
        if (!t)
                return NULL;
        assert(!t->sought);
        (void) sd_event_source_disable_unref(t->events);
        (void) sd_event_source_disable_unref(t->poll);
        if (t->fd >= 0)
                (void) close(t->fd);
        sd_event_unref(t->event);
        free(t);
        return NULL;
}

int process_table_seek(struct process_table *t, const struct check_process_conf *conf,
                void (*changed)(void *userdata), void *userdata, struct process_sought **ret) {
        _cleanup_(process_sought_freep) struct process_sought *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        *s = (struct process_sought){
                .table = t, .conf = conf, .changed = changed, .userdata = userdata
        };
        DL_APPEND(t->sought, s);
        r = scan(t, s);
        if (r < 0)
                return r;
        s->told = s->n;
        *ret = TAKE_PTR(s);
        return 0;
}

struct process_sought *process_sought_free(struct process_sought *s) {
        struct process_seen *p, *next;

        if (!s)
                return NULL;
        DL_DELETE(s->table->sought, s);
        HASH_ITER (hh, s->seen, p, next)
                forget(s, p);
        free(s);
        return NULL;
}
