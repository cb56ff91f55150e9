/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/tracker-bus.h"
#include "common/json.h"
#include "common/macro.h"

#define LATENESS_USEC (10 * USEC_PER_MSEC) /* so that the wake-ups of many come together */

static struct tracker_script *of(struct tracker *t) {
        return CONTAINER_OF(t, struct tracker_script, base);
}

/* --- a run --- */

/* The run said nothing about what it was to check. */
static void not_run(struct tracker *t, const char *why) {
        tracker_looked(t, why);
        tracker_complain(t, why);
        if (t->verdict.state != CHECK_STATE_UNKNOWN)
                tracker_feed(t, false);
        else
                t->failures++;
}

/* The result in words, as far as the configuration knows more about it than the process. */
static void describe(const struct tracker_script *t, const struct process_result *r, char *ret) {
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
                (void) snprintf(ret, PROCESS_TEXT_MAX, "%s", words);
}

static void on_result(struct process *p, const struct process_result *r, void *userdata) {
        struct tracker_script *script = userdata;
        struct tracker *t = &script->base;
        char text[PROCESS_TEXT_MAX];

        describe(script, r, text);
        if (r->outcome == PROCESS_NOT_RUN) {
                not_run(t, text);
                return;
        }
        tracker_looked(t, text);
        if (r->outcome == PROCESS_UNSEEN)
                return; /* it ran under a predecessor, and nobody saw how it ended */
        tracker_complain(t, r->warning);
        tracker_feed(t, process_result_good(r));
}

static void on_gone(struct process *p, void *userdata) {
        struct tracker_script *t = userdata;

        t->running = NULL;
}

static const struct process_ops run_ops = { .result = on_result, .gone = on_gone };

static void run(struct tracker_script *t) {
        int r;

        if (t->running)
                return; /* the one before is still alive: this one is left out */
        r = script_start(&t->script, t->base.checkd->runner, t->base.name, NULL, NULL,
                        t->conf->timeout_usec, &run_ops, t, &t->running);
        if (r > 0)
                not_run(&t->base, t->script.problem);
        else if (r < 0) {
                char text[PROCESS_TEXT_MAX];

                /* Our own want says nothing about what is checked, known or not. */
                (void) snprintf(text, sizeof(text), "cannot start a process: %s",
                                strerrordesc_np(-r));
                tracker_complain(&t->base, text);
        }
}

/* --- the schedule --- */

static void arm(struct tracker_script *t, usec_t at) {
        t->base.begun = true;
        (void) sd_event_source_set_time(t->timer, at);
        (void) sd_event_source_set_enabled(t->timer, SD_EVENT_ONESHOT);
}

static void on_turn(struct turn *t) {
        run(CONTAINER_OF(t, struct tracker_script, turn));
}

static int on_due(sd_event_source *s, uint64_t usec, void *userdata) {
        struct tracker_script *t = userdata;

        arm(t, check_schedule_next(&t->schedule, usec_now(CLOCK_MONOTONIC)));
        turns_wait(t->base.checkd->turns, &t->turn);
        return 0;
}

/* --- the object --- */

static void script_begin(struct tracker *base, unsigned i, unsigned n) {
        struct tracker_script *t = of(base);
        usec_t now = usec_now(CLOCK_MONOTONIC);

        if (base->verdict.provisional)
                t->schedule.phase_usec = check_schedule_spread(now, t->conf->interval_usec, i, n);
        arm(t,
                        base->verdict.provisional ? t->schedule.phase_usec
                                                  : check_schedule_next(&t->schedule, now));
}

static void script_stop(struct tracker *base) {
        struct tracker_script *t = of(base);

        if (t->timer)
                (void) sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
        turns_leave(&t->turn);
        if (t->running)
                process_forget(TAKE_PTR(t->running));
}

static void end_run(struct tracker *base) {
        struct tracker_script *t = of(base);

        if (t->running)
                process_end(t->running);
}

static struct tracker *free_script(struct tracker *base) {
        struct tracker_script *t = of(base);

        script_stop(base);
        (void) sd_event_source_disable_unref(t->timer);
        script_done(&t->script);
        tracker_done(base);
        free(t);
        return NULL;
}

