/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "checkd/checkd.h"
#include "checkd/file-value.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

static void put(json_object *o, const char *key, json_object *value) {
        (void) json_object_object_add(o, key, value);
}

static void copy_text(char *to, const char *from) {
        (void) snprintf(to, PROCESS_TEXT_MAX, "%s", from);
}

static json_object *save(const struct tracker *t) {
        const struct check_verdict *v = &t->verdict;
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        put(o, "state", json_object_new_string(check_state_to_string(v->state)));
        put(o, "provisional", json_object_new_boolean(v->provisional));
        put(o, "against", json_object_new_int64(v->against));
        put(o, "since", json_object_new_uint64(t->state_since_usec));
        put(o, "reason", json_object_new_string(t->state_reason));
        put(o, "last-run", json_object_new_uint64(t->last_run_usec));
        put(o, "last-result", json_object_new_string(t->last_result));
        t->kind->save(t, o);
        return o;
}

int tracker_store_write(const struct checkd *c, const char *path) {
        _cleanup_(json_object_putp) json_object *o = NULL, *trackers = NULL;
        const struct tracker *t;

        o = json_object_new_object();
        trackers = json_object_new_object();
        if (!o || !trackers)
                return -ENOMEM;
        for (t = c->trackers; t; t = t->hh.next)
                put(trackers, t->id, save(t));
        put(o, "trackers", TAKE_PTR(trackers));
        put(o, "generation", json_object_new_string(event_log_generation(c->daemon->events)));
        put(o, "sequence", json_object_new_uint64(event_log_last(c->daemon->events)));
        return state_file_write(path, o, false);
}

int tracker_store_read(const char *path, struct json_object **ret) {
        return state_file_read(path, ret);
}

struct json_object *tracker_store_find(struct json_object *saved, const char *id) {
        json_object *trackers = NULL, *entry = NULL;

        if (!saved || !json_object_object_get_ex(saved, "trackers", &trackers) ||
                        !json_object_is_type(trackers, json_type_object) ||
                        !json_object_object_get_ex(trackers, id, &entry) ||
                        !json_object_is_type(entry, json_type_object))
                return NULL;
        return entry;
}

static void restore_state(struct tracker *t, struct json_object *entry) {
        check_verdict_restore(&t->verdict, check_state_from_string(json_get_string(entry, "state")),
                        json_get_bool(entry, "provisional"),
                        (unsigned) MIN(json_get_uint64(entry, "against"), UINT_MAX));
        if (t->verdict.state == CHECK_STATE_UNKNOWN)
                return;
        t->state_since_usec = json_get_uint64(entry, "since");
        copy_text(t->state_reason, json_get_string(entry, "reason"));
}

void tracker_store_restore(struct tracker *t, struct json_object *entry) {
        restore_state(t, entry);
        t->last_run_usec = json_get_uint64(entry, "last-run");
        copy_text(t->last_result, json_get_string(entry, "last-result"));
        t->kind->restore(t, entry);
}

/* Earlier releases tracked scripts alone, and said no kind. */
static struct tracker *find_by_event(const struct checkd *c, json_object *data) {
        enum check_tracker_kind kind =
                        check_tracker_kind_from_string(json_get_string(data, "kind"));
        _cleanup_free_ char *id =
                        check_tracker_id(kind == _CHECK_TRACKER_MAX ? CHECK_TRACKER_SCRIPT : kind,
                                        json_get_string(data, "name"));

        return id ? tracker_find(c, id) : NULL;
}

/* What the event calls the state of @t; of a file it is the number. -EINVAL: nothing that it can be. */
static int read_state(struct tracker *t, const char *word, enum check_state *ret) {
        if (t->kind->kind == CHECK_TRACKER_FILE && word[0] &&
                        file_value_parse(word, &t->value) >= 0)
                *ret = CHECK_STATE_UP;
        else
                *ret = check_state_from_string(word);
        return *ret == _CHECK_STATE_MAX ? -EINVAL : 0;
}

static void take_event(struct checkd *c, const struct event *e) {
        struct tracker *t = find_by_event(c, e->data);
        enum check_state state;

        if (!t || !streq(e->type, "tracker-state") ||
                        read_state(t, json_get_string(e->data, "state"), &state) < 0)
                return;
        check_verdict_restore(&t->verdict, state, false, 0);
        t->state_since_usec = e->realtime_usec;
        copy_text(t->state_reason, json_get_string(e->data, "result"));
}

void tracker_store_catch_up(struct checkd *c, struct json_object *saved) {
        struct event_log *log = c->daemon->events;
        uint64_t after = json_get_uint64(saved, "sequence");
        const struct event *e;

        if (!saved || !streq(json_get_string(saved, "generation"), event_log_generation(log)))
                return;
        for (; (e = event_log_next(log, after)); after = e->sequence)
                take_event(c, e);
}
