/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checker-store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/checker.h"
#include "checkd/probe.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/state-file.h"

#define DELAY_USEC (20 * USEC_PER_MSEC) /* changes of that time are written together */
#define SHARE 20U                       /* writing takes at most one part in so many of the time */

struct checker_store {
        struct checkd *checkd;
        sd_event_source *timer;
        bool dirty[CHECKER_STORE_FILES];
        unsigned next; /* where to look for the next dirty one: each has its turn */
        int error;     /* of the last write, 0: it went well; said once */
};

static char *path_of(const struct checker_store *s, unsigned file) {
        char name[sizeof("checkers-NNNNNNNNNN")];

        (void) snprintf(name, sizeof(name), "checkers-%u", file);
        return daemon_runtime_path(s->checkd->daemon, name);
}

static void copy_text(char *to, const char *from) {
        (void) snprintf(to, CHECK_TEXT_MAX, "%s", from);
}

/* --- writing --- */

static void put(json_object *o, const char *key, json_object *value) {
        (void) json_object_object_add(o, key, value);
}

static json_object *save(const struct checker *k) {
        const struct check_probe *p = k->probe;
        const struct check_course *c = &p->course;
        _cleanup_free_ char *question = check_probe_question(p);
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        put(o, "state", json_object_new_string(check_state_to_string(k->state)));
        put(o, "since", json_object_new_uint64(k->state_since_usec));
        put(o, "reason", json_object_new_string(k->state_reason));
        put(o, "weight-change", json_object_new_int(k->weight_change));
        put(o, "suspended", json_object_new_boolean(k->suspended));
        put(o, "question", json_object_new_string(question ?: ""));
        put(o, "answer", json_object_new_string(check_state_to_string(c->verdict.state)));
        put(o, "provisional", json_object_new_boolean(c->verdict.provisional));
        put(o, "against", json_object_new_int64(c->verdict.against));
        put(o, "step", json_object_new_int64(c->step));
        put(o, "alone", json_object_new_boolean(c->alone));
        put(o, "phase", json_object_new_uint64(c->schedule.phase_usec));
        put(o, "last-run", json_object_new_uint64(p->last_run_usec));
        put(o, "last-result", json_object_new_string(p->last_result));
        return o;
}

static int write_file(const struct checker_store *s, unsigned file) {
        _cleanup_(json_object_putp) json_object *o = NULL, *checkers = NULL;
        _cleanup_free_ char *path = path_of(s, file);
        struct event_log *events = s->checkd->daemon->events;
        const struct checker *k;

        o = json_object_new_object();
        checkers = json_object_new_object();
        if (!path || !o || !checkers)
                return -ENOMEM;
        for (k = s->checkd->checkers; k; k = k->hh.next)
                if (k->file == file)
                        put(checkers, k->name, save(k));
        put(o, "checkers", TAKE_PTR(checkers));
        put(o, "generation", json_object_new_string(event_log_generation(events)));
        put(o, "sequence", json_object_new_uint64(event_log_last(events)));
        return state_file_write(path, o, false);
}

static void write_or_tell(struct checker_store *s, unsigned file) {
        int r = write_file(s, file);

        s->dirty[file] = false;
        if (r < 0 && r != s->error)
                log_warning("cannot save the state of checkers: %s", strerrordesc_np(-r));
        s->error = MIN(r, 0);
}

/* The next file that has to be written, or CHECKER_STORE_FILES. */
static unsigned next_dirty(struct checker_store *s) {
        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++) {
                unsigned file = (s->next + i) % CHECKER_STORE_FILES;

                if (s->dirty[file])
                        return file;
        }
        return CHECKER_STORE_FILES;
}

static void arm(struct checker_store *s, usec_t delay) {
        (void) sd_event_source_set_time_relative(s->timer, delay);
        (void) sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        struct checker_store *s = userdata;
        usec_t begin = usec_now(CLOCK_MONOTONIC);
        unsigned file = next_dirty(s);

        if (file == CHECKER_STORE_FILES)
                return 0;
        write_or_tell(s, file);
        s->next = file + 1;
        if (next_dirty(s) != CHECKER_STORE_FILES)
                arm(s, MAX(DELAY_USEC, SHARE * (usec_now(CLOCK_MONOTONIC) - begin)));
        return 0;
}

void checker_store_touch(struct checker_store *s, const struct checker *k) {
        int enabled;

        if (!s)
                return;
        s->dirty[k->file] = true;
        if (sd_event_source_get_enabled(s->timer, &enabled) >= 0 && enabled == SD_EVENT_OFF)
                arm(s, DELAY_USEC);
}

void checker_store_write(struct checker_store *s) {
        bool used[CHECKER_STORE_FILES] = {};
        const struct checker *k;

        for (k = s->checkd->checkers; k; k = k->hh.next)
                used[k->file] = true;
        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++)
                if (used[i] || s->dirty[i])
                        write_or_tell(s, i);
}

void checker_store_remove(struct checker_store *s) {
        (void) sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++) {
                _cleanup_free_ char *path = path_of(s, i);

                if (path)
                        (void) unlink(path);
        }
}

/* --- reading --- */

static unsigned get_unsigned(json_object *o, const char *key) {
        return (unsigned) MIN(json_get_uint64(o, key), UINT_MAX);
}

static json_object *get_object(json_object *o, const char *key) {
        json_object *value = o ? json_object_object_get(o, key) : NULL;

        return json_object_is_type(value, json_type_object) ? value : NULL;
}

