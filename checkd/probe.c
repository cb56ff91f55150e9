/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/probe.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "checkd/checkd.h"
#include "checkd/checker-store.h"
#include "checkd/checker.h"
#include "checkd/file-watch.h"
#include "common/log.h"
#include "common/macro.h"

#define LATENESS_USEC (10 * USEC_PER_MSEC) /* so that the wake-ups of many come together */

/* --- the question --- */

static void describe(
                const struct check_kind *kind, const struct check_checker_conf *conf, char *buf) {
        char address[IP_ADDR_STRLEN];

        if (kind->describe)
                kind->describe(conf, buf, CHECK_TEXT_MAX);
        else
                (void) snprintf(buf, CHECK_TEXT_MAX, "%s port %u",
                                ip_addr_format(&conf->connect_ip, address), conf->connect_port);
}

void check_probe_describe(const struct check_probe *p, char *buf) {
        describe(p->kind, p->conf, buf);
}

/* What is asked, and from where: all that kinds have in common, and what is to be said of the rest. */
static char *make_question(const struct check_checker_conf *c) {
        const struct check_kind *kind = check_kind_find(c->kind);
        char target[IP_ADDR_STRLEN], source[IP_ADDR_STRLEN], words[CHECK_TEXT_MAX];
        char *question = NULL;

        describe(kind, c, words);
        if (asprintf(&question, "%s %s %s %u %s %u %s %u %" PRIusec, kind->name, words,
                            ip_addr_format(&c->connect_ip, target), c->connect_port,
                            ip_addr_format(&c->bind_ip, source), c->bind_port, c->bind_if ?: "",
                            c->fwmark, c->connect_timeout_usec) < 0)
                return NULL;
        return question;
}

static char *make_key(const struct check_checker_conf *c, size_t *ret_question_n) {
        _cleanup_free_ char *question = make_question(c);
        char *key = NULL;

        if (!question ||
                        asprintf(&key, "%s %u %" PRIusec " %" PRIusec " %d", question, c->retry,
                                        c->delay_before_retry_usec, c->delay_loop_usec,
                                        c->fast_recovery) < 0)
                return NULL;
        *ret_question_n = strlen(question);
        return key;
}

static bool kind_finds_same(const struct check_kind *kind, const struct check_checker_conf *a,
                const struct check_checker_conf *b) {
        return a == b || !kind->same || kind->same(a, b);
}

bool check_probe_fits(const struct check_probe *p, const struct check_checker_conf *conf) {
        size_t n;
        _cleanup_free_ char *key = make_key(conf, &n);

        return key && streq(key, p->key) && kind_finds_same(p->kind, p->conf, conf);
}

bool check_probe_same_question(const struct check_probe *a, const struct check_probe *b) {
        return a->question_n == b->question_n && memcmp(a->key, b->key, a->question_n) == 0 &&
                        kind_finds_same(a->kind, a->conf, b->conf);
}

char *check_probe_question(const struct check_probe *p) {
        return strndup(p->key, p->question_n);
}

/* --- a try --- */

/* Our own want, not the server's fault: said once, with its place. */
static void complain(struct check_probe *p, const char *text) {
        if (streq(p->complaint, text))
                return;
        (void) snprintf(p->complaint, sizeof(p->complaint), "%s", text);
        if (text[0])
                checker_log(p->checkers, LOG_WARNING, NULL, "cannot check: %s", text);
}

static void log_failure(const struct check_probe *p) {
        const struct checker *i;

        DL_FOREACH (p->checkers, i) {
                if (!i->suspended && i->conf->log_all_failures)
                        checker_log(i, LOG_INFO, LOG_MESSAGE_CHECK_FAILED, "%s", p->last_result);
        }
}

static void tell_checkers(struct check_probe *p) {
        struct checker *i;

        if (p->course.verdict.provisional)
                return;
        DL_FOREACH (p->checkers, i) {
                if (!i->suspended)
                        checker_take(i, &p->course.verdict, p->weight_change, p->last_result);
        }
}

static void save_soon(const struct check_probe *p) {
        const struct checker *i;

        DL_FOREACH (p->checkers, i)
                checker_store_touch(p->checkd->store, i);
}

