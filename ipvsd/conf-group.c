/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of a virtual_server_group: ADDR [PORT], ADDR-LAST [PORT], ADDR-ADDR [PORT], NET/PREFIX
 * [PORT], fwmark N [inet|inet6]. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/conf-rows.h"

static int refuse(const struct conf_parse *p, const char *what) {
        conf_parse_say(p, CONF_COMPLAINT, 0,
                        "ADDRESS [PORT], ADDRESS-LAST [PORT], NET/PREFIX [PORT] or fwmark N",
                        "%s %s", conf_parse_word(p, 0), what);
        return CONF_TYPE_REFUSED;
}

/* 0: it is none. */
static int parse_family(const char *word) {
        return streq(word, "inet") ? AF_INET : streq(word, "inet6") ? AF_INET6 : 0;
}

static int parse_mark(const struct conf_parse *p, struct ipvs_member_conf *m) {
        int64_t mark;

        if (conf_parse_n(p) < 2)
                return refuse(p, "needs a number");
        if (conf_parse_integer(p, 1, 1, UINT32_MAX, &mark) != 0)
                return CONF_TYPE_REFUSED;
        m->fwmark = (uint32_t) mark;
        if (conf_parse_n(p) < 3)
                return 0;
        m->family = parse_family(conf_parse_word(p, 2));
        if (m->family == 0)
                conf_parse_say(p, CONF_COMPLAINT, 2, "inet or inet6", "unknown family %s",
                                conf_parse_word(p, 2));
        return 0;
}

/* The end of a range: an address, or the last octet (IPv6: the last 16 bits, in hexadecimal). */
static int parse_last(const char *text, const struct ip_addr *first, struct ip_addr *ret) {
        struct ip_addr last = *first;
        unsigned long v;
        char *end;

        if (ip_addr_parse(text, ret) == 0)
                return ret->family == first->family ? 0 : -EINVAL;
        v = strtoul(text, &end, first->family == AF_INET ? 10 : 16);
        if (end == text || *end || v > (first->family == AF_INET ? 255 : 65535))
                return -EINVAL;
        if (first->family == AF_INET) {
                last.in.s_addr = htonl((ntohl(first->in.s_addr) & ~UINT32_C(0xff)) | (uint32_t) v);
        } else {
                last.in6.s6_addr[14] = (uint8_t) (v >> 8);
                last.in6.s6_addr[15] = (uint8_t) v;
        }
        *ret = last;
        return 0;
}

/* The last address of the network @first/@prefix. */
static struct ip_addr last_of(const struct ip_addr *first, unsigned prefix) {
        struct ip_addr last = *first;
        uint8_t *bytes = first->family == AF_INET ? (uint8_t *) &last.in : last.in6.s6_addr;

        for (unsigned bit = prefix; bit < ip_addr_bits(first->family); bit++)
                bytes[bit / 8] |= (uint8_t) (0x80U >> (bit % 8));
        return last;
}

static int parse_network(const struct conf_parse *p, const char *text, struct ipvs_member_conf *m) {
        unsigned long prefix;
        char *end;

        prefix = strtoul(text, &end, 10);
        if (end == text || *end || prefix > ip_addr_bits(m->first.family))
                return refuse(p, "has no proper prefix");
        if (!ip_addr_is_network(&m->first, (unsigned) prefix))
                return refuse(p, "has bits set behind the prefix");
        m->last = last_of(&m->first, (unsigned) prefix);
        return 0;
}

static int parse_range(const struct conf_parse *p, struct ipvs_member_conf *m) {
        const char *word = conf_parse_word(p, 0), *rest = word + strcspn(word, "-/");
        _cleanup_free_ char *first = strndup(word, (size_t) (rest - word));
        int64_t port = 0;
        int r = 0;

        if (!first)
                return -ENOMEM;
        if (ip_addr_parse(first, &m->first) < 0)
                return refuse(p, "is no address");
        m->last = m->first;
        m->family = m->first.family;
        if (*rest == '/')
                r = parse_network(p, rest + 1, m);
        else if (*rest == '-' && parse_last(rest + 1, &m->first, &m->last) < 0)
                r = refuse(p, "is no range");
        if (r == 0 && ip_addr_compare(&m->last, &m->first) < 0)
                r = refuse(p, "ends before it begins");
        if (r == 0 && conf_parse_n(p) > 1)
                r = conf_parse_integer(p, 1, 0, UINT16_MAX, &port);
        m->port = (uint16_t) port;
        return r;
}

uint32_t ipvs_member_conf_size(const struct ipvs_member_conf *m) {
        const uint8_t *a, *b;
        uint64_t n = 0;
        size_t size;

        if (m->fwmark > 0)
                return 1;
        size = ip_addr_bits(m->first.family) / 8;
        a = m->first.family == AF_INET ? (const uint8_t *) &m->first.in : m->first.in6.s6_addr;
        b = m->first.family == AF_INET ? (const uint8_t *) &m->last.in : m->last.in6.s6_addr;
        /* The difference, octet by octet; once it is above the limit no further octet brings it back. */
        for (size_t i = 0; i < size; i++) {
                n = n * 256 + b[i] - a[i];
                if ((int64_t) n > UINT32_MAX)
                        return UINT32_MAX;
        }
        return (uint32_t) MIN(n + 1, UINT32_MAX);
}

static void tell_rest(const struct conf_parse *p, size_t used) {
        if (conf_parse_n(p) > used)
                conf_parse_say(p, CONF_NOTE, used, NULL, "%s and what follows is ignored",
                                conf_parse_word(p, used));
}

static int parse_member(const struct conf_parse *p, void *field) {
        struct ipvs_member_conf m = { .pos = p->node->pos }, *items;
        bool is_mark = streq(conf_parse_word(p, 0), "fwmark");
        struct ipvs_member_list *list = field;
        int r;

        r = is_mark ? parse_mark(p, &m) : parse_range(p, &m);
        if (r != 0)
                return r;
        tell_rest(p, is_mark ? 3 : 2);
        items = reallocarray(list->items, list->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        list->items[list->n++] = m;
        return 0;
}

static void done_members(void *field) {
        struct ipvs_member_list *list = field;

        free(list->items);
        *list = (struct ipvs_member_list){};
}

const struct conf_type ipvs_conf_members = {
        .name = "a named list of addresses, ranges, networks and marks",
        .syntax = "NAME { ADDRESS [PORT] ... }",
        .size = sizeof(struct ipvs_member_list),
        .min_args = 1,
        .max_args = 1,
        .list = true,
        .parse = parse_member,
        .done = done_members,
};

struct ipvs_group_conf *ipvs_group_conf_free(struct ipvs_group_conf *g) {
        if (!g)
                return NULL;
        done_members(&g->members);
        free(g->name);
        free(g);
        return NULL;
}

int ipvs_conf_open_group(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        struct ipvs_group_conf *g = NULL;
        const char *name = conf_node_arg(n, 0);

        HASH_FIND_STR(b->conf->ipvs->groups, name, g);
        if (g) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "there is a virtual_server_group %s already, this one is left out",
                                name);
                return CONF_BUILD_DROPPED;
        }
        g = calloc(1, sizeof(*g));
        if (!g)
                return -ENOMEM;
        g->name = strdup(name);
        if (!g->name) {
                free(g);
                return -ENOMEM;
        }
        g->pos = n->pos;
        g->object.node = n;
        HASH_ADD_KEYPTR(hh, b->conf->ipvs->groups, g->name, strlen(g->name), g);
        *ret = &g->object;
        return 0;
}
