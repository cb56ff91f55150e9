/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules as the kernel is told of them and tells of them (rtnetlink(7)). */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "vrrpd/attribute.h"
#include "vrrpd/rule.h"

static void put_prefix(struct attribute_writer *w, int type, const struct vrrp_prefix *p) {
        if (p->bits > 0)
                attribute_put(w, type, &p->addr.in6, ip_addr_bits(p->addr.family) / 8);
}

static void put_name(struct attribute_writer *w, int type, const char *name) {
        if (name[0])
                attribute_put(w, type, name, strlen(name) + 1);
}

static void put_ports(struct attribute_writer *w, int type, const struct vrrp_range *r) {
        struct fib_rule_port_range ports = {
                .start = (uint16_t) r->first,
                .end = (uint16_t) r->last,
        };

        if (r->given)
                attribute_put(w, type, &ports, sizeof(ports));
}

static void put_selector(struct attribute_writer *w, const struct vrrp_rule *r) {
        struct fib_rule_uid_range uids = { .start = r->uids.first, .end = r->uids.last };
        uint64_t tunnel = htobe64(r->tunnel_id);

        put_prefix(w, FRA_SRC, &r->from);
        put_prefix(w, FRA_DST, &r->to);
        if (r->mask) {
                attribute_put_u32(w, FRA_FWMARK, r->mark);
                attribute_put_u32(w, FRA_FWMASK, r->mask);
        }
        put_name(w, FRA_IIFNAME, r->iif);
        put_name(w, FRA_OIFNAME, r->oif);
        if (r->tunnel_id)
                attribute_put(w, FRA_TUN_ID, &tunnel, sizeof(tunnel));
        if (r->uids.given)
                attribute_put(w, FRA_UID_RANGE, &uids, sizeof(uids));
        if (r->ip_protocol)
                attribute_put_u8(w, FRA_IP_PROTO, r->ip_protocol);
        put_ports(w, FRA_SPORT_RANGE, &r->sports);
        put_ports(w, FRA_DPORT_RANGE, &r->dports);
}

static void put_action(struct attribute_writer *w, const struct vrrp_rule *r) {
        if (r->action == FR_ACT_TO_TBL && !r->l3mdev)
                attribute_put_u32(w, FRA_TABLE, r->table);
        if (r->action == FR_ACT_GOTO)
                attribute_put_u32(w, FRA_GOTO, r->target);
        if (r->l3mdev)
                attribute_put_u8(w, FRA_L3MDEV, 1);
        if (r->realms)
                attribute_put_u32(w, FRA_FLOW, r->realms);
        if (r->has_suppress_prefix)
                attribute_put_u32(w, FRA_SUPPRESS_PREFIXLEN, r->suppress_prefix);
        if (r->has_suppress_group)
                attribute_put_u32(w, FRA_SUPPRESS_IFGROUP, r->suppress_group);
}

int vrrp_rule_encode(const struct vrrp_rule *r, struct nl_msg *m) {
        struct attribute_writer w = { .m = m };
        struct fib_rule_hdr body = {
                .family = (uint8_t) r->family,
                .dst_len = (uint8_t) r->to.bits,
                .src_len = (uint8_t) r->from.bits,
                .tos = (uint8_t) r->tos,
                .action = (uint8_t) r->action,
                .flags = r->invert ? FIB_RULE_INVERT : 0,
        };

        if (nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO) < 0)
                return -EMSGSIZE;
        attribute_put_u32(&w, FRA_PRIORITY, r->preference);
        put_selector(&w, r);
        put_action(&w, r);
        attribute_put_u8(&w, FRA_PROTOCOL, r->protocol);
        return w.error;
}

/* Reading */

static void read_prefix(
                int family, unsigned bits, const struct nlattr *attr, struct vrrp_prefix *ret) {
        if (bits == 0 || !attr || (unsigned) nla_len(attr) < ip_addr_bits(family) / 8)
                return;
        ret->bits = bits;
        ret->addr.family = family;
        memcpy(&ret->addr.in6, nla_data(attr), ip_addr_bits(family) / 8);
}

static void read_name(const struct nlattr *attr, char ret[static IF_NAMESIZE]) {
        if (attr)
                (void) nla_strlcpy(ret, attr, IF_NAMESIZE);
}

