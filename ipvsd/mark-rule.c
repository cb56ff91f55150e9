/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/mark-rule.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

/* IPVS looks at packets from here at -99 and -98 (ip_vs_core.c); -150 is where marks are usually set. */
#define OUTPUT_PRIORITY_MAX (-150)

void ipvs_mark_rules_done(struct ipvs_mark_rules *r) {
        free(r->items);
        *r = (struct ipvs_mark_rules){};
}

/* --- addresses as numbers --- */

static uint8_t *bytes_of(struct ip_addr *a) {
        return a->family == AF_INET ? (uint8_t *) &a->in : a->in6.s6_addr;
}

static struct ip_addr after(struct ip_addr a) {
        uint8_t *bytes = bytes_of(&a);

        for (size_t i = ip_addr_bits(a.family) / 8; i-- > 0;)
                if (++bytes[i] != 0)
                        break;
        return a;
}

static struct ip_addr before(struct ip_addr a) {
        uint8_t *bytes = bytes_of(&a);

        for (size_t i = ip_addr_bits(a.family) / 8; i-- > 0;)
                if (bytes[i]-- != 0)
                        break;
        return a;
}

/* --- the list --- */

static int compare_key(const struct ipvs_mark_rule *a, const struct ipvs_mark_rule *b) {
        if (a->first.family != b->first.family)
                return a->first.family < b->first.family ? -1 : 1;
        if (a->protocol != b->protocol)
                return a->protocol < b->protocol ? -1 : 1;
        return a->port < b->port ? -1 : a->port > b->port;
}

