/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "notifyd/orders-private.h"
#include "notifyd/telling.h"
#include "vrrpd/conf.h"

static const struct conf_script *script_of(const struct vrrp_instance_conf *i, const char *which) {
        if (streq(which, "notify_master"))
                return &i->notify_master;
        if (streq(which, "notify_backup"))
                return &i->notify_backup;
        if (streq(which, "notify_deleted"))
                return &i->notify_deleted;
        return streq(which, "notify_stop") ? &i->notify_stop : &i->notify_fault;
}

static char *const *arguments(
                const struct notice *n, const struct telling *t, struct telling_arguments *a) {
        return telling_arguments(t, "INSTANCE", n->about, notice_number(n, "priority"), a);
}

static int add_line(struct notice *n, const char *word, int64_t priority) {
        struct fifo_line line;

        fifo_line_instance(&line, n->about, word, (unsigned) priority);
        return notice_add_line(n, NOTIFY_FIFO_VRRP, &line);
}

static int add_scripts(
                struct notice *n, const struct telling *t, const struct vrrp_instance_conf *i) {
        struct telling_arguments a;
        int r;

        r = notice_add_script(n, t->which, script_of(i, t->which), NULL);
        if (r < 0)
                return r;
        return notice_add_script(n, "notify", &i->notify, arguments(n, t, &a));
}

/* @orders: as orders_of_instance() made them. */
static int add_departed_scripts(struct notice *n, const struct telling *t, json_object *orders) {
        _cleanup_(json_object_putp) json_object *copy = NULL;
        struct telling_arguments a;
        json_object *append;
        int r;

        r = orders_add_run(n, orders, "gone");
        if (r < 0 || !json_object_object_get_ex(orders, "notify", NULL))
                return r;
        if (json_object_deep_copy(orders, &copy, NULL) < 0)
                return -ENOMEM;
        append = json_object_object_get(json_object_object_get(copy, "notify"), "append");
        for (char *const *p = arguments(n, t, &a); append && *p; p++)
                (void) json_object_array_add(append, json_object_new_string(*p));
        return orders_add_run(n, copy, "notify");
}

/* --- events --- */

static const struct vrrp_instance_conf *find_instance(const struct notice *n) {
        return vrrp_conf_find(n->orders->conf->vrrp, n->about);
}

int orders_instance_state(struct notice *n) {
        const struct vrrp_instance_conf *i = find_instance(n);
        json_object *departed = i ? NULL : orders_departed_find(n->orders, "instance", n->about);
        bool tells_deleted =
                        i ? i->tells_deleted : json_object_object_get_ex(departed, "deleted", NULL);
        const struct telling *t = telling_find(notice_text(n, "state"), tells_deleted);
        int r;

        if (!t || (!i && !departed))
                return 0;
        r = i ? add_scripts(n, t, i) : add_departed_scripts(n, t, departed);
        if (r >= 0)
                r = add_line(n, t->word, notice_number(n, "priority"));
        if (r < 0)
                return r;
        return telling_add_mail(n, t, "Instance",
                        i ? i->smtp_alert
                          : json_object_get_boolean(json_object_object_get(departed, "mail")));
}

int orders_instance_repeated(struct notice *n) {
        const struct telling *t = telling_find(notice_text(n, "state"), false);

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
