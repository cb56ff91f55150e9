/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifos.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/process.h"
#include "notifyd/fifo-channel.h"
#include "notifyd/fifo-store.h"
#include "notifyd/fifos-record.h"

#define END_LOOK_USEC (50 * USEC_PER_MSEC)
#define END_READ_USEC (2 * USEC_PER_SEC)      /* for what is still in the FIFOs */
#define END_SETTLE_USEC (200 * USEC_PER_MSEC) /* for what was read last */
#define END_GRACE_USEC USEC_PER_SEC           /* from SIGTERM to SIGKILL, as keepalived */

struct fifos {
        sd_event *event;
        char *record_path;
        struct process_runner *runner;
        carried_t carried;
        void *userdata;
        struct fifo_channel *channels[_NOTIFY_FIFO_MAX];
        size_t n;
        struct fifo_store *store; /* until the first configuration is in force */
        bool unsaved;             /* a FIFO was opened */
        json_object *record;      /* as it was read or written last */

        void (*ended)(void *userdata);
        void *ended_userdata;
        sd_event_source *end_timer;
        usec_t end_deadline; /* CLOCK_MONOTONIC */
        bool settled;        /* the FIFOs are empty, or the time is over */
};

json_object *fifos_content(enum notify_fifo which, const struct fifo_line *l) {
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        (void) json_object_object_add(
                        o, "which", json_object_new_string(notify_fifo_to_string(which)));
        (void) json_object_object_add(o, "line", json_object_new_string_len(l->text, (int) l->n));
        return o;
}

/* --- what a successor has to know --- */

static void save(struct fifos *f) {
        _cleanup_(json_object_putp) json_object *record = json_object_new_object(), *old = NULL;

        f->unsaved = false;
        if (!record)
                return;
        for (size_t i = 0; i < f->n; i++)
                if (f->channels[i]->fifo->fd >= 0 &&
                                fifos_record_add(record, f->channels[i]->fifo,
                                                fifo_reader_command(f->channels[i]->reader)) < 0)
                        return;
        if (json_object_equal(record, f->record))
                return;
        old = f->record;
        f->record = TAKE_PTR(record);
        fifos_record_write(f->record_path, f->record);
}

static void on_opened(struct fifo *fifo, const char *key, void *userdata) {
        struct fifos *f = userdata;

        fifo_store_exchange(f->store, fifo);
        fifo_store_put(key, fifo);
        f->unsaved = true;
        fifo->ours = fifo->ours || fifos_record_is_ours(f->record, fifo);
}

static void on_closed(const char *key, void *userdata) {
        fifo_store_forget(key);
}

static void on_carried(uint64_t id, const struct carried *c, void *userdata) {
        struct fifos *f = userdata;

        f->carried(id, c, f->userdata);
}

static const struct fifo_channel_ops channel_ops = {
        .carried = on_carried, .opened = on_opened, .closed = on_closed
};

/* --- the configuration --- */

static struct fifo_channel *find_channel(const struct fifos *f, const char *path) {
        for (size_t i = 0; i < f->n; i++)
                if (streq(f->channels[i]->fifo->path, path))
                        return f->channels[i];
        return NULL;
}

static const struct fifo_wish *find_wish(
                const struct fifo_wish *wishes, size_t n, const char *path) {
        for (size_t i = 0; i < n; i++)
                if (streq(wishes[i].place->path, path))
                        return &wishes[i];
        return NULL;
}

/* The file stays where another channel is to have it. */
static void drop_channel(struct fifos *f, size_t i, bool remove) {
        struct fifo_channel *c = f->channels[i];

        fifo_channel_retire(c);
        if (remove)
                fifo_remove(c->fifo);
        (void) fifo_channel_free(c);
        f->channels[i] = f->channels[--f->n];
}

static void drop_unfit(struct fifos *f, const struct fifo_wish *wishes, size_t n) {
        for (size_t i = f->n; i-- > 0;) {
                const struct fifo_wish *w = find_wish(wishes, n, f->channels[i]->fifo->path);

                if (!w || !fifo_channel_fits(f->channels[i], w))
                        drop_channel(f, i, !w);
        }
}

static void have(struct fifos *f, const struct fifo_wish *w) {
        struct fifo_channel *c = find_channel(f, w->place->path);
        int r;

        if (!c) {
                r = fifo_channel_new(f->event, f->runner, w,
                                fifos_record_command(f->record, w->place->path), &channel_ops, f,
                                &c);
                if (r < 0) {
                        log_error("%s: %s", notify_fifo_to_string(w->which), strerrordesc_np(-r));
                        return;
                }
                f->channels[f->n++] = c;
        }
        fifo_channel_set(c, w);
}

static const struct process_ops stray_ops = {};

/* What a predecessor had and nobody wants any more. */
static void drop_strays(struct fifos *f) {
        json_object_object_foreach(f->record, path, value) {
                (void) value;
                if (!find_channel(f, path))
                        fifos_record_remove(f->record, path);
        }
        for (enum notify_fifo which = 0; which < _NOTIFY_FIFO_MAX; which++) {
                struct process *p;

                while ((p = process_claim(f->runner, notify_fifo_script_to_string(which),
                                        &stray_ops, NULL)))
                        process_end(p);
        }
}