/* Set @k's state without telling anybody: everybody knows it already. */
static void set_state(struct checker *k, enum check_state state, usec_t since, const char *reason) {
        k->checkd->n_checkers[k->state]--;
        k->checkd->n_checkers[state]++;
        k->state = state;
        k->state_since_usec = state == CHECK_STATE_UNKNOWN ? 0 : since;
        copy_text(k->state_reason, state == CHECK_STATE_UNKNOWN ? "" : reason);
        if (state != CHECK_STATE_UP)
                k->weight_change = 0;
}

/* The probe of several checkers goes on from what the last of them says that has asked the same. What it knew
 * need not be the checker's state: one that was suspended has kept its own. */
static void restore_probe(const struct checker *k, json_object *o) {
        struct check_probe *p = k->probe;
        _cleanup_free_ char *question = check_probe_question(p);
        enum check_state answer = check_state_from_string(json_get_string(o, "answer"));

        if (!question || !streq(question, json_get_string(o, "question"))) {
                if (p->course.verdict.state == CHECK_STATE_UNKNOWN)
                        check_course_presume(&p->course, k->state);
                return;
        }
        check_course_restore(&p->course, answer == _CHECK_STATE_MAX ? k->state : answer,
                        json_get_bool(o, "provisional"), get_unsigned(o, "against"),
                        get_unsigned(o, "step"), json_get_bool(o, "alone"));
        p->course.schedule.phase_usec = json_get_uint64(o, "phase");
        if (!k->suspended)
                p->weight_change = k->weight_change;
        p->last_run_usec = json_get_uint64(o, "last-run");
        copy_text(p->last_result, json_get_string(o, "last-result"));
}

static void restore(struct checker *k, json_object *o) {
        enum check_state state = check_state_from_string(json_get_string(o, "state"));

        k->suspended = json_get_bool(o, "suspended");
        k->weight_change = json_object_get_int(json_object_object_get(o, "weight-change"));
        set_state(k, state == _CHECK_STATE_MAX ? CHECK_STATE_UNKNOWN : state,
                        json_get_uint64(o, "since"), json_get_string(o, "reason"));
        restore_probe(k, o);
}

static void take_event(struct checkd *c, const struct event *e, const uint64_t *after) {
        enum check_state state = check_state_from_string(json_get_string(e->data, "state"));
        struct checker *k = checker_find(c, json_get_string(e->data, "name"));

        if (!k || !streq(e->type, "checker-state") || e->sequence <= after[k->file] ||
                        state == _CHECK_STATE_MAX)
                return;
        set_state(k, state, e->realtime_usec, json_get_string(e->data, "result"));
        if (!k->suspended)
                check_course_restore(&k->probe->course, state, false, 0, 0, false);
}

/* The event up to which @saved is; UINT64_MAX where that is not known: no file, or another numbering. */
static uint64_t known_until(const struct checkd *c, json_object *saved) {
        const char *generation = event_log_generation(c->daemon->events);

        return saved && streq(json_get_string(saved, "generation"), generation)
                        ? json_get_uint64(saved, "sequence")
                        : UINT64_MAX;
}

/* A file that is not there yet, or is torn: everything counts that came after the oldest of the others, which
 * are all of this life. Where there is none at all, this is a start from nothing: what the event log has was
 * before a stop. */
static void presume_until(uint64_t *after, json_object *const *saved) {
        uint64_t oldest = UINT64_MAX;

        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++)
                oldest = MIN(oldest, after[i]);
        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++)
                if (!saved[i])
                        after[i] = oldest;
}

static json_object *read_file(const struct checker_store *s, unsigned file) {
        _cleanup_free_ char *path = path_of(s, file);
        json_object *saved = NULL;
        int r = path ? state_file_read(path, &saved) : -ENOMEM;

        if (r < 0 && r != -ENOENT)
                log_warning("the saved state of some checkers is ignored: %s", strerrordesc_np(-r));
        return saved;
}

void checker_store_load(struct checker_store *s) {
        json_object *saved[CHECKER_STORE_FILES];
        uint64_t after[CHECKER_STORE_FILES], sequence = 0;
        const struct event *e;
        struct checker *k;

        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++) {
                saved[i] = read_file(s, i);
                after[i] = known_until(s->checkd, saved[i]);
        }
        presume_until(after, saved);
        for (k = s->checkd->checkers; k; k = k->hh.next) {
                json_object *o = get_object(get_object(saved[k->file], "checkers"), k->name);

                if (o)
                        restore(k, o);
        }
        for (; (e = event_log_next(s->checkd->daemon->events, sequence)); sequence = e->sequence)
                take_event(s->checkd, e, after);
        for (unsigned i = 0; i < CHECKER_STORE_FILES; i++)
                json_object_put(saved[i]);
}

/* --- the object --- */

/* FNV-1a: the same name is in the same file for every version of the program. */
unsigned checker_store_file(const char *name) {
        uint32_t h = 2166136261U;

        for (; *name; name++)
                h = (h ^ (unsigned char) *name) * 16777619U;
        return h % CHECKER_STORE_FILES;
}

int checker_store_new(struct checkd *c, struct checker_store **ret) {
        _cleanup_(checker_store_freep) struct checker_store *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->checkd = c;
        r = sd_event_add_time(
                        c->daemon->event, &s->timer, CLOCK_MONOTONIC, 0, DELAY_USEC, on_timer, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
        r = sd_event_source_set_priority(s->timer, DAEMON_PRIORITY_BUS); /* as of trackers */
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

struct checker_store *checker_store_free(struct checker_store *s) {
        if (!s)
                return NULL;
        (void) sd_event_source_disable_unref(s->timer);
        free(s);
        return NULL;
}