static void feed(struct check_probe *p, const struct check_outcome *o) {
        unsigned against = p->course.verdict.against;
        bool good = o->result == CHECK_GOOD;
        bool changed;

        if (good)
                p->weight_change = o->weight_change;
        else
                p->failures++;
        changed = check_course_feed(&p->course, good);
        if (!good && !changed)
                log_failure(p);
        tell_checkers(p);
        if (changed || against != p->course.verdict.against)
                save_soon(p);
}

static void arm(struct check_probe *p, usec_t at) {
        (void) sd_event_source_set_time(p->timer, at);
        (void) sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

/* What was not tried is only postponed: to try again at once would be in vain, and never end. */
static usec_t next_due(const struct check_probe *p, bool counted) {
        usec_t now = usec_now(CLOCK_MONOTONIC);

        return counted ? check_course_next(&p->course, now)
                       : check_schedule_next(&p->course.schedule, now);
}

static void ended(struct check_probe *p, const struct check_outcome *o) {
        bool counted = o->result != CHECK_UNTRIED ||
                        (o->cannot_run && p->course.verdict.state != CHECK_STATE_UNKNOWN);

        (void) snprintf(p->last_result, sizeof(p->last_result), "%s", o->text);
        p->last_run_usec = usec_now(CLOCK_REALTIME);
        p->runs++;
        complain(p, o->result == CHECK_UNTRIED ? o->text : "");
        if (counted)
                feed(p, o);
        arm(p, next_due(p, counted));
}

static void on_done(const struct check_outcome *o, void *userdata) {
        struct check_probe *p = userdata;

        p->try = NULL;
        ended(p, o);
}

static void begin_try(struct check_probe *p) {
        struct check_outcome o = { .result = CHECK_UNTRIED };
        int r;

        turns_leave(&p->turn);
        if (p->try)
                return;
        r = p->kind->start(&p->checkd->engine, p->conf, p->course.step, on_done, p, &p->try);
        if (r >= 0)
                return;
        (void) snprintf(o.text, sizeof(o.text), "cannot begin: %s", strerrordesc_np(-r));
        ended(p, &o);
}

static void on_turn(struct turn *t) {
        begin_try(CONTAINER_OF(t, struct check_probe, turn));
}

static int on_due(sd_event_source *s, uint64_t usec, void *userdata) {
        struct check_probe *p = userdata;

        turns_wait(p->checkd->turns, &p->turn);
        return 0;
}

/* --- the schedule --- */

static bool is_wanted(const struct check_probe *p) {
        const struct checker *i;

        DL_FOREACH (p->checkers, i) {
                if (!i->suspended)
                        return true;
        }
        return false;
}

static void on_news(void *userdata) {
        struct check_probe *p = userdata;

        if (is_wanted(p))
                begin_try(p);
}

static void on_unwatched(const char *why, void *userdata) {
        const struct check_probe *p = userdata;

        if (why)
                checker_log(p->checkers, LOG_WARNING, NULL, "polled, every %u s: %s",
                                (unsigned) (FILE_WATCH_POLL_USEC / USEC_PER_SEC), why);
        else
                checker_log(p->checkers, LOG_NOTICE, NULL, "no longer polled: changes are told");
}

static const struct file_watch_ops news_ops = { .changed = on_news, .unwatched = on_unwatched };

static void watch_news(struct check_probe *p) {
        int r;

        if (!p->kind->watch || p->news)
                return;
        r = p->kind->watch(&p->checkd->engine, p->conf, &news_ops, p, &p->news);
        if (r < 0)
                checker_log(p->checkers, LOG_WARNING, NULL,
                                "changes are seen by its schedule only: %s", strerrordesc_np(-r));
}

static void cancel_try(struct check_probe *p) {
        if (p->try)
                p->kind->cancel(TAKE_PTR(p->try));
}

void check_probe_schedule(struct check_probe *p, usec_t first) {
        int enabled = SD_EVENT_OFF;

        if (!is_wanted(p)) {
                turns_leave(&p->turn);
                cancel_try(p);
                p->news = file_watch_free(p->news);
                (void) sd_event_source_set_enabled(p->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_get_enabled(p->timer, &enabled);
        if (enabled != SD_EVENT_OFF || p->turn.turns || p->try)
                return;
        watch_news(p);
        if (p->course.schedule.phase_usec == 0) {
                p->course.schedule.phase_usec = first;
                arm(p, first);
        } else if (p->news)
                arm(p, usec_now(CLOCK_MONOTONIC)); /* what came while nobody watched */
        else
                arm(p, check_course_next(&p->course, usec_now(CLOCK_MONOTONIC)));
}

void check_probe_hurry(struct check_probe *p, usec_t at) {
        usec_t due;

        if (is_wanted(p) && !p->try && sd_event_source_get_time(p->timer, &due) >= 0 && at < due)
                arm(p, at);
}

void check_probe_rebase(struct check_probe *p, const struct check_checker_conf *conf) {
        p->conf = conf;
        if (!p->try)
                return;
        if (p->kind->rebase)
                p->kind->rebase(p->try, conf);
        else {
                cancel_try(p);
                arm(p, usec_now(CLOCK_MONOTONIC));
        }
}

/* --- the table --- */

static void table_add(struct check_probe *p) {
        struct check_probe *first;

        HASH_FIND_STR(p->checkd->probes, p->key, first);
        if (first) {
                p->alike = first->alike;
                first->alike = p;
        } else
                HASH_ADD_KEYPTR(hh, p->checkd->probes, p->key, strlen(p->key), p);
}

static void table_remove(struct check_probe *p) {
        struct check_probe *first, **link;

        HASH_FIND_STR(p->checkd->probes, p->key, first);
        if (first == p) {
                HASH_DEL(p->checkd->probes, p);
                if (p->alike)
                        HASH_ADD_KEYPTR(hh, p->checkd->probes, p->alike->key, strlen(p->alike->key),
                                        p->alike);
                return;
        }
        for (link = first ? &first->alike : NULL; link && *link; link = &(*link)->alike) {
                if (*link == p) {
                        *link = p->alike;
                        return;
                }
        }
}

static int probe_new(struct checkd *c, const struct check_checker_conf *conf, char *key,
                size_t question_n, struct check_probe **ret) {
        struct check_probe *p = malloc(sizeof(*p));
        const struct check_kind *kind = check_kind_find(conf->kind);
        int r;

        if (!p)
                return -ENOMEM;
        *p = (struct check_probe){
                .checkd = c,
                .kind = kind,
                .conf = conf,
                .key = key,
                .question_n = question_n,
                .turn.begin = on_turn,
        };
        check_course_init(&p->course, kind->n_steps ? MAX(kind->n_steps(conf), 1U) : 1,
                        conf->delay_loop_usec, conf->delay_before_retry_usec, conf->retry,
                        conf->fast_recovery);
        table_add(p);
        r = sd_event_add_time(
                        c->engine.event, &p->timer, CLOCK_MONOTONIC, 0, LATENESS_USEC, on_due, p);
        if (r >= 0)
                r = sd_event_source_set_enabled(p->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(p->timer, DAEMON_PRIORITY_TIMER);
        if (r < 0) {
                (void) check_probe_free(p);
                return r;
        }
        *ret = p;
        return 0;
}

int check_probe_get(
                struct checkd *c, const struct check_checker_conf *conf, struct check_probe **ret) {
        _cleanup_free_ char *key = NULL;
        struct check_probe *p;
        size_t question_n;

        key = make_key(conf, &question_n);
        if (!key)
                return -ENOMEM;
        HASH_FIND_STR(c->probes, key, p);
        for (; p; p = p->alike) {
                if (kind_finds_same(p->kind, p->conf, conf)) {
                        *ret = p;
                        return 0;
                }
        }
        return probe_new(c, conf, TAKE_PTR(key), question_n, ret);
}

struct check_probe *check_probe_free(struct check_probe *p) {
        if (!p)
                return NULL;
        assert(!p->checkers);
        turns_leave(&p->turn);
        cancel_try(p);
        table_remove(p);
        (void) file_watch_free(p->news);
        (void) sd_event_source_disable_unref(p->timer);
        free(p->key);
        free(p);
        return NULL;
}
