/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The VRRP part of the configuration: instances and the VRRP keywords of global_defs. After
 * loading, every field holds the value in force: the instance's own, else the global one, else the
 * default; what a strict instance must not have is gone, with a complaint at its line. */

#include <net/if.h>
#include <uthash.h>

#include "common/conf-object.h"
#include "common/conf-script.h"
#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/linkbeat.h"
#include "vrrpd/route.h"
#include "vrrpd/rule.h"

#define VRRP_CONF_AUTH_PASS_BYTES 8U

enum vrrp_conf_auth {
        VRRP_CONF_AUTH_NONE,
        VRRP_CONF_AUTH_PASS,
        VRRP_CONF_AUTH_AH,
};

/* Checksums of VRRPv3 unicast over IPv4 with the group in the place of the destination. */
enum vrrp_conf_old_checksum {
        VRRP_CONF_OLD_CHECKSUM_AUTO, /* where a peer has them */
        VRRP_CONF_OLD_CHECKSUM_ALWAYS,
        VRRP_CONF_OLD_CHECKSUM_NEVER,
};

enum vrrp_conf_state {
        VRRP_CONF_STATE_UNSET,
        VRRP_CONF_STATE_BACKUP,
        VRRP_CONF_STATE_MASTER,
};

/* One line of virtual_ipaddress. */
struct vrrp_address_conf {
        struct conf_pos pos;
        struct conf_node *line; /* the builder's */
        struct ip_addr addr;
        uint8_t prefix;           /* default 32 or 128 */
        char *dev;                /* NULL: the instance's interface */
        struct ip_addr broadcast; /* brd + and brd - are worked out already */
        uint8_t scope;            /* RT_SCOPE_*, default 0, universe */
        char *label;              /* at most IFNAMSIZ-1 bytes, IPv4 only */
        struct ip_addr peer;
        uint8_t peer_prefix;
        uint32_t flags; /* IFA_F_* given by home, mngtmpaddr, noprefixroute, autojoin */
        bool dad; /* -nodad was given: with duplicate address detection, which IPv6 addresses do without */
        bool has_preferred_lft;
        uint32_t preferred_lft; /* seconds, UINT32_MAX: forever */
        bool no_track;          /* when it is lost, leave it at that */
        bool use_vmac;          /* on an interface of its own, with the virtual MAC address */
        char *track_group;      /* of a static address; NULL: none */
};

struct vrrp_address_list {
        struct vrrp_address_conf *items;
        size_t n;
};

/* One line of virtual_routes or static_routes. */
struct vrrp_route_conf {
        struct conf_pos pos;
        struct conf_node *line; /* the builder's */
        struct vrrp_route *route;
        bool no_track;     /* when it is lost, leave it at that */
        char *track_group; /* of a static one; NULL: none */
};

struct vrrp_route_list {
        struct vrrp_route_conf *items;
        size_t n;
};

/* One line of virtual_rules or static_rules. */
struct vrrp_rule_conf {
        struct conf_pos pos;
        struct conf_node *line; /* the builder's */
        struct vrrp_rule rule;
        bool no_track;
        char *track_group;
};

struct vrrp_rule_list {
        struct vrrp_rule_conf *items;
        size_t n;
};

/* One line of the list of a track_group. */
struct vrrp_member_conf {
        struct conf_node *line; /* the builder's */
        char *name;
};

struct vrrp_member_list {
        struct vrrp_member_conf *items;
        size_t n;
};

struct vrrp_track_group_conf {
        struct conf_object object;
        UT_hash_handle hh; /* by name */
        char *name;
        struct vrrp_member_list members; /* instances */
};

struct vrrp_peer_conf {
        struct conf_pos pos;
        struct conf_node *line; /* the builder's */
        struct ip_addr addr;
        uint8_t min_ttl; /* default 0 */
        uint8_t max_ttl; /* default 255 */
        bool has_ttl;    /* limits were given: sources and TTL are checked */
};

struct vrrp_peer_list {
        struct vrrp_peer_conf *items;
        size_t n;
};

