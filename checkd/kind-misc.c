/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* MISC_CHECK: a try is one run of a command.
 *
 * By its schedule, a command never runs twice at a time for one server. A run that is still there when a try begins
 * (one of a checkd before this one, or one that was killed at its limit and has not gone yet) is taken over: the
 * try waits for its end, for as long as a run may take. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/kind.h"
#include "checkd/weight-change.h"
#include "common/conf.h"
#include "common/daemon.h"
#include "common/macro.h"
#include "common/script.h"

#define ACCURACY_USEC (10 * USEC_PER_MSEC)

struct misc_try {
        struct check_engine *engine;           /* borrowed */
        const struct check_checker_conf *conf; /* borrowed; check_kind.rebase */
        check_done_t done;
        void *userdata;
        struct script script;
        struct process *process; /* or NULL: what was to be told is in the outcome */
        sd_event_source *timer;  /* of a run that was taken over; or brings the outcome */
        bool over;
        struct check_outcome outcome;
};

static struct misc_try *try_free(struct misc_try *t) {
        if (!t)
                return NULL;
        if (t->process)
                process_forget(t->process);
        (void) sd_event_source_disable_unref(t->timer);
        script_done(&t->script);
        free(t);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct misc_try *, try_free);

_printf_(3, 4) static void set_outcome(
                struct misc_try *t, enum check_result result, const char *format, ...) {
        va_list ap;

        t->over = true;
        t->outcome.result = result;
        va_start(ap, format);
        (void) vsnprintf(t->outcome.text, sizeof(t->outcome.text), format, ap);
        va_end(ap);
}

static void tell(struct misc_try *t) {
        t->done(&t->outcome, t->userdata);
        (void) try_free(t);
}

/* --- what a run says --- */

/* The words, as far as the configuration knows more about it than the process. */
static const char *explain(const struct misc_try *t, const struct process_result *r) {
        const struct conf_script *s = &t->conf->misc.script;

        if (s->file_test && process_result_good(r))
                return " (the file can be opened)";
        if (!s->needs_shell || r->outcome != PROCESS_EXITED)
                return "";
        return r->status == 127            ? " (command not found)"
                        : r->status == 126 ? " (cannot be executed)"
                                           : "";
}

static void judge_exit(struct misc_try *t, const struct process_result *r) {
        const struct check_misc_conf *m = &t->conf->misc;
        char words[PROCESS_TEXT_MAX];
        bool good = process_result_good(r);
        int change = 0;

        (void) process_result_format(r, words, sizeof(words));
        if (r->outcome == PROCESS_EXITED && m->dynamic)
                good = check_misc_status_good(r->status, m->weight, &change);
        if (good && m->dynamic && r->status >= 2)
                set_outcome(t, CHECK_GOOD, "%s, weight %d", words, r->status - 2);
        else
                set_outcome(t, good ? CHECK_GOOD : CHECK_BAD, "%.200s%s", words, explain(t, r));
        t->outcome.weight_change = good ? change : 0;
}

static void on_result(struct process *p, const struct process_result *r, void *userdata) {
        struct misc_try *t = userdata;

        switch (r->outcome) {
        case PROCESS_NOT_RUN:
                set_outcome(t, CHECK_UNTRIED, "%s", r->text);
                t->outcome.cannot_run = true;
                break;
        case PROCESS_UNSEEN:
                set_outcome(t, CHECK_UNTRIED, "a run of checkd before this one has ended unseen");
                break;
        case PROCESS_EXITED:
        case PROCESS_SIGNALED:
        case PROCESS_TIMEOUT:
        case PROCESS_FAILED:
        case _PROCESS_OUTCOME_MAX: judge_exit(t, r); break;
        }
        /* The run itself may not be gone yet; whoever tries next finds it. */
        process_forget(TAKE_PTR(t->process));
        tell(t);
}

/* Only of a run that had told its result before it was taken over. */
static void on_gone(struct process *p, void *userdata) {
        struct misc_try *t = userdata;

        t->process = NULL;
        set_outcome(t, CHECK_UNTRIED, "the run before has only just ended");
        tell(t);
}

static const struct process_ops run_ops = { .result = on_result, .gone = on_gone };

static int on_time(sd_event_source *s, uint64_t usec, void *userdata) {
        struct misc_try *t = userdata;

        if (!t->over)
                set_outcome(t, CHECK_BAD, "the run before does not end");
        tell(t);
        return 0;
}

static int arm(struct misc_try *t, usec_t at) {
        int r;

        r = sd_event_add_time(t->engine->event, &t->timer, CLOCK_MONOTONIC, at, ACCURACY_USEC,
                        on_time, t);
        return r < 0 ? r : sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
}

/* --- the kind --- */

/* Names the run in the journal, and for those who come later. */
static void tag_of(const struct check_checker_conf *c, char *buf, size_t n) {
        char address[IP_ADDR_STRLEN];

        (void) snprintf(buf, n, "MISC_CHECK %s %u %s", ip_addr_format(&c->connect_ip, address),
                        c->connect_port, c->misc.script.command);
}

static int begin(struct misc_try *t) {
        const struct check_misc_conf *m = &t->conf->misc;
        char tag[CHECK_TEXT_MAX];
        int r;

        tag_of(t->conf, tag, sizeof(tag));
        t->process = process_claim(t->engine->runner, tag, &run_ops, t);
        if (t->process)
                return arm(t, usec_add(usec_now(CLOCK_MONOTONIC), m->timeout_usec));
        r = script_start(&t->script, t->engine->runner, tag, NULL, NULL, m->timeout_usec, &run_ops,
                        t, &t->process);
        if (r <= 0)
                return r;
        set_outcome(t, CHECK_UNTRIED, "%s", t->script.problem);
        t->outcome.cannot_run = true;
        return arm(t, 0);
}

static int misc_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        _cleanup_(try_freep) struct misc_try *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return -ENOMEM;
        t->engine = e;
        t->conf = c;
        t->done = done;
        t->userdata = userdata;
        script_init(&t->script, &c->misc.script, e->conf->global);
        r = begin(t);
        if (r < 0)
                return r;
        *ret = (struct check_try *) TAKE_PTR(t);
        return 0;
}

/* The run goes on to its end or limit: a successor may want it. */
static void misc_cancel(struct check_try *t) {
        (void) try_free((struct misc_try *) t);
}

static void misc_rebase(struct check_try *try, const struct check_checker_conf *c) {
        struct misc_try *t = (struct misc_try *) try;

        t->conf = c;
        script_rebase(&t->script, &c->misc.script, t->engine->conf->global);
}

static bool misc_same(const struct check_checker_conf *a, const struct check_checker_conf *b) {
        const struct check_misc_conf *x = &a->misc, *y = &b->misc;

        return streq(x->script.command, y->script.command) &&
                        streq_ptr(x->script.user, y->script.user) &&
                        streq_ptr(x->script.group, y->script.group) &&
                        x->script.supplementary == y->script.supplementary &&
                        x->timeout_usec == y->timeout_usec && x->dynamic == y->dynamic &&
                        (!x->dynamic || x->weight == y->weight);
}

static void misc_describe(const struct check_checker_conf *c, char *buf, size_t n) {
        (void) snprintf(buf, n, "%s", c->misc.script.command);
}

static usec_t misc_limit(const struct check_checker_conf *c) {
        return c->misc.timeout_usec;
}

const struct check_kind check_kind_misc = {
        .name = "MISC_CHECK",
        .start = misc_start,
        .cancel = misc_cancel,
        .rebase = misc_rebase,
        .same = misc_same,
        .describe = misc_describe,
        .limit = misc_limit,
};
