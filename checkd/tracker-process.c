/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/process-match.h"
#include "checkd/process-table.h"
#include "common/debounce.h"
#include "common/json.h"
#include "common/macro.h"

struct tracker_process {
        struct tracker base;
        const struct check_process_conf *conf; /* of the configuration in force */
        struct process_sought *sought;         /* NULL: it is not looked for */
        struct debounce debounce;
        sd_event_source *timer;
};

static struct tracker_process *of(struct tracker *t) {
        return CONTAINER_OF(t, struct tracker_process, base);
}

static bool has_quorum(const struct tracker_process *t) {
        return t->sought->n >= t->conf->quorum && t->sought->n <= t->conf->quorum_max;
}

static void describe(const struct tracker_process *t, char buf[static PROCESS_TEXT_MAX]) {
        const struct check_process_conf *c = t->conf;
        unsigned n = t->sought->n;
        const char *verb = n == 1 ? "runs" : "run";

        if (n < c->quorum)
                (void) snprintf(buf, PROCESS_TEXT_MAX, "%u %s, wanted %u", n, verb, c->quorum);
        else if (n > c->quorum_max)
                (void) snprintf(buf, PROCESS_TEXT_MAX, "%u %s, allowed %u", n, verb, c->quorum_max);
        else
                (void) snprintf(buf, PROCESS_TEXT_MAX, "%u %s", n, verb);
}

/* --- what is seen --- */

static void conclude(struct tracker_process *t) {
        char words[PROCESS_TEXT_MAX];

        describe(t, words);
        tracker_looked(&t->base, words);
        tracker_feed(&t->base, t->debounce.up);
}

static void arm(struct tracker_process *t) {
        (void) sd_event_source_set_time(t->timer, t->debounce.due);
        (void) sd_event_source_set_enabled(t->timer,
                        t->debounce.due == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void take(struct tracker_process *t) {
        if (debounce_feed(&t->debounce, has_quorum(t), usec_now(CLOCK_MONOTONIC)))
                conclude(t);
        arm(t);
}

static void on_changed(void *userdata) {
        struct tracker_process *t = userdata;

        /* Before seek() has returned there is nothing to compare. */
        if (t->sought)
                take(t);
}

static int on_due(sd_event_source *s, uint64_t usec, void *userdata) {
        struct tracker_process *t = userdata;

        /* If it could not be looked for, there is nothing to conclude from. */
        if (t->sought && debounce_tick(&t->debounce, usec_now(CLOCK_MONOTONIC)))
                conclude(t);
        if (t->sought)
                arm(t);
        return 0;
}

/* --- looking for it --- */

static int seek(struct tracker_process *t) {
        struct checkd *c = t->base.checkd;
        int r = 0;

        if (!c->processes)
                r = process_table_new(c->daemon->event, &c->processes);
        if (r < 0)
                return r;
        return process_table_seek(c->processes, t->conf, on_changed, t, &t->sought);
}

/* What was known goes on until the delay has passed; what was not is known at once. */
static void begin(struct tracker *base, unsigned i, unsigned n) {
        struct tracker_process *t = of(base);
        int r = seek(t);

        base->begun = true;
        if (r < 0) {
                tracker_looked(base, strerrordesc_np(-r));
                tracker_complain(base, base->last_result);
                return;
        }
        t->debounce.active = true;
        if (base->verdict.provisional) {
                (void) debounce_set(&t->debounce, has_quorum(t));
                conclude(t);
                return;
        }
        (void) debounce_set(&t->debounce, base->verdict.state == CHECK_STATE_UP);
        take(t);
}

static void stop(struct tracker *base) {
        struct tracker_process *t = of(base);

        t->sought = process_sought_free(t->sought);
        t->timer = sd_event_source_disable_unref(t->timer);
}

static struct tracker *free_process(struct tracker *base) {
        stop(base);
        tracker_done(base);
        free(of(base));
        return NULL;
}

static void reconfigure(
                struct tracker *base, const void *block, const struct global_conf *old_global) {
        const struct check_process_conf *conf = block;
        struct tracker_process *t = of(base);
        bool same = process_match_same(conf, t->conf);

        t->conf = conf;
        base->pos = conf->pos;
        t->debounce.up_delay = conf->fork_delay_usec;
        t->debounce.down_delay = conf->terminate_delay_usec;
        if (same && t->sought) {
                t->sought->conf = conf;
                take(t);
                return;
        }
        t->sought = process_sought_free(t->sought);
        check_verdict_reconsider(&base->verdict);
        begin(base, 0, 1);
}

/* The words, so that a successor knows whether it looks for the same. */
static json_object *words_of(const struct check_process_conf *c) {
        json_object *words = json_object_new_array();

        for (char *const *word = c->argv; words && *word; word++)
                (void) json_object_array_add(words, json_object_new_string(*word));
        return words;
}

static void save(const struct tracker *t, json_object *o) {
        const struct tracker_process *p = CONTAINER_OF(t, struct tracker_process, base);

        (void) json_object_object_add(o, "process", words_of(p->conf));
}

static void restore(struct tracker *t, json_object *o) {
        _cleanup_(json_object_putp) json_object *words = words_of(of(t)->conf);
        json_object *saved = NULL;

        if (!json_object_object_get_ex(o, "process", &saved) || !json_object_equal(saved, words))
                check_verdict_reconsider(&t->verdict);
}

static const struct tracker_kind process_kind = {
        .kind = CHECK_TRACKER_PROCESS,
        .begin = begin,
        .reconfigure = reconfigure,
        .stop = stop,
        .free = free_process,
        .save = save,
        .restore = restore,
};

static int add_timer(struct tracker_process *t, sd_event *event) {
        int r;

        r = sd_event_add_time(event, &t->timer, CLOCK_MONOTONIC, USEC_INFINITY, 1, on_due, t);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
        return sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
}

int tracker_process_new(
                struct checkd *c, const struct check_process_conf *conf, struct tracker **ret) {
        struct tracker_process *t = malloc(sizeof(*t));
        _cleanup_(tracker_freep) struct tracker *base = NULL;
        int r;

        if (!t)
                return -ENOMEM;
        *t = (struct tracker_process){
                .base.kind = &process_kind,
                .conf = conf,
                .debounce = { .due = USEC_INFINITY,
                                .up_delay = conf->fork_delay_usec,
                                .down_delay = conf->terminate_delay_usec },
        };
        base = &t->base;
        r = tracker_init(base, &process_kind, c, conf->name, &conf->pos);
        if (r >= 0)
                r = add_timer(t, c->daemon->event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(base);
        return 0;
}