/* One line of track_interface, track_script, track_file, track_process, track_bfd. */
struct vrrp_track_conf {
        struct conf_pos pos;
        struct conf_node *line; /* the builder's */
        char *name;
        bool has_weight; /* false: the tracked object's own weight, already in @weight */
        int weight;      /* -253..253 (254 for files and processes); 0: bad means FAULT */
        bool reverse;
        bool from_group; /* it is the sync group's, which decides about the weight */
};

struct vrrp_track_list {
        struct vrrp_track_conf *items;
        size_t n;
};

/* Gratuitous ARP and neighbour advertisements. Defaults in brackets. */
struct vrrp_garp_conf {
        usec_t master_delay_usec;       /* until the second burst, 0: none [5 s] */
        unsigned master_repeat;         /* messages per address and burst [5] */
        usec_t master_refresh_usec;     /* period while master, 0: none [0] */
        unsigned master_refresh_repeat; /* [1] */
        usec_t lower_prio_delay_usec;   /* second burst after a lower advert [master_delay] */
        unsigned lower_prio_repeat;     /* burst after a lower advert, 0: none [master_repeat] */
};

/* The group of an interface (ip link set ... group). */
struct vrrp_link_group_conf {
        bool given; /* else that of the interface below */
        uint32_t number;
};

/* use_vmac: a macvlan with the virtual router's MAC address. */
struct vrrp_vmac_conf {
        bool on;
        char *name; /* NULL: made up */
        uint8_t mac[6];
        unsigned mac_octets; /* as written: 6, 5 (the VRID is the last), or 0 for the RFC's */
        bool notify;         /* have the kernel tell of the interface below once more */
        struct vrrp_link_group_conf group;
};

enum vrrp_ipvlan_mode {
        VRRP_IPVLAN_BRIDGE,
        VRRP_IPVLAN_PRIVATE,
        VRRP_IPVLAN_VEPA,
        _VRRP_IPVLAN_MAX,
};

/* use_ipvlan: an interface of its own with the MAC address of the one below. */
struct vrrp_ipvlan_conf {
        bool on;
        char *name;
        struct ip_addr addr; /* its own; unset with IPv4: the instance cannot work */
        uint8_t prefix;
        enum vrrp_ipvlan_mode mode;
        struct vrrp_link_group_conf group;
};

/* garp_extra_if: announcements on interfaces that no adverts leave from. */
struct vrrp_extra_garp_conf {
        bool all;         /* on all of them, not only those made for the virtual MAC address */
        unsigned seconds; /* 0: none */
};

/* Instances that change state together. After loading, those that it names and that exist are its
 * members, and what it tracks stands in their lists. */
struct vrrp_group_conf {
        struct conf_object object;
        UT_hash_handle hh; /* by name, in the order of the file */
        char *name;
        struct conf_pos pos;

        struct vrrp_track_list names;        /* of the members, as written */
        struct vrrp_instance_conf **members; /* borrowed, in that order; at least one */
        size_t n_members;
        bool start_master; /* all members are owners that want to be master at once */

        struct vrrp_track_list track_interface; /* as written, all five */
        struct vrrp_track_list track_script;
        struct vrrp_track_list track_file;
        struct vrrp_track_list track_process;
        struct vrrp_track_list track_bfd;
        bool tracking_weight; /* members keep the weights of what they track by themselves */

        struct conf_script notify_master;
        struct conf_script notify_backup;
        struct conf_script notify_fault;
        struct conf_script notify_stop;
        struct conf_script notify;    /* gets four more arguments */
        bool smtp_alert;              /* own, else smtp_alert_vrrp, else smtp_alert, else off */
        bool notify_priority_changes; /* default of the members */
};

struct vrrp_instance_conf {
        struct conf_object object;
        UT_hash_handle hh; /* by name, in the order of the file */
        char *name;
        struct conf_pos pos;
        const struct vrrp_group_conf *group; /* borrowed; NULL: none */

