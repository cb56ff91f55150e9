/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An assertion: what an ARP packet (RFC 826) or a neighbour advertisement (RFC 4861 §4.4) says by being sent,
 * that the station with this hardware address has that address. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "vrrpd/conflict.h"

struct vrrp_assertion {
        struct ip_addr addr;
        uint8_t mac[VRRP_MAC_SIZE];
};

/* Of ARP for IPv4 over Ethernet, @buf without the Ethernet header: its sender. An ARP probe, which has none,
 * asserts nothing. 0 or -EBADMSG; @ret is untouched then. */
int vrrp_assertion_parse_arp(const void *buf, size_t n, struct vrrp_assertion *ret);

/* Of a neighbour advertisement, @buf from its ICMPv6 header on: its target. One that names no link-layer
 * address is -EBADMSG: nobody learns anything from it. */
int vrrp_assertion_parse_na(const void *buf, size_t n, struct vrrp_assertion *ret);

/* The question to all who has @addr, from a station that does not say that it has one itself (an ARP probe,
 * RFC 5227 §1.1): nobody learns anything wrong from it. Without the Ethernet header. */
#define VRRP_ARP_SIZE 28
void vrrp_assertion_ask(const struct in_addr *addr, const uint8_t mac[static VRRP_MAC_SIZE],
                uint8_t ret[static VRRP_ARP_SIZE]);
