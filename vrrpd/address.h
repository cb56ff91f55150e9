/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A virtual address as the kernel is told of it. */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "vrrpd/batch.h"

/* IFA_PROTO of our addresses (ip-address(8) shows it as "proto"): a mark that survives us. It is our IP
 * protocol's number; kernels before 5.18 ignore it. */
#define VRRP_ADDRESS_PROTOCOL 112

struct vrrp_address {
        struct ip_addr addr;
        uint8_t prefix;           /* of the peer where there is one */
        struct ip_addr peer;      /* unset: none */
        struct ip_addr broadcast; /* unset: none */
        uint8_t scope;            /* RT_SCOPE_*, IPv4 only */
        uint32_t flags;           /* IFA_F_*; IPv6 gets IFA_F_NODAD as well, unless @dad */
        bool dad;                 /* IPv6: wait for duplicate address detection */
        bool has_preferred;       /* else it is preferred for ever */
        uint32_t preferred;       /* seconds */
        char label[IF_NAMESIZE];  /* "": the interface's name; IPv4 only */
};

bool vrrp_address_equal(const struct vrrp_address *a, const struct vrrp_address *b);

/* Queue a message that puts the address on, or takes it off, the interface @ifindex. An address that is
 * already there is -EEXIST, one that is not is -EADDRNOTAVAIL; both leave it at that. */
void vrrp_address_add(
                struct vrrp_batch *b, const struct vrrp_address *a, int ifindex, void *cookie);
void vrrp_address_remove(
                struct vrrp_batch *b, const struct vrrp_address *a, int ifindex, void *cookie);
