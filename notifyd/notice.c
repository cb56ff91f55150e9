/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/notice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/conf-global.h"
#include "common/macro.h"
#include "notifyd/entry.h"
#include "notifyd/fifos.h"
#include "notifyd/runs.h"

const char *notice_text(const struct notice *n, const char *key) {
        json_object *v;

        if (!json_object_object_get_ex(n->event->data, key, &v) ||
                        !json_object_is_type(v, json_type_string))
                return "";
        return json_object_get_string(v);
}

bool notice_flag(const struct notice *n, const char *key) {
        return json_object_get_boolean(json_object_object_get(n->event->data, key));
}

int64_t notice_number(const struct notice *n, const char *key) {
        return json_object_get_int64(json_object_object_get(n->event->data, key));
}

/* @content is taken. */
static int add(struct notice *n, enum action_kind kind, const char *lane, json_object *content) {
        return entry_add_action(n->entry, n->next_id++, action_kind_to_string(kind), lane, n->about,
                        n->event->realtime_usec, content);
}

int notice_add_run(struct notice *n, json_object *content) {
        return add(n, ACTION_SCRIPT, n->lane, content);
}

int notice_add_script(struct notice *n, const char *which, const struct conf_script *s,
                char *const *append) {
        return conf_script_is_set(s) ? notice_add_run(n, runs_content(which, s, append)) : 0;
}

static int add_line(struct notice *n, enum notify_fifo which, const struct fifo_line *l) {
        const struct notify_fifo_conf *f = &n->orders->conf->notify->fifos[which];

        if (!notify_fifo_conf_is_set(f))
                return 0;
        return add(n, ACTION_FIFO, f->place.path, fifos_content(which, l));
}

int notice_add_line(struct notice *n, enum notify_fifo kind, const struct fifo_line *l) {
        int r;

        r = add_line(n, NOTIFY_FIFO_ALL, l);
        return r < 0 ? r : add_line(n, kind, l);
}

bool notice_can_mail(const struct notice *n) {
        const struct notify_conf *c = n->orders->conf->notify;

        return c->to.n > 0 && c->smtp_server;
}

int notice_add_mail(struct notice *n, const char *subject, const char *reason) {
        const struct global_conf *global = n->orders->conf->global;
        char full[ORDERS_SUBJECT_MAX + 1], body[ORDERS_BODY_MAX + 1];
        json_object *o = json_object_new_object();

        if (!o)
                return -ENOMEM;
        (void) snprintf(full, sizeof(full), "[%s] %s",
                        global->router_id ? global->router_id : n->orders->hostname, subject);
        (void) snprintf(body, sizeof(body), "=> %.*s <=", (int) sizeof(body) - 8, reason);
        (void) json_object_object_add(o, "subject", json_object_new_string(full));
        (void) json_object_object_add(o, "body", json_object_new_string(body));
        return add(n, ACTION_MAIL, n->lane, o);
}
