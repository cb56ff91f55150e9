/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of virtual_routes and static_routes. ip-route(8) has the meaning of the words. They are read when
 * all of the file is there, because global_defs says where names are looked up. */

#include <errno.h>
#include <linux/icmpv6.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-line.h"
#include "vrrpd/conf-rows.h"

/* One route line being read. */
struct route_line {
        struct conf_line line;
        struct vrrp_route *route; /* with room for all nexthops that a line can have */
        struct vrrp_nexthop *hop; /* the one that words are for */
        bool has_table, has_scope, has_protocol, has_dst;
};

static void take_src(struct route_line *l) {
        conf_line_address(&l->line, "src", &l->route->prefsrc);
}

static void take_from(struct route_line *l) {
        conf_line_prefix(&l->line, "from", &l->route->src);
}

/* The nexthop may be of the other family. */
static void take_via(struct route_line *l) {
        int family = AF_UNSPEC;
        struct ip_addr via;
        const char *word;

        if (conf_line_skip(&l->line, "inet"))
                family = AF_INET;
        else if (conf_line_skip(&l->line, "inet6"))
                family = AF_INET6;
        word = conf_line_text(&l->line, "via");
        if (ip_addr_parse(word, &via) < 0 || (family != AF_UNSPEC && via.family != family)) {
                conf_line_refuse(&l->line, "via: %s is not an IP address%s", word,
                                family == AF_UNSPEC ? "" : " of that family");
                return;
        }
        if (l->line.family == AF_UNSPEC)
                l->line.family = via.family;
        l->hop->via = via;
}

static void take_as(struct route_line *l) {
        (void) conf_line_skip(&l->line, "to");
        conf_line_address(&l->line, "as to", &l->hop->as);
}

static void take_tos(struct route_line *l) {
        l->route->tos = conf_line_name(&l->line, "tos", VRRP_NAMES_DSFIELDS, UINT8_MAX);
}

static void take_table(struct route_line *l) {
        l->route->table = conf_line_name(&l->line, "table", VRRP_NAMES_TABLES, UINT32_MAX);
        l->has_table = true;
}

static void take_vrf(struct route_line *l) {
        conf_line_refuse(&l->line,
                        "vrf: the table of a VRF is not looked up, write table NUMBER instead");
}

static void take_protocol(struct route_line *l) {
        l->route->protocol = conf_line_name(&l->line, "protocol", VRRP_NAMES_PROTOCOLS, UINT8_MAX);
        l->has_protocol = true;
}

static void take_scope(struct route_line *l) {
        l->route->scope = conf_line_name(&l->line, "scope", VRRP_NAMES_SCOPES, UINT8_MAX);
        l->has_scope = true;
}

static void take_metric(struct route_line *l) {
        l->route->metric = conf_line_number(&l->line, "metric", UINT32_MAX);
}

static void take_dev(struct route_line *l) {
        conf_line_device(&l->line, "dev", l->hop->dev);
}

static void take_onlink(struct route_line *l) {
        l->hop->flags |= RTNH_F_ONLINK;
}

static void take_realms(struct route_line *l) {
        l->hop->realms = conf_line_realms(&l->line);
}

static void take_weight(struct route_line *l) {
        l->hop->weight = conf_line_number(&l->line, "weight", 256);
        if (l->hop->weight == 0)
                conf_line_refuse(&l->line, "weight 0 is not in 1..256");
        if (!l->route->several)
                conf_line_refuse(&l->line, "weight is a word of nexthop");
}

static void take_expires(struct route_line *l) {
        l->route->expires = conf_line_number(&l->line, "expires", INT32_MAX);
}

static void take_add(struct route_line *l) {
        l->route->insert = NLM_F_EXCL;
}

static void take_prepend(struct route_line *l) {
        l->route->insert = 0;
}

static void take_append(struct route_line *l) {
        l->route->insert = NLM_F_APPEND;
}

static void take_pref(struct route_line *l) {
        static const struct conf_name names[] = {
                { "low", ICMPV6_ROUTER_PREF_LOW },
                { "medium", ICMPV6_ROUTER_PREF_MEDIUM },
                { "high", ICMPV6_ROUTER_PREF_HIGH },
                {},
        };
        const char *word = conf_line_text(&l->line, "pref");

        for (const struct conf_name *n = names; n->name; n++)
                if (streq(n->name, word)) {
                        l->route->pref = (uint32_t) n->value + 1;
                        return;
                }
        conf_line_refuse(&l->line, "pref: %s is not low, medium or high", word);
}

