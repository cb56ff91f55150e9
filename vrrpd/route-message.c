/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/route-message.h"

#include <endian.h>
#include <errno.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls.h>
#include <linux/mpls_iptunnel.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/attribute.h"

/* Flags of a nexthop that are ours to say; the others are the kernel's remarks. */
#define OUR_FLAGS RTNH_F_ONLINK

static void put_ip(struct attribute_writer *w, int type, const struct ip_addr *a) {
        if (ip_addr_is_set(a))
                attribute_put(w, type, &a->in6, ip_addr_bits(a->family) / 8);
}

static struct nlattr *nest(struct attribute_writer *w, int type) {
        struct nlattr *start = w->error == 0 ? nla_nest_start(w->m, type) : NULL;

        if (!start && w->error == 0)
                w->error = -EMSGSIZE;
        return start;
}

static void end_nest(struct attribute_writer *w, struct nlattr *start) {
        if (start)
                (void) nla_nest_end(w->m, start);
}

static void put_mpls(struct attribute_writer *w, const struct vrrp_encap *e) {
        uint32_t stack[VRRP_ROUTE_LABELS_MAX];

        for (uint32_t i = 0; i < e->n_labels; i++)
                stack[i] = htobe32(e->labels[i] << MPLS_LS_LABEL_SHIFT |
                                (i + 1 == e->n_labels ? 1U << MPLS_LS_S_SHIFT : 0));
        attribute_put(w, MPLS_IPTUNNEL_DST, stack, e->n_labels * sizeof(stack[0]));
        if (e->ttl > 0)
                attribute_put_u8(w, MPLS_IPTUNNEL_TTL, e->ttl);
}

/* The attributes of both families have the same numbers. */
static void put_tunnel(struct attribute_writer *w, const struct vrrp_encap *e) {
        uint64_t id = htobe64(e->id);

        attribute_put(w, LWTUNNEL_IP_ID, &id, sizeof(id));
        put_ip(w, LWTUNNEL_IP_DST, &e->dst);
        put_ip(w, LWTUNNEL_IP_SRC, &e->src);
        if (e->ttl > 0)
                attribute_put_u8(w, LWTUNNEL_IP_TTL, e->ttl);
        if (e->tos > 0)
                attribute_put_u8(w, LWTUNNEL_IP_TOS, e->tos);
}
_Static_assert((int) LWTUNNEL_IP6_HOPLIMIT == (int) LWTUNNEL_IP_TTL &&
                                (int) LWTUNNEL_IP6_TC == (int) LWTUNNEL_IP_TOS,
                "the same numbers");

static void put_encap(struct attribute_writer *w, const struct vrrp_encap *e) {
        uint16_t type = (uint16_t) e->type;
        uint64_t locator = htobe64(e->id);
        struct nlattr *start;

        if (e->type == LWTUNNEL_ENCAP_NONE)
                return;
        start = nest(w, RTA_ENCAP);
        switch (e->type) {
        case LWTUNNEL_ENCAP_MPLS: put_mpls(w, e); break;
        case LWTUNNEL_ENCAP_ILA:
                attribute_put(w, ILA_ATTR_LOCATOR, &locator, sizeof(locator));
                break;
        default: put_tunnel(w, e); break;
        }
        end_nest(w, start);
        attribute_put(w, RTA_ENCAP_TYPE, &type, sizeof(type));
}

static void put_gateway(struct attribute_writer *w, int family, const struct vrrp_nexthop *n) {
        struct {
                uint16_t family;
                uint8_t addr[16];
        } via = { .family = (uint16_t) n->via.family };
        size_t bytes = ip_addr_bits(n->via.family) / 8;

        if (!ip_addr_is_set(&n->via) || n->via.family == family) {
                put_ip(w, RTA_GATEWAY, &n->via);
                return;
        }
        memcpy(via.addr, &n->via.in6, bytes);
        attribute_put(w, RTA_VIA, &via, sizeof(via.family) + bytes);
}

