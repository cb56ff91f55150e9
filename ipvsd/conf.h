/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The load-balancing part of the configuration: services, their servers, groups of addresses. */

#include <net/if.h>
#include <uthash.h>
#include <utlist.h>

#include "checkd/conf.h"
#include "common/conf-object.h"
#include "common/conf-script.h"
#include "common/ip-addr.h"
#include "common/usec.h"

enum ipvs_conf_kind {
        IPVS_CONF_ADDRESS,
        IPVS_CONF_FWMARK,
        IPVS_CONF_GROUP,
};

enum ipvs_conf_forward {
        IPVS_CONF_FORWARD_UNSET,
        IPVS_CONF_NAT,
        IPVS_CONF_DR,
        IPVS_CONF_TUN,
};

/* "NAT", "DR", "TUN"; "" when unset. */
const char *ipvs_conf_forward_to_string(enum ipvs_conf_forward f);

struct ipvs_forward_conf {
        enum ipvs_conf_forward method;
        uint8_t tunnel_type;  /* IP_VS_CONN_F_TUNNEL_TYPE_*: 0 ipip, 1 gue, 2 gre */
        uint16_t tunnel_port; /* gue only */
        uint8_t tunnel_flags; /* 0 nocsum, 1 csum, 2 remcsum */
};

/* An address and a port, 0: not given. */
struct ipvs_endpoint_conf {
        struct ip_addr addr;
        uint16_t port;
};

/* How many clients count as one: a netmask, or the length of an IPv6 prefix. */
struct ipvs_granularity_conf {
        struct ip_addr mask;
        uint8_t prefix;
};

struct ipvs_server_conf {
        struct conf_object object;
        struct ipvs_server_conf *prev, *next; /* utlist, in the order of the file */
        struct conf_pos pos;
        char *name;  /* "[192.0.2.1]:80", unique in its service */
        char *label; /* "192.0.2.1 80": on the bus */

        struct ip_addr addr;
        uint16_t port;   /* as given, else the service's */
        bool port_taken; /* the file gave another one, which cannot be */
        int weight;      /* 0..INT_MAX [service's weight] */
        struct ipvs_forward_conf forward;
        unsigned uthreshold, lthreshold;
        bool inhibit_on_failure;
        bool alpha;
        bool smtp_alert;                /* [on] */
        unsigned retry;                 /* 0: left to the checker's kind */
        usec_t delay_before_retry_usec; /* 0: likewise */
        usec_t warmup_usec;
        usec_t connect_timeout_usec;
        usec_t delay_loop_usec;
        char *virtualhost;
        char *snmp_name;
        struct conf_script notify_up;
        struct conf_script notify_down;
        struct check_checker_conf *checkers; /* LL in the order of the file */
};

struct ipvs_service_conf {
        struct conf_object object;
        struct ipvs_service_conf *prev, *next;
        struct conf_pos pos;
        char *name; /* "[192.0.2.1]:tcp:80", "FWM 7", "[group]:0": the words of keepalived's FIFO lines */
        char *label; /* "192.0.2.1 80 TCP", "fwmark 7", "fwmark 7 IPv6", "group web 2": on the bus */

        enum ipvs_conf_kind kind;
        struct ip_addr addr;              /* ADDRESS */
        uint16_t port;                    /* ADDRESS; 0: any */
        uint32_t fwmark;                  /* FWMARK */
        char *group;                      /* GROUP: a name in struct ipvs_conf */
        int family;                       /* ip_family, else from addresses */
        int protocol_given;               /* as written */
        int protocol;                     /* IPPROTO_TCP, _UDP, _SCTP; 0 for a mark */
        int scheduler_number;             /* as written */
        const char *scheduler;            /* "rr", "wrr", ... [wlc] */
        struct ipvs_forward_conf forward; /* [NAT] */
        bool flags[3]; /* flag-1..3; sh-fallback, sh-port, mh-* are names for 1 and 2 */
        unsigned persistence_timeout; /* seconds, 0: off */
        struct ipvs_granularity_conf granularity;
        char *persistence_engine;
        bool ops;
        usec_t delay_loop_usec;      /* [60 s] */
        usec_t connect_timeout_usec; /* [5 s] */
        unsigned retry;
        usec_t delay_before_retry_usec;
        usec_t warmup_usec;
        bool alpha;
        bool omega;
        bool ha_suspend;
        bool inhibit_on_failure;
        bool smtp_alert;     /* [off] */
        unsigned quorum;     /* [1] */
        unsigned hysteresis; /* [0] */
        int weight;          /* default weight of the servers [1] */
        struct conf_script quorum_up;
        struct conf_script quorum_down;
        char *virtualhost;
        char *snmp_name;
        struct ipvs_endpoint_conf sorry; /* address unset: no sorry server */
        bool sorry_inhibit;
        struct ipvs_forward_conf sorry_forward;
        struct ipvs_server_conf *servers; /* DL */
};