static void take_ttl_propagate(struct route_line *l) {
        const char *word = conf_line_text(&l->line, "ttl-propagate");

        if (streq(word, "enabled"))
                l->route->ttl_propagate = 2;
        else if (streq(word, "disabled"))
                l->route->ttl_propagate = 1;
        else
                conf_line_refuse(&l->line, "ttl-propagate: %s is not enabled or disabled", word);
}

/* Metrics: what TCP and others should know of the path. */

static void set_metric(struct route_line *l, int metric, uint32_t value) {
        struct vrrp_route *r = l->route;

        if (value == 0)
                return; /* that is what it is when not given */
        r->metrics[metric] = value;
        r->metrics_set |= 1U << metric;
}

static void take_lock(struct route_line *l, int metric) {
        if (conf_line_skip(&l->line, "lock"))
                set_metric(l, RTAX_LOCK, l->route->metrics[RTAX_LOCK] | 1U << metric);
}

/* "200ms", "1s"; a bare number is in the kernel's own unit. */
static uint32_t read_time(struct route_line *l, const char *key, uint32_t kernel_units) {
        const char *word = conf_line_text(&l->line, key);
        double value;
        char *end;

        value = strtod(word, &end);
        if (streq(end, "s") || streq(end, "sec") || streq(end, "secs"))
                value *= 1000.0 * kernel_units;
        else if (streq(end, "ms") || streq(end, "msec") || streq(end, "msecs"))
                value *= kernel_units;
        else if (*end)
                value = -1;
        if (end == word || !(value >= 0) || value > UINT32_MAX) {
                conf_line_refuse(&l->line, "%s: %s is not a time", key, word);
                return 0;
        }
        return (uint32_t) value;
}

static void take_metric_word(struct route_line *l, const char *word, int metric) {
        take_lock(l, metric);
        switch (metric) {
        case RTAX_RTT: set_metric(l, metric, read_time(l, word, 8)); break;
        case RTAX_RTTVAR: set_metric(l, metric, read_time(l, word, 4)); break;
        case RTAX_RTO_MIN: set_metric(l, metric, read_time(l, word, 1)); break;
        case RTAX_QUICKACK:
        case RTAX_FASTOPEN_NO_COOKIE:
                set_metric(l, metric, conf_line_number(&l->line, word, 1));
                break;
        case RTAX_HOPLIMIT: set_metric(l, metric, conf_line_number(&l->line, word, 255)); break;
        default: set_metric(l, metric, conf_line_number(&l->line, word, UINT32_MAX)); break;
        }
}

static void take_features(struct route_line *l) {
        const char *word = conf_line_text(&l->line, "features");

        if (streq(word, "ecn"))
                set_metric(l, RTAX_FEATURES, RTAX_FEATURE_ECN);
        else
                conf_line_refuse(&l->line, "features: %s is not ecn", word);
}

static void take_congctl(struct route_line *l) {
        const char *word;

        take_lock(l, RTAX_CC_ALGO);
        word = conf_line_text(&l->line, "congctl");
        if (strlen(word) >= VRRP_ROUTE_CONGCTL_MAX) {
                conf_line_refuse(&l->line, "congctl: %s is too long for a name", word);
                return;
        }
        (void) strcpy(l->route->congctl, word);
        l->route->metrics_set |= 1U << RTAX_CC_ALGO;
}

/* Encapsulation */

static void take_labels(struct route_line *l, struct vrrp_encap *e) {
        _cleanup_free_ char *labels = strdup(conf_line_text(&l->line, "encap mpls"));
        char *rest = labels, *label;

        while (rest && (label = strsep(&rest, "/"))) {
                unsigned long value;
                char *end;

                value = strtoul(label, &end, 10);
                if (end == label || *end || value > 0xfffff ||
                                e->n_labels == VRRP_ROUTE_LABELS_MAX) {
                        conf_line_refuse(&l->line, "encap mpls: %s is not a label, or one too many",
                                        label);
                        return;
                }
                e->labels[e->n_labels++] = (uint32_t) value;
        }
        if (conf_line_skip(&l->line, "ttl"))
                e->ttl = conf_line_number(&l->line, "ttl", UINT8_MAX);
}

static void take_tunnel_address(
                struct route_line *l, const char *key, int family, struct ip_addr *ret) {
        const char *word = conf_line_text(&l->line, key);

        if (ip_addr_parse(word, ret) < 0 || ret->family != family)
                conf_line_refuse(&l->line, "%s: %s is not an address of the tunnel's family", key,
                                word);
}

