/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Kinds of things that are held (vrrpd/holding.h): addresses, routes, rules. All that holding.c must not know
 * of them stands here, once for each kind.
 *
 * A value is what a claim wants, as the configuration has it; a form is what the kernel is told of it, with
 * interfaces as numbers. A form is enough to remove the thing, by whatever process. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrpd/batch.h"
#include "vrrpd/link.h"

/* What tells one from others of its kind: bytes, of what is longer its SHA-256. */
#define VRRP_HELD_KEY_BYTES 32U

struct vrrp_held_key {
        uint8_t bytes[VRRP_HELD_KEY_BYTES];
};

/* What the kernel may have done to things of ours without another word, and the news that it may have. */
enum vrrp_harm {
        VRRP_HARM_NONE,
        VRRP_HARM_GONE,   /* it may not be there any more */
        VRRP_HARM_SPOILT, /* it may be there, but not as it was put on, and is to be put on anew */
};

struct vrrp_upset {
        int ifindex;            /* of the interface that came, went or changed ... */
        struct ip_addr address; /* ... or, if set, that this address was removed from */
};

struct vrrp_held_kind {
        const char *nouns; /* "addresses": the list in the record */

        void (*key)(const void *value, struct vrrp_held_key *ret);
        size_t (*value_size)(const void *value);
        size_t (*form_size)(const void *value); /* room that its form needs */

        /* The name of the @i-th interface that it needs beside the link of its claim; NULL: no more. */
        const char *(*device)(const void *value, unsigned i);

        /* 0, or -errno: -ENODEV when an interface is missing. @link is the claim's. */
        int (*form)(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                        void *ret_form);
        /* Is a thing in @form not what @value wants? */
        bool (*differs)(const void *value, const void *form);

        /* Queue the one message that puts it on, or takes it off. */
        void (*add)(struct vrrp_batch *b, const void *form, void *cookie);
        void (*remove)(struct vrrp_batch *b, const void *form, void *cookie);
        /* How the kernel has it, as it answers to add(), for harm(). NULL: it does not answer. */
        void (*heard)(void *form, const struct nlmsghdr *h);
        /* What the news mean for a thing of @value that was put on in @form. NULL: nothing, the kernel tells all. */
        enum vrrp_harm (*harm)(const void *value, const void *form, const struct vrrp_upset *upset);
        /* Errors of adding and removing that leave the thing as it was wanted. */
        bool (*is_there)(int error);
        bool (*is_gone)(int error);

        /* Its line in the record, and back: the size of a form, of at most @size bytes. -EINVAL for other
         * lines. */
        json_object *(*note)(const void *form, const struct vrrp_link *link);
        int (*read)(const char *line, void *ret_form, size_t size);
        /* The link and key of a form from a record; false: keys cannot be told from it, compare with same(). */
        bool (*locate)(const void *form, struct vrrp_links *links, struct vrrp_link **ret_link,
                        struct vrrp_held_key *ret);
        bool (*same)(const void *a, const void *b);
        /* In words for people, as a new string. */
        char *(*describe)(const void *form);

        /* The second record: lines for all in the kernel that carries our mark, whoever put it there. */
        int (*marked)(json_object **ret);

        /* What the kernel has, to be adopted: looked up once for all claims, and let go. */
        int (*look)(void **ret);
        void (*forget)(void *seen);
        /* Is it there? Then its @ret_form, too. */
        bool (*find)(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                        const void *seen, void *ret_form);
};

/* struct vrrp_address on the link of the claim; struct vrrp_route; struct vrrp_rule. */
extern const struct vrrp_held_kind vrrp_held_address, vrrp_held_route, vrrp_held_rule;

/* The key of an address. */
struct vrrp_held_key vrrp_held_address_key(const struct vrrp_link_address_key *address);

/* What an earlier process has left: the lines of its record at @path, or of what is marked where that is torn. But
 * marks cannot tell two vrrpd of one machine apart (-i ID): unless we are @alone, a torn record is no
 * record. 0; -ENOENT: nothing is known; other -errno. */
int vrrp_held_left(
                const struct vrrp_held_kind *kind, const char *path, bool alone, json_object **ret);

/* The largest form of each is no larger than this. */
#define VRRP_HELD_FORM_MAX (VRRP_BATCH_MESSAGE_MAX + 256U)
