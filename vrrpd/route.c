/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/route.h"

#include <linux/lwtunnel.h>
#include <inttypes.h>
#include <string.h>

#include "common/macro.h"

static size_t size_of(unsigned n_nexthops) {
        return sizeof(struct vrrp_route) + n_nexthops * sizeof(struct vrrp_nexthop);
}

struct vrrp_route *vrrp_route_new(unsigned n_nexthops) {
        struct vrrp_route *r = calloc(1, size_of(n_nexthops));

        if (r)
                r->n_nexthops = n_nexthops;
        return r;
}

size_t vrrp_route_size(const struct vrrp_route *r) {
        return size_of(r->n_nexthops);
}

struct vrrp_route *vrrp_route_copy(const struct vrrp_route *r) {
        struct vrrp_route *copy = malloc(vrrp_route_size(r));

        return copy ? memcpy(copy, r, vrrp_route_size(r)) : NULL;
}

bool vrrp_route_equal(const struct vrrp_route *a, const struct vrrp_route *b) {
        return a->n_nexthops == b->n_nexthops && memcmp(a, b, vrrp_route_size(a)) == 0;
}

bool vrrp_route_same_place(const struct vrrp_route *r, const struct vrrp_route *other) {
        return r->family == other->family && r->table == other->table && r->tos == other->tos &&
                        r->metric == other->metric && r->dst.bits == other->dst.bits &&
                        ip_addr_equal(&r->dst.addr, &other->dst.addr) &&
                        r->src.bits == other->src.bits &&
                        ip_addr_equal(&r->src.addr, &other->src.addr);
}

/* The kernel numbers bits from what it was given, and takes prefixes of length 0 for no prefix. */
static bool nexthop_matches(const struct vrrp_nexthop *n, const struct vrrp_nexthop *found) {
        return ip_addr_equal(&n->via, &found->via) && (!n->dev[0] || streq(n->dev, found->dev)) &&
                        n->weight == found->weight && n->flags == found->flags &&
                        n->realms == found->realms && ip_addr_equal(&n->as, &found->as) &&
                        memcmp(&n->encap, &found->encap, sizeof(n->encap)) == 0;
}

bool vrrp_route_matches(const struct vrrp_route *r, const struct vrrp_route *found) {
        if (!vrrp_route_same_place(r, found) || r->type != found->type ||
                        r->protocol != found->protocol || r->scope != found->scope ||
                        !ip_addr_equal(&r->prefsrc, &found->prefsrc) ||
                        (r->expires > 0) != (found->expires > 0) ||
                        r->metrics_set != found->metrics_set ||
                        memcmp(r->metrics, found->metrics, sizeof(r->metrics)) != 0 ||
                        !streq(r->congctl, found->congctl) || r->n_nexthops != found->n_nexthops)
                return false;
        for (unsigned i = 0; i < r->n_nexthops; i++)
                if (!nexthop_matches(&r->nexthops[i], &found->nexthops[i]))
                        return false;
        return true;
}

const char *vrrp_route_device(const struct vrrp_route *r, unsigned i) {
        for (unsigned k = 0; k < r->n_nexthops; k++)
                if (r->nexthops[k].dev[0] && i-- == 0)
                        return r->nexthops[k].dev;
        return NULL;
}

/* Words */

static const char *const type_names[] = {
        [RTN_UNICAST] = "unicast",
        [RTN_LOCAL] = "local",
        [RTN_BROADCAST] = "broadcast",
        [RTN_ANYCAST] = "anycast",
        [RTN_MULTICAST] = "multicast",
        [RTN_BLACKHOLE] = "blackhole",
        [RTN_UNREACHABLE] = "unreachable",
        [RTN_PROHIBIT] = "prohibit",
        [RTN_THROW] = "throw",
        [RTN_NAT] = "nat",
        [RTN_XRESOLVE] = "xresolve",
};

int vrrp_route_type_from_string(const char *word) {
        for (unsigned i = 0; i < ARRAY_SIZE(type_names); i++)
                if (type_names[i] && streq(type_names[i], word))
                        return (int) i;
        return -1;
}