static void take_tunnel(struct route_line *l, struct vrrp_encap *e, int family) {
        for (;;) {
                if (conf_line_skip(&l->line, "id"))
                        e->id = conf_line_number64(&l->line, "id");
                else if (conf_line_skip(&l->line, "dst"))
                        take_tunnel_address(l, "dst", family, &e->dst);
                else if (conf_line_skip(&l->line, "src"))
                        take_tunnel_address(l, "src", family, &e->src);
                else if (conf_line_skip(&l->line, family == AF_INET6 ? "hoplimit" : "ttl"))
                        e->ttl = conf_line_number(&l->line, "ttl", UINT8_MAX);
                else if (conf_line_skip(&l->line, family == AF_INET6 ? "tc" : "tos"))
                        e->tos = conf_line_name(&l->line, "tos", VRRP_NAMES_DSFIELDS, UINT8_MAX);
                else
                        return;
        }
}

/* Four groups of hexadecimal digits. */
static void take_locator(struct route_line *l, struct vrrp_encap *e) {
        const char *word = conf_line_text(&l->line, "encap ila");
        unsigned part[4];
        int n = 0;

        if (sscanf(word, "%4x:%4x:%4x:%4x%n", &part[0], &part[1], &part[2], &part[3], &n) != 4 ||
                        word[n])
                conf_line_refuse(&l->line, "encap ila: %s is not a locator", word);
        else
                e->id = (uint64_t) part[0] << 48 | (uint64_t) part[1] << 32 |
                                (uint64_t) part[2] << 16 | part[3];
}

static void take_encap(struct route_line *l) {
        const char *word = conf_line_text(&l->line, "encap");
        struct vrrp_encap *e = &l->hop->encap;

        if (streq(word, "mpls")) {
                e->type = LWTUNNEL_ENCAP_MPLS;
                take_labels(l, e);
        } else if (streq(word, "ip")) {
                e->type = LWTUNNEL_ENCAP_IP;
                take_tunnel(l, e, AF_INET);
        } else if (streq(word, "ip6")) {
                e->type = LWTUNNEL_ENCAP_IP6;
                take_tunnel(l, e, AF_INET6);
        } else if (streq(word, "ila")) {
                e->type = LWTUNNEL_ENCAP_ILA;
                take_locator(l, e);
        } else {
                conf_line_refuse(&l->line, "encap: %s is not ip, ip6, mpls or ila", word);
        }
}

/* Words that may stand behind nexthop, too, and the others. */
static const struct {
        const char *word;
        void (*take)(struct route_line *l);
        bool hop;
} route_words[] = {
        { "via", take_via, true },
        { "gw", take_via, true },
        { "dev", take_dev, true },
        { "oif", take_dev, true },
        { "weight", take_weight, true },
        { "onlink", take_onlink, true },
        { "encap", take_encap, true },
        { "realms", take_realms, true },
        { "as", take_as, true },
        { "src", take_src, false },
        { "from", take_from, false },
        { "tos", take_tos, false },
        { "dsfield", take_tos, false },
        { "table", take_table, false },
        { "vrf", take_vrf, false },
        { "protocol", take_protocol, false },
        { "proto", take_protocol, false },
        { "scope", take_scope, false },
        { "metric", take_metric, false },
        { "priority", take_metric, false },
        { "preference", take_metric, false },
        { "expires", take_expires, false },
        { "add", take_add, false },
        { "prepend", take_prepend, false },
        { "append", take_append, false },
        { "pref", take_pref, false },
        { "ttl-propagate", take_ttl_propagate, false },
        { "features", take_features, false },
        { "congctl", take_congctl, false },
};

/* The word looked at, if it is one that may stand here. */
static bool take_word(struct route_line *l, bool hop_only) {
        const char *word = conf_line_word(&l->line);
        int metric;

        for (size_t k = 0; k < ARRAY_SIZE(route_words); k++)
                if (streq(route_words[k].word, word) && (route_words[k].hop || !hop_only)) {
                        l->line.i++;
                        route_words[k].take(l);
                        return true;
                }
        metric = hop_only ? -1 : vrrp_route_metric_from_string(word);
        if (metric < 0)
                return false;
        l->line.i++;
        take_metric_word(l, word, metric);
        return true;
}

