/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "checkd/file-system.h"
#include "common/daemon.h"
#include "common/macro.h"

#define IN_GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW)
#define IN_ABOVE (IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define IN_FILE (IN_ABOVE | IN_CLOSE_WRITE)
#define IN_TARGET (IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)

/* A directory on the way to the file. */
struct level {
        struct file_watch *watch;
        char *directory;
        char *name;              /* of what is next on the way: a directory, or the file */
        sd_event_source *source; /* NULL: it is not there */
};

struct file_watch {
        sd_event *event;
        char *path;
        void (*changed)(void *userdata);
        void *userdata;

        struct level *levels; /* from the root on */
        size_t n_levels;
        sd_event_source *target; /* the file, if it is a symbolic link */
};

static int arm(struct file_watch *w);

static bool is_last(const struct level *l) {
        return l == &l->watch->levels[l->watch->n_levels - 1];
}

static int on_target(sd_event_source *s, const struct inotify_event *event, void *userdata) {
        struct file_watch *w = userdata;

        if (event->mask & (IN_GONE | IN_ATTRIB))
                (void) arm(w);
        w->changed(w->userdata);
        return 0;
}

/* Writes through another name of the file are seen on the file alone. */
static void watch_target(struct file_watch *w) {
        struct stat st;

        w->target = sd_event_source_disable_unref(w->target);
        if (lstat(w->path, &st) < 0 || !S_ISLNK(st.st_mode))
                return;
        if (sd_event_add_inotify(w->event, &w->target, w->path, IN_TARGET, on_target, w) >= 0)
                (void) sd_event_source_set_priority(w->target, DAEMON_PRIORITY_TIMER);
}

/* A file that is made is closed when it has been written; a link, of either kind, is complete at once. */
static bool is_link(const char *path) {
        struct stat st;

        return lstat(path, &st) >= 0 && (S_ISLNK(st.st_mode) || st.st_nlink > 1);
}

static int on_directory(sd_event_source *s, const struct inotify_event *event, void *userdata) {
        struct level *l = userdata;
        struct file_watch *w = l->watch;

        if (!(event->mask & IN_GONE) && (event->len == 0 || !streq(event->name, l->name)))
                return 0;
        if (!is_last(l) || event->mask & IN_GONE)
                (void) arm(w);
        else if (event->mask & IN_CREATE && !is_link(w->path))
                return 0;
        else if (event->mask & IN_FILE & ~(uint32_t) IN_ONLYDIR)
                watch_target(w);
        else
                return 0; /* of those that another watch of the directory wants to know of */
        w->changed(w->userdata);
        return 0;
}

static int watch_level(struct level *l) {
        int r;

        r = sd_event_add_inotify(l->watch->event, &l->source, l->directory,
                        is_last(l) ? IN_FILE : IN_ABOVE, on_directory, l);
        if (r >= 0)
                (void) sd_event_source_set_priority(l->source, DAEMON_PRIORITY_TIMER);
        return r;
}

/* From the root on: what is made below a directory that is watched will be told. Not every file system tells a
 * directory of its own end, but all tell the one above. */
static int arm(struct file_watch *w) {
        int r = 0;

        for (size_t i = 0; i < w->n_levels; i++)
                w->levels[i].source = sd_event_source_disable_unref(w->levels[i].source);
        for (size_t i = 0; i < w->n_levels && r >= 0; i++)
                r = watch_level(&w->levels[i]);
        watch_target(w);
        return r == -ENOENT || r == -ENOTDIR ? 0 : r;
}

static size_t count_slashes(const char *path) {
        size_t n = 0;

        for (; *path; path++)
                n += *path == '/';
        return n;
}

static int make_levels(struct file_watch *w) {
        w->levels = calloc(count_slashes(w->path), sizeof(*w->levels));
        if (!w->levels)
                return -ENOMEM;
        for (const char *at = strchr(w->path, '/'); at; at = strchr(at, '/')) {
                struct level *l = &w->levels[w->n_levels];
                size_t n = MAX((size_t) (at - w->path), (size_t) 1);

                at += strspn(at, "/");
                l->watch = w;
                l->directory = strndup(w->path, n);
                l->name = strndup(at, strcspn(at, "/"));
                w->n_levels++;
                if (!l->directory || !l->name)
                        return -ENOMEM;
        }
        return 0;
}

static char *find_reason(const char *path) {
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
        _cleanup_free_ char *text = NULL;
        struct file_system fs;
        const char *why;
        size_t n = 0;
        char *words;

        if (!f || getdelim(&text, &n, '\0', f) < 0 || !file_system_find(text, path, &fs))
                return NULL;
        why = file_system_unwatchable(&fs);
        if (!why || asprintf(&words, "%s is on %s: %s", path, fs.type, why) < 0)
                return NULL;
        return words;
}

int file_watch_new(sd_event *event, const char *path, void (*changed)(void *userdata),
                void *userdata, struct file_watch **ret, char **ret_why) {
        _cleanup_(file_watch_freep) struct file_watch *w = calloc(1, sizeof(*w));
        _cleanup_free_ char *why = find_reason(path);
        int r;

        if (!w)
                return -ENOMEM;
        if (why) {
                if (ret_why)
                        *ret_why = TAKE_PTR(why);
                return -EOPNOTSUPP;
        }
        w->event = sd_event_ref(event);
        w->path = strdup(path);
        if (!w->path)
                return -ENOMEM;
        w->changed = changed;
        w->userdata = userdata;
        r = make_levels(w);
        if (r >= 0)
                r = arm(w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

struct file_watch *file_watch_free(struct file_watch *w) {
        if (!w)
                return NULL;
        for (size_t i = 0; i < w->n_levels; i++) {
                (void) sd_event_source_disable_unref(w->levels[i].source);
                free(w->levels[i].directory);
                free(w->levels[i].name);
        }
        free(w->levels);
        (void) sd_event_source_disable_unref(w->target);
        sd_event_unref(w->event);
        free(w->path);
        free(w);
        return NULL;
}