static void put_nexthop(struct attribute_writer *w, int family, const struct vrrp_nexthop *n) {
        put_gateway(w, family, n);
        put_ip(w, RTA_NEWDST, &n->as);
        if (n->realms)
                attribute_put_u32(w, RTA_FLOW, n->realms);
        put_encap(w, &n->encap);
}

static int index_of(struct attribute_writer *w, const struct vrrp_nexthop *n,
                vrrp_ifindex_t ifindex, void *userdata) {
        int index = n->dev[0] ? ifindex(n->dev, userdata) : 0;

        if (n->dev[0] && index == 0 && w->error == 0)
                w->error = -ENODEV;
        return index;
}

static void put_nexthops(struct attribute_writer *w, const struct vrrp_route *r,
                vrrp_ifindex_t ifindex, void *userdata) {
        struct nlattr *start = nest(w, RTA_MULTIPATH);

        for (unsigned i = 0; i < r->n_nexthops && w->error == 0; i++) {
                const struct vrrp_nexthop *n = &r->nexthops[i];
                size_t begin = nlmsg_hdr(w->m)->nlmsg_len;
                struct rtnexthop h = {
                        .rtnh_hops = (uint8_t) (n->weight - 1),
                        .rtnh_flags = (uint8_t) n->flags,
                        .rtnh_ifindex = index_of(w, n, ifindex, userdata),
                };

                if (nlmsg_append(w->m, &h, sizeof(h), NLMSG_ALIGNTO) < 0)
                        w->error = w->error ?: -EMSGSIZE;
                if (w->error < 0)
                        break;
                put_nexthop(w, r->family, n);
                h.rtnh_len = (uint16_t) (nlmsg_hdr(w->m)->nlmsg_len - begin);
                memcpy((char *) nlmsg_hdr(w->m) + begin, &h, sizeof(h));
        }
        end_nest(w, start);
}

static void put_metrics(struct attribute_writer *w, const struct vrrp_route *r) {
        struct nlattr *start;

        if (r->metrics_set == 0)
                return;
        start = nest(w, RTA_METRICS);
        for (int i = RTAX_LOCK; i < VRRP_ROUTE_METRICS; i++) {
                if (!(r->metrics_set & (1U << i)))
                        continue;
                if (i == RTAX_CC_ALGO)
                        attribute_put(w, i, r->congctl, strlen(r->congctl) + 1);
                else
                        attribute_put_u32(w, i, r->metrics[i]);
        }
        end_nest(w, start);
}

static void put_properties(struct attribute_writer *w, const struct vrrp_route *r) {
        attribute_put_u32(w, RTA_TABLE, r->table);
        if (r->metric > 0)
                attribute_put_u32(w, RTA_PRIORITY, r->metric);
        if (r->dst.bits > 0)
                put_ip(w, RTA_DST, &r->dst.addr);
        put_ip(w, RTA_SRC, &r->src.addr);
        put_ip(w, RTA_PREFSRC, &r->prefsrc);
        put_metrics(w, r);
        if (r->expires > 0)
                attribute_put_u32(w, RTA_EXPIRES, r->expires);
        if (r->pref > 0)
                attribute_put_u8(w, RTA_PREF, r->pref - 1);
        if (r->ttl_propagate > 0)
                attribute_put_u8(w, RTA_TTL_PROPAGATE, r->ttl_propagate - 1);
}

