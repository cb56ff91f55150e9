/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From what is due to its carrier, and from the outcome back into the spool. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "common/conf-global.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "notifyd/conf.h"
#include "notifyd/dead-letter.h"
#include "notifyd/entry.h"
#include "notifyd/notifyd.h"
#include "notifyd/spool-bus.h"

#define UNWRITTEN_RETRY_USEC (5 * USEC_PER_SEC)
#define AT_ONCE 8U /* actions started in one turn; then the bus has one */

/* --- the journal --- */

static void check_written(struct notifyd *n) {
        int error = journal_error(n->journal);

        if (error && !n->unwritten)
                log_error("cannot write the spool: %s; going on without, but what is told now may be "
                          "told again after a crash",
                                strerror(-error));
        else if (!error && n->unwritten)
                log_notice("the spool is written again");
        n->unwritten = error;
}

static int on_sync(sd_event_source *source, uint64_t usec, void *userdata) {
        struct notifyd *n = userdata;

        (void) journal_sync(n->journal);
        check_written(n);
        if (n->unwritten) {
                (void) sd_event_source_set_time_relative(source, UNWRITTEN_RETRY_USEC);
                (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        }
        return 0;
}

int notifyd_put(struct notifyd *n, json_object *taken) {
        _cleanup_(json_object_putp) json_object *entry = taken;
        int r;

        r = entry ? journal_put(n->journal, entry) : -ENOMEM;
        check_written(n);
        if (!n->unwritten && journal_dirty(n->journal)) {
                (void) sd_event_source_set_time_relative(n->sync, 0);
                (void) sd_event_source_set_enabled(n->sync, SD_EVENT_ONESHOT);
        }
        notify_spool_bus_changed(n);
        return r < 0 ? r : 0;
}

/* --- the outcome --- */

static void set_last_error(struct notifyd *n, const struct action *a, const char *text) {
        if (*text)
                (void) snprintf(n->last_error, sizeof(n->last_error), "%.100s: %.150s", a->about,
                                text);
        else
                n->last_error[0] = '\0';
        notify_spool_bus_changed(n);
}

static const char *content_text(const struct action *a, const char *key) {
        const char *text = json_object_get_string(json_object_object_get(a->content, key));

        return text ? text : "";
}

/* What is being done, for a log line: "notify_master" or "mail". */
static const char *what(const struct action *a) {
        return a->kind == ACTION_MAIL ? "mail" : content_text(a, "which");
}

/* To whom or what: the command line, the recipients, or the FIFO. */
static const char *target(const struct notifyd *n, const struct action *a, char *buf, size_t size) {
        const struct notify_address_list *to = &n->daemon->conf->notify->to;
        size_t k = 0;

        if (a->kind == ACTION_SCRIPT)
                return content_text(a, "command");
        if (a->kind == ACTION_FIFO)
                return a->object;
        buf[0] = '\0';
        for (size_t i = 0; i < to->n && k < size; i++)
                k += (size_t) snprintf(buf + k, size - k, "%s%s", i > 0 ? ", " : "",
                                to->items[i].envelope);
        return buf;
}

static void add_text(json_object *o, const char *key, const char *text) {
        (void) json_object_object_add(o, key, json_object_new_string(text));
}

/* Tell the world that something was not told. */
static void report_failure(
                struct notifyd *n, const struct action *a, const char *to, const char *reason) {
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        log_emit(LOG_ERR, LOG_MESSAGE_DELIVERY_FAILED, LOG_INSTANCE(a->about),
                        "%s: %s given up (%s): %s", a->about, what(a), to, reason);
        if (data) {
                add_text(data, "kind", action_kind_to_string(a->kind));
                add_text(data, "target", to);
                add_text(data, "about", a->about);
                add_text(data, "reason", reason);
        }
        daemon_event(n->daemon, "delivery-failed", NOTIFYD_PATH, data);
        dead_letter_write(n->daemon->state_dir, a, to, reason);
}

static void give_up(struct notifyd *n, struct action *a, const char *reason) {
        char buf[256];

        n->given_up++;
        set_last_error(n, a, reason);
        report_failure(n, a, target(n, a, buf, sizeof(buf)), reason);
        (void) notifyd_put(n, entry_ended(a->id));
}

static void done(struct notifyd *n, struct action *a, const char *text) {
        n->delivered++;
        set_last_error(n, a, text);
        if (*text)
                log_emit(LOG_WARNING, NULL, LOG_INSTANCE(a->about), "%s: %s: %s", a->about, what(a),
                                text);
        else
                log_emit(LOG_INFO, NULL, LOG_INSTANCE(a->about), "%s: %s done%s", a->about, what(a),
                                a->repeat ? " (again)" : "");
        (void) notifyd_put(n, entry_ended(a->id));
}

/* The far end's troubles are said once, not for every mail that waits. */
static void set_mail_trouble(struct notifyd *n, const char *text) {
        const struct notify_conf *c = n->daemon->conf->notify;

        if (*text && !n->mail_in_trouble)
                log_warning("mail waits, %s does not take it: %s",
                                c->smtp_server ? c->smtp_server : "the server", text);
        else if (!*text && n->mail_in_trouble)
                log_notice("mail is taken again");
        n->mail_in_trouble = *text;
}

static void later(struct notifyd *n, struct action *a, const struct carried *c) {
        usec_t now = usec_now(CLOCK_BOOTTIME);

        n->retries++;
        set_last_error(n, a, c->text);
        if (spool_hopeless(a, usec_now(CLOCK_REALTIME))) {
                give_up(n, a, c->text);
                return;
        }
        (void) notifyd_put(n, entry_failed(a->id, c->uncertain, c->settled));
        if (c->far_end) {
                spool_close_gate(n->spool, a->kind, now);
                if (a->kind == ACTION_MAIL)
                        set_mail_trouble(n, c->text);
                return;
        }
        spool_postpone(n->spool, a, now);
        if (a->kind == ACTION_FIFO)
                return; /* what is wrong with the FIFO has been said once, that is enough */
        log_emit(LOG_NOTICE, NULL, LOG_INSTANCE(a->about), "%s: %s has to wait: %s", a->about,
                        what(a), c->text);
}

static void on_carried(uint64_t id, const struct carried *c, void *userdata) {
        struct notifyd *n = userdata;
        struct action *a = spool_find(n->spool, id);

        if (!a)
                return;
        if (!c->far_end) {
                spool_open_gate(n->spool, a->kind);
                if (a->kind == ACTION_MAIL)
                        set_mail_trouble(n, "");
        }
        switch (c->outcome) {
        case CARRIED_DONE: done(n, a, c->text); break;
        case CARRIED_LATER: later(n, a, c); break;
        case CARRIED_GIVEN_UP: give_up(n, a, c->text); break;
        }
        notifyd_intake_check_room(n);
        notifyd_dispatch_soon(n);
}

static void on_refused(uint64_t id, const char *recipient, const char *reply, void *userdata) {
        struct notifyd *n = userdata;
        const struct action *a = spool_find(n->spool, id);

        if (a)
                report_failure(n, a, recipient, reply);
}

void notifyd_give_up_overflow(struct notifyd *n) {
        struct action *a;

        while ((a = spool_overflow(n->spool)))
                give_up(n, a,
                                a->kind == ACTION_FIFO ? "nobody reads, too many lines wait"
                                                : a->kind == ACTION_MAIL
                                                ? "too much mail waits"
                                                : "too much waits for the same object");
}

/* --- what is due --- */

static void carry(struct notifyd *n, struct action *a) {
        const struct conf *conf = n->daemon->conf;
        struct carried c;
        int r = 0;

        if (a->kind == ACTION_FIFO)
                r = fifos_prepare(n->fifos, a, &c);
        spool_start(n->spool, a);
        if (r > 0) {
                on_carried(a->id, &c, n);
                return;
        }
        (void) notifyd_put(n, entry_began(a->id));
        switch (a->kind) {
        case ACTION_SCRIPT: r = runs_start(n->runs, a, conf->global, &c); break;
        case ACTION_MAIL: r = mailer_send(n->mailer, a, conf->notify, n->hostname, &c); break;
        case ACTION_FIFO: r = fifos_send(n->fifos, a, &c); break;
        case _ACTION_KIND_MAX:
        case _ACTION_KIND_INVALID: return;
        }
        if (r > 0)
                on_carried(a->id, &c, n);
}

static int on_dispatch(sd_event_source *source, uint64_t usec, void *userdata) {
        struct notifyd *n = userdata;
        usec_t deadline, now = usec_now(CLOCK_BOOTTIME);
        struct action *a;

        for (unsigned i = 0;
                        i < AT_ONCE && !n->keep && !n->finishing && (a = spool_due(n->spool, now));
                        i++)
                carry(n, a);
        deadline = n->keep ? USEC_INFINITY : spool_deadline(n->spool);
        if (deadline != USEC_INFINITY) {
                (void) sd_event_source_set_time(source, deadline);
                (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        }
        notifyd_check_end(n);
        return 0;
}

void notifyd_dispatch_soon(struct notifyd *n) {
        (void) sd_event_source_set_time(n->dispatch, 0);
        (void) sd_event_source_set_enabled(n->dispatch, SD_EVENT_ONESHOT);
}

/* --- the start --- */

/* Scripts, and those who read FIFOs, act on the machine as it was: what a reboot has overtaken would do harm
 * now. The kernel's boot is kept like the generation of a producer. */
static int forget_other_boots(struct notifyd *n) {
        char boot[SD_ID128_STRING_MAX];
        const char *known = NULL;
        struct action *a, *next;
        uint64_t sequence;
        sd_id128_t id;
        int r;

        r = sd_id128_get_boot(&id);
        if (r < 0)
                return r;
        (void) sd_id128_to_string(id, boot);
        if (spool_cursor(n->spool, "kernel", &known, &sequence) && streq(known, boot))
                return 0;
        for (a = spool_actions(n->spool); known && a; a = next) {
                next = a->hh.next;
                if (a->kind != ACTION_MAIL)
                        give_up(n, a, "the machine was started anew meanwhile");
        }
        return notifyd_put(n, entry_cursor("kernel", boot, 0));
}

/* Scripts that outlived our predecessor go on; the others that had begun are run again. */
static void claim_running(struct notifyd *n) {
        for (struct action *a = spool_actions(n->spool); a; a = a->hh.next)
                if (a->kind == ACTION_SCRIPT && a->began && runs_claim(n->runs, a))
                        spool_start(n->spool, a);
}

static int carriers_start(struct notifyd *n) {
        _cleanup_free_ char *records = daemon_runtime_path(n->daemon, "scripts"),
                            *fifos = daemon_runtime_path(n->daemon, "fifos"),
                            *readers = daemon_runtime_path(n->daemon, "fifo-scripts");
        int r;

        if (!records || !fifos || !readers)
                return -ENOMEM;
        r = fifos_new(n->daemon->event, fifos, readers, on_carried, n, &n->fifos);
        if (r < 0)
                return r;
        r = runs_new(n->daemon->event, records, RUNS_TIME_LIMIT_USEC, on_carried, n, &n->runs);
        if (r < 0)
                return r;
        return mailer_new(n->daemon->event, on_carried, on_refused, n, &n->mailer);
}

static int timer_new(struct notifyd *n, clockid_t clock, int64_t priority,
                sd_event_time_handler_t handler, sd_event_source **ret) {
        int r;

        r = sd_event_add_time(n->daemon->event, ret, clock, 0, USEC_PER_MSEC, handler, n);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(*ret, priority);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int notifyd_dispatch_start(struct notifyd *n) {
        int r;

        /* The bus's priority: they take turns, and neither a thousand scripts nor a flood of messages
         * keeps the other waiting. */
        r = timer_new(n, CLOCK_BOOTTIME, DAEMON_PRIORITY_BUS, on_dispatch, &n->dispatch);
        if (r < 0)
                return r;
        r = timer_new(n, CLOCK_MONOTONIC, DAEMON_PRIORITY_SAVE, on_sync, &n->sync);
        if (r < 0)
                return r;
        r = carriers_start(n);
        if (r < 0)
                return r;
        r = forget_other_boots(n);
        if (r < 0)
                return r;
        claim_running(n);
        fifos_configure(n->fifos, n->daemon->conf);
        notifyd_dispatch_soon(n);
        return 0;
}

void notifyd_dispatch_stop(struct notifyd *n) {
        n->dispatch = sd_event_source_disable_unref(n->dispatch);
        n->sync = sd_event_source_disable_unref(n->sync);
        n->runs = runs_free(n->runs);
        n->fifos = fifos_free(n->fifos);
        n->mailer = mailer_free(n->mailer);
}