/* The old command's run must not speak for the new one. */
static void start_over(struct tracker_script *t) {
        if (t->running) {
                process_forget(t->running);
                process_end(TAKE_PTR(t->running));
        }
        t->base.complaint[0] = '\0';
        check_verdict_reconsider(&t->base.verdict);
        t->schedule.phase_usec = usec_now(CLOCK_MONOTONIC);
        arm(t, t->schedule.phase_usec);
}

static bool retune(struct tracker *base, const struct check_script_conf *conf) {
        bool changed = base->verdict.rise != conf->rise || base->verdict.fall != conf->fall ||
                        base->interval_usec != conf->interval_usec ||
                        base->timeout_usec != conf->timeout_usec;

        if (base->verdict.rise != conf->rise || base->verdict.fall != conf->fall)
                check_verdict_tune(&base->verdict, conf->rise, conf->fall);
        base->interval_usec = conf->interval_usec;
        base->timeout_usec = conf->timeout_usec;
        return changed;
}

static void reconfigure(
                struct tracker *base, const void *block, const struct global_conf *old_global) {
        const struct check_script_conf *conf = block;
        struct tracker_script *t = of(base);
        const struct check_script_conf *old = t->conf;
        const struct global_conf *global = base->checkd->daemon->conf->global;
        bool same = script_same(&old->script, old_global, &conf->script, global);
        bool retimed = old->interval_usec != conf->interval_usec;

        t->conf = conf;
        base->pos = conf->pos;
        script_rebase(&t->script, &conf->script, global);
        if (retune(base, conf))
                tracker_bus_limits_changed(base);
        t->schedule.interval_usec = conf->interval_usec;
        if (!same)
                start_over(t);
        else if (retimed)
                arm(t, check_schedule_next(&t->schedule, usec_now(CLOCK_MONOTONIC)));
}

static void save(const struct tracker *base, json_object *o) {
        const struct tracker_script *t = CONTAINER_OF(base, struct tracker_script, base);

        (void) json_object_object_add(
                        o, "command", json_object_new_string(t->conf->script.command));
        (void) json_object_object_add(o, "phase", json_object_new_uint64(t->schedule.phase_usec));
}

static void restore(struct tracker *base, json_object *o) {
        struct tracker_script *t = of(base);

        t->schedule.phase_usec = json_get_uint64(o, "phase");
        if (!streq(json_get_string(o, "command"), t->conf->script.command))
                check_verdict_reconsider(&base->verdict);
}

static const struct tracker_kind script_kind = {
        .kind = CHECK_TRACKER_SCRIPT,
        .begin = script_begin,
        .reconfigure = reconfigure,
        .stop = script_stop,
        .end = end_run,
        .free = free_script,
        .save = save,
        .restore = restore,
};

static int add_timer(struct tracker_script *t, sd_event *event) {
        int r;

        r = sd_event_add_time(event, &t->timer, CLOCK_MONOTONIC, 0, LATENESS_USEC, on_due, t);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
        return sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
}

int tracker_script_new(
                struct checkd *c, const struct check_script_conf *conf, struct tracker **ret) {
        struct tracker_script *t = malloc(sizeof(*t));
        _cleanup_(tracker_freep) struct tracker *base = NULL;
        int r;

        if (!t)
                return -ENOMEM;
        *t = (struct tracker_script){
                .base.kind = &script_kind,
                .base.interval_usec = conf->interval_usec,
                .base.timeout_usec = conf->timeout_usec,
                .conf = conf,
                .schedule.interval_usec = conf->interval_usec,
                .turn.begin = on_turn,
        };
        base = &t->base;
        script_init(&t->script, &conf->script, c->daemon->conf->global);
        r = tracker_init(base, &script_kind, c, conf->name, &conf->pos);
        if (r < 0)
                return r;
        check_verdict_init(&base->verdict, conf->rise, conf->fall);
        r = add_timer(t, c->daemon->event);
        if (r < 0)
                return r;
        t->running = process_claim(c->runner, base->name, &run_ops, t);
        *ret = TAKE_PTR(base);
        return 0;
}