        enum vrrp_conf_state state;
        char *interface;  /* NULL only for a unicast instance with unicast_src_ip */
        char *vrf;        /* of a unicast instance without interface; NULL: none */
        const char *port; /* where adverts come and go: the one or the other, NULL: anywhere */
        uint8_t vrid;     /* virtual_router_id */
        uint8_t priority; /* 1..255 [100; 255 with state MASTER] */
        uint8_t version;  /* 2 or 3 */
        int family;       /* AF_INET or AF_INET6, from addresses, sources and peers */
        usec_t advert_int_usec; /* [1 s]; whole seconds in v2, 10 ms steps in v3 */
        enum vrrp_conf_auth auth_type;
        char auth_pass[VRRP_CONF_AUTH_PASS_BYTES + 1]; /* NUL-padded, a longer one is cut */

        struct vrrp_address_list virtual_ipaddress;          /* all of one family */
        struct vrrp_address_list virtual_ipaddress_excluded; /* not advertised */
        bool no_virtual_ipaddress;
        struct vrrp_route_list virtual_routes;
        struct vrrp_rule_list virtual_rules;
        bool promote_secondaries;

        bool unicast;          /* adverts go to the peers */
        struct ip_addr src_ip; /* mcast_src_ip or unicast_src_ip; unset: the interface's first */
        struct ip_addr mcast_dst_ip; /* the group, never unset */
        struct vrrp_peer_list unicast_peer;
        uint8_t unicast_ttl;        /* [255] */
        bool unicast_fault_no_peer; /* without peers @unicast stays, and there is nobody to speak to */
        enum vrrp_conf_old_checksum old_unicast_checksum;
        bool native_ipv6;
        bool check_unicast_src; /* drop adverts from addresses that are no peer */
        bool track_src_ip;
        bool dont_track_primary; /* the interface going down is no fault */

        bool nopreempt;
        usec_t preempt_delay_usec;
        bool accept_given, no_accept,
                        preempt; /* as written; @accept and @nopreempt are what counts */
        struct ip_addr mcast_src, unicast_src; /* as written; @src_ip counts */
        bool accept;                           /* take packets to the address when not its owner */
        bool strict;
        bool skip_check_adv_addr;
        bool lower_prio_no_advert;
        bool higher_prio_send_advert;
        bool owner_ignore_adverts;
        bool v3_checksum_as_v2;
        unsigned down_timer_adverts;   /* 1..100 [3] */
        unsigned timer_expired_backup; /* priority taken for the check, 0: off */
        struct vrrp_garp_conf garp;

        struct vrrp_vmac_conf vmac;
        struct vrrp_ipvlan_conf ipvlan; /* never both */
        bool use_vmac_addr;             /* also for addresses elsewhere */
        bool vmac_xmit_base;            /* adverts leave from @interface all the same */
        struct vrrp_extra_garp_conf extra_garp;

        const char **static_links; /* interfaces of the static entries of its track_groups; borrowed */
        size_t n_static_links;
        struct vrrp_track_list track_interface;
        struct vrrp_track_list track_script; /* these three: of what exists in check_conf */
        struct vrrp_track_list track_file;
        struct vrrp_track_list track_process;
        struct vrrp_track_list track_bfd; /* known, not implemented */

        struct conf_script notify_master;
        struct conf_script notify_backup;
        struct conf_script notify_fault;
        struct conf_script notify_stop;
        char *lvs_sync_interface; /* ipvsd's: lvs_sync_daemon of old; NULL: none */
        struct conf_script notify_deleted;
        bool tells_deleted;        /* notify_deleted is given, with or without a script */
        struct conf_script notify; /* gets four more arguments */
        struct conf_script notify_master_rx_lower_pri;
        bool notify_priority_changes; /* lines about them for the FIFOs */
        bool smtp_alert;              /* own, else smtp_alert_vrrp, else smtp_alert, else off */
};

#define VRRP_CONF_TABLE "keepalived"

/* The tables of nftables that vrrpd makes when it needs them. */
struct vrrp_nftables_conf {
        char *table;  /* NULL or "": VRRP_CONF_TABLE */
        int priority; /* of its chains [-1] */
        bool ifindex; /* interfaces by number */
        bool counters;
};

