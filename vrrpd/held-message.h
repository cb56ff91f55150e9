/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The form of routes and rules: the message itself, without its header. What is recorded of them is that, so
 * that a successor of another version, or the guard, can take back just what was put on. */

#include <json-c/json.h>
#include <linux/netlink.h>

#include "vrrpd/held.h"

struct held_message {
        uint32_t insert; /* NLM_F_* beside NLM_F_CREATE */
        uint32_t size;
        char data[] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* Keep what was written into @m, of at most @room bytes. 0 or -EMSGSIZE. */
int held_message_keep(struct held_message *f, size_t room, struct nl_msg *m);
void held_message_queue(struct vrrp_batch *b, const struct held_message *f, uint16_t type,
                uint16_t flags, void *cookie);
bool held_message_same(const void *a, const void *b);

/* In hexadecimal digits, and back: -EINVAL for more than any message has, too. */
json_object *held_message_note(const void *form, const struct vrrp_link *link);
int held_message_read(const char *line, void *ret_form, size_t size);

/* The SHA-256 of a value. */
void held_message_key(const void *value, size_t size, struct vrrp_held_key *ret);