int vrrp_route_encode(const struct vrrp_route *r, struct nl_msg *m, vrrp_ifindex_t ifindex,
                void *userdata) {
        struct attribute_writer w = { .m = m };
        struct rtmsg body = {
                .rtm_family = (uint8_t) r->family,
                .rtm_dst_len = (uint8_t) r->dst.bits,
                .rtm_src_len = (uint8_t) r->src.bits,
                .rtm_tos = (uint8_t) r->tos,
                .rtm_table = r->table < 256 ? (uint8_t) r->table : RT_TABLE_UNSPEC,
                .rtm_protocol = (uint8_t) r->protocol,
                .rtm_scope = (uint8_t) r->scope,
                .rtm_type = (uint8_t) r->type,
                .rtm_flags = r->several ? 0 : r->nexthops[0].flags,
        };
        int index = 0;

        if (nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO) < 0)
                return -EMSGSIZE;
        put_properties(&w, r);
        if (r->several) {
                put_nexthops(&w, r, ifindex, userdata);
                return w.error;
        }
        index = index_of(&w, &r->nexthops[0], ifindex, userdata);
        if (index > 0)
                attribute_put_u32(&w, RTA_OIF, (uint32_t) index);
        put_nexthop(&w, r->family, &r->nexthops[0]);
        return w.error;
}

/* Reading */

static void read_ip(int family, const struct nlattr *attr, struct ip_addr *ret) {
        if (!attr || (unsigned) nla_len(attr) < ip_addr_bits(family) / 8)
                return;
        ret->family = family;
        memcpy(&ret->in6, nla_data(attr), ip_addr_bits(family) / 8);
}

static uint64_t read_u64(const struct nlattr *attr) {
        uint64_t value = 0;

        if (attr && nla_len(attr) >= (int) sizeof(value))
                memcpy(&value, nla_data(attr), sizeof(value));
        return be64toh(value);
}

static void read_mpls(const struct nlattr *attr, struct vrrp_encap *e) {
        struct nlattr *attrs[MPLS_IPTUNNEL_MAX + 1];
        uint32_t entry;

        if (nla_parse_nested(attrs, MPLS_IPTUNNEL_MAX, (struct nlattr *) attr, NULL) < 0 ||
                        !attrs[MPLS_IPTUNNEL_DST])
                return;
        for (int at = 0; at + 4 <= nla_len(attrs[MPLS_IPTUNNEL_DST]) &&
                        e->n_labels < VRRP_ROUTE_LABELS_MAX;
                        at += 4) {
                memcpy(&entry, (const char *) nla_data(attrs[MPLS_IPTUNNEL_DST]) + at, 4);
                e->labels[e->n_labels++] = be32toh(entry) >> MPLS_LS_LABEL_SHIFT;
        }
        e->ttl = attribute_u8(attrs[MPLS_IPTUNNEL_TTL]);
}

static void read_tunnel(const struct nlattr *attr, int family, struct vrrp_encap *e) {
        struct nlattr *attrs[LWTUNNEL_IP_MAX + 1];

        if (nla_parse_nested(attrs, LWTUNNEL_IP_MAX, (struct nlattr *) attr, NULL) < 0)
                return;
        e->id = read_u64(attrs[LWTUNNEL_IP_ID]);
        read_ip(family, attrs[LWTUNNEL_IP_DST], &e->dst);
        read_ip(family, attrs[LWTUNNEL_IP_SRC], &e->src);
        if (ip_addr_is_set(&e->src) && ip_addr_equal(&e->src, &(struct ip_addr){ family }))
                e->src = (struct ip_addr){};
        e->ttl = attribute_u8(attrs[LWTUNNEL_IP_TTL]);
        e->tos = attribute_u8(attrs[LWTUNNEL_IP_TOS]);
}

static void read_ila(const struct nlattr *attr, struct vrrp_encap *e) {
        struct nlattr *attrs[ILA_ATTR_MAX + 1];

        if (nla_parse_nested(attrs, ILA_ATTR_MAX, (struct nlattr *) attr, NULL) >= 0)
                e->id = read_u64(attrs[ILA_ATTR_LOCATOR]);
}

static void read_encap(struct nlattr *const *attrs, struct vrrp_encap *e) {
        const struct nlattr *encap = attrs[RTA_ENCAP];

        if (!encap || !attrs[RTA_ENCAP_TYPE])
                return;
        e->type = nla_get_u16(attrs[RTA_ENCAP_TYPE]);
        switch (e->type) {
        case LWTUNNEL_ENCAP_MPLS: read_mpls(encap, e); break;
        case LWTUNNEL_ENCAP_IP: read_tunnel(encap, AF_INET, e); break;
        case LWTUNNEL_ENCAP_IP6: read_tunnel(encap, AF_INET6, e); break;
        case LWTUNNEL_ENCAP_ILA: read_ila(encap, e); break;
        default: break;
        }
}