/* What was kept is in its place now. The rest is forgotten by its key, and with it what was opened under the
 * same key, another path's, and put into the store since: put that again. */
static void close_store(struct fifos *f) {
        if (!f->store)
                return;
        f->store = fifo_store_free(f->store);
        for (size_t i = 0; i < f->n; i++)
                if (f->channels[i]->fifo->fd >= 0)
                        fifo_store_put(notify_fifo_to_string(f->channels[i]->wish.which),
                                        f->channels[i]->fifo);
}

void fifos_configure(struct fifos *f, const struct conf *conf) {
        struct fifo_wish wishes[_NOTIFY_FIFO_MAX];
        size_t n = fifo_wishes_of(conf, wishes);

        drop_unfit(f, wishes, n);
        for (size_t i = 0; i < n; i++)
                have(f, &wishes[i]);
        drop_strays(f);
        close_store(f);
        save(f);
}

/* --- lines --- */

int fifos_prepare(struct fifos *f, const struct action *a, struct carried *ret) {
        struct fifo_channel *c = find_channel(f, a->object);
        int r;

        if (!c) {
                *ret = (struct carried){ .outcome = CARRIED_GIVEN_UP };
                (void) snprintf(ret->text, sizeof(ret->text), "%s is not configured any more",
                                a->object);
                return 1;
        }
        r = fifo_channel_prepare(c, a, ret);
        if (f->unsaved)
                save(f);
        return r;
}

int fifos_send(struct fifos *f, const struct action *a, struct carried *ret) {
        return fifo_channel_send(find_channel(f, a->object), a, ret);
}

/* --- life --- */

int fifos_new(sd_event *event, const char *record_path, const char *reader_dir, carried_t carried,
                void *userdata, struct fifos **ret) {
        _cleanup_(fifos_freep) struct fifos *f = malloc(sizeof(*f));
        int r;

        if (!f)
                return -ENOMEM;
        *f = (struct fifos){
                .event = event,
                .record_path = strdup(record_path),
                .carried = carried,
                .userdata = userdata,
                .record = fifos_record_read(record_path),
        };
        if (!f->record_path || !f->record)
                return -ENOMEM;
        r = fifo_store_new(&f->store);
        if (r < 0)
                return r;
        r = process_runner_new(event, reader_dir, &f->runner);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

struct fifos *fifos_free(struct fifos *f) {
        if (!f)
                return NULL;
        while (f->n > 0)
                (void) fifo_channel_free(f->channels[--f->n]);
        (void) process_runner_free(f->runner);
        (void) fifo_store_free(f->store);
        (void) sd_event_source_disable_unref(f->end_timer);
        (void) json_object_put(f->record);
        free(f->record_path);
        free(f);
        return NULL;
}

/* --- the end --- */

static void on_readers_gone(void *userdata) {
        struct fifos *f = userdata;

        for (size_t i = 0; i < f->n; i++) {
                struct fifo *fifo = f->channels[i]->fifo;

                if (fifo->ours && fifo_unread(fifo) > 0)
                        log_warning("%s is removed with %zu bytes that nobody has read", fifo->path,
                                        fifo_unread(fifo));
                fifo_remove(fifo);
        }
        (void) unlink(f->record_path);
        f->ended(f->ended_userdata);
}

static bool somebody_reads(const struct fifos *f) {
        for (size_t i = 0; i < f->n; i++)
                if (fifo_reader_runs(f->channels[i]->reader) &&
                                fifo_unread(f->channels[i]->fifo) > 0)
                        return true;
        return false;
}

static bool have_readers(const struct fifos *f) {
        for (size_t i = 0; i < f->n; i++)
                if (fifo_reader_runs(f->channels[i]->reader))
                        return true;
        return false;
}

static int on_end_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        struct fifos *f = userdata;

        if (f->settled) {
                process_runner_end(f->runner, END_GRACE_USEC, on_readers_gone, f);
                return 0;
        }
        f->settled = !somebody_reads(f) || usec_now(CLOCK_MONOTONIC) >= f->end_deadline;
        (void) sd_event_source_set_time_relative(
                        source, f->settled ? END_SETTLE_USEC : END_LOOK_USEC);
        (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

void fifos_end(struct fifos *f, void (*done)(void *userdata), void *userdata) {
        f->ended = done;
        f->ended_userdata = userdata;
        for (size_t i = 0; i < f->n; i++)
                fifo_reader_disable(f->channels[i]->reader);
        if (!have_readers(f)) {
                process_runner_end(f->runner, END_GRACE_USEC, on_readers_gone, f);
                return;
        }
        f->end_deadline = usec_add(usec_now(CLOCK_MONOTONIC), END_READ_USEC);
        if (sd_event_add_time(f->event, &f->end_timer, CLOCK_MONOTONIC, 0, USEC_PER_MSEC,
                            on_end_timer, f) < 0)
                process_runner_end(f->runner, END_GRACE_USEC, on_readers_gone, f);
}
