/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Elements of sets of nftables, put in and taken out in one transaction, by messages of nf_tables
 * (linux/netfilter/nf_tables.h) in one datagram.
 *
 * libnftables could do that, too, but asks for the sets of everybody on the machine first, which takes as long as it
 * takes; and a thousand routers may become master at once. Here it takes what the elements themselves take. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

struct vrrp_set_batch;

int vrrp_set_batch_new(struct vrrp_set_batch **ret);
struct vrrp_set_batch *vrrp_set_batch_free(struct vrrp_set_batch *b);
DEFINE_CLEANUP_FUNC(struct vrrp_set_batch *, vrrp_set_batch_free);

/* What the kernel tells of changes carries it (nlmsghdr.nlmsg_pid). */
uint32_t vrrp_set_batch_portid(const struct vrrp_set_batch *b);

/* Put the element @key (borrowed for the call) of @n octets into the set, or (not @add) take it out. @family is AF_INET or
 * AF_INET6 (NFPROTO_IPV4 and NFPROTO_IPV6 are the same). Putting in what is there is no error, taking out what is not is one. Neighbours of the same set share a
 * message. */
void vrrp_set_batch_put(struct vrrp_set_batch *b, bool add, int family, const char *table,
                const char *set, const void *key, size_t n);

/* Carry out all of it, or nothing. The batch is empty then. 0; -ENOBUFS: that is more than a batch holds; or what the
 * kernel said first. */
int vrrp_set_batch_commit(struct vrrp_set_batch *b);
