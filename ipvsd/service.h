/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A virtual service: one virtual_server of the configuration, with its servers. They are the same objects as
 * long as their names are in the file. */

#include <uthash.h>

#include "ipvsd/conf.h"
#include "ipvsd/health.h"
#include "ipvsd/override.h"
#include "ipvsd/wanted.h"

#define IPVS_PROBLEM_MAX 256U

struct ipvsd;

struct ipvs_server {
        struct ipvs_service *service;        /* owner */
        UT_hash_handle hh;                   /* by name */
        char *name;                          /* "ADDRESS PORT" */
        char *path;                          /* of the object on the bus */
        const struct ipvs_server_conf *conf; /* of the configuration in force */
        const struct ipvs_server_conf
                        *wanted; /* while that changes: of the next one, NULL: not in it */

        struct ipvs_check *checks; /* owned, in the order of the file */
        size_t n_checks;

        /* what was told last; UNKNOWN: nothing yet */
        enum ipvs_check_state state;
        usec_t since_usec; /* CLOCK_REALTIME */
        char reason[IPVS_REASON_MAX];
        size_t fault; /* which check made it DOWN */

        enum ipvs_override override, override_told;
        int override_weight, override_weight_told; /* IPVS_WEIGHT_AS_CONFIGURED: none */
        bool drained;                              /* as told */

        /* of the wanted table and of the kernel's, as they were last looked at */
        bool in_table;
        int weight;
        uint64_t connections;
        bool taking; /* the kernel still gave it new ones then */
        char problem[IPVS_PROBLEM_MAX];
        char failed[IPVS_PROBLEM_MAX]; /* the same while the table is being written */
        size_t counted;                /* while statistics are gathered */
};

struct ipvs_service {
        struct ipvsd *ipvsd; /* owner */
        UT_hash_handle hh;   /* by name */
        char *name;          /* "192.0.2.1 80 TCP", "fwmark 7", "group web" */
        char *path;
        const struct ipvs_service_conf *conf;
        const struct ipvs_service_conf *wanted;
        struct ipvs_server *servers; /* table by name */

        enum ipvs_check_state state; /* by its quorum; as above */
        usec_t since_usec;
        uint64_t weight; /* of its good servers */

        enum ipvs_override override, override_told;
        bool sorry_active;
        size_t n_left_out; /* of its keys: they are another's */
        char problem[IPVS_PROBLEM_MAX];
        char failed[IPVS_PROBLEM_MAX];
        size_t sorry_counted;
};

/* For log_emit(): whom a line is about. */
#define IPVS_SERVICE_FIELDS(s) LOG_FIELDS({ "MAINSTAY_SERVICE", (s)->name })
#define IPVS_SERVER_FIELDS(r)                                                                      \
        LOG_FIELDS({ "MAINSTAY_SERVICE", (r)->service->name }, { "MAINSTAY_SERVER", (r)->name })

/* How a server gets its packets: its own method, else that of its service. */
const char *ipvs_server_forwarding(const struct ipvs_server *r);

/* The weight that it has by the configuration or by order, and what its checks add. */
int ipvs_server_weight(const struct ipvs_server *r);

/* What it brings into the wanted table. */
struct ipvs_wanted_server ipvs_server_wanted(const struct ipvs_server *r);

/* Is it, its service or the node draining? */
bool ipvs_server_is_draining(const struct ipvs_server *r);

/* The last word on its @i-th check, from 0; unknown checks are nobody's. Returns whether something is new. */
bool ipvs_server_hear(struct ipvs_server *r, size_t i, enum ipvs_check_state state,
                const char *reason, int weight_change);

/* Bring the services to what @conf says: new ones appear, others change or vanish; what is the same is not
 * touched. */
void ipvs_services_configure(struct ipvsd *d, const struct ipvs_conf *conf);
void ipvs_services_free(struct ipvsd *d);

struct ipvs_service *ipvs_service_find(const struct ipvsd *d, const char *name);
struct ipvs_server *ipvs_server_find(const struct ipvs_service *s, const char *name);
