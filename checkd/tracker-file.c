/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkd/checkd.h"
#include "checkd/file-value.h"
#include "checkd/file-watch.h"
#include "common/io.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"

struct tracker_file {
        struct tracker base;
        const struct check_file_conf *conf; /* of the configuration in force */
        struct file_watch *watch;
};

static struct tracker_file *of(struct tracker *t) {
        return CONTAINER_OF(t, struct tracker_file, base);
}

/* --- the number --- */

static void look(struct tracker_file *t) {
        char words[PROCESS_TEXT_MAX];
        int32_t value;
        int r;

        r = file_value_read(t->conf->file, &value, words, sizeof(words));
        tracker_looked(&t->base, words);
        tracker_complain(&t->base, r < 0 ? words : "");
        if (r >= 0)
                tracker_feed_value(&t->base, value);
}

static void on_changed(void *userdata) {
        look(userdata);
}

static void on_unwatched(const char *why, void *userdata) {
        const struct tracker_file *t = userdata;

        if (why)
                tracker_log(&t->base, LOG_WARNING, "polled, every %u s: %s",
                                (unsigned) (FILE_WATCH_POLL_USEC / USEC_PER_SEC), why);
        else
                tracker_log(&t->base, LOG_NOTICE, "no longer polled: changes are told");
}

static const struct file_watch_ops watch_ops = {
        .changed = on_changed,
        .unwatched = on_unwatched,
};

static void start_watch(struct tracker_file *t) {
        struct checkd *c = t->base.checkd;
        int r;

        r = file_watch_new(c->daemon->event, c->mounts, t->conf->file, &watch_ops, t, &t->watch);
        if (r < 0)
                tracker_log(&t->base, LOG_ERR, "changes will not be seen: %s", strerrordesc_np(-r));
        look(t);
}

/* --- the kind --- */

static void begin(struct tracker *t, unsigned i, unsigned n) {
        t->begun = true;
        start_watch(of(t));
}

static void stop(struct tracker *t) {
        of(t)->watch = file_watch_free(of(t)->watch);
}

static struct tracker *free_file(struct tracker *t) {
        stop(t);
        tracker_done(t);
        free(of(t));
        return NULL;
}

static void reconfigure(
                struct tracker *t, const void *block, const struct global_conf *old_global) {
        const struct check_file_conf *conf = block;
        bool same = streq(conf->file, of(t)->conf->file);

        of(t)->conf = conf;
        t->pos = conf->pos;
        if (same && of(t)->watch)
                return;
        t->complaint[0] = '\0';
        stop(t);
        start_watch(of(t));
}

static void save(const struct tracker *t, json_object *o) {
        (void) json_object_object_add(o, "value", json_object_new_int(t->value));
}

static void restore(struct tracker *t, json_object *o) {
        json_object *value = NULL;

        if (json_object_object_get_ex(o, "value", &value))
                t->value = json_object_get_int(value);
}

static const struct tracker_kind file_kind = {
        .kind = CHECK_TRACKER_FILE,
        .begin = begin,
        .reconfigure = reconfigure,
        .stop = stop,
        .free = free_file,
        .save = save,
        .restore = restore,
};

int tracker_file_new(struct checkd *c, const struct check_file_conf *conf, struct tracker **ret) {
        struct tracker_file *t = malloc(sizeof(*t));
        _cleanup_(tracker_freep) struct tracker *base = NULL;
        int r;

        if (!t)
                return -ENOMEM;
        *t = (struct tracker_file){ .base.kind = &file_kind, .conf = conf };
        base = &t->base;
        r = tracker_init(base, &file_kind, c, conf->name, &conf->pos);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(base);
        return 0;
}

/* --- init_file --- */

/* A link that leads to somewhere is not followed to make a file there. */
static int create(const struct check_file_conf *conf) {
        int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
        _cleanup_close_ int fd = -1;
        char text[16];
        int n = snprintf(text, sizeof(text), "%" PRId32 "\n", conf->init_file.value);

        flags |= conf->init_file.overwrite ? O_TRUNC | O_NOFOLLOW : O_EXCL;
        fd = open(conf->file, flags, 0644);
        if (fd < 0)
                return errno == EEXIST ? 0 : -errno;
        return io_write_all(fd, text, (size_t) n);
}

void tracker_file_create(const struct check_file_conf *conf) {
        int r = conf->init_file.given ? create(conf) : 0;

        if (r < 0)
                log_warning("%s:%u: init_file: cannot make %s: %s", conf->pos.file, conf->pos.line,
                                conf->file, strerrordesc_np(-r));
}
