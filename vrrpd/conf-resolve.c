/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One instance by itself: what it did not say is filled in, what contradicts itself is put right.
 * The order matters: family, then version, then what depends on them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "notifyd/conf.h"
#include "vrrpd/conf-rows.h"

#define ADVERT_INT_MAX_V3 (UINT64_C(4095) * USEC_PER_CENTISEC)
#define ADDRESSES_MAX 255U /* RFC 9568 §5.2.5: the count has one byte */
#define ADDRESSES_MAX6 90U /* more do not fit into a packet of Ethernet's 1500 bytes */

static bool has(struct conf_build *b, const struct vrrp_instance_conf *i, const char *key) {
        return conf_build_has(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, key);
}

static const struct conf_node *line_of(const struct vrrp_instance_conf *i, const char *key) {
        return conf_build_node(&i->object, key);
}

static void unset(struct conf_build *b, struct vrrp_instance_conf *i, const char *key) {
        conf_build_unset(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, key);
}

/* Without peers it has to say that it means that. */
static bool is_unicast(struct conf_build *b, const struct vrrp_instance_conf *i) {
        return i->unicast_peer.n > 0 ||
                        (i->unicast_fault_no_peer &&
                                        (has(b, i, "unicast_src_ip") ||
                                                        has(b, i, "check_unicast_src") ||
                                                        has(b, i, "unicast_peer")));
}

/* Without these there is no virtual router. */
static bool is_complete(struct conf_build *b, const struct vrrp_instance_conf *i) {
        if (!has(b, i, "virtual_router_id")) {
                conf_build_say(b, CONF_COMPLAINT, i->object.node, NULL,
                                "it has no virtual_router_id, the instance is left out");
                return false;
        }
        if (!i->interface && !(is_unicast(b, i) && ip_addr_is_set(&i->unicast_src))) {
                conf_build_say(b, CONF_COMPLAINT, i->object.node, NULL,
                                "it has no interface, the instance is left out");
                return false;
        }
        return true;
}

/* keepalived dies of this; here a name that no interface can have is one that never appears. */
static bool interface_is_possible(struct conf_build *b, const struct vrrp_instance_conf *i) {
        if (!i->interface || (strlen(i->interface) < IFNAMSIZ && !streq(i->interface, "lo")))
                return true;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "interface"), NULL,
                        "%s cannot be the interface of an instance, which is left out",
                        i->interface);
        return false;
}

static int family_of(const struct vrrp_instance_conf *i) {
        if (i->virtual_ipaddress.n > 0)
                return i->virtual_ipaddress.items[0].addr.family;
        if (i->unicast_peer.n > 0)
                return i->unicast_peer.items[0].addr.family;
        if (ip_addr_is_set(&i->src_ip))
                return i->src_ip.family;
        return i->native_ipv6 ? AF_INET6 : AF_INET;
}

static void resolve_family(struct conf_build *b, struct vrrp_instance_conf *i) {
        i->family = family_of(i);
        if (!i->native_ipv6 || i->family == AF_INET6)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "native_ipv6"), NULL,
                        "native_ipv6 is not used: the instance has IPv4 addresses");
        unset(b, i, "native_ipv6");
        i->native_ipv6 = false;
}

static void resolve_port(struct conf_build *b, struct vrrp_instance_conf *i) {
        const char *why = i->interface                         ? "the instance has an interface"
                        : i->vrf && strlen(i->vrf) >= IFNAMSIZ ? "no interface can have that name"
                                                               : NULL;

        if (i->vrf && why) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "vrf"), NULL, "vrf is not used: %s",
                                why);
                unset(b, i, "vrf");
                free(TAKE_PTR(i->vrf));
        }
        i->port = i->interface ?: i->vrf;
}

static void address_remove(struct vrrp_address_list *l, size_t k) {
        free(l->items[k].dev);
        free(l->items[k].label);
        for (l->n--; k < l->n; k++)
                l->items[k] = l->items[k + 1];
}

static bool same_address(const struct vrrp_address_conf *a, const struct vrrp_address_conf *b) {
        return ip_addr_equal(&a->addr, &b->addr) && streq_ptr(a->dev, b->dev);
}

