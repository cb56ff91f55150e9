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
                vrrp_conf_defaults_section, vrrp_conf_garp_section, vrrp_conf_host_section;
extern const struct conf_section vrrp_conf_instance_root_section, vrrp_conf_instance_section,
                vrrp_conf_authentication_section, vrrp_conf_auth_hmac_section,
                vrrp_conf_instance_more_section, vrrp_conf_vmac_section;
extern const struct conf_section vrrp_conf_sync_root_section, vrrp_conf_sync_group_section,
                vrrp_conf_garp_group_root_section, vrrp_conf_garp_group_section;

/* struct vrrp_address_list: lines of virtual_ipaddress. */
extern const struct conf_type vrrp_conf_addresses;
/* struct vrrp_peer_list: lines of unicast_peer. */
extern const struct conf_type vrrp_conf_peers;
/* struct vrrp_track_list: lines of track_interface and so on; row->min and max are the weight's. */
extern const struct conf_type vrrp_conf_track_interfaces, vrrp_conf_tracks;

/* struct vrrp_extra_garp_conf: vrrp_garp_extra_if and garp_extra_if. */
extern const struct conf_type vrrp_conf_extra_garp;
/* char *: the beginning of names of interfaces. */
extern const struct conf_type vrrp_conf_prefix;
/* Nothing stored: the word of dynamic_interfaces. */
extern const struct conf_type vrrp_conf_dynamic;

/* The @i-th word as ADDRESS[/PREFIX], prefix 32 or 128 when not given. 0, CONF_TYPE_REFUSED, -ENOMEM. */
int vrrp_conf_parse_prefixed(
                const struct conf_parse *p, size_t i, struct ip_addr *ret, uint8_t *ret_prefix);

/* Can an interface be called so? */
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

/* The members of a garp_group that no group above it has, and its pace. 0 or -ENOMEM. */
int vrrp_conf_resolve_garp_group(struct conf_build *b, struct vrrp_garp_group_conf *g);
struct vrrp_garp_group_conf *vrrp_garp_group_conf_free(struct vrrp_garp_group_conf *g);

void vrrp_address_list_done(struct vrrp_address_list *l);
void vrrp_track_list_done(struct vrrp_track_list *l);
struct vrrp_instance_conf *vrrp_instance_conf_free(struct vrrp_instance_conf *i);
