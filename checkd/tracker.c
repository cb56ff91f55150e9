/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/tracker-bus.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"

#define LATENESS_USEC (10 * USEC_PER_MSEC) /* so that the wake-ups of many come together */

static void copy_text(char *to, const char *from) {
        (void) snprintf(to, PROCESS_TEXT_MAX, "%s", from);
}

/* --- what is told --- */

static void record_change(const struct tracker *t, enum check_state previous) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        if (data) {
                (void) json_object_object_add(data, "name", json_object_new_string(t->name));
                (void) json_object_object_add(data, "state",
                                json_object_new_string(check_state_to_string(t->verdict.state)));
                (void) json_object_object_add(data, "previous",
                                json_object_new_string(check_state_to_string(previous)));
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
                        LOG_FIELDS({ "MAINSTAY_SCRIPT", t->name }), "script %s: %s, %s%s", t->name,
                        check_state_to_string(t->verdict.state), t->state_reason, count);
}

/* Something is wrong with the script itself, not with what it checks: said once, with its place. */
static void complain(struct tracker *t, const char *text) {
        if (streq(t->complaint, text))
                return;
        copy_text(t->complaint, text);
        if (text[0])
                log_emit(LOG_WARNING, NULL, LOG_FIELDS({ "MAINSTAY_SCRIPT", t->name }),
                                "%s:%u: script %s: %s", t->conf->pos.file, t->conf->pos.line,
                                t->name, text);
}

static void state_changed(struct tracker *t, enum check_state previous) {
        t->state_since_usec = usec_now(CLOCK_REALTIME);
        copy_text(t->state_reason, t->last_result);
        record_change(t, previous);
        log_change(t);
        tracker_bus_state_changed(t);
        checkd_show_status(t->checkd);
}

/* --- a run --- */

