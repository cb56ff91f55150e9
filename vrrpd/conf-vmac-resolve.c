/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interface that an instance wants for itself: what contradicts itself is put right, and instances are
 * compared. */

#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-rows.h"

static const struct conf_node *line_of(const struct vrrp_instance_conf *i, const char *key) {
        return conf_build_node(&i->object, key);
}

static void unset(struct conf_build *b, struct vrrp_instance_conf *i, const char *key) {
        conf_build_unset(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, key);
}

static void drop_vmac(struct conf_build *b, struct vrrp_instance_conf *i) {
        unset(b, i, "use_vmac");
        vrrp_vmac_conf_done(&i->vmac);
}

static void drop_ipvlan(struct conf_build *b, struct vrrp_instance_conf *i) {
        unset(b, i, "use_ipvlan");
        vrrp_ipvlan_conf_done(&i->ipvlan);
}

static void drop_name(struct conf_build *b, const struct vrrp_instance_conf *i, char **name,
                const char *why) {
        conf_build_say(b, CONF_COMPLAINT, line_of(i, i->vmac.on ? "use_vmac" : "use_ipvlan"), NULL,
                        "the interface cannot be called %s, %s; a name is made up", *name, why);
        free(*name);
        *name = NULL;
}

static void check_ipvlan(struct conf_build *b, struct vrrp_instance_conf *i) {
        struct vrrp_ipvlan_conf *ipvlan = &i->ipvlan;

        if (!ipvlan->on)
                return;
        if (i->vmac.on) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "use_ipvlan"), NULL,
                                "use_ipvlan is not used, because of use_vmac");
                drop_ipvlan(b, i);
                return;
        }
        if (ip_addr_is_set(&ipvlan->addr) && ipvlan->addr.family != i->family) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "use_ipvlan"), NULL,
                                "the address of use_ipvlan is not of the instance's family, it is not used");
                ipvlan->addr = (struct ip_addr){};
        }
        if (i->family == AF_INET && !ip_addr_is_set(&ipvlan->addr))
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "use_ipvlan"),
                                "write use_ipvlan ADDRESS/PREFIX, an address of this machine alone",
                                "use_ipvlan needs an address for IPv4, the instance stays in FAULT");
        if (ip_addr_is_set(&ipvlan->addr) && !ip_addr_is_set(&i->src_ip))
                i->src_ip = ipvlan->addr;
}

static void check_transmission(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (i->vmac_xmit_base && !i->vmac.on && !i->ipvlan.on) {
                conf_build_say(b, CONF_NOTE, line_of(i, "vmac_xmit_base"), NULL,
                                "vmac_xmit_base has no meaning without use_vmac");
                unset(b, i, "vmac_xmit_base");
                i->vmac_xmit_base = false;
        }
        /* Peers answer to the source address, which is the underlying interface's. */
        if (i->unicast && (i->vmac.on || i->ipvlan.on))
                i->vmac_xmit_base = true;
}

void vrrp_conf_resolve_vmac(struct conf_build *b, struct vrrp_instance_conf *i) {
        char **name = i->vmac.on ? &i->vmac.name : &i->ipvlan.name;

        if (!i->interface && (i->vmac.on || i->ipvlan.on)) {
                conf_build_say(b, CONF_COMPLAINT,
                                line_of(i, i->vmac.on ? "use_vmac" : "use_ipvlan"), "add interface",
                                "it has no interface to put another one on");
                drop_vmac(b, i);
                drop_ipvlan(b, i);
        }
        check_ipvlan(b, i);
        check_transmission(b, i);
        if (*name && streq_ptr(*name, i->interface))
                drop_name(b, i, name, "which is the interface below it");
        if (!conf_build_has(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, "garp_extra_if"))
                i->extra_garp = b->conf->vrrp->extra_garp;
}

void vrrp_conf_check_strict_vmac(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (i->vmac.mac_octets > 0) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "use_vmac"), NULL,
                                "the MAC address is not used: strict mode has that of the RFC");
                i->vmac.mac_octets = 0;
        }
        if (i->vmac_xmit_base) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "vmac_xmit_base"), NULL,
                                "vmac_xmit_base is not used in strict mode");
                unset(b, i, "vmac_xmit_base");
                i->vmac_xmit_base = false;
        }
}

static const char *own_name(const struct vrrp_instance_conf *i) {
        return i->vmac.on ? i->vmac.name : i->ipvlan.name;
}

void vrrp_conf_check_own_names(struct conf_build *b, struct vrrp_instance_conf *i) {
        char **name = i->vmac.on ? &i->vmac.name : &i->ipvlan.name;

        for (const struct vrrp_instance_conf *k = b->conf->vrrp->instances; *name && k != i;
                        k = k->hh.next)
                if (streq_ptr(own_name(k), *name))
                        drop_name(b, i, name, "which is the name of another instance's");
}

static bool same_group(const struct vrrp_link_group_conf *a, const struct vrrp_link_group_conf *b) {
        return a->given == b->given && a->number == b->number;
}

bool vrrp_conf_same_own_link(
                const struct vrrp_instance_conf *a, const struct vrrp_instance_conf *b) {
        const struct vrrp_vmac_conf *v = &a->vmac, *w = &b->vmac;
        const struct vrrp_ipvlan_conf *x = &a->ipvlan, *y = &b->ipvlan;

        if (v->on != w->on || x->on != y->on || !streq_ptr(own_name(a), own_name(b)))
                return false;
        if (v->on &&
                        (v->mac_octets != w->mac_octets || memcmp(v->mac, w->mac, 6) != 0 ||
                                        !same_group(&v->group, &w->group)))
                return false;
        return !x->on ||
                        (x->mode == y->mode && same_group(&x->group, &y->group) &&
                                        ip_addr_equal(&x->addr, &y->addr) &&
                                        x->prefix == y->prefix);
}
