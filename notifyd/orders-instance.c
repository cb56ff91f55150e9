/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "notifyd/entry.h"
#include "notifyd/orders-private.h"
#include "notifyd/runs.h"
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

/* --- scripts and lines --- */

/* The four further arguments of `notify`. */
struct notify_arguments {
        char priority[16];
        char *argv[5];
};

static char *const *notify_arguments(
                const struct notice *n, const struct telling *t, struct notify_arguments *a) {
        (void) snprintf(a->priority, sizeof(a->priority), "%d", (int) notice_number(n, "priority"));
        a->argv[0] = (char *) "INSTANCE";
        a->argv[1] = (char *) n->about;
        a->argv[2] = (char *) t->word;
        a->argv[3] = a->priority;
        a->argv[4] = NULL;
        return a->argv;
}

static int add_line(struct notice *n, const char *word, int64_t priority) {
        struct fifo_line line;

        fifo_line_instance(&line, n->about, word, (unsigned) priority);
        return notice_add_line(n, NOTIFY_FIFO_VRRP, &line);
}

static int add_scripts(
                struct notice *n, const struct telling *t, const struct vrrp_instance_conf *i) {
        const struct conf_script *s = (const void *) ((const char *) i + t->script);
        struct notify_arguments a;
        int r;

        r = notice_add_script(n, t->which, s, NULL);
        if (r < 0)
                return r;
        return notice_add_script(n, "notify", &i->notify, notify_arguments(n, t, &a));
}

/* @orders: as orders_of_instance() made them. */
static int add_departed_scripts(struct notice *n, const struct telling *t, json_object *orders) {
        _cleanup_(json_object_putp) json_object *copy = NULL;
        struct notify_arguments a;
        json_object *append;
        int r;

        r = orders_add_run(n, orders, "fault");
        if (r < 0 || !json_object_object_get_ex(orders, "notify", NULL))
                return r;
        if (json_object_deep_copy(orders, &copy, NULL) < 0)
                return -ENOMEM;
        append = json_object_object_get(json_object_object_get(copy, "notify"), "append");
        for (char *const *p = notify_arguments(n, t, &a); append && *p; p++)
                (void) json_object_array_add(append, json_object_new_string(*p));
        return orders_add_run(n, copy, "notify");
}

/* --- mail --- */

static bool mail_wanted(const struct notice *n, const struct telling *t, bool smtp_alert) {
        const char *last = spool_mailed(n->orders->spool, n->event->object_path);

        return smtp_alert && notice_can_mail(n) &&
                        !(t->is_fault && n->orders->conf->notify->no_email_faults) &&
                        !(last && streq(last, t->state));
}

static int add_mail(struct notice *n, const struct telling *t, bool smtp_alert) {
        const char *reason = notice_text(n, "reason");
        char subject[ORDERS_SUBJECT_MAX + 1];
        int r;

        if (!mail_wanted(n, t, smtp_alert))
                return 0;
        (void) snprintf(subject, sizeof(subject), "VRRP Instance %s - %s", n->about, t->subject);
        r = notice_add_mail(n, subject, *reason ? reason : t->subject);
        if (r < 0)
                return r;
        return entry_add_mailed(n->entry, n->event->object_path, t->state);
}

/* --- events --- */

static const struct vrrp_instance_conf *find_instance(const struct notice *n) {
        return vrrp_conf_find(n->orders->conf->vrrp, n->about);
}

int orders_instance_state(struct notice *n) {
        const struct telling *t = find_telling(notice_text(n, "state"));
        const struct vrrp_instance_conf *i = find_instance(n);
        json_object *departed = NULL;
        int r;

        if (!i)
                departed = orders_departed_find(n->orders, "instance", n->about);
        if (!t || (!i && !departed))
                return 0;
        r = i ? add_scripts(n, t, i) : add_departed_scripts(n, t, departed);
        if (r >= 0)
                r = add_line(n, t->word, notice_number(n, "priority"));
        if (r < 0)
                return r;
        return add_mail(n, t,
                        i ? i->smtp_alert
                          : json_object_get_boolean(json_object_object_get(departed, "mail")));
}

int orders_instance_repeated(struct notice *n) {
        const struct telling *t = find_telling(notice_text(n, "state"));

        return t && find_instance(n) ? add_line(n, t->word, notice_number(n, "priority")) : 0;
}

int orders_instance_lower(struct notice *n) {
        const struct vrrp_instance_conf *i = find_instance(n);
        int r;

        if (!i)
                return 0;
        r = notice_add_script(
                        n, "notify_master_rx_lower_pri", &i->notify_master_rx_lower_pri, NULL);
        return r < 0 ? r : add_line(n, "MASTER_RX_LOWER_PRI", notice_number(n, "own"));
}

int orders_instance_priority(struct notice *n) {
        const struct vrrp_instance_conf *i = find_instance(n);
        const char *state = notice_text(n, "state");

        if (!i || !i->notify_priority_changes)
                return 0;
        if (streq(state, "MASTER"))
                return add_line(n, "MASTER_PRIORITY", notice_number(n, "priority"));
        if (streq(state, "BACKUP"))
                return add_line(n, "BACKUP_PRIORITY", notice_number(n, "priority"));
        return 0;
}
