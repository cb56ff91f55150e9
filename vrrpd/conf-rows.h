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
                vrrp_conf_instance_more_section;
extern const struct conf_section vrrp_conf_link_section;
extern const struct conf_section vrrp_conf_sync_root_section, vrrp_conf_sync_group_section,
                vrrp_conf_garp_group_section;

/* struct vrrp_address_list: lines of virtual_ipaddress. */
extern const struct conf_type vrrp_conf_addresses;
/* struct vrrp_peer_list: lines of unicast_peer. */
extern const struct conf_type vrrp_conf_peers;
/* struct vrrp_track_list: lines of track_interface and so on; row->min and max are the weight's. */
extern const struct conf_type vrrp_conf_track_interfaces, vrrp_conf_tracks;

/* Give @i what it did not say itself, and check it against itself. Positive: it must be left out
 * (told). */
int vrrp_conf_resolve_instance(struct conf_build *b, struct vrrp_instance_conf *i);
/* What strict instances must not have. Positive: it must be left out (told). */
int vrrp_conf_check_strict(struct conf_build *b, struct vrrp_instance_conf *i);

/* Delays of interfaces that no instance can afford. */
void vrrp_conf_check_delays(struct conf_build *b);

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
/* Leave @l's item @k out of it. */
void vrrp_track_list_remove(struct vrrp_track_list *l, size_t k);
struct vrrp_instance_conf *vrrp_instance_conf_free(struct vrrp_instance_conf *i);