/* Why the @k-th address of @l cannot be used, or NULL. */
static const char *address_fault(const struct vrrp_instance_conf *i,
                const struct vrrp_address_list *l, size_t k, bool excluded) {
        const struct vrrp_address_conf *a = &l->items[k];

        if (!excluded && a->addr.family != i->family)
                return "is not of the family of the first address";
        for (size_t n = 0; n < k; n++)
                if (excluded ? same_address(&l->items[n], a)
                             : ip_addr_equal(&l->items[n].addr, &a->addr))
                        return "is given again";
        for (size_t n = 0; excluded && n < i->virtual_ipaddress.n; n++)
                if (same_address(&i->virtual_ipaddress.items[n], a))
                        return "is in virtual_ipaddress already";
        return NULL;
}

static void check_addresses(struct conf_build *b, struct vrrp_instance_conf *i, bool excluded) {
        const char *list = excluded ? "virtual_ipaddress_excluded" : "virtual_ipaddress";
        struct vrrp_address_list *l =
                        excluded ? &i->virtual_ipaddress_excluded : &i->virtual_ipaddress;

        for (size_t k = 0; k < l->n;) {
                const char *fault = address_fault(i, l, k, excluded);
                char buf[IP_ADDR_STRLEN];

                if (!fault) {
                        k++;
                        continue;
                }
                conf_build_say(b, CONF_COMPLAINT, l->items[k].line, NULL,
                                "%s: %s %s, it is left out", list,
                                ip_addr_format(&l->items[k].addr, buf), fault);
                l->items[k].line->dropped = true;
                address_remove(l, k);
        }
}

static void check_peers(struct conf_build *b, struct vrrp_instance_conf *i) {
        struct vrrp_peer_list *l = &i->unicast_peer;

        for (size_t k = 0; k < l->n;) {
                char buf[IP_ADDR_STRLEN];

                if (l->items[k].has_ttl)
                        i->check_unicast_src = true;
                if (l->items[k].addr.family == i->family) {
                        k++;
                        continue;
                }
                conf_build_say(b, CONF_COMPLAINT, l->items[k].line, NULL,
                                "the peer %s is not of the instance's family, it is left out",
                                ip_addr_format(&l->items[k].addr, buf));
                l->items[k].line->dropped = true;
                for (size_t n = k; n + 1 < l->n; n++)
                        l->items[n] = l->items[n + 1];
                l->n--;
        }
}

/* RFC 9568 §5.2.9 (erratum 8300): the first is a link-local one. One that stands further down is sent first. */
static void check_linklocal(struct conf_build *b, const struct vrrp_instance_conf *i) {
        const struct vrrp_address_list *l = &i->virtual_ipaddress;

        if (i->family != AF_INET6 || l->n == 0)
                return;
        for (size_t k = 0; k < l->n; k++)
                if (ip_addr_is_linklocal(&l->items[k].addr))
                        return;
        conf_build_say(b, CONF_NOTE, line_of(i, "virtual_ipaddress"),
                        "add one, such as fe80::1, and let it be the hosts' default router",
                        "none of the addresses is link-local, as the first of an IPv6 instance should be");
}

/* More addresses than an advertisement can name are held all the same. */
static int exclude_surplus(struct conf_build *b, struct vrrp_instance_conf *i) {
        struct vrrp_address_list *from = &i->virtual_ipaddress,
                                 *to = &i->virtual_ipaddress_excluded;
        unsigned max = i->family == AF_INET6 ? ADDRESSES_MAX6 : ADDRESSES_MAX;
        struct vrrp_address_conf *items;
        size_t surplus;

        if (from->n <= max)
                return 0;
        surplus = from->n - max;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "virtual_ipaddress"),
                        "write them in virtual_ipaddress_excluded",
                        "more than %u addresses, the last %zu are not advertised", max, surplus);
        items = reallocarray(to->items, to->n + surplus, sizeof(*items));
        if (!items)
                return -1;
        to->items = items;
        memcpy(to->items + to->n, from->items + max, surplus * sizeof(*items));
        to->n += surplus;
        from->n = max;
        return 0;
}

static void resolve_source(struct conf_build *b, struct vrrp_instance_conf *i) {
        bool marked = has(b, i, "unicast_src_ip") || has(b, i, "check_unicast_src");

        i->src_ip = ip_addr_is_set(&i->unicast_src) ? i->unicast_src : i->mcast_src;
        i->unicast = is_unicast(b, i);
        if (marked && !i->unicast)
                conf_build_say(b, CONF_NOTE, i->object.node,
                                "add unicast_peer, or write mcast_src_ip",
                                "it has keywords for unicast but no unicast_peer, and uses multicast");
}

