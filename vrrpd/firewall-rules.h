/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables that vrrpd has in nftables, as text for nft(8): sets of addresses that take no traffic, the rules that look at
 * them, and what keeps group membership off virtual MACs. Names are those of keepalived's tables. Pure.
 *
 * Dropped is what is sent to such an address, and what would come from it. Neighbour discovery passes: an address is
 * on the link, and forwards, whether or not it takes traffic itself (RFC 9568 §6.1, Accept_Mode). ARP is no IP and is
 * never looked at. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define VRRP_FIREWALL_SET "vips"
#define VRRP_FIREWALL_LINKLOCAL_SET "vips_link_local"

/* An interface with a virtual MAC, and the one that it sits on. */
struct vrrp_firewall_vmac {
        char name[IF_NAMESIZE];
        int parent; /* number; 0: it is missing */
};

struct vrrp_firewall_rules {
        const char *mark; /* the tables' comment; borrowed */
        int priority;     /* of the chains */
        bool ifindex;     /* interfaces of link-local addresses by number */
        bool counters;
        const struct vrrp_firewall_vmac *vmacs; /* borrowed */
        size_t n_vmacs;
};

/* The table @name of @family (AF_INET, AF_INET6), with empty sets. */
void vrrp_firewall_rules_print(
                FILE *to, const struct vrrp_firewall_rules *r, int family, const char *name);
