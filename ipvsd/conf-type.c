/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values that only load balancing has. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/conf-rows.h"

const char *ipvs_conf_forward_to_string(enum ipvs_conf_forward f) {
        switch (f) {
        case IPVS_CONF_FORWARD_UNSET: return "";
        case IPVS_CONF_NAT: return "NAT";
        case IPVS_CONF_DR: return "DR";
        case IPVS_CONF_TUN: return "TUN";
        }
        return "";
}

/* Index of @word in @names, or -1. */
static int find_name(const char *const *names, size_t n, const char *word) {
        for (size_t i = 0; i < n; i++)
                if (streq(names[i], word))
                        return (int) i;
        return -1;
}

static const char *const tunnel_types[] = { "ipip", "gue", "gre" };
static const char *const tunnel_flags[] = { "nocsum", "csum", "remcsum" };

/* [type T] [port N] [nocsum|csum|remcsum] behind TUN */
static int parse_tunnel(const struct conf_parse *p, struct ipvs_forward_conf *f) {
        for (size_t i = 1; i < conf_parse_n(p); i++) {
                const char *word = conf_parse_word(p, i);
                bool more = i + 1 < conf_parse_n(p);
                int64_t port;
                int v;

                if (streq(word, "type") && more) {
                        v = find_name(tunnel_types, ARRAY_SIZE(tunnel_types),
                                        conf_parse_word(p, ++i));
                        if (v < 0) {
                                conf_parse_say(p, CONF_COMPLAINT, i, "ipip, gue or gre",
                                                "unknown tunnel type %s", conf_parse_word(p, i));
                                return CONF_TYPE_REFUSED;
                        }
                        f->tunnel_type = (uint8_t) v;
                } else if (streq(word, "port") && more) {
                        if (conf_parse_integer(p, ++i, 1, UINT16_MAX, &port) != 0)
                                return CONF_TYPE_REFUSED;
                        f->tunnel_port = (uint16_t) port;
                } else if ((v = find_name(tunnel_flags, ARRAY_SIZE(tunnel_flags), word)) >= 0) {
                        f->tunnel_flags = (uint8_t) v;
                } else {
                        conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: %s is ignored", p->row->key,
                                        word);
                }
        }
        return 0;
}

static int check_tunnel(const struct conf_parse *p, const struct ipvs_forward_conf *f) {
        const char *fault = NULL;

        if ((f->tunnel_type == 1) != (f->tunnel_port > 0))
                fault = "gue needs a port, and nothing else has one";
        else if (f->tunnel_type == 0 && f->tunnel_flags > 0)
                fault = "ipip has no checksums";
        else if (f->tunnel_type == 2 && f->tunnel_flags == 2)
                fault = "gre has no remcsum";
        if (!fault)
                return 0;
        conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: %s", p->row->key, fault);
        return CONF_TYPE_REFUSED;
}

static int parse_forward(const struct conf_parse *p, void *field) {
        static const char *const methods[] = { "", "NAT", "DR", "TUN" };
        struct ipvs_forward_conf f = {};
        int v = find_name(methods, ARRAY_SIZE(methods), conf_parse_word(p, 0));
        int r;

        if (v <= 0) {
                conf_parse_say(p, CONF_COMPLAINT, 0, "NAT, DR or TUN, in capitals",
                                "%s: unknown word %s", p->row->key, conf_parse_word(p, 0));
                return CONF_TYPE_REFUSED;
        }
        f.method = (enum ipvs_conf_forward) v;
        r = parse_tunnel(p, &f);
        if (r == 0)
                r = check_tunnel(p, &f);
        if (r == 0)
                *(struct ipvs_forward_conf *) field = f;
        return r;
}

static void print_forward(FILE *to, const struct conf_row *row, const void *field) {
        const struct ipvs_forward_conf *f = field;

        fprintf(to, " %s", ipvs_conf_forward_to_string(f->method));
        if (f->tunnel_type > 0)
                fprintf(to, " type %s", tunnel_types[f->tunnel_type]);
        if (f->tunnel_port > 0)
                fprintf(to, " port %u", f->tunnel_port);
        if (f->tunnel_flags > 0)
                fprintf(to, " %s", tunnel_flags[f->tunnel_flags]);
}

const struct conf_type ipvs_conf_forward = {
        .name = "a way to forward",
        .syntax = "NAT|DR|TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]",
        .size = sizeof(struct ipvs_forward_conf),
        .min_args = 1,
        .max_args = 6,
        .parse = parse_forward,
        .print = print_forward,
};

