/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/vmac-want.h"

#include <linux/if_link.h>

#include "common/macro.h"

static const uint16_t ipvlan_flags[_VRRP_IPVLAN_MAX] = {
        [VRRP_IPVLAN_BRIDGE] = 0,
        [VRRP_IPVLAN_PRIVATE] = IPVLAN_F_PRIVATE,
        [VRRP_IPVLAN_VEPA] = IPVLAN_F_VEPA,
};

static bool has_own(const struct vrrp_instance_conf *conf) {
        return conf->vmac.on || conf->ipvlan.on;
}

/* Is the address where the instance speaks? */
static bool is_at_home(
                const struct vrrp_instance_conf *conf, const struct vrrp_address_conf *address) {
        return !address->dev || streq_ptr(address->dev, conf->interface);
}

/* Its own VMAC has the MAC address of one family only. */
static bool goes_apart(
                const struct vrrp_instance_conf *conf, const struct vrrp_address_conf *address) {
        if (address->use_vmac)
                return true;
        return conf->use_vmac_addr &&
                        (!is_at_home(conf, address) || address->addr.family != conf->family);
}

static bool is_on_own(
                const struct vrrp_instance_conf *conf, const struct vrrp_address_conf *address) {
        if (!has_own(conf) || !is_at_home(conf, address))
                return false;
        return address->addr.family == conf->family || !goes_apart(conf, address);
}

static bool lists_ipv6(const struct vrrp_instance_conf *conf, const struct vrrp_address_list *l) {
        for (size_t i = 0; i < l->n; i++)
                if (l->items[i].addr.family == AF_INET6 && is_on_own(conf, &l->items[i]))
                        return true;
        return false;
}

static bool needs_ipv6(const struct vrrp_instance_conf *conf) {
        return conf->family == AF_INET6 || lists_ipv6(conf, &conf->virtual_ipaddress) ||
                        lists_ipv6(conf, &conf->virtual_ipaddress_excluded);
}

static void set_group(struct vrrp_vmac_spec *spec, const struct vrrp_link_group_conf *group) {
        spec->has_group = group->given;
        spec->group = group->number;
}

int vrrp_vmac_want_own(struct vrrp_vmacs *vs, const struct vrrp_conf *globals,
                const struct vrrp_instance_conf *conf, struct vrrp_vmac **ret) {
        struct vrrp_vmac_spec spec = {
                .kind = conf->vmac.on ? VRRP_VMAC_MACVLAN : VRRP_VMAC_IPVLAN,
                .parent = conf->interface,
                .name = conf->vmac.on ? conf->vmac.name : conf->ipvlan.name,
                .prefix = globals->vmac_prefix,
                .family = conf->family,
                .vrid = conf->vrid,
                .notify = conf->vmac.notify,
                .ipv6 = needs_ipv6(conf),
        };

        *ret = NULL;
        if (!has_own(conf))
                return 0;
        if (conf->vmac.on) {
                vrrp_vmac_conf_mac(&conf->vmac, conf->family, conf->vrid, spec.mac);
                set_group(&spec, &conf->vmac.group);
        } else {
                spec.ipvlan_flags = ipvlan_flags[conf->ipvlan.mode];
                set_group(&spec, &conf->ipvlan.group);
        }
        return vrrp_vmac_want(vs, &spec, ret);
}

/* A MAC address given to the instance is that of its family. */
static int want_apart(struct vrrp_vmacs *vs, const struct vrrp_conf *globals,
                const struct vrrp_instance_conf *conf, const struct vrrp_address_conf *address,
                struct vrrp_vmac **ret) {
        static const struct vrrp_vmac_conf rfc = {};
        int family = address->addr.family;
        struct vrrp_vmac_spec spec = {
                .kind = VRRP_VMAC_MACVLAN,
                .parent = address->dev ?: conf->interface,
                .prefix = globals->vmac_addr_prefix ?: globals->vmac_prefix,
                .family = family,
                .vrid = conf->vrid,
                .notify = conf->vmac.notify,
                .ipv6 = family == AF_INET6,
        };

        vrrp_vmac_conf_mac(
                        family == conf->family ? &conf->vmac : &rfc, family, conf->vrid, spec.mac);
        set_group(&spec, &conf->vmac.group);
        return vrrp_vmac_want(vs, &spec, ret);
}

int vrrp_vmac_want_for_address(struct vrrp_vmacs *vs, const struct vrrp_conf *globals,
                const struct vrrp_instance_conf *conf, const struct vrrp_address_conf *address,
                struct vrrp_vmac **ret) {
        *ret = NULL;
        if (is_on_own(conf, address))
                return vrrp_vmac_want_own(vs, globals, conf, ret);
        if (goes_apart(conf, address) && (address->dev || conf->interface))
                return want_apart(vs, globals, conf, address, ret);
        return 0;
}
