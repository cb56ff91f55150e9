/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/rule.h"

#include <inttypes.h>
#include <string.h>

#include "common/macro.h"

bool vrrp_rule_equal(const struct vrrp_rule *a, const struct vrrp_rule *b) {
        return memcmp(a, b, sizeof(*a)) == 0;
}

static void print_prefix(FILE *to, const char *word, const struct vrrp_prefix *p) {
        char ip[IP_ADDR_STRLEN];

        if (ip_addr_is_set(&p->addr))
                (void) fprintf(to, " %s %s/%" PRIu32, word, ip_addr_format(&p->addr, ip), p->bits);
}

static void print_number(FILE *to, const char *word, uint32_t value) {
        if (value != 0)
                (void) fprintf(to, " %s %" PRIu32, word, value);
}

static void print_word(FILE *to, const char *word, const char *value) {
        if (value[0])
                (void) fprintf(to, " %s %s", word, value);
}

static void print_range(FILE *to, const char *word, const struct vrrp_range *r) {
        if (r->given)
                (void) fprintf(to, " %s %" PRIu32 "-%" PRIu32, word, r->first, r->last);
}

static void print_selector(FILE *to, const struct vrrp_rule *r) {
        if (ip_addr_is_set(&r->from.addr))
                print_prefix(to, "from", &r->from);
        else
                (void) fputs(" from all", to);
        print_prefix(to, "to", &r->to);
        print_number(to, "tos", r->tos);
        if (r->mask == UINT32_MAX)
                (void) fprintf(to, " fwmark 0x%" PRIx32, r->mark);
        else if (r->mask)
                (void) fprintf(to, " fwmark 0x%" PRIx32 "/0x%" PRIx32, r->mark, r->mask);
        print_word(to, "iif", r->iif);
        print_word(to, "oif", r->oif);
        if (r->tunnel_id)
                (void) fprintf(to, " tunnel-id %" PRIu64, r->tunnel_id);
        print_range(to, "uidrange", &r->uids);
        print_number(to, "ipproto", r->ip_protocol);
        print_range(to, "sport", &r->sports);
        print_range(to, "dport", &r->dports);
}

static void print_action(FILE *to, const struct vrrp_rule *r) {
        switch (r->action) {
        case FR_ACT_TO_TBL:
                if (r->l3mdev)
                        (void) fputs(" l3mdev", to);
                else
                        print_number(to, "table", r->table);
                break;
        case FR_ACT_GOTO: print_number(to, "goto", r->target); break;
        case FR_ACT_NOP: (void) fputs(" nop", to); break;
        default: {
                const char *name = vrrp_route_type_to_string(r->action);

                (void) fprintf(to, " %s", name ?: "?");
                break;
        }
        }
}

void vrrp_rule_print(const struct vrrp_rule *r, FILE *to) {
        if (r->family == AF_INET6)
                (void) fputs("inet6 ", to);
        if (r->invert)
                (void) fputs("not ", to);
        (void) fprintf(to, "preference %" PRIu32, r->preference);
        print_selector(to, r);
        print_number(to, "realms", r->realms);
        print_action(to, r);
        if (r->has_suppress_prefix)
                (void) fprintf(to, " suppress_prefixlength %" PRIu32, r->suppress_prefix);
        if (r->has_suppress_group)
                (void) fprintf(to, " suppress_ifgroup %" PRIu32, r->suppress_group);
        if (r->protocol != VRRP_ROUTE_PROTOCOL)
                print_number(to, "protocol", r->protocol);
}

char *vrrp_rule_format(const struct vrrp_rule *r) {
        char *text = NULL;
        size_t n = 0;
        FILE *to = open_memstream(&text, &n);

        if (!to)
                return NULL;
        vrrp_rule_print(r, to);
        return fclose(to) == 0 ? text : NULL;
}
