/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/firewall-rules.h"

#include <sys/socket.h>

/* Of ICMPv6, by number, so that nobody looks names up. */
#define SOLICITATION_AND_ADVERTISEMENT "{ 135, 136 }" /* RFC 4861 §4.3, §4.4 */
#define ROUTER_SOLICITATION "133"                     /* §4.1 */
#define LISTENER_REPORTS "{ 131, 132, 143 }"          /* RFC 2710 §3, RFC 3810 §5.2 */
#define IGMP "2"

/* By name, so that the rules are there before the interface is; but a copy is sent out by number. */
static void print_vmac_sets(FILE *to, const struct vrrp_firewall_rules *r) {
        const char *separator = "";

        fputs("\tset vmacs {\n\t\ttype ifname\n\t\telements = {", to);
        for (size_t i = 0; i < r->n_vmacs; i++)
                fprintf(to, "%s \"%s\"", i > 0 ? "," : "", r->vmacs[i].name);
        fputs(" }\n\t}\n\tmap vmac_map {\n\t\ttype ifname : iface_index\n", to);
        for (size_t i = 0; i < r->n_vmacs; i++)
                if (r->vmacs[i].parent > 0) {
                        fprintf(to, "%s \"%s\" : %d", *separator ? separator : "\t\telements = {",
                                        r->vmacs[i].name, r->vmacs[i].parent);
                        separator = ",";
                }
        fputs(*separator ? " }\n\t}\n" : "\t}\n", to);
}

static void print_sets(FILE *to, const struct vrrp_firewall_rules *r, int family) {
        fprintf(to, "\tset " VRRP_FIREWALL_SET " {\n\t\ttype %s\n\t}\n",
                        family == AF_INET6 ? "ipv6_addr" : "ipv4_addr");
        if (family == AF_INET6)
                fprintf(to,
                                "\tset " VRRP_FIREWALL_LINKLOCAL_SET
                                " {\n\t\ttype ipv6_addr . %s\n\t}\n",
                                r->ifindex ? "iface_index" : "ifname");
        if (r->n_vmacs > 0)
                print_vmac_sets(to, r);
}

static void print_chain(FILE *to, const char *name, const char *hook, int priority) {
        fprintf(to, "\tchain %s {\n\t\ttype filter hook %s priority %d; policy accept;\n", name,
                        hook, priority);
}

static void print_neighbours(FILE *to, const char *counter) {
        fprintf(to, "\t\ticmpv6 type " SOLICITATION_AND_ADVERTISEMENT "%s accept\n", counter);
}

/* With the virtual MAC as its source it would tell the switches that the address is here, though this router may be
 * backup. Membership is told through the parent instead, for switches that listen to it. */
static void print_vmacs(
                FILE *to, const struct vrrp_firewall_rules *r, int family, const char *counter) {
        const char *ip = family == AF_INET6 ? "ip6" : "ip";
        const char *match =
                        family == AF_INET6 ? "icmpv6 type " LISTENER_REPORTS : "ip protocol " IGMP;

        if (r->n_vmacs == 0)
                return;
        fprintf(to, "\t\toifname @vmacs %s dup to %s daddr device oifname map @vmac_map\n", match,
                        ip);
        fprintf(to, "\t\toifname @vmacs %s%s drop\n", match, counter);
        if (family == AF_INET6)
                fprintf(to, "\t\toifname @vmacs icmpv6 type " ROUTER_SOLICITATION "%s drop\n",
                                counter);
}

/* @what: an address, and the first letter of the word for the interface that it comes in or goes out by. */
static void print_linklocal(FILE *to, const struct vrrp_firewall_rules *r, const char *what,
                const char *counter) {
        fprintf(to, "\t\tip6 %sif%s @" VRRP_FIREWALL_LINKLOCAL_SET "%s drop\n", what,
                        r->ifindex ? "" : "name", counter);
}

static void print_in(
                FILE *to, const struct vrrp_firewall_rules *r, int family, const char *counter) {
        print_chain(to, "in", "input", r->priority);
        if (family == AF_INET6) {
                print_neighbours(to, counter);
                print_linklocal(to, r, "daddr . i", counter);
                fprintf(to, "\t\tip6 daddr @" VRRP_FIREWALL_SET "%s drop\n\t}\n", counter);
        } else {
                fprintf(to, "\t\tip daddr @" VRRP_FIREWALL_SET "%s drop\n\t}\n", counter);
        }
}

static void print_out(
                FILE *to, const struct vrrp_firewall_rules *r, int family, const char *counter) {
        print_chain(to, "out", "output", r->priority);
        print_vmacs(to, r, family, counter);
        if (family == AF_INET6) {
                print_neighbours(to, counter);
                print_linklocal(to, r, "saddr . o", counter);
                fprintf(to, "\t\tip6 saddr @" VRRP_FIREWALL_SET "%s drop\n\t}\n", counter);
        } else {
                fprintf(to, "\t\tip saddr @" VRRP_FIREWALL_SET "%s drop\n\t}\n", counter);
        }
}

void vrrp_firewall_rules_print(
                FILE *to, const struct vrrp_firewall_rules *r, int family, const char *name) {
        const char *counter = r->counters ? " counter" : "";

        fprintf(to, "table %s %s {\n\tcomment \"%s\"\n", family == AF_INET6 ? "ip6" : "ip", name,
                        r->mark);
        print_sets(to, r, family);
        print_in(to, r, family, counter);
        print_out(to, r, family, counter);
        fputs("}\n", to);
}