const char *vrrp_route_type_to_string(unsigned type) {
        return type < ARRAY_SIZE(type_names) ? type_names[type] : NULL;
}

static const char *const metric_names[VRRP_ROUTE_METRICS] = {
        [RTAX_MTU] = "mtu",
        [RTAX_WINDOW] = "window",
        [RTAX_RTT] = "rtt",
        [RTAX_RTTVAR] = "rttvar",
        [RTAX_SSTHRESH] = "ssthresh",
        [RTAX_CWND] = "cwnd",
        [RTAX_ADVMSS] = "advmss",
        [RTAX_REORDERING] = "reordering",
        [RTAX_HOPLIMIT] = "hoplimit",
        [RTAX_INITCWND] = "initcwnd",
        [RTAX_RTO_MIN] = "rto_min",
        [RTAX_INITRWND] = "initrwnd",
        [RTAX_QUICKACK] = "quickack",
        [RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie",
};

int vrrp_route_metric_from_string(const char *word) {
        for (unsigned i = 0; i < ARRAY_SIZE(metric_names); i++)
                if (metric_names[i] && streq(metric_names[i], word))
                        return (int) i;
        return -1;
}

static void print_prefix(FILE *to, const struct vrrp_prefix *p) {
        char ip[IP_ADDR_STRLEN];

        (void) fprintf(to, "%s/%" PRIu32, ip_addr_format(&p->addr, ip), p->bits);
}

static void print_ip(FILE *to, const char *word, const struct ip_addr *a) {
        char ip[IP_ADDR_STRLEN];

        if (ip_addr_is_set(a))
                (void) fprintf(to, " %s %s", word, ip_addr_format(a, ip));
}

static void print_number(FILE *to, const char *word, uint32_t value, uint32_t unless) {
        if (value != unless)
                (void) fprintf(to, " %s %" PRIu32, word, value);
}

static void print_realms(FILE *to, uint32_t realms) {
        if (realms == 0)
                return;
        if (realms >> 16)
                (void) fprintf(to, " realms %" PRIu32 "/%" PRIu32, realms >> 16, realms & 0xffff);
        else
                (void) fprintf(to, " realms %" PRIu32, realms);
}

static void print_labels(FILE *to, const struct vrrp_encap *e) {
        for (uint32_t i = 0; i < e->n_labels; i++)
                (void) fprintf(to, "%s%" PRIu32, i > 0 ? "/" : " encap mpls ", e->labels[i]);
        print_number(to, "ttl", e->ttl, 0);
}

static void print_locator(FILE *to, uint64_t locator) {
        (void) fprintf(to, " encap ila %x:%x:%x:%x", (unsigned) (locator >> 48),
                        (unsigned) (locator >> 32) & 0xffff, (unsigned) (locator >> 16) & 0xffff,
                        (unsigned) locator & 0xffff);
}

static void print_encap(FILE *to, const struct vrrp_encap *e) {
        switch (e->type) {
        case LWTUNNEL_ENCAP_MPLS: print_labels(to, e); break;
        case LWTUNNEL_ENCAP_ILA: print_locator(to, e->id); break;
        case LWTUNNEL_ENCAP_IP:
        case LWTUNNEL_ENCAP_IP6: {
                bool ip6 = e->type == LWTUNNEL_ENCAP_IP6;

                (void) fprintf(to, " encap %s id %" PRIu64, ip6 ? "ip6" : "ip", e->id);
                print_ip(to, "src", &e->src);
                print_ip(to, "dst", &e->dst);
                print_number(to, ip6 ? "hoplimit" : "ttl", e->ttl, 0);
                print_number(to, ip6 ? "tc" : "tos", e->tos, 0);
                break;
        }
        default: break;
        }
}

static void print_nexthop(FILE *to, const struct vrrp_route *r, const struct vrrp_nexthop *n) {
        print_encap(to, &n->encap);
        print_ip(to, "as to", &n->as);
        print_ip(to,
                        !ip_addr_is_set(&n->via) || n->via.family == r->family ? "via"
                                        : n->via.family == AF_INET6            ? "via inet6"
                                                                               : "via inet",
                        &n->via);
        if (n->dev[0])
                (void) fprintf(to, " dev %s", n->dev);
        if (r->several)
                print_number(to, "weight", n->weight, 1);
        if (n->flags & RTNH_F_ONLINK)
                (void) fputs(" onlink", to);
        print_realms(to, n->realms);
}

static void print_metrics(FILE *to, const struct vrrp_route *r) {
        for (unsigned i = 0; i < VRRP_ROUTE_METRICS; i++) {
                bool locked = r->metrics[RTAX_LOCK] & (1U << i);
                uint32_t value = r->metrics[i];

                if (!metric_names[i] || !(r->metrics_set & (1U << i)))
                        continue;
                if (i == RTAX_RTT)
                        value /= 8;
                else if (i == RTAX_RTTVAR)
                        value /= 4;
                (void) fprintf(to, " %s%s %" PRIu32 "%s", metric_names[i], locked ? " lock" : "",
                                value,
                                i == RTAX_RTT || i == RTAX_RTTVAR || i == RTAX_RTO_MIN ? "ms" : "");
        }
        if (r->metrics[RTAX_FEATURES] & RTAX_FEATURE_ECN)
                (void) fputs(" features ecn", to);
        if (r->congctl[0])
                (void) fprintf(to, " congctl%s %s",
                                r->metrics[RTAX_LOCK] & (1U << RTAX_CC_ALGO) ? " lock" : "",
                                r->congctl);
}

static void print_dst(FILE *to, const struct vrrp_route *r) {
        if (r->type != RTN_UNICAST)
                (void) fprintf(to, "%s ", vrrp_route_type_to_string(r->type));
        if (r->dst.bits == 0)
                (void) fputs(r->family == AF_INET6 ? "::/0" : "default", to);
        else
                print_prefix(to, &r->dst);
        if (ip_addr_is_set(&r->src.addr)) {
                (void) fputs(" from ", to);
                print_prefix(to, &r->src);
        }
}

static void print_words(FILE *to, const struct vrrp_route *r) {
        static const char *const prefs[] = { "", " pref medium", " pref high", "", " pref low" };

        print_number(to, "tos", r->tos, 0);
        print_number(to, "table", r->table, RT_TABLE_MAIN);
        print_number(to, "proto", r->protocol, VRRP_ROUTE_PROTOCOL);
        if (r->family == AF_INET && r->scope != RT_SCOPE_UNIVERSE)
                (void) fprintf(to,
                                r->scope == RT_SCOPE_LINK                   ? " scope link"
                                                : r->scope == RT_SCOPE_HOST ? " scope host"
                                                                            : " scope %" PRIu32,
                                r->scope);
        print_ip(to, "src", &r->prefsrc);
        print_number(to, "metric", r->metric, r->family == AF_INET6 ? 1024 : 0);
        print_metrics(to, r);
        print_number(to, "expires", r->expires, 0);
        if (r->pref < ARRAY_SIZE(prefs))
                (void) fputs(prefs[r->pref], to);
        if (r->ttl_propagate)
                (void) fprintf(to, " ttl-propagate %s",
                                r->ttl_propagate == 2 ? "enabled" : "disabled");
}

void vrrp_route_print(const struct vrrp_route *r, FILE *to) {
        print_dst(to, r);
        if (!r->several)
                print_nexthop(to, r, &r->nexthops[0]);
        print_words(to, r);
        for (unsigned i = 0; r->several && i < r->n_nexthops; i++) {
                (void) fputs(" nexthop", to);
                print_nexthop(to, r, &r->nexthops[i]);
        }
}

char *vrrp_route_format(const struct vrrp_route *r) {
        char *text = NULL;
        size_t n = 0;
        FILE *to = open_memstream(&text, &n);

        if (!to)
                return NULL;
        vrrp_route_print(r, to);
        return fclose(to) == 0 ? text : NULL;
}
