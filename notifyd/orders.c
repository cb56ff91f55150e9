/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/orders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-global.h"
#include "common/json.h"
#include "common/macro.h"
#include "notifyd/conf.h"
#include "notifyd/entry.h"
#include "notifyd/runs.h"
#include "notifyd/spool.h"
#include "vrrpd/conf.h"

/* How the states of an event are told. The words of MAINSTAY's states and those of notifications only. */
static const struct telling {
        const char *state;   /* in the event */
        const char *word;    /* behind INSTANCE and name */
        const char *which;   /* keyword of the script */
        const char *subject; /* end of the mail's subject */
        bool is_fault;       /* not mailed with no_email_faults */
        size_t script;       /* of struct vrrp_instance_conf */
} tellings[] = {
        { "MASTER", "MASTER", "notify_master", "Entering MASTER state", false,
                        offsetof(struct vrrp_instance_conf, notify_master) },
        { "BACKUP", "BACKUP", "notify_backup", "Entering BACKUP state", false,
                        offsetof(struct vrrp_instance_conf, notify_backup) },
        { "FAULT", "FAULT", "notify_fault", "Entering FAULT state", true,
                        offsetof(struct vrrp_instance_conf, notify_fault) },
        { "MAINTENANCE", "MAINTENANCE", "notify_fault", "Entering MAINTENANCE state", false,
                        offsetof(struct vrrp_instance_conf, notify_fault) },
        { "STOP", "STOP", "notify_stop", "Stopping", false,
                        offsetof(struct vrrp_instance_conf, notify_stop) },
        { "DELETED", "FAULT", "notify_fault", "Deleted", false,
                        offsetof(struct vrrp_instance_conf, notify_fault) },
};

static const struct telling *find_telling(const char *state) {
        for (size_t i = 0; i < ARRAY_SIZE(tellings); i++)
                if (streq(tellings[i].state, state))
                        return &tellings[i];
        return NULL; /* INIT, and what newer versions may have */
}

/* What is being told of whom. */
struct notice {
        const struct orders *orders;
        const struct event_feed_event *event;
        json_object *entry;
        uint64_t next_id;
        const char *name; /* of the instance */
};

static const char *get_text(json_object *data, const char *key) {
        json_object *v;

        if (!json_object_object_get_ex(data, key, &v) || !json_object_is_type(v, json_type_string))
                return "";
        return json_object_get_string(v);
}

/* @content is taken. */
static int add_action(struct notice *n, enum action_kind kind, json_object *content) {
        return entry_add_action(n->entry, n->next_id++, action_kind_to_string(kind),
                        n->event->object_path, n->name, n->event->realtime_usec, content);
}

/* --- scripts --- */

static int add_script(struct notice *n, const char *which, const struct conf_script *s,
                char *const *append) {
        if (!conf_script_is_set(s))
                return 0;
        return add_action(n, ACTION_SCRIPT, runs_content(which, s, append));
}

/* The four further arguments of `notify`. */
struct notify_arguments {
        char priority[16];
        char *argv[5];
};

static char *const *notify_arguments(
                const struct notice *n, const struct telling *t, struct notify_arguments *a) {
        json_object *priority = json_object_object_get(n->event->data, "priority");

        (void) snprintf(a->priority, sizeof(a->priority), "%d", json_object_get_int(priority));
        a->argv[0] = (char *) "INSTANCE";
        a->argv[1] = (char *) n->name;
        a->argv[2] = (char *) t->word;
        a->argv[3] = a->priority;
        a->argv[4] = NULL;
        return a->argv;
}

static int add_scripts(
                struct notice *n, const struct telling *t, const struct vrrp_instance_conf *i) {
        const struct conf_script *s = (const void *) ((const char *) i + t->script);
        struct notify_arguments a;
        int r;

        r = add_script(n, t->which, s, NULL);
        if (r < 0)
                return r;
        return add_script(n, "notify", &i->notify, notify_arguments(n, t, &a));
}

/* --- mail --- */

static json_object *mail_content(const struct notice *n, const struct telling *t) {
        const struct global_conf *global = n->orders->conf->global;
        const char *router = global->router_id ? global->router_id : n->orders->hostname;
        const char *reason = get_text(n->event->data, "reason");
        char subject[ORDERS_SUBJECT_MAX + 1], body[ORDERS_BODY_MAX + 1];
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        (void) snprintf(subject, sizeof(subject), "[%s] VRRP Instance %s - %s", router, n->name,
                        t->subject);
        (void) snprintf(body, sizeof(body), "=> %.*s <=", (int) sizeof(body) - 8,
                        *reason ? reason : t->subject);
        (void) json_object_object_add(o, "subject", json_object_new_string(subject));
        (void) json_object_object_add(o, "body", json_object_new_string(body));
        return o;
}