/* One member line of a virtual_server_group. */
struct ipvs_member_conf {
        struct conf_pos pos;
        struct ip_addr first, last; /* unset for a mark */
        uint16_t port;
        uint32_t fwmark;
        int family;
};

struct ipvs_member_list {
        struct ipvs_member_conf *items;
        size_t n;
};

/* How many services of the kernel the line makes, at most UINT32_MAX. */
uint32_t ipvs_member_conf_size(const struct ipvs_member_conf *m);

struct ipvs_group_conf {
        struct conf_object object;
        UT_hash_handle hh;
        char *name;
        struct conf_pos pos;
        struct ipvs_member_list members;
};

/* lvs_timeouts: seconds, 0: the kernel's stays. */
struct ipvs_timeouts_conf {
        uint32_t tcp, tcp_fin, udp;
};

/* lvs_sync_daemon. What is 0 is left to the kernel. */
struct ipvs_sync_conf {
        struct conf_pos pos;
        char interface[IFNAMSIZ]; /* "": no daemon */
        char *instance;           /* whose role it follows; NULL: both daemons run */
        int id; /* 0..255 [the VRID of the instance, else 0]; -1 while not known */
        uint16_t maxlen;
        uint16_t port;
        uint8_t ttl;
        struct ip_addr group; /* multicast */
};

enum ipvs_flush_conf {
        IPVS_FLUSH_OWN,      /* not given, or VS: only what is ours */
        IPVS_FLUSH_SERVICES, /* VS */
        IPVS_FLUSH_ALL,
};

#define IPVS_MARKS_TABLE "keepalived_ipvs"

/* nftables_ipvs: groups are marked services, and a table of nftables sets the marks. */
struct ipvs_marks_conf {
        char *table;    /* NULL: off; "": IPVS_MARKS_TABLE */
        int priority;   /* of its chains [-1] */
        uint32_t start; /* the first mark [1000] */
};

/* More services of the kernel than this, or more servers of all of them, are not taken. */
#define IPVS_CONF_SERVICES_MAX 65536U
#define IPVS_CONF_SERVERS_MAX 262144U

struct ipvs_conf {
        struct conf_object object;
        struct ipvs_service_conf *services; /* DL in the order of the file */
        struct ipvs_group_conf *groups;
        bool flush; /* lvs_flush */
        enum ipvs_flush_conf flush_on_stop;
        struct ipvs_timeouts_conf timeouts;
        struct ipvs_sync_conf sync;
        struct ipvs_marks_conf marks;
        char *netns; /* net_namespace_ipvs: NULL: our own, "": that of process 1 */
};

/* How many services of the kernel one service of the configuration is, at most UINT32_MAX. */
uint32_t ipvs_conf_expansion(const struct ipvs_conf *c, const struct ipvs_service_conf *s);
/* The group of a service, or NULL. */
static inline const struct ipvs_group_conf *ipvs_conf_find_group(
                const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        struct ipvs_group_conf *g = NULL;

        if (s->group)
                HASH_FIND_STR(c->groups, s->group, g);
        return g;
}

/* "TCP", "UDP", "SCTP"; "" for a mark. */
const char *ipvs_conf_protocol_to_string(int protocol);

/* The words for a server in keepalived's FIFO lines and mails, with the protocol of its service, "none" for
 * a mark: "[192.0.2.10]:tcp:80". A new string. 0 or -ENOMEM. */
int ipvs_conf_server_words(const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server, char **ret);

/* By label; NULL: there is none. */
const struct ipvs_service_conf *ipvs_conf_find_service(
                const struct ipvs_conf *c, const char *label);
const struct ipvs_server_conf *ipvs_conf_find_server(
                const struct ipvs_service_conf *s, const char *label);
