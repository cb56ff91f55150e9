/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The form of routes and rules: the message itself, without its header. What is recorded of them is that, so
 * that a successor of another version, or the guard, can take back just what was put on. */

#include <json-c/json.h>
#include <linux/netlink.h>
#include <netlink/msg.h>

#include "vrrpd/held.h"
#include "vrrpd/route-dump.h"

struct held_message {
        uint32_t insert; /* NLM_F_* beside NLM_F_CREATE */
        uint32_t size;
        bool placed; /* the interfaces are known that the kernel has it on, named by us or not */
        uint32_t n_on;
        int32_t on[VRRP_ROUTE_NEXTHOPS_MAX]; /* their indices */
        char data[] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* Keep what @encode writes for @value into a message, in the @room bytes at @f; what is known of the place stays. 0;
 * -EMSGSIZE; -ENOMEM; what @encode returned. */
int held_message_form(struct held_message *f, size_t room, const void *value,
                int (*encode)(const void *value, struct nl_msg *m, void *userdata), void *userdata);
void held_message_queue(struct vrrp_batch *b, const struct held_message *f, uint16_t type,
                uint16_t flags, void *cookie);
bool held_message_same(const void *a, const void *b);

/* In hexadecimal digits, and back: -EINVAL for more than any message has, too. What a later version writes behind
 * them is passed over. */
json_object *held_message_note(const void *form, const struct vrrp_link *link);
int held_message_read(const char *line, void *ret_form, size_t size);

/* The message again, with an empty header. NULL: no memory. */
struct nl_msg *held_message_open(const struct held_message *f);

/* The SHA-256 of a value. */
void held_message_key(const void *value, size_t size, struct vrrp_held_key *ret);

/* For all of this form: another value is another thing, and keys cannot be told from a form. */
bool held_message_differs(const void *value, const void *form);
bool held_message_locate(const void *form, struct vrrp_links *links, struct vrrp_link **ret_link,
                struct vrrp_held_key *ret);

/* The lines of all in @dump (freed) that carry our mark. 0 or -ENOMEM. */
int held_message_note_all(struct route_dump *dump,
                int (*encode)(const void *value, struct nl_msg *m, void *userdata), void *userdata,
                json_object **ret);
