/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/telling.h"

#include <stdio.h>

#include "common/macro.h"
#include "notifyd/entry.h"

static const struct telling tellings[] = {
        { "MASTER", "MASTER", "notify_master", "Entering MASTER state", false },
        { "BACKUP", "BACKUP", "notify_backup", "Entering BACKUP state", false },
        { "FAULT", "FAULT", "notify_fault", "Entering FAULT state", true },
        { "MAINTENANCE", "MAINTENANCE", "notify_fault", "Entering MAINTENANCE state", false },
        { "STOP", "STOP", "notify_stop", "Stopping", false },
        { "DELETED", "FAULT", "notify_fault", "Deleted", false },
};

static const struct telling deleted = { "DELETED", "DELETED", "notify_deleted", "Deleted", false };

const struct telling *telling_find(const char *state, bool tells_deleted) {
        if (tells_deleted && streq(state, deleted.state))
                return &deleted;
        for (size_t i = 0; i < ARRAY_SIZE(tellings); i++)
                if (streq(tellings[i].state, state))
                        return &tellings[i];
        return NULL;
}

char *const *telling_arguments(const struct telling *t, const char *kind, const char *name,
                int64_t priority, struct telling_arguments *a) {
        (void) snprintf(a->priority, sizeof(a->priority), "%d", (int) priority);
        a->argv[0] = (char *) kind;
        a->argv[1] = (char *) name;
        a->argv[2] = (char *) t->word;
        a->argv[3] = a->priority;
        a->argv[4] = NULL;
        return a->argv;
}

static bool mail_wanted(const struct notice *n, const struct telling *t, bool smtp_alert) {
        const char *last = spool_mailed(n->orders->spool, n->event->object_path);

        return smtp_alert && notice_can_mail(n) &&
                        !(t->is_fault && n->orders->conf->notify->no_email_faults) &&
                        !(last && streq(last, t->state));
}

int telling_add_mail(struct notice *n, const struct telling *t, const char *kind, bool smtp_alert) {
        const char *reason = notice_text(n, "reason");
        char subject[ORDERS_SUBJECT_MAX + 1];
        int r;

        if (!mail_wanted(n, t, smtp_alert))
                return 0;
        (void) snprintf(subject, sizeof(subject), "VRRP %s %s - %s", kind, n->about, t->subject);
        r = notice_add_mail(n, subject, *reason ? reason : t->subject);
        if (r < 0)
                return r;
        return entry_add_mailed(n->entry, n->event->object_path, t->state);
}
