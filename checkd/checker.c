/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "checkd/checkd.h"
#include "checkd/checker-bus.h"
#include "checkd/checker-store.h"
#include "checkd/probe.h"
#include "common/json.h"
#include "common/log.h"
#include "ipvsd/conf.h"

static void copy_text(char *to, const char *from) {
        (void) snprintf(to, CHECK_TEXT_MAX, "%s", from);
}

/* --- what is told --- */

void checker_log(const struct checker *k, int level, const char *message_id, const char *format,
                ...) {
        char words[2 * CHECK_TEXT_MAX], target[CHECK_TEXT_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof(words), format, ap);
        va_end(ap);
        check_probe_describe(k->probe, target);
        log_emit(level, message_id,
                        LOG_FIELDS({ "MAINSTAY_SERVICE", k->service },
                                        { "MAINSTAY_SERVER", k->server }),
                        "service %s, server %s, %s %s: %s", k->service, k->server,
                        k->probe->kind->name, target, words);
}

static void put(json_object *o, const char *key, const char *value) {
        (void) json_object_object_add(o, key, json_object_new_string(value));
}

static void record_change(const struct checker *k, enum check_state previous) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        if (data) {
                put(data, "name", k->name);
                put(data, "service", k->service);
                put(data, "server", k->server);
                put(data, "kind", k->probe->kind->name);
                put(data, "state", check_state_to_string(k->state));
                put(data, "previous", check_state_to_string(previous));
                put(data, "result", k->state_reason);
        }
        daemon_event(k->checkd->daemon, "checker-state", k->path, data);
}

static void log_change(const struct checker *k, const struct check_verdict *v) {
        bool down = k->state == CHECK_STATE_DOWN;
        char count[64] = "";

        if (down && !v->last_good && v->in_a_row > 1)
                (void) snprintf(count, sizeof(count), " (%u failures in a row)", v->in_a_row);
        checker_log(k, down ? LOG_WARNING : LOG_NOTICE, LOG_MESSAGE_CHECKER_CHANGED, "%s, %s%s",
                        check_state_to_string(k->state), k->state_reason, count);
}

/* --- the state --- */

static void set_weight_change(struct checker *k, int weight_change) {
        if (k->weight_change == weight_change)
                return;
        k->weight_change = weight_change;
        checker_bus_weight_changed(k);
        checker_store_touch(k->checkd->store, k);
}

void checker_take(struct checker *k, const struct check_verdict *v, int weight_change,
                const char *result) {
        enum check_state previous = k->state;

        if (v->state != previous) {
                k->checkd->n_checkers[previous]--;
                k->checkd->n_checkers[v->state]++;
                k->state = v->state;
                k->state_since_usec = usec_now(CLOCK_REALTIME);
                copy_text(k->state_reason, result);
                record_change(k, previous);
                log_change(k, v);
                checker_bus_state_changed(k);
                checker_store_touch(k->checkd->store, k);
                checkd_show_status(k->checkd);
        }
        set_weight_change(k, k->state == CHECK_STATE_UP ? weight_change : 0);
}

void checker_catch_up(struct checker *k) {
        const struct check_probe *p = k->probe;

        if (!k->suspended && !p->course.verdict.provisional)
                checker_take(k, &p->course.verdict, p->weight_change, p->last_result);
}

bool checker_suspend(struct checker *k, bool suspended) {
        if (k->suspended == suspended)
                return false;
        k->suspended = suspended;
        checker_bus_suspended_changed(k);
        checker_store_touch(k->checkd->store, k);
        checker_catch_up(k);
        return true;
}

/* --- its probe --- */

static void leave_probe(struct checker *k) {
        struct check_probe *p = TAKE_PTR(k->probe);

        if (!p)
                return;
        DL_DELETE(p->checkers, k);
        if (!p->checkers)
                (void) check_probe_free(p);
        else if (p->conf == k->conf)
                check_probe_rebase(p, p->checkers->conf);
}

static void join_probe(struct checker *k, struct check_probe *p) {
        k->probe = p;
        DL_APPEND(p->checkers, k);
}

/* Make @p, which is new, go on from where @k is, whose probe until now was @old (may be NULL). */
static void hand_over(
                struct check_probe *p, const struct checker *k, const struct check_probe *old) {
        const struct check_course *c = old ? &old->course : NULL;

        if (p->course.verdict.state != CHECK_STATE_UNKNOWN || k->state == CHECK_STATE_UNKNOWN)
                return;
        if (!c || !check_probe_same_question(p, old) || c->verdict.state != k->state) {
                check_course_presume(&p->course, k->state);
                return;
        }
        check_course_restore(&p->course, k->state, c->verdict.provisional, c->verdict.against,
                        c->step, c->alone);
        p->course.schedule.phase_usec = c->schedule.phase_usec;
        p->weight_change = old->weight_change;
        p->last_run_usec = old->last_run_usec;
        copy_text(p->last_result, old->last_result);
}

static int change_probe(struct checker *k, const struct check_checker_conf *conf) {
        struct check_probe *p;
        int r;

        r = check_probe_get(k->checkd, conf, &p);
        if (r < 0)
                return r;
        hand_over(p, k, k->probe);
        leave_probe(k);
        k->conf = conf;
        join_probe(k, p);
        checker_catch_up(k);
        return 0;
}

/* --- the object --- */

char *checker_name(const struct ipvs_service_conf *service, const struct ipvs_server_conf *server,
                unsigned n) {
        char *name = NULL;

        return asprintf(&name, "%s/%s/%u", service->label, server->label, n) < 0 ? NULL : name;
}

int checker_new(struct checkd *c, const char *name, const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server, const struct check_checker_conf *conf,
                struct checker **ret) {
        _cleanup_(checker_freep) struct checker *k = malloc(sizeof(*k));
        struct check_probe *p;
        int r;

        if (!k)
                return -ENOMEM;
        *k = (struct checker){ .checkd = c, .service_conf = service, .conf = conf, .seen = true };
        k->name = strdup(name);
        k->service = strdup(service->label);
        k->server = strdup(server->label);
        if (!k->name || !k->service || !k->server)
                return -ENOMEM;
        r = checker_bus_path(k->name, &k->path);
        if (r < 0)
                return r;
        r = check_probe_get(c, conf, &p);
        if (r < 0)
                return r;
        join_probe(k, p);
        k->file = checker_store_file(k->name);
        HASH_ADD_KEYPTR(hh, c->checkers, k->name, strlen(k->name), k);
        c->n_checkers[k->state]++;
        *ret = TAKE_PTR(k);
        return 0;
}

struct checker *checker_free(struct checker *k) {
        if (!k)
                return NULL;
        if (k->hh.tbl) {
                HASH_DEL(k->checkd->checkers, k);
                k->checkd->n_checkers[k->state]--;
        }
        leave_probe(k);
        free(k->name);
        free(k->path);
        free(k->service);
        free(k->server);
        free(k);
        return NULL;
}

struct checker *checker_find(const struct checkd *c, const char *name) {
        struct checker *k;

        HASH_FIND_STR(c->checkers, name, k);
        return k;
}

int checker_reconfigure(struct checker *k, const struct ipvs_service_conf *service,
                const struct check_checker_conf *conf) {
        bool fits = check_probe_fits(k->probe, conf);
        int r = 0;

        k->service_conf = service;
        if (!fits)
                r = change_probe(k, conf);
        k->conf = conf;
        if (fits || r < 0)
                return r;
        checker_bus_question_changed(k);
        checker_store_touch(k->checkd->store, k);
        return 0;
}