static void resolve_destination(struct conf_build *b, struct vrrp_instance_conf *i) {
        const struct vrrp_conf *c = b->conf->vrrp;

        if (ip_addr_is_set(&i->mcast_dst_ip) &&
                        (!ip_addr_is_multicast(&i->mcast_dst_ip) ||
                                        i->mcast_dst_ip.family != i->family)) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "mcast_dst_ip"), NULL,
                                "mcast_dst_ip is no multicast address of the instance's family, the default stays");
                unset(b, i, "mcast_dst_ip");
                i->mcast_dst_ip = (struct ip_addr){};
        }
        if (!ip_addr_is_set(&i->mcast_dst_ip))
                i->mcast_dst_ip = i->family == AF_INET6 ? c->mcast_group6 : c->mcast_group4;
        if (ip_addr_is_set(&i->src_ip) && i->src_ip.family != i->family) {
                conf_build_say(b, CONF_COMPLAINT, i->object.node, NULL,
                                "the source address is not of the instance's family, it is not used");
                unset(b, i, "unicast_src_ip");
                unset(b, i, "mcast_src_ip");
                i->src_ip = (struct ip_addr){};
        }
}

static void resolve_version(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (!has(b, i, "version"))
                i->version = i->family == AF_INET6 ? 3 : b->conf->vrrp->version;
        if (i->family != AF_INET6 || i->version == 3)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "version"), NULL,
                        "IPv6 needs version 3, which is used");
        unset(b, i, "version");
        i->version = 3;
}

/* Whole seconds in version 2 (RFC 3768 §5.3.7), steps of 10 ms in version 3 (RFC 9568 §5.2.7). */
static void resolve_interval(struct conf_build *b, struct vrrp_instance_conf *i) {
        usec_t step = i->version == 2 ? USEC_PER_SEC : USEC_PER_CENTISEC, was = i->advert_int_usec;

        i->advert_int_usec = MAX((was + step / 2) / step * step, step);
        if (i->version == 3)
                i->advert_int_usec = MIN(i->advert_int_usec, ADVERT_INT_MAX_V3);
        if (i->advert_int_usec != was)
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "advert_int"),
                                i->version == 2 ? "version 2 has whole seconds; write version 3 for shorter intervals"
                                                : "version 3 has steps of 10 ms up to 40.95 s",
                                "advert_int %g is taken as %g s", (double) was / 1e6,
                                (double) i->advert_int_usec / 1e6);
}

static void no_authentication(struct conf_build *b, struct vrrp_instance_conf *i) {
        unset(b, i, "authentication");
        i->auth_type = VRRP_CONF_AUTH_NONE;
        memset(i->auth_pass, 0, sizeof(i->auth_pass));
}

static void resolve_authentication(struct conf_build *b, struct vrrp_instance_conf *i) {
        const struct conf_node *line = line_of(i, "authentication");
        const char *why = NULL;

        if (!has(b, i, "authentication"))
                return;
        if (i->version == 3)
                why = "version 3 has no authentication";
        else if (!i->auth_pass[0] || i->auth_type == VRRP_CONF_AUTH_NONE)
                why = "it needs both auth_type and auth_pass";
        if (!why)
                return;
        conf_build_say(b, CONF_COMPLAINT, line, NULL, "authentication is not used: %s", why);
        no_authentication(b, i);
}

/* Whether @a stands above @b in their block. */
static bool stands_above(const struct conf_node *a, const struct conf_node *b) {
        for (; a; a = a->next)
                if (a == b)
                        return true;
        return false;
}

static void resolve_preemption(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (i->preempt && i->nopreempt &&
                        stands_above(line_of(i, "nopreempt"), line_of(i, "preempt")))
                i->nopreempt = false;
        if (i->nopreempt && (i->state == VRRP_CONF_STATE_MASTER || i->priority == 255)) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "nopreempt"),
                                "write state BACKUP on all routers",
                                "nopreempt has no effect with state MASTER or priority 255");
                unset(b, i, "nopreempt");
                i->nopreempt = false;
        }
        if (i->preempt_delay_usec > 0 && (i->nopreempt || i->state == VRRP_CONF_STATE_MASTER)) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "preempt_delay"), NULL,
                                "preempt_delay has no effect with %s",
                                i->nopreempt ? "nopreempt" : "state MASTER");
                unset(b, i, "preempt_delay");
                i->preempt_delay_usec = 0;
        }
}