static void read_via(const struct nlattr *attr, struct ip_addr *ret) {
        uint16_t family;

        if (!attr || nla_len(attr) < (int) sizeof(family))
                return;
        memcpy(&family, nla_data(attr), sizeof(family));
        if ((unsigned) nla_len(attr) < sizeof(family) + ip_addr_bits(family) / 8)
                return;
        ret->family = family;
        memcpy(&ret->in6, (const char *) nla_data(attr) + sizeof(family), ip_addr_bits(family) / 8);
}

static void read_nexthop(int family, struct nlattr *const *attrs, struct vrrp_nexthop *n) {
        read_ip(family, attrs[RTA_GATEWAY], &n->via);
        read_via(attrs[RTA_VIA], &n->via);
        read_ip(family, attrs[RTA_NEWDST], &n->as);
        n->realms = attribute_u32(attrs[RTA_FLOW]);
        read_encap(attrs, &n->encap);
}

static void read_metrics(const struct nlattr *attr, struct vrrp_route *r) {
        struct nlattr *attrs[RTAX_MAX + 1];

        if (!attr || nla_parse_nested(attrs, RTAX_MAX, (struct nlattr *) attr, NULL) < 0)
                return;
        for (int i = RTAX_LOCK; i < VRRP_ROUTE_METRICS; i++) {
                if (!attrs[i])
                        continue;
                r->metrics_set |= 1U << i;
                if (i == RTAX_CC_ALGO)
                        (void) nla_strlcpy(r->congctl, attrs[i], sizeof(r->congctl));
                else
                        r->metrics[i] = attribute_u32(attrs[i]);
        }
}

static unsigned count_nexthops(const struct nlattr *multipath) {
        const struct rtnexthop *h;
        unsigned n = 0;
        int left;

        if (!multipath)
                return 1;
        h = nla_data(multipath);
        for (left = nla_len(multipath); RTNH_OK(h, left); h = RTNH_NEXT(h)) {
                left -= (int) RTNH_ALIGN(h->rtnh_len);
                n++;
        }
        return n;
}

static void read_nexthops(const struct nlattr *multipath, vrrp_ifname_t ifname, void *userdata,
                struct vrrp_route *r) {
        const struct rtnexthop *h = nla_data(multipath);

        for (unsigned i = 0; i < r->n_nexthops; i++, h = RTNH_NEXT(h)) {
                struct nlattr *attrs[RTA_MAX + 1];
                struct vrrp_nexthop *n = &r->nexthops[i];
                int size = (int) h->rtnh_len - (int) RTNH_LENGTH(0);

                n->weight = h->rtnh_hops + 1U;
                n->flags = h->rtnh_flags & OUR_FLAGS;
                ifname(h->rtnh_ifindex, n->dev, userdata);
                if (size > 0 &&
                                nla_parse(attrs, RTA_MAX, (struct nlattr *) RTNH_DATA(h), size,
                                                NULL) >= 0)
                        read_nexthop(r->family, attrs, n);
        }
}

static void read_single(const struct rtmsg *m, struct nlattr *const *attrs, vrrp_ifname_t ifname,
                void *userdata, struct vrrp_route *r) {
        struct vrrp_nexthop *n = &r->nexthops[0];

        n->weight = 1;
        n->flags = m->rtm_flags & OUR_FLAGS;
        read_nexthop(r->family, attrs, n);
        if (attrs[RTA_OIF])
                ifname((int) attribute_u32(attrs[RTA_OIF]), n->dev, userdata);
}

