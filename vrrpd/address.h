/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A virtual address as the kernel is told of it, and a batch of such tellings.
 *
 * A batch puts many messages into one send and has only the last of each send acknowledged: a thousand
 * addresses change hands in a few milliseconds. The kernel carries the whole of it out before send()
 * returns, goes on behind a message that fails, and says which one failed and why. */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"

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

struct vrrp_address_batch;

/* One message of a batch and what became of it. */
struct vrrp_address_change {
        void *cookie; /* the caller's */
        uint32_t seq; /* what notices of it carry, beside vrrp_address_batch_portid() */
        int error;    /* 0: done; else -errno */
};

/* Told of each change, in order. */
typedef void (*vrrp_address_changed_t)(const struct vrrp_address_change *c, void *userdata);

/* Empty; @changed is told what became of each change, at the latest during the commit. It may not put
 * anything into the batch. */
int vrrp_address_batch_new(
                vrrp_address_changed_t changed, void *userdata, struct vrrp_address_batch **ret);
struct vrrp_address_batch *vrrp_address_batch_free(struct vrrp_address_batch *b);
DEFINE_CLEANUP_FUNC(struct vrrp_address_batch *, vrrp_address_batch_free);

uint32_t vrrp_address_batch_portid(const struct vrrp_address_batch *b);

/* Put the address on, or take it off, the interface @ifindex. Sent when the batch is full or committed. An
 * address that is already there is -EEXIST, one that is not is -EADDRNOTAVAIL; both leave it at that. */
void vrrp_address_batch_add(struct vrrp_address_batch *b, const struct vrrp_address *a, int ifindex,
                void *cookie);
void vrrp_address_batch_remove(struct vrrp_address_batch *b, const struct vrrp_address *a,
                int ifindex, void *cookie);

/* Send what is left. All changes since the last commit are carried out and told when this returns. */
void vrrp_address_batch_commit(struct vrrp_address_batch *b);
