/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A virtual service: one virtual_server of the configuration, with its servers. Known and shown; the kernel's
 * table is not touched yet, and both say so. */

#include <uthash.h>

#include "ipvsd/conf.h"

#define IPVS_STATE_NOT_IMPLEMENTED "not implemented yet"

struct ipvsd;

struct ipvs_server {
        struct ipvs_service *service;        /* owner */
        UT_hash_handle hh;                   /* by name */
        char *name;                          /* "ADDRESS PORT" */
        char *path;                          /* of the object on the bus */
        const struct ipvs_server_conf *conf; /* of the configuration in force */
        const struct ipvs_server_conf
                        *wanted; /* while that changes: of the next one, NULL: not in it */
};

struct ipvs_service {
        struct ipvsd *ipvsd; /* owner */
        UT_hash_handle hh;   /* by name */
        char *name;          /* "192.0.2.1 80 TCP", "fwmark 7", "group web" */
        char *path;
        const struct ipvs_service_conf *conf;
        const struct ipvs_service_conf *wanted;
        struct ipvs_server *servers; /* table by name */
};

/* How a server gets its packets: its own method, else that of its service. */
const char *ipvs_server_forwarding(const struct ipvs_server *r);

/* Bring the services to what @conf says: new ones appear, others change or vanish; what is the same is not
 * touched. */
void ipvs_services_configure(struct ipvsd *d, const struct ipvs_conf *conf);
void ipvs_services_free(struct ipvsd *d);

struct ipvs_service *ipvs_service_find(const struct ipvsd *d, const char *name);
struct ipvs_server *ipvs_server_find(const struct ipvs_service *s, const char *name);