static void feed(struct tracker *t, bool good) {
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

static void run_ended(struct tracker *t, const char *result) {
        copy_text(t->last_result, result);
        t->last_run_usec = usec_now(CLOCK_REALTIME);
        t->runs++;
}

/* The run said nothing about what it was to check. */
static void not_run(struct tracker *t, const char *why) {
        run_ended(t, why);
        complain(t, why);
        if (t->verdict.state != CHECK_STATE_UNKNOWN)
                feed(t, false);
        else
                t->failures++;
}

/* The result in words, as far as the configuration knows more about it than the process. */
static void describe(const struct tracker *t, const struct process_result *r, char *ret) {
        const struct conf_script *script = &t->conf->script;
        char words[PROCESS_TEXT_MAX];

        (void) process_result_format(r, words, sizeof(words));
        if (script->file_test && process_result_good(r))
                (void) snprintf(ret, PROCESS_TEXT_MAX, "%s can be opened", script->argv[0]);
        else if (script->needs_shell && r->outcome == PROCESS_EXITED && r->status == 127)
                (void) snprintf(ret, PROCESS_TEXT_MAX, "exit status 127 (command not found)");
        else if (script->needs_shell && r->outcome == PROCESS_EXITED && r->status == 126)
                (void) snprintf(ret, PROCESS_TEXT_MAX, "exit status 126 (cannot be executed)");
        else
                copy_text(ret, words);
}

static void on_result(struct process *p, const struct process_result *r, void *userdata) {
        struct tracker *t = userdata;
        char text[PROCESS_TEXT_MAX];

        describe(t, r, text);
        if (r->outcome == PROCESS_NOT_RUN) {
                not_run(t, text);
                return;
        }
        run_ended(t, text);
        if (r->outcome == PROCESS_UNSEEN)
                return; /* it ran under a predecessor, and nobody saw how it ended */
        complain(t, r->warning);
        feed(t, process_result_good(r));
}

static void on_gone(struct process *p, void *userdata) {
        struct tracker *t = userdata;

        t->running = NULL;
}

static const struct process_ops run_ops = { .result = on_result, .gone = on_gone };

static void run(struct tracker *t) {
        int r;

        if (t->running)
                return; /* the one before is still alive: this one is left out */
        r = script_start(&t->script, t->checkd->runner, t->name, NULL, NULL, t->conf->timeout_usec,
                        &run_ops, t, &t->running);
        if (r > 0)
                not_run(t, t->script.problem);
        else if (r < 0) {
                char text[PROCESS_TEXT_MAX];

                /* Our own want says nothing about what is checked, known or not. */
                (void) snprintf(text, sizeof(text), "cannot start a process: %s",
                                strerrordesc_np(-r));
                complain(t, text);
        }
}

/* --- the schedule --- */

static void arm(struct tracker *t, usec_t at) {
        t->begun = true;
        (void) sd_event_source_set_time(t->timer, at);
        (void) sd_event_source_set_enabled(t->timer, SD_EVENT_ONESHOT);
}

static int on_due(sd_event_source *s, uint64_t usec, void *userdata) {
        struct tracker *t = userdata;

        arm(t, check_schedule_next(&t->schedule, usec_now(CLOCK_MONOTONIC)));
        run(t);
        return 0;
}

void tracker_begin(struct tracker *t, usec_t first) {
        t->schedule.phase_usec = first;
        arm(t, first);
}

void tracker_resume(struct tracker *t) {
        arm(t, check_schedule_next(&t->schedule, usec_now(CLOCK_MONOTONIC)));
}

/* --- the object --- */

int tracker_new(struct checkd *c, const struct check_script_conf *conf, struct tracker **ret) {
        _cleanup_(tracker_freep) struct tracker *t = NULL;
        int r;

        t = malloc(sizeof(*t));
        if (!t)
                return -ENOMEM;
        *t = (struct tracker){
                .checkd = c, .conf = conf, .schedule.interval_usec = conf->interval_usec
        };
        check_verdict_init(&t->verdict, conf->rise, conf->fall);
        script_init(&t->script, &conf->script, c->daemon->conf->global);
        t->name = strdup(conf->name);
        if (!t->name)
                return -ENOMEM;
        r = tracker_bus_path(t->name, &t->path);
        if (r < 0)
                return r;
        r = sd_event_add_time(
                        c->daemon->event, &t->timer, CLOCK_MONOTONIC, 0, LATENESS_USEC, on_due, t);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
        r = sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
        if (r < 0)
                return r;
        t->running = process_claim(c->runner, t->name, &run_ops, t);
        HASH_ADD_KEYPTR(hh, c->trackers, t->name, strlen(t->name), t);
        *ret = TAKE_PTR(t);
        return 0;
}

struct tracker *tracker_free(struct tracker *t) {
        if (!t)
                return NULL;
        tracker_stop(t);
        if (t->hh.tbl)
                HASH_DEL(t->checkd->trackers, t);
        (void) sd_event_source_disable_unref(t->timer);
        script_done(&t->script);
        free(t->name);
        free(t->path);
        free(t);
        return NULL;
}

void tracker_stop(struct tracker *t) {
        if (t->timer)
                (void) sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
        if (t->running)
                process_forget(TAKE_PTR(t->running));
}

/* The old command's run must not speak for the new one. */
static void start_over(struct tracker *t) {
        if (t->running) {
                process_forget(t->running);
                process_end(TAKE_PTR(t->running));
        }
        t->complaint[0] = '\0';
        check_verdict_reconsider(&t->verdict);
}

void tracker_reconfigure(struct tracker *t, const struct check_script_conf *conf,
                const struct global_conf *old_global) {
        const struct check_script_conf *old = t->conf;
        const struct global_conf *global = t->checkd->daemon->conf->global;
        bool same = script_same(&old->script, old_global, &conf->script, global);
        bool retimed = old->interval_usec != conf->interval_usec;

        t->conf = conf;
        script_rebase(&t->script, &conf->script, global);
        if (old->rise != conf->rise || old->fall != conf->fall)
                check_verdict_tune(&t->verdict, conf->rise, conf->fall);
        if (retimed || old->timeout_usec != conf->timeout_usec || old->rise != conf->rise ||
                        old->fall != conf->fall)
                tracker_bus_limits_changed(t);

        t->schedule.interval_usec = conf->interval_usec;
        if (!same) {
                start_over(t);
                tracker_begin(t, usec_now(CLOCK_MONOTONIC));
        } else if (retimed)
                arm(t, check_schedule_next(&t->schedule, usec_now(CLOCK_MONOTONIC)));
}

struct tracker *tracker_find(const struct checkd *c, const char *name) {
        struct tracker *t;

        HASH_FIND_STR(c->trackers, name, t);
        return t;
}
