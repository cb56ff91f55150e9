/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/tracker-bus.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"

static void copy_text(char *to, const char *from) {
        (void) snprintf(to, PROCESS_TEXT_MAX, "%s", from);
}

const char *tracker_kind_name(const struct tracker *t) {
        return check_tracker_kind_to_string(t->kind->kind);
}

/* --- what is told --- */

static const char *log_field(const struct tracker *t) {
        return t->kind->kind == CHECK_TRACKER_SCRIPT ? "MAINSTAY_SCRIPT" : "MAINSTAY_TRACKER";
}

static void record_change(const struct tracker *t, const char *state, const char *previous) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        if (data) {
                (void) json_object_object_add(data, "name", json_object_new_string(t->name));
                (void) json_object_object_add(
                                data, "kind", json_object_new_string(tracker_kind_name(t)));
                (void) json_object_object_add(data, "state", json_object_new_string(state));
                (void) json_object_object_add(data, "previous", json_object_new_string(previous));
                (void) json_object_object_add(
                                data, "result", json_object_new_string(t->state_reason));
        }
        daemon_event(t->checkd->daemon, "tracker-state", t->path, data);
}

static void log_change(const struct tracker *t) {
        bool down = t->verdict.state == CHECK_STATE_DOWN;
        const char *what = down ? "failures" : "successes";
        char count[64] = "";

        if (t->verdict.in_a_row > 1)
                (void) snprintf(count, sizeof(count), " (%u %s in a row)", t->verdict.in_a_row,
                                what);
        log_emit(down ? LOG_WARNING : LOG_NOTICE, LOG_MESSAGE_TRACKER_CHANGED,
                        LOG_FIELDS({ log_field(t), t->name }), "%s %s: %s, %s%s",
                        tracker_kind_name(t), t->name, check_state_to_string(t->verdict.state),
                        t->state_reason, count);
}

void tracker_log(const struct tracker *t, int level, const char *format, ...) {
        char text[PROCESS_TEXT_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        log_emit(level, NULL, LOG_FIELDS({ log_field(t), t->name }), "%s:%u: %s %s: %s",
                        t->pos.file, t->pos.line, tracker_kind_name(t), t->name, text);
}

void tracker_complain(struct tracker *t, const char *text) {
        if (streq(t->complaint, text))
                return;
        copy_text(t->complaint, text);
        if (text[0])
                tracker_log(t, LOG_WARNING, "%s", text);
}

static void state_changed(struct tracker *t, enum check_state previous) {
        t->state_since_usec = usec_now(CLOCK_REALTIME);
        copy_text(t->state_reason, t->last_result);
        record_change(t, check_state_to_string(t->verdict.state), check_state_to_string(previous));
        log_change(t);
        tracker_bus_state_changed(t);
        checkd_show_status(t->checkd);
}

/* --- what is found --- */

void tracker_looked(struct tracker *t, const char *result) {
        copy_text(t->last_result, result);
        t->last_run_usec = usec_now(CLOCK_REALTIME);
        t->runs++;
}

void tracker_feed(struct tracker *t, bool good) {
        enum check_state previous = t->verdict.state;
        unsigned against = t->verdict.against;
        bool provisional = t->verdict.provisional;

        t->failures += !good;
        if (check_verdict_feed(&t->verdict, good))
                state_changed(t, previous);
        else if (against == t->verdict.against && provisional == t->verdict.provisional)
                return; /* quiet when nothing happens */
        checkd_save_soon(t->checkd);
}

static void format_value(int32_t value, char buf[static 16]) {
        (void) snprintf(buf, 16, "%" PRId32, value);
}

void tracker_feed_value(struct tracker *t, int32_t value) {
        bool known = t->verdict.state != CHECK_STATE_UNKNOWN;
        char was[16] = "UNKNOWN", is[16];

        if (known && value == t->value)
                return;
        if (known)
                format_value(t->value, was);
        format_value(value, is);
        t->value = value;
        check_verdict_restore(&t->verdict, CHECK_STATE_UP, false, 0);
        t->state_since_usec = usec_now(CLOCK_REALTIME);
        copy_text(t->state_reason, t->last_result);
        record_change(t, is, was);
        log_emit(LOG_NOTICE, LOG_MESSAGE_TRACKER_CHANGED, LOG_FIELDS({ log_field(t), t->name }),
                        "file %s: %s, was %s", t->name, t->state_reason, was);
        tracker_bus_state_changed(t);
        checkd_show_status(t->checkd);
        checkd_save_soon(t->checkd);
}

/* --- the object --- */

int tracker_init(struct tracker *t, const struct tracker_kind *kind, struct checkd *c,
                const char *name, const struct conf_pos *pos) {
        int r;

        t->kind = kind;
        t->checkd = c;
        t->pos = *pos;
        check_verdict_init(&t->verdict, 1, 1);
        t->name = strdup(name);
        t->id = check_tracker_id(kind->kind, name);
        if (!t->name || !t->id)
                return -ENOMEM;
        if (tracker_find(c, t->id))
                return -EEXIST;
        r = tracker_bus_path(t->id, &t->path);
        if (r < 0)
                return r;
        HASH_ADD_KEYPTR(hh, c->trackers, t->id, strlen(t->id), t);
        return 0;
}

void tracker_done(struct tracker *t) {
        if (t->hh.tbl)
                HASH_DEL(t->checkd->trackers, t);
        free(t->id);
        free(t->name);
        free(t->path);
}

struct tracker *tracker_free(struct tracker *t) {
        return t ? t->kind->free(t) : NULL;
}

struct tracker *tracker_find(const struct checkd *c, const char *id) {
        struct tracker *t;

        HASH_FIND_STR(c->trackers, id, t);
        return t;
}
