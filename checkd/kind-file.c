/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* FILE_CHECK: a try reads the number in a file. That it has changed is news from its watch. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/file-value.h"
#include "checkd/file-watch.h"
#include "checkd/kind.h"
#include "checkd/weight-change.h"
#include "common/daemon.h"
#include "common/macro.h"

struct file_try {
        const struct check_checker_conf *conf; /* borrowed; check_kind.rebase */
        check_done_t done;
        void *userdata;
        sd_event_source *timer;
};

static struct file_try *try_free(struct file_try *t) {
        if (!t)
                return NULL;
        (void) sd_event_source_disable_unref(t->timer);
        free(t);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct file_try *, try_free);

/* --- reading --- */

/* What cannot be read, or is no number, counts as 0. @words says what it is. 0; -errno: our own want. */
static int read_number(const char *path, int64_t *ret, char *words, size_t n) {
        char text[FILE_VALUE_TEXT_MAX];
        int64_t number = 0;
        int r;

        r = file_value_read_text(path, text);
        if (file_value_own_want(r)) {
                (void) snprintf(words, n, "cannot read %s: %s", path, strerrordesc_np(-r));
                return r;
        }
        if (r == -EISDIR)
                (void) snprintf(words, n, "%s is no file, taken as 0", path);
        else if (r < 0)
                (void) snprintf(words, n, "cannot read %s: %s, taken as 0", path,
                                strerrordesc_np(-r));
        else if (check_file_number(text, &number) < 0)
                (void) snprintf(words, n, "there is no number in %s, taken as 0", path);
        else
                (void) snprintf(words, n, "%s says %" PRId64, path, number);
        *ret = number;
        return 0;
}

static void judge(const struct check_file_check_conf *f, struct check_outcome *o) {
        char words[CHECK_TEXT_MAX - 40];
        int64_t number = 0;

        if (read_number(f->file->file, &number, words, sizeof(words)) < 0)
                o->result = CHECK_UNTRIED;
        else
                o->result = check_file_good(number, &f->weight, &o->weight_change) ? CHECK_GOOD
                                                                                   : CHECK_BAD;
        if (o->result != CHECK_GOOD || f->weight.value == 0)
                (void) snprintf(o->text, sizeof(o->text), "%s", words);
        else
                (void) snprintf(o->text, sizeof(o->text), "%s, weight %+d", words,
                                o->weight_change);
}

/* --- the kind --- */

/* The file is read where the try ends, and not where it begins: so no change falls between the two. */
static int on_time(sd_event_source *s, uint64_t usec, void *userdata) {
        struct file_try *t = userdata;
        struct check_outcome o = {};

        judge(&t->conf->file, &o);
        t->done(&o, t->userdata);
        (void) try_free(t);
        return 0;
}

static int file_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        _cleanup_(try_freep) struct file_try *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return -ENOMEM;
        t->conf = c;
        t->done = done;
        t->userdata = userdata;
        r = sd_event_add_time(e->event, &t->timer, CLOCK_MONOTONIC, 0, 0, on_time, t);
        if (r >= 0)
                r = sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
        if (r < 0)
                return r;
        *ret = (struct check_try *) TAKE_PTR(t);
        return 0;
}

static void file_cancel(struct check_try *t) {
        (void) try_free((struct file_try *) t);
}

static void file_rebase(struct check_try *t, const struct check_checker_conf *c) {
        ((struct file_try *) t)->conf = c;
}

static bool file_same(const struct check_checker_conf *a, const struct check_checker_conf *b) {
        return streq(a->file.file->file, b->file.file->file) &&
                        a->file.weight.value == b->file.weight.value &&
                        a->file.weight.reverse == b->file.weight.reverse;
}

static void file_describe(const struct check_checker_conf *c, char *buf, size_t n) {
        (void) snprintf(buf, n, "%s", c->file.file->file);
}

/* --- news --- */

static int watch(struct check_engine *e, const struct check_checker_conf *c,
                const struct file_watch_ops *ops, void *userdata, struct file_watch **ret) {
        return file_watch_new(e->event, e->mounts, c->file.file->file, ops, userdata, ret);
}

const struct check_kind check_kind_file = {
        .name = "FILE_CHECK",
        .start = file_start,
        .cancel = file_cancel,
        .rebase = file_rebase,
        .same = file_same,
        .describe = file_describe,
        .watch = watch,
};
