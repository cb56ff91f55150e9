/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sync groups. Their events come after those of their members, and so do the scripts, lines and mails. A
 * group has no priority: it is always told as 0. */

#include <string.h>

#include "common/macro.h"
#include "notifyd/orders-private.h"
#include "notifyd/telling.h"
#include "vrrpd/conf.h"

static const struct conf_script *script_of(const struct vrrp_group_conf *g, const char *which) {
        if (streq(which, "notify_master"))
                return &g->notify_master;
        if (streq(which, "notify_backup"))
                return &g->notify_backup;
        return streq(which, "notify_stop") ? &g->notify_stop : &g->notify_fault;
}

static int add_line(struct notice *n, const struct telling *t) {
        struct fifo_line line;

        fifo_line_group(&line, n->about, t->word);
        return notice_add_line(n, NOTIFY_FIFO_VRRP, &line);
}

/* NULL: it has left the configuration, and of that nobody is told, as with keepalived. */
static const struct vrrp_group_conf *find_group(const struct notice *n) {
        return vrrp_conf_find_group(n->orders->conf->vrrp, n->about);
}

int orders_group_state(struct notice *n) {
        const struct telling *t = telling_find(notice_text(n, "state"), false);
        const struct vrrp_group_conf *g = find_group(n);
        struct telling_arguments a;
        int r;

        if (!t || !g || streq(t->state, "DELETED"))
                return 0;
        r = notice_add_script(n, t->which, script_of(g, t->which), NULL);
        if (r >= 0)
                r = notice_add_script(n, "notify", &g->notify,
                                telling_arguments(t, "GROUP", n->about, 0, &a));
        if (r >= 0)
                r = add_line(n, t);
        return r < 0 ? r : telling_add_mail(n, t, "Group", g->smtp_alert);
}

int orders_group_repeated(struct notice *n) {
        const struct telling *t = telling_find(notice_text(n, "state"), false);

        return t && find_group(n) ? add_line(n, t) : 0;
}