/* Where the first rule of the key of @key lies that ends at or behind its beginning, or would lie. */
static size_t find(const struct ipvs_mark_rules *r, const struct ipvs_mark_rule *key) {
        size_t low = 0, high = r->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int c = compare_key(&r->items[middle], key);

                if (c < 0 || (c == 0 && ip_addr_compare(&r->items[middle].last, &key->first) < 0))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int insert(struct ipvs_mark_rules *r, size_t at, const struct ipvs_mark_rule *rule) {
        if ((r->n & (r->n - 1)) == 0) {
                struct ipvs_mark_rule *items =
                                reallocarray(r->items, r->n == 0 ? 1 : 2 * r->n, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                r->items = items;
        }
        memmove(&r->items[at + 1], &r->items[at], (r->n - at) * sizeof(*r->items));
        r->items[at] = *rule;
        r->n++;
        return 0;
}

/* Put in what of @rule nobody has yet. 1: not all of it; 0: all; -ENOMEM. */
static int put(struct ipvs_mark_rules *r, const struct ipvs_mark_rule *rule) {
        struct ipvs_mark_rule rest = *rule;
        size_t at = find(r, rule);
        int taken = 0;

        while (at < r->n && compare_key(&r->items[at], rule) == 0 &&
                        ip_addr_compare(&r->items[at].first, &rule->last) <= 0) {
                struct ipvs_mark_rule other = r->items[at++];

                taken = 1;
                if (ip_addr_compare(&rest.first, &other.first) < 0) {
                        rest.last = before(other.first);
                        if (insert(r, at++ - 1, &rest) < 0)
                                return -ENOMEM;
                }
                if (ip_addr_compare(&other.last, &rule->last) >= 0)
                        return taken;
                rest.first = after(other.last);
                rest.last = rule->last;
        }
        return insert(r, at, &rest) < 0 ? -ENOMEM : taken;
}

/* --- services --- */

static int put_service(struct ipvs_mark_rules *r, const struct ipvs_service_conf *c) {
        const struct ipvs_mark_rule rule = {
                .protocol = c->protocol,
                .port = c->port,
                .first = c->addr,
                .last = c->addr,
        };
        int e = put(r, &rule);

        return e < 0 ? e : 0; /* one that has no packets left says so elsewhere */
}

static int put_group(struct ipvs_mark_rules *r, struct ipvs_wanted_service *s) {
        for (size_t i = 0; i < s->group->members.n; i++) {
                const struct ipvs_member_conf *m = &s->group->members.items[i];
                const struct ipvs_mark_rule rule = {
                        .protocol = s->conf->protocol,
                        .port = m->port,
                        .first = m->first,
                        .last = m->last,
                        .mark = ipvs_group_marks_find(s->marks, s->conf->group, s->conf->protocol,
                                        m->first.family),
                };
                int e;

                if (m->fwmark > 0 || rule.mark == 0)
                        continue;
                e = put(r, &rule);
                if (e < 0)
                        return e;
                s->n_left_out += (size_t) e;
        }
        return 0;
}

int ipvs_mark_rules_build(
                struct ipvs_wanted_service *services, size_t n, struct ipvs_mark_rules *ret) {
        _cleanup_(ipvs_mark_rules_done) struct ipvs_mark_rules rules = {};
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (services[i].conf->kind == IPVS_CONF_ADDRESS)
                        r = put_service(&rules, services[i].conf);
                else if (services[i].group && services[i].marks)
                        r = put_group(&rules, &services[i]);
        if (r < 0)
                return r;
        *ret = rules;
        rules = (struct ipvs_mark_rules){};
        return 0;
}

bool ipvs_mark_rules_have(const struct ipvs_mark_rules *r, int family) {
        for (size_t i = 0; i < r->n; i++)
                if (r->items[i].first.family == family && r->items[i].mark > 0)
                        return true;
        return false;
}

/* --- text --- */

static bool is_range(const struct ipvs_mark_rule *rule) {
        return !ip_addr_equal(&rule->first, &rule->last);
}

/* A service of one port takes back what a group of any port has marked. */
static bool is_exception(const struct ipvs_mark_rules *r, const struct ipvs_mark_rule *rule) {
        struct ipvs_mark_rule any = *rule;
        size_t at;

        any.port = 0;
        at = find(r, &any);
        return at < r->n && compare_key(&r->items[at], &any) == 0 && r->items[at].mark > 0 &&
                        ip_addr_compare(&r->items[at].first, &rule->first) <= 0;
}

/* Does @rule stand in the map of @protocol for one port (@port) or for any? */
static bool is_in_map(const struct ipvs_mark_rules *r, const struct ipvs_mark_rule *rule,
                int family, int protocol, bool port) {
        if (rule->first.family != family || rule->protocol != protocol || (rule->port > 0) != port)
                return false;
        /* A service has one address, a group may have ranges. */
        return rule->mark > 0 || (port && is_exception(r, rule));
}

static void print_element(FILE *to, const struct ipvs_mark_rule *rule) {
        char first[IP_ADDR_STRLEN], last[IP_ADDR_STRLEN];

        fputs(ip_addr_format(&rule->first, first), to);
        if (is_range(rule))
                fprintf(to, "-%s", ip_addr_format(&rule->last, last));
        if (rule->port > 0)
                fprintf(to, " . %u", rule->port);
        fprintf(to, " : %u", rule->mark);
}

/* Only a map with a range is made one of ranges: the others are quicker, and known to older kernels. */
static bool print_map(
                FILE *to, const struct ipvs_mark_rules *r, int family, int protocol, bool port) {
        const char *separator = "";
        bool any = false, ranges = false;

        for (size_t i = 0; i < r->n; i++)
                if (is_in_map(r, &r->items[i], family, protocol, port)) {
                        any = true;
                        ranges |= is_range(&r->items[i]);
                }
        if (!any)
                return false;
        fprintf(to, "\tmap p%d%s {\n\t\ttype %s%s : mark\n%s\t\telements = { ", protocol,
                        port ? "" : "_any", family == AF_INET6 ? "ipv6_addr" : "ipv4_addr",
                        port ? " . inet_service" : "", ranges ? "\t\tflags interval\n" : "");
        for (size_t i = 0; i < r->n; i++)
                if (is_in_map(r, &r->items[i], family, protocol, port)) {
                        fputs(separator, to);
                        print_element(to, &r->items[i]);
                        separator = ", ";
                }
        fputs(" }\n\t}\n", to);
        return true;
}

static void print_hook(FILE *to, const char *hook, int priority) {
        fprintf(to,
                        "\tchain %s {\n\t\ttype filter hook %s priority %d; policy accept;\n"
                        "\t\tjump marks\n\t}\n",
                        hook, hook, priority);
}

void ipvs_mark_rules_print(FILE *to, const struct ipvs_mark_rules *r, int family, const char *name,
                int priority, bool counters) {
        static const int protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
        const char *ip = family == AF_INET6 ? "ip6" : "ip", *counter = counters ? " counter" : "";
        bool port[ARRAY_SIZE(protocols)], any[ARRAY_SIZE(protocols)];

        fprintf(to, "table %s %s {\n", ip, name);
        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
                any[i] = print_map(to, r, family, protocols[i], false);
                port[i] = print_map(to, r, family, protocols[i], true);
        }
        fputs("\tchain marks {\n", to);
        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
                int p = protocols[i];

                if (any[i])
                        fprintf(to, "\t\tmeta l4proto %d meta mark set %s daddr map @p%d_any%s\n",
                                        p, ip, p, counter);
                if (port[i])
                        fprintf(to,
                                        "\t\tmeta l4proto %d meta mark set %s daddr . th dport map "
                                        "@p%d%s\n",
                                        p, ip, p, counter);
        }
        fputs("\t}\n", to);
        print_hook(to, "prerouting", priority);
        print_hook(to, "output", MIN(priority, OUTPUT_PRIORITY_MAX));
        fputs("}\n", to);
}
