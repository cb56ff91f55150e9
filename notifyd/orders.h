/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an event orders: which scripts and which mail, by the configuration. keepalived.conf(5),
 * "notify_master" and following, "smtp_alert".
 *
 *  - For a transition first the script of the state, then `notify` with INSTANCE, name, state, priority.
 *    The mail comes when somebody is to get it, a server is named, and the state differs from the last
 *    one that was mailed.
 *  - STOP is told when vrrpd ends for good; its restart is no event. An instance that a reload removed
 *    is told as FAULT, by the scripts it had.
 *  - keepalived has no state MAINTENANCE: the instance is out of the election as in FAULT, so its fault
 *    script runs; `notify` and the mail say the word.
 *
 * This is pure: it changes nothing but the entry it adds to. */

#include <json-c/json.h>

#include "common/conf.h"
#include "common/event-feed.h"
#include "common/usec.h"

struct spool;

struct orders {
        const struct conf *conf;
        const struct spool *spool;
        /* {"KIND NAME": orders}, of what has left the configuration; see orders_departed(). */
        json_object *departed;
        const char *hostname; /* stands in for router_id */
};

/* Add what @e orders to @entry: actions with the spool's next ids, mailed states. 0 or -ENOMEM. */
int orders_add(const struct orders *o, const struct event_feed_event *e, json_object *entry);

/* Remember the orders of instances, services and servers that are in @old and not in @new in *@departed
 * (made when NULL), and forget those that are in @new again. Beyond the bound those that left first go. */
int orders_departed(const struct conf *old, const struct conf *new_, json_object **departed);

#define ORDERS_DEPARTED_MAX 10000
#define ORDERS_SUBJECT_MAX 255U
#define ORDERS_BODY_MAX 511U
