/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A notice: one event, of whom it tells, and the entry that gets the actions it orders. What orders-*.c
 * share. Adding returns 0 or -ENOMEM. */

#include <json-c/json.h>
#include <stdbool.h>

#include "common/conf-script.h"
#include "notifyd/conf.h"
#include "notifyd/fifo-line.h"
#include "notifyd/orders.h"
#include "notifyd/spool.h"

/* All is borrowed. */
struct notice {
        const struct orders *orders;
        const struct event_feed_event *event;
        json_object *entry;
        uint64_t next_id;
        const char *about; /* the name of what is told of, for people */
        const char *lane;  /* the object whose actions are done in order */
};

/* What the event says; "", false and 0 where it says nothing. */
const char *notice_text(const struct notice *n, const char *key);
bool notice_flag(const struct notice *n, const char *key);
int64_t notice_number(const struct notice *n, const char *key);

/* @content (of runs.h) is taken; NULL is no memory. */
int notice_add_run(struct notice *n, json_object *content);
/* Nothing where @s is not configured. */
int notice_add_script(struct notice *n, const char *which, const struct conf_script *s,
                char *const *append);

/* To the FIFO of all lines and to that of @kind: NOTIFY_FIFO_VRRP or _LVS. */
int notice_add_line(struct notice *n, enum notify_fifo kind, const struct fifo_line *l);

/* Is there anybody to get mail, and a server? */
bool notice_can_mail(const struct notice *n);
/* "[router_id] SUBJECT", "=> REASON <=". */
int notice_add_mail(struct notice *n, const char *subject, const char *reason);