static void read_ports(const struct nlattr *attr, struct vrrp_range *ret) {
        struct fib_rule_port_range ports;

        if (!attr || nla_len(attr) < (int) sizeof(ports))
                return;
        memcpy(&ports, nla_data(attr), sizeof(ports));
        *ret = (struct vrrp_range){ .first = ports.start, .last = ports.end, .given = 1 };
}

/* The kernel says all users where no range was given. */
static void read_uids(const struct nlattr *attr, struct vrrp_range *ret) {
        struct fib_rule_uid_range uids;

        if (!attr || nla_len(attr) < (int) sizeof(uids))
                return;
        memcpy(&uids, nla_data(attr), sizeof(uids));
        if (uids.start > 0 || uids.end < UINT32_MAX)
                *ret = (struct vrrp_range){ .first = uids.start, .last = uids.end, .given = 1 };
}

static void read_selector(
                const struct fib_rule_hdr *m, struct nlattr *const *attrs, struct vrrp_rule *r) {
        uint64_t tunnel = 0;

        read_prefix(m->family, m->src_len, attrs[FRA_SRC], &r->from);
        read_prefix(m->family, m->dst_len, attrs[FRA_DST], &r->to);
        r->mark = attribute_u32(attrs[FRA_FWMARK]);
        r->mask = attribute_u32(attrs[FRA_FWMASK]);
        read_name(attrs[FRA_IIFNAME], r->iif);
        read_name(attrs[FRA_OIFNAME], r->oif);
        if (attrs[FRA_TUN_ID] && nla_len(attrs[FRA_TUN_ID]) >= (int) sizeof(tunnel))
                memcpy(&tunnel, nla_data(attrs[FRA_TUN_ID]), sizeof(tunnel));
        r->tunnel_id = be64toh(tunnel);
        read_uids(attrs[FRA_UID_RANGE], &r->uids);
        r->ip_protocol = attribute_u8(attrs[FRA_IP_PROTO]);
        read_ports(attrs[FRA_SPORT_RANGE], &r->sports);
        read_ports(attrs[FRA_DPORT_RANGE], &r->dports);
}

static void read_action(
                const struct fib_rule_hdr *m, struct nlattr *const *attrs, struct vrrp_rule *r) {
        r->action = m->action;
        r->l3mdev = attribute_u8(attrs[FRA_L3MDEV]) != 0;
        if (m->action == FR_ACT_TO_TBL && !r->l3mdev)
                r->table = attrs[FRA_TABLE] ? attribute_u32(attrs[FRA_TABLE]) : m->table;
        r->target = attribute_u32(attrs[FRA_GOTO]);
        r->realms = attribute_u32(attrs[FRA_FLOW]);
        /* "None" is a word of the kernel's for both: -1. */
        r->has_suppress_prefix = attrs[FRA_SUPPRESS_PREFIXLEN] &&
                        attribute_u32(attrs[FRA_SUPPRESS_PREFIXLEN]) != UINT32_MAX;
        if (r->has_suppress_prefix)
                r->suppress_prefix = attribute_u32(attrs[FRA_SUPPRESS_PREFIXLEN]);
        r->has_suppress_group = attrs[FRA_SUPPRESS_IFGROUP] &&
                        attribute_u32(attrs[FRA_SUPPRESS_IFGROUP]) != UINT32_MAX;
        if (r->has_suppress_group)
                r->suppress_group = attribute_u32(attrs[FRA_SUPPRESS_IFGROUP]);
}

int vrrp_rule_decode(const struct nlmsghdr *h, struct vrrp_rule *ret) {
        struct nlattr *attrs[FRA_MAX + 1];
        const struct fib_rule_hdr *m;
        struct vrrp_rule r;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(*m), attrs, FRA_MAX, NULL) < 0)
                return -EBADMSG;
        m = nlmsg_data(h);
        if (m->family != AF_INET && m->family != AF_INET6)
                return -EPROTONOSUPPORT;
        memset(&r, 0, sizeof(r));
        r.family = m->family;
        r.tos = m->tos;
        r.invert = m->flags & FIB_RULE_INVERT ? 1 : 0;
        r.preference = attribute_u32(attrs[FRA_PRIORITY]);
        r.protocol = attribute_u8(attrs[FRA_PROTOCOL]);
        read_selector(m, attrs, &r);
        read_action(m, attrs, &r);
        memcpy(ret, &r, sizeof(r));
        return 0;
}
