/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "checkd/file-value.h"
#include "checkd/file-way.h"
#include "checkd/mounts.h"
#include "common/daemon.h"
#include "common/macro.h"

#define IN_GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW)
#define IN_OTHER (IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB)
#define IN_LEVEL (IN_OTHER | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)
#define IN_TARGET (IN_CLOSE_WRITE | IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)

/* A name on the way to the file, and the watch of the directory that it is in. */
struct level {
        struct file_watch *watch;
        char *path;
        const char *name; /* its end */
        sd_event_source *source;
        struct level *next; /* NULL: this is the file, or what is missing */
};

struct file_watch {
        sd_event *event;
        struct mounts *mounts;
        struct mounts_listener listener;
        char *path;
        const struct file_watch_ops *ops;
        void *userdata;

        struct level *levels;    /* from the root on */
        sd_event_source *target; /* the file itself, if it is there */
        sd_event_source *timer;  /* when to look without having been told */
        bool outdated;           /* watches may be of what is mounted over */
        char why[256];           /* it is polled; "": it is not */

        int found; /* what was told last: of reading, and the text */
        char text[FILE_VALUE_TEXT_MAX];
};

/* --- looking --- */

static void look_within(struct file_watch *w, usec_t delay) {
        usec_t at = usec_add(usec_now(CLOCK_MONOTONIC), delay), due = USEC_INFINITY;
        int enabled = SD_EVENT_OFF;

        (void) sd_event_source_get_enabled(w->timer, &enabled);
        (void) sd_event_source_get_time(w->timer, &due);
        if (enabled != SD_EVENT_OFF && due <= at)
                return;
        (void) sd_event_source_set_time(w->timer, at);
        (void) sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

/* True: it says something else than it did. */
static bool read_again(struct file_watch *w) {
        char text[FILE_VALUE_TEXT_MAX] = "";
        int r = file_value_read_text(w->path, text);
        bool same = r == w->found && streq(text, w->text);

        if (file_value_own_want(r)) /* the news was this one */
                look_within(w, FILE_WATCH_POLL_USEC);
        w->found = r;
        memcpy(w->text, text, sizeof(text));
        return !same;
}

/* One change is often told twice, by the directory and by the file; and some are none. */
static void look(struct file_watch *w) {
        if (read_again(w))
                w->ops->changed(w->userdata);
}

/* Then nobody needs to wait for the writer any more. */
static void look_at_written(struct file_watch *w) {
        if (!w->why[0] && !w->outdated)
                (void) sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        look(w);
}

/* --- watching --- */

static struct level *level_free(struct level *l) {
        if (!l)
                return NULL;
        (void) sd_event_source_disable_unref(l->source);
        free(l->path);
        free(l);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct level *, level_free);

static void levels_free(struct level *first) {
        struct level *l, *next;

        LL_FOREACH_SAFE (first, l, next)
                (void) level_free(l);
}

static void arm(struct file_watch *w);

static int on_target(sd_event_source *s, const struct inotify_event *event, void *userdata) {
        struct file_watch *w = userdata;

        if (event->mask & (IN_GONE | IN_ATTRIB))
                arm(w);
        if (event->mask & IN_CLOSE_WRITE)
                look_at_written(w);
        else if (event->mask & (IN_GONE | IN_ATTRIB))
                look(w);
        else
                look_within(w, FILE_WATCH_SETTLE_USEC);
        return 0;
}

/* One that may not be read is no trouble: when it may, the directory will tell. */
static int watch_target(struct file_watch *w, const char *path) {
        int r;

        r = sd_event_add_inotify(
                        w->event, &w->target, path, IN_TARGET | IN_DONT_FOLLOW, on_target, w);
        if (r < 0)
                return r == -EACCES || r == -ENOENT || r == -ELOOP ? 0 : r;
        return sd_event_source_set_priority(w->target, DAEMON_PRIORITY_TIMER);
}

/* A file that is made is closed when it has been written; all else, links of either kind too, is complete at once. */
static bool is_begun(const char *path) {
        struct stat st;

        return lstat(path, &st) >= 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

/* Arming frees @l. */
static int on_directory(sd_event_source *s, const struct inotify_event *event, void *userdata) {
        struct level *l = userdata;
        struct file_watch *w = l->watch;
        bool begun;

        if (!(event->mask & IN_GONE) && (event->len == 0 || !streq(event->name, l->name)))
                return 0;
        begun = event->mask & IN_CREATE && is_begun(l->path);
        if (event->mask & (IN_GONE | IN_OTHER))
                arm(w);
        if (begun)
                look_within(w, FILE_WATCH_SETTLE_USEC);
        else if (event->mask & IN_CLOSE_WRITE)
                look_at_written(w);
        else
                look(w);
        return 0;
}

static int level_new(struct file_watch *w, const struct file_way *y, struct level **ret) {
        _cleanup_(level_freep) struct level *l = calloc(1, sizeof(*l));
        char path[PATH_MAX];
        int r;

        r = file_way_path(y, path);
        if (r < 0)
                return r;
        if (!l)
                return -ENOMEM;
        l->path = strdup(path);
        if (!l->path)
                return -ENOMEM;
        l->watch = w;
        l->name = strrchr(l->path, '/') + 1;
        r = sd_event_add_inotify(w->event, &l->source, y->at,
                        IN_LEVEL | IN_ONLYDIR | IN_DONT_FOLLOW, on_directory, l);
        if (r >= 0)
                r = sd_event_source_set_priority(l->source, DAEMON_PRIORITY_TIMER);
        *ret = TAKE_PTR(l);
        return r;
}

/* --- why it cannot be --- */

static const char *describe_error(int error) {
        switch (-error) {
        case ENOSPC: return "fs.inotify.max_user_watches allows no more";
        case EMFILE:
                return "fs.inotify.max_user_instances or the limit of open files allows no more";
        default: return strerrordesc_np(-error);
        }
}

static void set_why(struct file_watch *w, const char *path, int error) {
        (void) snprintf(w->why, sizeof(w->why), "%.150s cannot be watched: %s", path,
                        describe_error(error));
}

static bool tells_nothing(struct file_watch *w, const char *directory) {
        struct file_system fs;
        const char *why;

        if (!mounts_find(w->mounts, directory, &fs))
                return false;
        why = file_system_unwatchable(&fs);
        if (why)
                (void) snprintf(w->why, sizeof(w->why), "%.150s is on %s: %s", directory, fs.type,
                                why);
        return why;
}

/* --- the way --- */

/* The directory is watched before it is looked into: so nothing falls between the two. One that is not there any
 * more was replaced since it was seen, and that will be told. The first trouble is what is said. */
static int watch_directory(struct file_watch *w, const struct file_way *y, struct level ***tail) {
        struct level *l = NULL;
        int r;

        r = level_new(w, y, &l);
        if (l) {
                **tail = l;
                *tail = &l->next;
        }
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r < 0 && !w->why[0])
                set_why(w, y->at, r);
        if (r >= 0 && !w->why[0])
                (void) tells_nothing(w, y->at);
        return 1;
}

/* 1: the way goes on; 0: it ends here. */
static int take_name(struct file_watch *w, struct file_way *y) {
        char path[PATH_MAX], target[PATH_MAX];
        struct stat st;
        ssize_t n;
        int r;

        r = file_way_path(y, path);
        if (r < 0)
                return r;
        if (lstat(path, &st) < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
        if (S_ISREG(st.st_mode))
                return watch_target(w, path);
        if (S_ISDIR(st.st_mode)) {
                r = file_way_enter(y);
                return r < 0 ? r : 1;
        }
        if (!S_ISLNK(st.st_mode))
                return 0;
        n = readlink(path, target, sizeof(target) - 1);
        if (n < 0)
                return errno == ENOENT || errno == EINVAL ? 0 : -errno;
        target[n] = '\0';
        r = file_way_follow(y, target);
        return r < 0 ? r : 1;
}

static int walk(struct file_watch *w, struct file_way *y) {
        struct level **tail = &w->levels;
        int r;

        r = file_way_init(y, w->path);
        for (unsigned i = 0; r >= 0; i++) {
                r = i < FILE_WATCH_LEVELS_MAX ? file_way_next(y) : -ELOOP;
                if (r > 0)
                        r = watch_directory(w, y, &tail);
                if (r > 0)
                        r = take_name(w, y);
                if (r == 0)
                        return 0;
        }
        return r;
}

/* The old watches go when the new ones are there, so that what lies on both ways is watched all the time. */
static void arm(struct file_watch *w) {
        _cleanup_free_ struct file_way *way = malloc(sizeof(*way));
        sd_event_source *target = TAKE_PTR(w->target);
        struct level *levels = TAKE_PTR(w->levels);
        bool was_polled = w->why[0];
        int r;

        w->outdated = false;
        w->why[0] = '\0';
        r = way ? walk(w, way) : -ENOMEM;
        if (r < 0 && !w->why[0])
                set_why(w, w->path, r);
        levels_free(levels);
        (void) sd_event_source_disable_unref(target);

        if (was_polled != (w->why[0] != '\0'))
                w->ops->unwatched(w->why[0] ? w->why : NULL, w->userdata);
        if (w->why[0])
                look_within(w, FILE_WATCH_POLL_USEC);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        struct file_watch *w = userdata;

        arm(w);
        look(w);
        return 0;
}

/* A thousand may listen: each in its own turn. */
static void on_mounts(struct mounts_listener *l) {
        struct file_watch *w = CONTAINER_OF(l, struct file_watch, listener);

        w->outdated = true;
        look_within(w, 0);
}

static int add_timer(struct file_watch *w) {
        int r;

        r = sd_event_add_time(w->event, &w->timer, CLOCK_MONOTONIC, USEC_INFINITY,
                        10 * USEC_PER_MSEC, on_timer, w);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        return sd_event_source_set_priority(w->timer, DAEMON_PRIORITY_TIMER);
}

int file_watch_new(sd_event *event, struct mounts *m, const char *path,
                const struct file_watch_ops *ops, void *userdata, struct file_watch **ret) {
        _cleanup_(file_watch_freep) struct file_watch *w = malloc(sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        *w = (struct file_watch){
                .event = sd_event_ref(event),
                .mounts = m,
                .listener.changed = on_mounts,
                .path = strdup(path),
                .ops = ops,
                .userdata = userdata,
        };
        mounts_listen(m, &w->listener);
        if (!w->path)
                return -ENOMEM;
        r = add_timer(w);
        if (r < 0)
                return r;
        arm(w);
        (void) read_again(w);
        *ret = TAKE_PTR(w);
        return 0;
}

struct file_watch *file_watch_free(struct file_watch *w) {
        if (!w)
                return NULL;
        mounts_unlisten(w->mounts, &w->listener);
        levels_free(w->levels);
        (void) sd_event_source_disable_unref(w->target);
        (void) sd_event_source_disable_unref(w->timer);
        sd_event_unref(w->event);
        free(w->path);
        free(w);
        return NULL;
}
