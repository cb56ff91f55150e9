/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What ipvsd shows, and the words by which people name services and servers of it. */

#include <json-c/json.h>

#include "common/cleanup.h"
#include "ctl/snapshot.h"

struct balancer {
        struct snapshot snapshot;
        json_object *services, *servers; /* arrays of properties, by Name, with their Path */
};

/* Ask ipvsd. 0; CTL_NOT_THERE: it is not there; -ENOMEM. The second says on stderr when it is not. */
int balancer_look(sd_bus *bus, struct balancer *ret);
int balancer_take(sd_bus *bus, struct balancer *ret);
void balancer_done(struct balancer *b);

/* The service whose Name is the first of @words, or some of them together; *ret_n: how many. NULL: none is. */
json_object *balancer_find_service(const struct balancer *b, char **words, size_t *ret_n);

/* The servers that @words name (server-name.h), in @service or (NULL) in all; without words all of them. A new array,
 * perhaps empty; NULL without memory. */
json_object *balancer_find_servers(const struct balancer *b, json_object *service, char **words);

/* What is ordered for a server, and whether that is done: "drain", "drained", "weight 5", "disable, weight 5", or "". Returns
 * @buf. */
#define BALANCER_ORDER_MAX 64U
const char *balancer_order_words(json_object *server, char buf[static BALANCER_ORDER_MAX]);

/* Say on stderr which services there are, as far as it fits. */
void balancer_print_services(const struct balancer *b);
/* Say on stderr that @words name nothing, in @service or (NULL) at all, and which servers there are. */
void balancer_complain(const struct balancer *b, json_object *service, char **words);

/* What the kernel counts for a server. */
struct balancer_counts {
        bool known; /* it is in the kernel's table */
        uint64_t active, inactive, persistent;
        uint64_t total[5],
                        per_second[5]; /* connections, packets in, packets out, bytes in, bytes out */
};

/* What the kernel counts for @service ("": all), for balancer_counts_of(): a new reference, or NULL. @loud: then it was
 * said on stderr why. */
json_object *balancer_statistics(sd_bus *bus, const char *service, bool loud);
struct balancer_counts balancer_counts_of(
                json_object *statistics, const char *service, const char *server);