/* "nexthop" and its words. */
static void take_nexthop(struct route_line *l) {
        struct vrrp_route *r = l->route;
        const char *word;

        if (r->several && r->n_nexthops == VRRP_ROUTE_NEXTHOPS_MAX) {
                conf_line_refuse(&l->line, "more than %u nexthops", VRRP_ROUTE_NEXTHOPS_MAX);
                return;
        }
        if (r->several)
                r->n_nexthops++;
        r->several = true;
        l->hop = &r->nexthops[r->n_nexthops - 1];
        l->hop->weight = 1;
        while (l->line.error == 0 && (word = conf_line_word(&l->line)) && !streq(word, "nexthop") &&
                        take_word(l, true))
                ;
}

/* "ADDRESS or ADDRESS": keepalived's old way to say two nexthops. */
static void take_or(struct route_line *l) {
        struct vrrp_route *r = l->route;

        conf_parse_say(&l->line.p, CONF_NOTE, l->line.i - 1,
                        "nexthop via ADDRESS nexthop via ADDRESS",
                        "or is an old word for several nexthops");
        if (r->n_nexthops == VRRP_ROUTE_NEXTHOPS_MAX) {
                conf_line_refuse(&l->line, "more than %u nexthops", VRRP_ROUTE_NEXTHOPS_MAX);
                return;
        }
        r->several = true;
        l->hop = &r->nexthops[r->n_nexthops++];
        l->hop->weight = 1;
        take_via(l);
}

static void take_destination(struct route_line *l) {
        const char *word = conf_line_word(&l->line);
        int type;

        while (word && conf_line_common(&l->line))
                word = conf_line_word(&l->line);
        (void) conf_line_skip(&l->line, "to");
        word = conf_line_word(&l->line);
        type = word ? vrrp_route_type_from_string(word) : -1;
        if (type >= 0) {
                l->route->type = (uint32_t) type;
                l->line.i++;
        }
        (void) conf_line_skip(&l->line, "to");
        if (conf_line_skip(&l->line, "default6")) {
                conf_parse_say(&l->line.p, CONF_NOTE, l->line.i - 1, "inet6 default",
                                "default6 is an old word");
                conf_line_set_family(&l->line, AF_INET6);
        } else {
                conf_line_prefix(&l->line, "a destination", &l->route->dst);
        }
}

static void take_rest(struct route_line *l) {
        while (l->line.error == 0) {
                const char *word = conf_line_word(&l->line);

                if (!word)
                        return;
                if (conf_line_common(&l->line))
                        continue;
                if (conf_line_skip(&l->line, "nexthop"))
                        take_nexthop(l);
                else if (conf_line_skip(&l->line, "or"))
                        take_or(l);
                else if (!take_word(l, false)) {
                        l->line.i++;
                        conf_line_refuse(&l->line, "%s is no word of a route", word);
                }
        }
}

static bool is_local_type(unsigned type) {
        return type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_NAT || type == RTN_ANYCAST;
}

/* What keepalived takes for unicast routes, and ip-route(8) for the others, which the kernel would refuse
 * otherwise. IPv6 has no scopes. */
static unsigned default_scope(const struct vrrp_route *r) {
        switch (r->type) {
        case RTN_LOCAL:
        case RTN_NAT: return RT_SCOPE_HOST;
        case RTN_BROADCAST:
        case RTN_MULTICAST:
        case RTN_ANYCAST: return RT_SCOPE_LINK;
        default: return RT_SCOPE_UNIVERSE;
        }
}

static const char *first_device(const struct vrrp_route *r) {
        return vrrp_route_device(r, 0);
}

/* Whether its loss matters, as keepalived judges: it can only be told of routes with an interface. Ours are
 * known by their protocol. */
static void resolve_tracking(struct route_line *l) {
        struct conf_line *line = &l->line;
        struct vrrp_route *r = l->route;

        if (line->track_group && !first_device(r))
                conf_line_refuse(line, "track_group needs dev");
        if (line->no_track || !l->has_protocol) {
                if (!l->has_protocol)
                        r->protocol = VRRP_ROUTE_PROTOCOL;
                return;
        }
        if (r->protocol != VRRP_ROUTE_PROTOCOL)
                conf_parse_say(&line->p, CONF_COMPLAINT, 0, "add no_track to keep it",
                                "protocol %u is not used: a route that is put back when it is lost "
                                "has protocol %u",
                                r->protocol, VRRP_ROUTE_PROTOCOL);
        r->protocol = VRRP_ROUTE_PROTOCOL;
}

