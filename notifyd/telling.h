/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A telling: how a state of an instance or of a sync group is told, the words of MAINSTAY's states and of
 * notifications. What both kinds of orders-*.c share. Adding returns 0 or -ENOMEM. */

#include "notifyd/notice.h"

struct telling {
        const char *state;   /* in the event */
        const char *word;    /* behind INSTANCE or GROUP and the name */
        const char *which;   /* keyword of the script */
        const char *subject; /* end of the mail's subject */
        bool is_fault;       /* not mailed with no_email_faults */
};

/* NULL for INIT, and for what newer versions may have. What is DELETED is told as FAULT, unless @tells_deleted. */
const struct telling *telling_find(const char *state, bool tells_deleted);

/* The four further arguments of `notify`. */
struct telling_arguments {
        char priority[16];
        char *argv[5];
};

/* @kind: "INSTANCE", "GROUP". Returns @a's argv. */
char *const *telling_arguments(const struct telling *t, const char *kind, const char *name,
                int64_t priority, struct telling_arguments *a);

/* The mail, if @smtp_alert and all else says so, and it is not what was mailed last. @kind: "Instance", "Group". */
int telling_add_mail(struct notice *n, const struct telling *t, const char *kind, bool smtp_alert);