static void read_expiry(const struct nlattr *attr, struct vrrp_route *r) {
        struct rta_cacheinfo c;

        if (!attr || nla_len(attr) < (int) sizeof(c))
                return;
        memcpy(&c, nla_data(attr), sizeof(c));
        r->expires = c.rta_expires > 0 ? (uint32_t) c.rta_expires : 0;
}

static void read_head(const struct rtmsg *m, struct nlattr *const *attrs, struct vrrp_route *r) {
        r->family = m->rtm_family;
        r->type = m->rtm_type;
        r->table = attrs[RTA_TABLE] ? attribute_u32(attrs[RTA_TABLE]) : m->rtm_table;
        r->tos = m->rtm_tos;
        r->protocol = m->rtm_protocol;
        r->scope = m->rtm_scope;
        r->metric = attribute_u32(attrs[RTA_PRIORITY]);
        r->dst = (struct vrrp_prefix){ .addr.family = m->rtm_family, .bits = m->rtm_dst_len };
        read_ip(m->rtm_family, attrs[RTA_DST], &r->dst.addr);
        if (m->rtm_src_len > 0) {
                r->src.bits = m->rtm_src_len;
                read_ip(m->rtm_family, attrs[RTA_SRC], &r->src.addr);
        }
        read_ip(m->rtm_family, attrs[RTA_PREFSRC], &r->prefsrc);
        read_metrics(attrs[RTA_METRICS], r);
        read_expiry(attrs[RTA_CACHEINFO], r);
        if (attrs[RTA_PREF])
                r->pref = attribute_u8(attrs[RTA_PREF]) + 1;
        if (attrs[RTA_TTL_PROPAGATE])
                r->ttl_propagate = attribute_u8(attrs[RTA_TTL_PROPAGATE]) + 1;
}

int vrrp_route_decode(const struct nlmsghdr *h, vrrp_ifname_t ifname, void *userdata,
                struct vrrp_route **ret) {
        struct nlattr *attrs[RTA_MAX + 1];
        const struct rtmsg *m;
        struct vrrp_route *r;
        unsigned n;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(*m), attrs, RTA_MAX, NULL) < 0)
                return -EBADMSG;
        m = nlmsg_data(h);
        if (m->rtm_family != AF_INET && m->rtm_family != AF_INET6)
                return -EPROTONOSUPPORT;
        if (m->rtm_flags & RTM_F_CLONED || m->rtm_dst_len > ip_addr_bits(m->rtm_family))
                return -EPROTONOSUPPORT;
        n = count_nexthops(attrs[RTA_MULTIPATH]);
        if (n == 0 || n > VRRP_ROUTE_NEXTHOPS_MAX)
                return -EPROTONOSUPPORT;

        r = vrrp_route_new(n);
        if (!r)
                return -ENOMEM;
        r->several = attrs[RTA_MULTIPATH];
        read_head(m, attrs, r);
        if (r->several)
                read_nexthops(attrs[RTA_MULTIPATH], ifname, userdata, r);
        else
                read_single(m, attrs, ifname, userdata, r);
        *ret = r;
        return 0;
}

void vrrp_route_ifname(int ifindex, char ret[static IF_NAMESIZE], void *userdata) {
        if (!if_indextoname((unsigned) ifindex, ret))
                ret[0] = '\0';
}

int vrrp_route_interfaces(const struct nlmsghdr *h, void (*tell)(int ifindex, void *userdata),
                void *userdata) {
        struct nlattr *attrs[RTA_MAX + 1];
        const struct rtnexthop *hop;
        unsigned n;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(struct rtmsg), attrs, RTA_MAX, NULL) < 0)
                return -EBADMSG;
        if (attrs[RTA_OIF])
                tell((int) attribute_u32(attrs[RTA_OIF]), userdata);
        if (!attrs[RTA_MULTIPATH])
                return 0;
        hop = nla_data(attrs[RTA_MULTIPATH]);
        n = count_nexthops(attrs[RTA_MULTIPATH]);
        for (unsigned i = 0; i < n; i++, hop = RTNH_NEXT(hop))
                tell(hop->rtnh_ifindex, userdata);
        return 0;
}