static void resolve_priority(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (i->state == VRRP_CONF_STATE_MASTER && !has(b, i, "priority"))
                i->priority = 255;
        if (i->state == VRRP_CONF_STATE_UNSET)
                i->state = i->priority == 255 ? VRRP_CONF_STATE_MASTER : VRRP_CONF_STATE_BACKUP;
}

static void inherit_garp(struct conf_build *b, struct vrrp_instance_conf *i) {
        const struct vrrp_garp_conf *g = &b->conf->vrrp->garp;

        if (!has(b, i, "garp_master_delay"))
                i->garp.master_delay_usec = g->master_delay_usec;
        if (!has(b, i, "garp_master_repeat"))
                i->garp.master_repeat = g->master_repeat;
        if (!has(b, i, "garp_master_refresh"))
                i->garp.master_refresh_usec = g->master_refresh_usec;
        if (!has(b, i, "garp_master_refresh_repeat"))
                i->garp.master_refresh_repeat = g->master_refresh_repeat;
        if (!has(b, i, "garp_lower_prio_delay"))
                i->garp.lower_prio_delay_usec = g->lower_prio_delay_usec;
        if (!has(b, i, "garp_lower_prio_repeat"))
                i->garp.lower_prio_repeat = g->lower_prio_repeat;
}

static void inherit(struct conf_build *b, struct vrrp_instance_conf *i) {
        const struct vrrp_conf *c = b->conf->vrrp;
        const struct notify_conf *n = b->conf->notify;

        if (!has(b, i, "strict_mode"))
                i->strict = c->strict;
        if (!has(b, i, "skip_check_adv_addr"))
                i->skip_check_adv_addr = c->skip_check_adv_addr;
        if (!has(b, i, "lower_prio_no_advert"))
                i->lower_prio_no_advert = c->lower_prio_no_advert;
        if (!has(b, i, "higher_prio_send_advert"))
                i->higher_prio_send_advert = c->higher_prio_send_advert;
        if (!has(b, i, "owner_ignore_adverts"))
                i->owner_ignore_adverts = c->owner_ignore_adverts;
        if (!has(b, i, "down_timer_adverts"))
                i->down_timer_adverts = c->down_timer_adverts;
        if (!has(b, i, "v3_checksum_as_v2"))
                i->v3_checksum_as_v2 = c->v3_checksum_as_v2;
        i->check_unicast_src |= c->check_unicast_src;
        if (!has(b, i, "notify_priority_changes"))
                i->notify_priority_changes = n->vrrp_notify_priority_changes;
        if (!has(b, i, "smtp_alert"))
                i->smtp_alert = n->smtp_alert_vrrp >= 0 ? n->smtp_alert_vrrp : n->smtp_alert > 0;
        i->accept = i->accept_given || !i->no_accept || i->priority == 255;
        inherit_garp(b, i);
}

/* An instance without addresses holds nothing; version 3 does not even allow it (RFC 9568 §5.2.5). */
static bool has_addresses(struct conf_build *b, const struct vrrp_instance_conf *i) {
        if (i->virtual_ipaddress.n > 0 || i->no_virtual_ipaddress)
                return true;
        if (i->version == 2) {
                if (i->strict)
                        return true; /* strict mode says more */
                conf_build_say(b, CONF_NOTE, i->object.node,
                                "say no_virtual_ipaddress if that is meant",
                                "it has no virtual_ipaddress");
                return true;
        }
        conf_build_say(b, CONF_COMPLAINT, i->object.node,
                        "say no_virtual_ipaddress if that is meant",
                        "it has no virtual_ipaddress, which version 3 needs, the instance is left out");
        return false;
}

int vrrp_conf_resolve_instance(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (!is_complete(b, i) || !interface_is_possible(b, i))
                return CONF_BUILD_DROPPED;
        resolve_source(b, i);
        resolve_family(b, i);
        resolve_port(b, i);
        check_addresses(b, i, false);
        check_addresses(b, i, true);
        if (exclude_surplus(b, i) < 0)
                return -ENOMEM;
        check_linklocal(b, i);
        check_peers(b, i);
        resolve_version(b, i);
        resolve_interval(b, i);
        resolve_destination(b, i);
        resolve_authentication(b, i);
        resolve_priority(b, i);
        resolve_preemption(b, i);
        inherit(b, i);
        i->tells_deleted = has(b, i, "notify_deleted");
        vrrp_conf_resolve_vmac(b, i);
        return has_addresses(b, i) ? 0 : CONF_BUILD_DROPPED;
}