static bool mail_wanted(const struct notice *n, const struct telling *t, bool smtp_alert) {
        const struct notify_conf *c = n->orders->conf->notify;
        const char *last = spool_mailed(n->orders->spool, n->event->object_path);

        return smtp_alert && c->to.n > 0 && c->smtp_server &&
                        !(t->is_fault && c->no_email_faults) && !(last && streq(last, t->state));
}

static int add_mail(struct notice *n, const struct telling *t, bool smtp_alert) {
        int r;

        if (!mail_wanted(n, t, smtp_alert))
                return 0;
        r = add_action(n, ACTION_MAIL, mail_content(n, t));
        if (r < 0)
                return r;
        return entry_add_mailed(n->entry, n->event->object_path, t->state);
}

/* --- instances that have left --- */

static json_object *departed_orders(const struct vrrp_instance_conf *i) {
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        (void) json_object_object_add(o, "mail", json_object_new_boolean(i->smtp_alert));
        if (conf_script_is_set(&i->notify_fault))
                (void) json_object_object_add(
                                o, "fault", runs_content("notify_fault", &i->notify_fault, NULL));
        if (conf_script_is_set(&i->notify))
                (void) json_object_object_add(
                                o, "notify", runs_content("notify", &i->notify, NULL));
        return o;
}

int orders_departed(const struct conf *old, const struct conf *new_, json_object **departed) {
        if (!*departed)
                *departed = json_object_new_object();
        if (!*departed)
                return -ENOMEM;

        for (const struct vrrp_instance_conf *i = new_->vrrp->instances; i; i = i->hh.next)
                json_object_object_del(*departed, i->name);
        for (const struct vrrp_instance_conf *i = old->vrrp->instances; i; i = i->hh.next) {
                if (vrrp_conf_find(new_->vrrp, i->name) ||
                                json_object_object_length(*departed) >= ORDERS_DEPARTED_MAX)
                        continue;
                if (json_object_object_add(*departed, i->name, departed_orders(i)) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static json_object *copy(json_object *o) {
        json_object *c = NULL;

        return json_object_deep_copy(o, &c, NULL) < 0 ? NULL : c;
}

/* @o: as departed_orders() made it. */
static int add_departed(struct notice *n, const struct telling *t, json_object *o) {
        struct notify_arguments a;
        json_object *script, *content, *append;
        int r = 0;

        if (json_object_object_get_ex(o, "fault", &script))
                r = add_action(n, ACTION_SCRIPT, copy(script));
        if (r >= 0 && json_object_object_get_ex(o, "notify", &script)) {
                content = copy(script);
                append = json_object_object_get(content, "append");
                for (char *const *p = notify_arguments(n, t, &a); append && *p; p++)
                        (void) json_object_array_add(append, json_object_new_string(*p));
                r = add_action(n, ACTION_SCRIPT, content);
        }
        if (r < 0)
                return r;
        return add_mail(n, t, json_object_get_boolean(json_object_object_get(o, "mail")));
}

/* --- events --- */

static int add_state(struct notice *n, const struct vrrp_instance_conf *i) {
        const struct telling *t = find_telling(get_text(n->event->data, "state"));
        json_object *departed;
        int r;

        if (!t)
                return 0;
        if (!i) {
                if (!json_object_object_get_ex(n->orders->departed, n->name, &departed))
                        return 0;
                return add_departed(n, t, departed);
        }
        r = add_scripts(n, t, i);
        if (r < 0)
                return r;
        return add_mail(n, t, i->smtp_alert);
}

int orders_add(const struct orders *o, const struct event_feed_event *e, json_object *entry) {
        struct notice n = {
                .orders = o,
                .event = e,
                .entry = entry,
                .next_id = spool_next_id(o->spool),
                .name = get_text(e->data, "name"),
        };
        const struct vrrp_instance_conf *i = vrrp_conf_find(o->conf->vrrp, n.name);

        if (streq(e->type, "instance-state"))
                return add_state(&n, i);
        if (i && streq(e->type, "instance-rx-lower-priority"))
                return add_script(&n, "notify_master_rx_lower_pri", &i->notify_master_rx_lower_pri,
                                NULL);
        return 0;
}
