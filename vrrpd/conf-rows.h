/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the VRRP model share: sections and types, for vrrpd/conf*.c alone. */

#include <stddef.h>

#include "common/conf-build.h"
#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"
#include "vrrpd/conf.h"

extern const struct conf_section vrrp_conf_root_section, vrrp_conf_track_group_section,
                vrrp_conf_defaults_section, vrrp_conf_garp_section, vrrp_conf_host_section,
                vrrp_conf_firewall_section;
extern const struct conf_section vrrp_conf_static_root_section, vrrp_conf_static_host_section,
                vrrp_conf_instance_route_section;
extern const struct conf_section vrrp_conf_instance_root_section, vrrp_conf_instance_section,
                vrrp_conf_authentication_section, vrrp_conf_auth_hmac_section,
                vrrp_conf_instance_more_section, vrrp_conf_vmac_section, vrrp_conf_link_section;
extern const struct conf_section vrrp_conf_sync_root_section, vrrp_conf_sync_group_section,
                vrrp_conf_garp_group_root_section, vrrp_conf_garp_group_section;

/* struct vrrp_address_list: lines of virtual_ipaddress. */
extern const struct conf_type vrrp_conf_addresses;
/* struct vrrp_route_list, struct vrrp_rule_list: lines that are read when all of the file is there
 * (vrrp_conf_read_routes). */
extern const struct conf_type vrrp_conf_routes, vrrp_conf_rules;
/* struct vrrp_member_list. */
extern const struct conf_type vrrp_conf_members;
/* struct vrrp_peer_list: lines of unicast_peer. */
extern const struct conf_type vrrp_conf_peers;
/* struct vrrp_track_list: lines of track_interface and so on; row->min and max are the weight's. */
extern const struct conf_type vrrp_conf_track_interfaces, vrrp_conf_tracks;
/* struct vrrp_track_list, of names alone, as many a line as there are. */
extern const struct conf_type vrrp_conf_names;

/* struct vrrp_extra_garp_conf: vrrp_garp_extra_if and garp_extra_if. */
extern const struct conf_type vrrp_conf_extra_garp;
/* char *: the beginning of names of interfaces. */
extern const struct conf_type vrrp_conf_prefix;
/* Nothing stored: the word of dynamic_interfaces. */
extern const struct conf_type vrrp_conf_dynamic;

/* The @i-th word as ADDRESS[/PREFIX], prefix 32 or 128 when not given. 0, CONF_TYPE_REFUSED, -ENOMEM. */
int vrrp_conf_parse_prefixed(
                const struct conf_parse *p, size_t i, struct ip_addr *ret, uint8_t *ret_prefix);

/* Can an interface of ours be called so? */
bool vrrp_conf_is_ifname(const char *name);

/* Give @i what it did not say itself, and check it against itself. Positive: it must be left out
 * (told). */
int vrrp_conf_resolve_instance(struct conf_build *b, struct vrrp_instance_conf *i);
/* What strict instances must not have. Positive: it must be left out (told). */
int vrrp_conf_check_strict(struct conf_build *b, struct vrrp_instance_conf *i);

/* The interface of its own that @i wants, after what vrrp_conf_resolve_instance() does; what of that strict
 * instances must not have; whether its name is another instance's, too. */
void vrrp_conf_resolve_vmac(struct conf_build *b, struct vrrp_instance_conf *i);
void vrrp_conf_check_strict_vmac(struct conf_build *b, struct vrrp_instance_conf *i);
void vrrp_conf_check_own_names(struct conf_build *b, struct vrrp_instance_conf *i);

/* Read the lines of a list; those that cannot be used are left out (told). @is_static: track_group may be
 * said. 0 or -ENOMEM. */
int vrrp_conf_read_routes(struct conf_build *b, struct vrrp_route_list *l, bool is_static);
/* @preference is given to the next rule that has none of its own, and counted down. */
int vrrp_conf_read_rules(struct conf_build *b, struct vrrp_rule_list *l, bool is_static,
                uint32_t *preference);
/* Static entries, and who follows their interfaces, when the instances are known. 0 or -ENOMEM. */
int vrrp_conf_resolve_statics(struct conf_build *b);
void vrrp_conf_statics_done(struct vrrp_conf *c);

void vrrp_route_list_done(struct vrrp_route_list *l);
void vrrp_rule_list_done(struct vrrp_rule_list *l);
/* Delays of interfaces that no instance can afford. */
void vrrp_conf_check_delays(struct conf_build *b);

/* Sync groups. First, when it is known which instances there are: who is in which. */
int vrrp_conf_join_groups(struct conf_build *b);
/* Before and after the lists of what @i tracks are resolved: what its group tracks comes to them; weights
 * that a member must not have go. */
int vrrp_conf_track_with_group(struct conf_build *b, struct vrrp_instance_conf *i);
void vrrp_conf_weigh_with_group(struct conf_build *b, struct vrrp_instance_conf *i);

/* Add @t with a copy of @name. -ENOMEM. */
int vrrp_track_list_append(struct vrrp_track_list *l, struct vrrp_track_conf t, const char *name);
/* The members of a garp_group that no group above it has, and its pace. 0 or -ENOMEM. */
int vrrp_conf_resolve_garp_group(struct conf_build *b, struct vrrp_garp_group_conf *g);
struct vrrp_garp_group_conf *vrrp_garp_group_conf_free(struct vrrp_garp_group_conf *g);

/* Release a struct vrrp_vmac_conf, a struct vrrp_ipvlan_conf: as if nothing had been said. */
void vrrp_vmac_conf_done(void *field);
void vrrp_ipvlan_conf_done(void *field);

void vrrp_address_list_done(struct vrrp_address_list *l);
void vrrp_track_list_done(struct vrrp_track_list *l);

/* What the names of a list are names of. */
enum vrrp_conf_track_kind {
        VRRP_CONF_TRACK_SCRIPT,
        VRRP_CONF_TRACK_FILE,
        VRRP_CONF_TRACK_PROCESS,
        _VRRP_CONF_TRACK_MAX,
};

/* Follow the names of @l to what is defined, whose weight counts where the line has none; each is counted as
 * tracked. Names of nothing are taken out, with a complaint. Once for each list, of instances and groups. */
void vrrp_conf_resolve_tracks(
                struct conf_build *b, struct vrrp_track_list *l, enum vrrp_conf_track_kind kind);
/* Leave @l's item @i, and its line in the file, out of it. */
void vrrp_track_list_remove(struct vrrp_track_list *l, size_t i);
struct vrrp_instance_conf *vrrp_instance_conf_free(struct vrrp_instance_conf *i);
struct vrrp_group_conf *vrrp_group_conf_free(struct vrrp_group_conf *g);
