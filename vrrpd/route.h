/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A route, as a value: what one line of virtual_routes or static_routes says. Two routes are the same
 * when their bytes are; so all memory of one, padding too, comes from vrrp_route_new(). Defaults are
 * filled in as the kernel would (table, scope, metric), so that what the kernel shows can be compared. */

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"

/* The protocol that our routes and rules carry ("keepalived" in ip-route(8)): a mark that survives us. */
#define VRRP_ROUTE_PROTOCOL 18

#define VRRP_ROUTE_NEXTHOPS_MAX 32U
#define VRRP_ROUTE_LABELS_MAX 16U
#define VRRP_ROUTE_METRICS (RTAX_FASTOPEN_NO_COOKIE + 1)
#define VRRP_ROUTE_CONGCTL_MAX 16U

struct vrrp_prefix {
        struct ip_addr addr; /* unset: none */
        uint32_t bits;
};

/* Lightweight tunnels: what packets are wrapped into on their way to a nexthop. */
struct vrrp_encap {
        uint32_t type; /* LWTUNNEL_ENCAP_MPLS, _IP, _IP6, _ILA; 0: none */
        uint32_t n_labels;
        uint32_t labels[VRRP_ROUTE_LABELS_MAX];
        uint64_t id; /* of the tunnel; of ILA: the locator */
        struct ip_addr dst, src;
        uint32_t ttl; /* hop limit; 0: not given */
        uint32_t tos; /* traffic class; 0: not given */
};

struct vrrp_nexthop {
        struct ip_addr via; /* unset: on link; may be of the other family */
        char dev[IF_NAMESIZE];
        uint32_t weight;   /* 1..256, of several */
        uint32_t flags;    /* RTNH_F_ONLINK */
        uint32_t realms;   /* FROM << 16 | TO */
        struct ip_addr as; /* new destination, "as to" */
        struct vrrp_encap encap;
};

struct vrrp_route {
        int family;
        uint32_t type; /* RTN_* */
        uint32_t table;
        uint32_t tos;
        uint32_t protocol; /* RTPROT_* */
        uint32_t scope;    /* RT_SCOPE_* */
        uint32_t metric;
        uint32_t insert; /* NLM_F_* beside NLM_F_CREATE: 0 prepends */
        struct vrrp_prefix dst, src;
        struct ip_addr prefsrc;
        uint32_t expires;                     /* seconds; 0: never */
        uint32_t metrics_set;                 /* bits of RTAX_* */
        uint32_t metrics[VRRP_ROUTE_METRICS]; /* [RTAX_LOCK] are bits likewise */
        char congctl[VRRP_ROUTE_CONGCTL_MAX];
        uint32_t pref;          /* ICMPV6_ROUTER_PREF_* + 1; 0: not given */
        uint32_t ttl_propagate; /* 1: no, 2: yes; 0: not given */
        bool several;           /* nexthop was written, even if only one */
        uint32_t n_nexthops;    /* at least 1 */
        struct vrrp_nexthop nexthops[];
};

/* With room for so many nexthops, all zero. NULL: no memory. */
struct vrrp_route *vrrp_route_new(unsigned n_nexthops);
size_t vrrp_route_size(const struct vrrp_route *r);
struct vrrp_route *vrrp_route_copy(const struct vrrp_route *r);
bool vrrp_route_equal(const struct vrrp_route *a, const struct vrrp_route *b);

/* Does the kernel, which shows @found, have @r? It fills in interfaces that @r does not name. */
bool vrrp_route_matches(const struct vrrp_route *r, const struct vrrp_route *found);

/* Would @other, of anybody, stand in the place of @r? */
bool vrrp_route_same_place(const struct vrrp_route *r, const struct vrrp_route *other);

/* The name of the @i-th interface that it needs, or NULL. */
const char *vrrp_route_device(const struct vrrp_route *r, unsigned i);

/* In the words of ip-route(8), without a newline. */
void vrrp_route_print(const struct vrrp_route *r, FILE *to);
/* The same, as a new string, or NULL. */
char *vrrp_route_format(const struct vrrp_route *r);

/* RTN_* by its name; -1: there is none. NULL likewise. */
int vrrp_route_type_from_string(const char *word);
const char *vrrp_route_type_to_string(unsigned type);

/* RTAX_* by its word ("mtu", "rto_min"), and whether its value is a time in milliseconds. -1, NULL. */
int vrrp_route_metric_from_string(const char *word);