static int parse_protocol(const struct conf_parse *p, void *field) {
        static const struct conf_name protocols[] = {
                { "TCP", IPPROTO_TCP },
                { "UDP", IPPROTO_UDP },
                { "SCTP", IPPROTO_SCTP },
                {},
        };

        for (const struct conf_name *n = protocols; n->name; n++)
                if (strcasecmp(n->name, conf_parse_word(p, 0)) == 0) {
                        *(int *) field = n->value;
                        return 0;
                }
        conf_parse_say(p, CONF_COMPLAINT, 0, "TCP, UDP or SCTP", "protocol: unknown word %s",
                        conf_parse_word(p, 0));
        return CONF_TYPE_REFUSED;
}

static void print_protocol(FILE *to, const struct conf_row *row, const void *field) {
        int v = *(const int *) field;

        fputs(v == IPPROTO_TCP ? " TCP" : v == IPPROTO_UDP ? " UDP" : " SCTP", to);
}

const struct conf_type ipvs_conf_protocol = {
        .name = "a protocol",
        .syntax = "TCP|UDP|SCTP",
        .size = sizeof(int),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_protocol,
        .print = print_protocol,
};

/* A netmask, or the length of an IPv6 prefix. */
static int parse_granularity(const struct conf_parse *p, void *field) {
        struct ipvs_granularity_conf *g = field;
        int64_t prefix;
        int r;

        if (strchr(conf_parse_word(p, 0), '.'))
                return conf_parse_address(p, 0, AF_INET, &g->mask);
        r = conf_parse_integer(p, 0, 1, 128, &prefix);
        if (r == 0)
                g->prefix = (uint8_t) prefix;
        return r;
}

static void print_granularity(FILE *to, const struct conf_row *row, const void *field) {
        const struct ipvs_granularity_conf *g = field;
        char buf[IP_ADDR_STRLEN];

        if (ip_addr_is_set(&g->mask))
                fprintf(to, " %s", ip_addr_format(&g->mask, buf));
        else
                fprintf(to, " %u", g->prefix);
}

const struct conf_type ipvs_conf_granularity = {
        .name = "a netmask, or a prefix length for IPv6",
        .syntax = "MASK|N",
        .size = sizeof(struct ipvs_granularity_conf),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_granularity,
        .print = print_granularity,
};

#define PERSISTENCE_BARE 360U

static int parse_persistence(const struct conf_parse *p, void *field) {
        int64_t v = PERSISTENCE_BARE;
        int r = 0;

        if (conf_parse_n(p) > 0)
                r = conf_parse_integer(p, 0, p->row->min, p->row->max, &v);
        if (r == 0)
                *(unsigned *) field = (unsigned) v;
        return r;
}

static void print_persistence(FILE *to, const struct conf_row *row, const void *field) {
        fprintf(to, " %u", *(const unsigned *) field);
}

const struct conf_type ipvs_conf_persistence = {
        .name = "a time, whole",
        .syntax = "[SECONDS]",
        .size = sizeof(unsigned),
        .max_args = 1,
        .parse = parse_persistence,
        .print = print_persistence,
};

/* ADDRESS [PORT] */

static int parse_endpoint_at(const struct conf_parse *p, size_t i, struct ipvs_endpoint_conf *ret) {
        struct ipvs_endpoint_conf e = {};
        int64_t port = 0;
        int r;

        r = conf_parse_address(p, i, AF_UNSPEC, &e.addr);
        if (r == 0 && i + 1 < conf_parse_n(p))
                r = conf_parse_integer(&(struct conf_parse){ p->diags, p->row, p->node, p->first,
                                                       "the port" },
                                i + 1, 0, UINT16_MAX, &port);
        if (r != 0)
                return r;
        e.port = (uint16_t) port;
        *ret = e;
        return 0;
}

static int parse_endpoint(const struct conf_parse *p, void *field) {
        return parse_endpoint_at(p, 0, field);
}

static void print_endpoint(FILE *to, const struct conf_row *row, const void *field) {
        const struct ipvs_endpoint_conf *e = field;
        char buf[IP_ADDR_STRLEN];

        fprintf(to, " %s", ip_addr_format(&e->addr, buf));
        if (e->port > 0)
                fprintf(to, " %u", e->port);
}

const struct conf_type ipvs_conf_endpoint = {
        .name = "an address and perhaps a port",
        .syntax = "ADDRESS [PORT]",
        .size = sizeof(struct ipvs_endpoint_conf),
        .min_args = 1,
        .max_args = 2,
        .parse = parse_endpoint,
        .print = print_endpoint,
};

int ipvs_conf_read_endpoint(struct conf_build *b, struct conf_node *n, size_t i,
                struct ipvs_endpoint_conf *ret) {
        const struct conf_parse p = { .diags = b->diags, .row = n->row, .node = n, .first = 1 };

        if (parse_endpoint_at(&p, i, ret) == 0)
                return 0;
        conf_build_say(b, CONF_COMPLAINT, n, NULL, "without ADDRESS [PORT] the block is left out");
        return CONF_BUILD_DROPPED;
}