/* One line of interface_up_down_delays or linkbeat_interfaces. */
struct vrrp_link_conf {
        struct conf_node *line; /* the builder's */
        char *name;
        usec_t down_usec, up_usec;
        enum vrrp_beat beat;
};

struct vrrp_link_list {
        struct vrrp_link_conf *items;
        size_t n;
};

const struct vrrp_link_conf *vrrp_link_conf_find(const struct vrrp_link_list *l, const char *name);

/* The longest that an interface may be thought up when it is down: less than (adverts - 1) intervals. */
usec_t vrrp_conf_down_limit(unsigned down_timer_adverts, usec_t interval);

struct vrrp_name_list {
        char **items;
        size_t n;
};

/* Interfaces that share one pace of announcements. */
struct vrrp_garp_group_conf {
        struct conf_object object;
        usec_t garp_interval_usec; /* [vrrp_garp_interval] */
        usec_t gna_interval_usec;  /* [vrrp_gna_interval] */
        char *interface;           /* as written; @members counts */
        struct vrrp_name_list interfaces;
        struct vrrp_name_list members;
        struct vrrp_garp_group_conf *next;
};

struct vrrp_conf {
        struct conf_object object;
        struct vrrp_instance_conf
                        *instances;     /* uthash by name; iterates in the order of the file */
        struct vrrp_group_conf *groups; /* likewise */

        struct vrrp_address_list static_ipaddress;
        struct vrrp_route_list static_routes;
        struct vrrp_rule_list static_rules;
        struct vrrp_track_group_conf *track_groups; /* uthash by name */
        char *default_interface;                    /* of static addresses that name none [eth0] */
        char *iproute_usr_dir, *iproute_etc_dir;    /* name tables */

        struct vrrp_garp_group_conf *garp_groups; /* utlist, in the order of the file */

        uint8_t version;             /* vrrp_version [2] */
        struct ip_addr mcast_group4; /* [224.0.0.18] */
        struct ip_addr mcast_group6; /* [ff02::12] */
        struct vrrp_garp_conf garp;
        usec_t garp_interval_usec; /* pause between gratuitous ARPs of one interface [0] */
        usec_t gna_interval_usec;  /* the same for neighbour advertisements [0] */
        bool min_garp;
        unsigned down_timer_adverts;
        bool lower_prio_no_advert;
        bool higher_prio_send_advert;
        bool owner_ignore_adverts;
        bool check_unicast_src;
        bool skip_check_adv_addr;
        bool strict;
        bool v3_checksum_as_v2;
        bool log_unknown_vrids;
        char *vmac_prefix;      /* [vrrp] */
        char *vmac_addr_prefix; /* NULL: as vmac_prefix */
        bool disable_local_igmp;
        struct vrrp_nftables_conf nftables;
        struct vrrp_extra_garp_conf extra_garp; /* [off] */
        usec_t startup_delay_usec;              /* vrrp_startup_delay [0] */
        usec_t delay_after_boot_usec;           /* vrrp_delay_after_boot [0] */
        struct vrrp_link_list delays;           /* interface_up_down_delays */
        struct vrrp_link_list beats;            /* linkbeat_interfaces */
        bool beat_all;                          /* linkbeat_use_polling */
};

/* The MAC address that @vmac of a router of @family with @vrid says. */
void vrrp_vmac_conf_mac(
                const struct vrrp_vmac_conf *vmac, int family, uint8_t vrid, uint8_t ret[static 6]);

/* Do both want the same interface of their own, or none? */
bool vrrp_conf_same_own_link(
                const struct vrrp_instance_conf *a, const struct vrrp_instance_conf *b);

/* The instance called @name, or NULL. */
struct vrrp_instance_conf *vrrp_conf_find(const struct vrrp_conf *c, const char *name);
/* The group, likewise. */
struct vrrp_group_conf *vrrp_conf_find_group(const struct vrrp_conf *c, const char *name);
