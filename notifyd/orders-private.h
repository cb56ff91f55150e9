/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The orders of one kind of event each, and of what has left the configuration. */

#include "notifyd/notice.h"

/* instance-state, instance-repeated, instance-rx-lower-priority, instance-priority */
int orders_instance_state(struct notice *n);
int orders_instance_repeated(struct notice *n);
int orders_instance_lower(struct notice *n);
int orders_instance_priority(struct notice *n);

/* group-state, group-repeated */
int orders_group_state(struct notice *n);
int orders_group_repeated(struct notice *n);

/* server-state, quorum-state, checker-state */
int orders_server_state(struct notice *n);
int orders_quorum_state(struct notice *n);
int orders_checker_state(struct notice *n);

/* The words of a configuration that has gone, as orders.h's departed keeps them. Borrowed; NULL: none. */
json_object *orders_departed_find(const struct orders *o, const char *kind, const char *name);

/* What is to be done for an instance that has left: {"mail", "fault", "notify"}; for a service:
 * {"words", "mail", "sorry", "up", "down"}; for a server also "service", its words, "alpha", "proves" (one of its
 * checks has alpha) and "checks".
 * Scripts are as runs_content() makes them. New objects, NULL for lack of memory. */
struct ipvs_server_conf;
struct ipvs_service_conf;
struct vrrp_instance_conf;

json_object *orders_of_instance(const struct vrrp_instance_conf *i);
json_object *orders_of_service(const struct ipvs_service_conf *s);
json_object *orders_of_server(const struct ipvs_service_conf *s, const struct ipvs_server_conf *rs);

/* "10.0.0.11 80 of 10.0.0.100 80 TCP", a new string; NULL: no memory. */
char *orders_server_name(const char *service, const char *server);

/* A copy of @orders' script @key is ordered. Nothing where there is none. */
int orders_add_run(struct notice *n, json_object *orders, const char *key);
