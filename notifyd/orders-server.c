/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is told of services and servers. keepalived.conf(5), "notify_up" and "quorum_up".
 *
 *  - Of a server at the start of everything only with rs_init_notifies, and only that it is up. A quorum
 *    that is there at the start is told; one that is missing is only if there is a sorry server.
 *  - Mail about servers is about their checks: one for each that changes between up and down, whose subject
 *    says what the server is then. With no_checker_emails it is about the server's own changes. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "ipvsd/conf.h"
#include "notifyd/entry.h"
#include "notifyd/orders-private.h"

static const char *text_of(json_object *orders, const char *key) {
        return json_object_get_string(json_object_object_get(orders, key));
}

static bool flag_of(json_object *orders, const char *key) {
        return json_object_get_boolean(json_object_object_get(orders, key));
}

/* UP and DOWN are all that is told. */
static bool is_state(const char *state) {
        return streq(state, "UP") || streq(state, "DOWN");
}

/* --- services --- */

/* As configured or as remembered; a new reference, NULL for what nobody knows. */
static int find_service_orders(const struct notice *n, json_object **ret) {
        const char *label = notice_text(n, "service");
        const struct ipvs_service_conf *s = ipvs_conf_find_service(n->orders->conf->ipvs, label);

        if (!s) {
                *ret = json_object_get(orders_departed_find(n->orders, "service", label));
                return 0;
        }
        *ret = orders_of_service(s);
        return *ret ? 0 : -ENOMEM;
}

/* keepalived's sum: what was needed for this change, and what is there. */
static void format_quorum(const struct notice *n, bool up, char *buf, size_t size) {
        int64_t quorum = notice_number(n, "quorum"), hysteresis = notice_number(n, "hysteresis");
        bool initial = notice_flag(n, "initial"), loses = !up && !initial;
        const char *what = initial ? up ? "Starting with quorum up" : "Starting with quorum down"
                        : up       ? "Gained quorum"
                                   : "Lost quorum";

        if (notice_flag(n, "stopping"))
                (void) snprintf(buf, size, "Shutting down");
        else
                (void) snprintf(buf, size, "%s %" PRId64 "+%" PRId64 "=%" PRId64 " <= %" PRId64,
                                what, quorum, hysteresis,
                                loses ? quorum - hysteresis : quorum + hysteresis,
                                notice_number(n, "weight"));
}

static int add_service_mail(struct notice *n, json_object *orders, const char *state) {
        char subject[ORDERS_SUBJECT_MAX + 1], reason[128];

        if (!flag_of(orders, "mail") || !notice_can_mail(n))
                return 0;
        (void) snprintf(subject, sizeof(subject), "Virtualserver %s - %s", text_of(orders, "words"),
                        state);
        format_quorum(n, streq(state, "UP"), reason, sizeof(reason));
        return notice_add_mail(n, subject, reason);
}

int orders_quorum_state(struct notice *n) {
        _cleanup_(json_object_putp) json_object *orders = NULL;
        const char *state = notice_text(n, "state");
        struct fifo_line line;
        int r;

        r = find_service_orders(n, &orders);
        if (r < 0 || !orders || !is_state(state))
                return r;
        if (notice_flag(n, "initial") && streq(state, "DOWN") && !flag_of(orders, "sorry"))
                return 0;
        r = orders_add_run(n, orders, streq(state, "UP") ? "up" : "down");
        if (r < 0)
                return r;
        fifo_line_service(&line, text_of(orders, "words"), state);
        r = notice_add_line(n, NOTIFY_FIFO_LVS, &line);
        if (r < 0)
                return r;
        return add_service_mail(n, orders, state);
}

/* --- servers --- */

static int find_server_orders(const struct notice *n, json_object **ret) {
        const char *service = notice_text(n, "service"), *server = notice_text(n, "server");
        const struct ipvs_service_conf *s = ipvs_conf_find_service(n->orders->conf->ipvs, service);
        const struct ipvs_server_conf *rs = s ? ipvs_conf_find_server(s, server) : NULL;

        if (!rs) {
                *ret = json_object_get(orders_departed_find(n->orders, "server", n->about));
                return 0;
        }
        *ret = orders_of_server(s, rs);
        return *ret ? 0 : -ENOMEM;
}

static int add_server_mail(
                struct notice *n, json_object *orders, const char *state, const char *reason) {
        char subject[ORDERS_SUBJECT_MAX + 1];

        if (!flag_of(orders, "mail") || !notice_can_mail(n))
                return 0;
        (void) snprintf(subject, sizeof(subject), "Realserver %s of virtual server %s - %s",
                        text_of(orders, "words"), text_of(orders, "service"), state);
        return notice_add_mail(n, subject, reason);
}

