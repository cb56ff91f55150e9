/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A batch of changes of the kernel's addresses, routes and rules.
 *
 * It puts many messages into one send and has only the last of each send acknowledged: a thousand
 * addresses change hands in a few milliseconds. The kernel carries the whole of it out before send()
 * returns, goes on behind a message that fails, and says which one failed and why. */

#include <stdint.h>

#include "common/cleanup.h"

struct nl_msg;
struct nlmsghdr;
struct vrrp_batch;

/* One message of a batch and what became of it. */
struct vrrp_batch_change {
        void *cookie; /* the caller's */
        uint32_t seq; /* what notices of it carry, beside vrrp_batch_portid() */
        int error;    /* 0: done; else -errno */
};

/* Told of each change, in order. */
typedef void (*vrrp_batch_changed_t)(const struct vrrp_batch_change *c, void *userdata);

/* Told how the kernel has now what a message with NLM_F_ECHO was about, before its change is told. */
typedef void (*vrrp_batch_echoed_t)(void *cookie, const struct nlmsghdr *h, void *userdata);

/* The largest message. */
#define VRRP_BATCH_MESSAGE_MAX 16384U

/* Empty; @changed is told what became of each change, at the latest during the commit. It may not put
 * anything into the batch. */
int vrrp_batch_new(vrrp_batch_changed_t changed, void *userdata, struct vrrp_batch **ret);
struct vrrp_batch *vrrp_batch_free(struct vrrp_batch *b);
DEFINE_CLEANUP_FUNC(struct vrrp_batch *, vrrp_batch_free);

/* Without it echoes are passed over. */
void vrrp_batch_set_echoed(struct vrrp_batch *b, vrrp_batch_echoed_t echoed);

uint32_t vrrp_batch_portid(const struct vrrp_batch *b);

/* A change: an empty message of @type and @flags (NLM_F_*), to be filled by the caller ... */
struct nl_msg *vrrp_batch_begin(struct vrrp_batch *b, uint16_t type, uint16_t flags);
/* ... and queued. It is sent when the batch is full or committed. */
void vrrp_batch_queue(struct vrrp_batch *b, void *cookie);

/* Send what is left. All changes since the last commit are carried out and told when this returns. */
void vrrp_batch_commit(struct vrrp_batch *b);
