/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A table of the kernel's load balancer as a value: virtual services with their servers, in the order of
 * their keys. The same type says what is wanted and what the kernel has. Pure: no netlink, bus, clock or log.
 * ipvsadm(8); linux/ip_vs.h.
 *
 * What is added is normalised: what the kernel does not look at is cleared and what it implies is set, so that two
 * descriptions of one behaviour are equal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"

#define IPVS_NAME_MAX 16U /* IP_VS_SCHEDNAME_MAXLEN, IP_VS_PENAME_MAXLEN */

/* A server; its key within a service is address and port. */
struct ipvs_table_server {
        struct ip_addr addr;
        uint16_t port;
        int32_t weight;                        /* >= 0 */
        uint8_t forward;                       /* IP_VS_CONN_F_MASQ, _DROUTE, _TUNNEL */
        uint8_t tunnel_type;                   /* IP_VS_CONN_F_TUNNEL_TYPE_*, TUN only */
        uint16_t tunnel_port;                  /* gue only */
        uint16_t tunnel_flags;                 /* IP_VS_TUNNEL_ENCAP_FLAG_*; gue and gre */
        uint32_t upper, lower;                 /* thresholds; 0: none */
        uint32_t active, inactive, persistent; /* connections; in a dump only, never compared */
        const void *owner; /* in a wanted table: whose it is, for errors; borrowed, never compared */
        size_t order;      /* which of the added; table.c's own */
};

/* A virtual service; its key is family, protocol, address and port, or family and mark. */
struct ipvs_table_service {
        int family;          /* AF_INET, AF_INET6 */
        uint16_t protocol;   /* IPPROTO_*; 0 for a mark */
        struct ip_addr addr; /* unset for a mark */
        uint16_t port;
        uint32_t fwmark; /* 0: none */

        char scheduler[IPVS_NAME_MAX];
        char engine[IPVS_NAME_MAX]; /* persistence engine, "" */
        uint32_t flags;    /* IP_VS_SVC_F_*, without HASHED; PERSISTENT goes with timeout */
        uint32_t timeout;  /* of persistence, seconds; 0: none */
        uint32_t mask;     /* IPv4: netmask in network byte order; IPv6: prefix length.
                                     * Without persistence it is that of one host. */
        const void *owner; /* as above */
        size_t order;      /* as above */

        struct ipvs_table_server *servers; /* owned, sorted by key */
        size_t n_servers;
};

struct ipvs_table {
        struct ipvs_table_service *services; /* owned, sorted by key */
        size_t n_services;
};

void ipvs_table_done(struct ipvs_table *t);

/* Append a copy of @s, normalised and without its servers; *ret (may be NULL) is where it is until the next is added.
 * 0 or -ENOMEM. */
int ipvs_table_add_service(struct ipvs_table *t, const struct ipvs_table_service *s,
                struct ipvs_table_service **ret);
int ipvs_table_add_server(struct ipvs_table_service *s, const struct ipvs_table_server *server);

/* After adding: put everything in the order of keys. Of several with the same key the first that was added stays. */
void ipvs_table_sort(struct ipvs_table *t);

/* A sorted copy of all of @t. 0 or -ENOMEM; *ret is untouched then. */
int ipvs_table_copy(const struct ipvs_table *t, struct ipvs_table *ret);

/* By the key of @key, whose other fields are not looked at. The table is sorted. NULL: there is none. */
struct ipvs_table_service *ipvs_table_find_service(
                const struct ipvs_table *t, const struct ipvs_table_service *key);
struct ipvs_table_server *ipvs_table_find_server(
                const struct ipvs_table_service *s, const struct ipvs_table_server *key);

/* <0, 0, >0, as qsort(3) wants it. */
int ipvs_table_service_compare_key(
                const struct ipvs_table_service *a, const struct ipvs_table_service *b);
int ipvs_table_server_compare_key(
                const struct ipvs_table_server *a, const struct ipvs_table_server *b);

/* Whether both behave the same; keys, owners, counts and a service's servers are not looked at. */
bool ipvs_table_service_same(
                const struct ipvs_table_service *a, const struct ipvs_table_service *b);
bool ipvs_table_server_same(const struct ipvs_table_server *a, const struct ipvs_table_server *b);

/* The mask that makes each client one of its own. */
uint32_t ipvs_table_host_mask(int family);