/* The end of a server is no matter of its checks. */
static int add_state_mail(struct notice *n, json_object *orders, const char *state) {
        const char *reason = notice_text(n, "reason");

        if (notice_flag(n, "initial"))
                return 0;
        if (notice_flag(n, "departed") || notice_flag(n, "stopping"))
                return add_server_mail(n, orders, state,
                                notice_flag(n, "stopping") ? "Shutting down" : "Removing");
        if (!n->orders->conf->notify->no_checker_emails)
                return 0;
        return add_server_mail(n, orders, state, *reason ? reason : state);
}

int orders_server_state(struct notice *n) {
        _cleanup_(json_object_putp) json_object *orders = NULL;
        const char *state = notice_text(n, "state");
        struct fifo_line line;
        int r;

        r = find_server_orders(n, &orders);
        if (r < 0 || !orders || !is_state(state))
                return r;
        if (notice_flag(n, "initial") &&
                        !(n->orders->conf->notify->rs_init_notifies && streq(state, "UP")))
                return 0;
        r = orders_add_run(n, orders, streq(state, "UP") ? "up" : "down");
        if (r < 0)
                return r;
        fifo_line_server(&line, text_of(orders, "words"), text_of(orders, "service"), state);
        r = notice_add_line(n, NOTIFY_FIFO_LVS, &line);
        if (r < 0)
                return r;
        return add_state_mail(n, orders, state);
}

/* --- checks --- */

/* What a check without a result counts as. */
static const char *untold_state(json_object *orders) {
        return flag_of(orders, "alpha") ? "DOWN" : "UP";
}

/* The part of the checker's object path that is its server's: up to the "/" before the number, which is
 * "_2f" there. NULL for a path that is none of a checker. */
static char *server_part(const char *path) {
        const char *end = strrchr(path, '_');

        return end && strncmp(end, "_2f", 3) == 0 ? strndup(path, (size_t) (end - path)) : NULL;
}

/* Is the server up, now that the check at @path is in @state? Its other checks are what they were when
 * they were last mailed. */
static bool server_is_up(
                const struct notice *n, json_object *orders, const char *part, const char *state) {
        int checks = json_object_get_int(json_object_object_get(orders, "checks"));

        if (streq(state, "DOWN"))
                return false;
        for (int i = 1; i <= checks; i++) {
                _cleanup_free_ char *path = NULL;
                const char *known;

                if (asprintf(&path, "%s_2f%d", part, i) < 0) {
                        path = NULL;
                        return false;
                }
                if (streq(path, n->event->object_path))
                        continue;
                known = spool_mailed(n->orders->spool, path) ?: untold_state(orders);
                if (streq(known, "DOWN"))
                        return false;
        }
        return true;
}

/* "TCP_CHECK: timeout after 5 s" */
static void format_result(const struct notice *n, const char *state, char *buf, size_t size) {
        const char *kind = notice_text(n, "kind"), *result = notice_text(n, "result");

        if (!*result)
                result = streq(state, "UP") ? "succeed on service" : "failed on service";
        (void) snprintf(buf, size, "%s: %s", *kind ? kind : "CHECK", result);
}

static int add_checker_mail(
                struct notice *n, json_object *orders, const char *part, const char *state) {
        char reason[ORDERS_BODY_MAX + 1];
        int r;

        format_result(n, state, reason, sizeof(reason));
        n->lane = part; /* mails about a server in order, whichever of its checks they are about */
        r = add_server_mail(
                        n, orders, server_is_up(n, orders, part, state) ? "UP" : "DOWN", reason);
        if (r < 0)
                return r;
        return entry_add_mailed(n->entry, n->event->object_path, state);
}

/* A check that began anew, by another configuration or because checkd was stopped, is to people what they
 * were told last. */
static const char *state_before(const struct notice *n, json_object *orders) {
        const char *previous = notice_text(n, "previous");

        if (is_state(previous))
                return previous;
        return spool_mailed(n->orders->spool, n->event->object_path) ?: untold_state(orders);
}

int orders_checker_state(struct notice *n) {
        _cleanup_free_ char *part = server_part(n->event->object_path);
        _cleanup_(json_object_putp) json_object *orders = NULL;
        const char *state = notice_text(n, "state");
        int r;

        if (n->orders->conf->notify->no_checker_emails || !is_state(state) || !part)
                return 0;
        r = find_server_orders(n, &orders);
        if (r < 0 || !orders)
                return r;
        if (streq(state_before(n, orders), state))
                return 0;
        return add_checker_mail(n, orders, part, state);
}
