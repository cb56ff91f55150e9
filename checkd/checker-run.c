/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checker-run.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "checkd/checkd.h"
#include "checkd/checker-bus.h"
#include "checkd/checker.h"
#include "checkd/kind.h"

struct checker_run {
        struct checkd *checkd; /* owner */
        struct checker_run *prev, *next;
        sd_bus_message *message;
        const struct check_kind *kind;
        const struct check_checker_conf *conf; /* in force: a reload cancels */
        struct check_try *try;
        unsigned step;
};

static void run_free(struct checker_run *r) {
        DL_DELETE(r->checkd->runs, r);
        r->checkd->n_runs--;
        if (r->try)
                r->kind->cancel(r->try);
        (void) sd_bus_message_unref(r->message);
        free(r);
}

static void answer(struct checker_run *r, bool good, const char *text) {
        (void) sd_bus_reply_method_return(r->message, "bs", good, text);
        run_free(r);
}

/* Our own want says nothing about the server. */
static void refuse(struct checker_run *r, const char *text) {
        (void) sd_bus_reply_method_errorf(r->message, SD_BUS_ERROR_FAILED, "%s", text);
        run_free(r);
}

static int begin_step(struct checker_run *r);

static void on_done(const struct check_outcome *o, void *userdata) {
        struct checker_run *r = userdata;
        unsigned n = r->kind->n_steps ? r->kind->n_steps(r->conf) : 1;

        r->try = NULL;
        if (o->result == CHECK_UNTRIED)
                refuse(r, o->text);
        else if (o->result != CHECK_GOOD || ++r->step >= n)
                answer(r, o->result == CHECK_GOOD, o->text);
        else if (begin_step(r) < 0)
                refuse(r, "the next step cannot be begun");
}

static int begin_step(struct checker_run *r) {
        return r->kind->start(&r->checkd->engine, r->conf, r->step, on_done, r, &r->try);
}

int checker_run_begin(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct checkd *c = userdata;
        const struct checker *k = checker_bus_find(c, sd_bus_message_get_path(m));
        struct checker_run *r;
        int error;

        if (!k)
                return sd_bus_error_set(
                                ret_error, SD_BUS_ERROR_UNKNOWN_OBJECT, "the checker is gone");
        if (c->n_runs >= CHECKER_RUNS_MAX)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                "%u checks are running already", c->n_runs);
        r = malloc(sizeof(*r));
        if (!r)
                return -ENOMEM;
        *r = (struct checker_run){
                .checkd = c,
                .message = sd_bus_message_ref(m),
                .kind = check_kind_find(k->conf->kind),
                .conf = k->conf,
        };
        DL_APPEND(c->runs, r);
        c->n_runs++;
        error = begin_step(r);
        if (error < 0) {
                run_free(r);
                return error;
        }
        return 1;
}

void checker_run_cancel_all(struct checkd *c) {
        while (c->runs) {
                (void) sd_bus_reply_method_errorf(c->runs->message, SD_BUS_ERROR_NO_REPLY,
                                "checkd has read its configuration anew, or ends");
                run_free(c->runs);
        }
}
