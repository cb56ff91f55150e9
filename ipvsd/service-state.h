/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What follows from the checks: servers that become UP and DOWN, services that reach and lose their quorum.
 * Each change is recorded as an event first, then logged and shown, and acted upon by whoever asked. */

struct ipvs_server;
struct ipvs_service;
struct ipvsd;

/* Bring all states up to date. */
void ipvs_services_settle(struct ipvsd *d);

enum ipvs_end {
        IPVS_END_DEPARTED, /* a reload takes it out of the file */
        IPVS_END_STOPPING, /* balancing ends, and omega wants to hear of it */
};

/* What was UP is not any more. The server's table and the service's go on existing. */
void ipvs_server_tell_end(struct ipvs_server *r, enum ipvs_end why);
void ipvs_service_tell_end(struct ipvs_service *s, enum ipvs_end why);

/* An order has changed; it is in force already. */
void ipvs_server_tell_override(struct ipvs_server *r);
void ipvs_service_tell_override(struct ipvs_service *s);
void ipvs_node_tell_override(struct ipvsd *d);

/* What is ordered and was not told: a predecessor died in between. */
void ipvs_overrides_tell_rest(struct ipvsd *d);

/* Compare with the kernel's count of connections: is a draining server without any? */
void ipvs_server_tell_drained(struct ipvs_server *r);