static void resolve_route(struct route_line *l) {
        struct vrrp_route *r = l->route;

        r->family = l->line.family == AF_UNSPEC ? AF_INET : l->line.family;
        r->dst.addr.family = r->family;
        if (r->src.bits == 0)
                r->src = (struct vrrp_prefix){};
        if (!l->has_table)
                r->table = is_local_type(r->type) ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
        if (r->family == AF_INET6)
                r->scope = RT_SCOPE_UNIVERSE;
        else if (!l->has_scope)
                r->scope = default_scope(r);
        if (r->family == AF_INET6 && r->metric == 0)
                r->metric = 1024;
        if (r->family == AF_INET && ip_addr_is_set(&r->src.addr))
                conf_line_refuse(&l->line, "from is for IPv6 routes");
        resolve_tracking(l);
}

/* Reads into a route with room for the most nexthops, and keeps what there are. */
static int read_route(struct route_line *l, struct vrrp_route **ret) {
        _cleanup_free_ struct vrrp_route *r = vrrp_route_new(VRRP_ROUTE_NEXTHOPS_MAX);

        if (!r)
                return -ENOMEM;
        r->n_nexthops = 1;
        r->type = RTN_UNICAST;
        r->nexthops[0].weight = 1;
        l->route = r;
        l->hop = &r->nexthops[0];
        take_destination(l);
        take_rest(l);
        if (l->line.error == 0)
                resolve_route(l);
        if (l->line.error != 0)
                return l->line.error;
        *ret = vrrp_route_copy(r);
        return *ret ? 0 : -ENOMEM;
}

static int read_line(struct conf_build *b, struct vrrp_route_conf *c, bool is_static) {
        const struct vrrp_names names = { b->conf->vrrp->iproute_etc_dir,
                b->conf->vrrp->iproute_usr_dir };
        struct route_line l = { .line = {
                                                .p = { .diags = b->diags,
                                                                .row = c->line->parent->row,
                                                                .node = c->line },
                                                .names = &names,
                                                .is_static = is_static,
                                } };
        int r = read_route(&l, &c->route);

        c->no_track = l.line.no_track;
        c->track_group = l.line.track_group;
        return r;
}

static void route_done(struct vrrp_route_conf *c) {
        free(c->route);
        free(c->track_group);
}

static bool is_double(const struct vrrp_route_list *l, size_t n, const struct vrrp_route *r) {
        for (size_t i = 0; i < n; i++)
                if (vrrp_route_equal(l->items[i].route, r))
                        return true;
        return false;
}

int vrrp_conf_read_routes(struct conf_build *b, struct vrrp_route_list *l, bool is_static) {
        size_t kept = 0;

        for (size_t i = 0; i < l->n; i++) {
                struct vrrp_route_conf *c = &l->items[i];
                int r = read_line(b, c, is_static);

                if (r < 0)
                        return r;
                if (r == 0 && is_double(l, kept, c->route)) {
                        conf_build_say(b, CONF_COMPLAINT, c->line, NULL,
                                        "the route is given again, it is left out");
                        r = CONF_TYPE_REFUSED;
                }
                if (r == 0) {
                        l->items[kept++] = *c;
                        if (kept - 1 < i)
                                *c = (struct vrrp_route_conf){};
                        continue;
                }
                c->line->dropped = true;
                route_done(c);
                *c = (struct vrrp_route_conf){};
        }
        l->n = kept;
        return 0;
}

/* The line as such; vrrp_conf_read_routes() reads it. */
static int note_line(const struct conf_parse *p, void *field) {
        struct vrrp_route_list *l = field;
        struct vrrp_route_conf *items = reallocarray(l->items, l->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        l->items = items;
        l->items[l->n++] = (struct vrrp_route_conf){ .pos = p->node->pos, .line = p->node };
        return 0;
}

void vrrp_route_list_done(struct vrrp_route_list *l) {
        for (size_t i = 0; i < l->n; i++)
                route_done(&l->items[i]);
        free(l->items);
        *l = (struct vrrp_route_list){};
}

static void list_done(void *field) {
        vrrp_route_list_done(field);
}

const struct conf_type vrrp_conf_routes = {
        .name = "a list of routes, one a line",
        .syntax = "{ [TYPE] PREFIX [via ADDRESS] [dev IF] [table TABLE] [metric N] ... }",
        .size = sizeof(struct vrrp_route_list),
        .list = true,
        .parse = note_line,
        .done = list_done,
};
