/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Routes as things that are held. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/held-message.h"
#include "vrrpd/route-dump.h"
#include "vrrpd/route-message.h"

/* What the largest attributes of a nexthop need, and of a route beside its nexthops. */
#define NEXTHOP_BYTES 256U
#define ROUTE_BYTES 512U
_Static_assert(ROUTE_BYTES + VRRP_ROUTE_NEXTHOPS_MAX * NEXTHOP_BYTES <= VRRP_BATCH_MESSAGE_MAX,
                "any route fits into a message");

static size_t value_size(const void *value) {
        return vrrp_route_size(value);
}

static void key(const void *value, struct vrrp_held_key *ret) {
        held_message_key(value, vrrp_route_size(value), ret);
}

static size_t form_size(const void *value) {
        const struct vrrp_route *r = value;

        return sizeof(struct held_message) + ROUTE_BYTES + r->n_nexthops * NEXTHOP_BYTES;
}

static const char *device(const void *value, unsigned i) {
        return vrrp_route_device(value, i);
}

static int ifindex_of(const char *name, void *userdata) {
        const struct vrrp_link *l = vrrp_links_find_name(userdata, name);

        return l ? l->ifindex : 0;
}

static int form(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                void *ret_form) {
        struct nl_msg *m = nlmsg_alloc_size(VRRP_BATCH_MESSAGE_MAX);
        const struct vrrp_route *route = value;
        struct held_message *f = ret_form;
        int r;

        if (!m)
                return -ENOMEM;
        nlmsg_hdr(m)->nlmsg_len = NLMSG_HDRLEN;
        f->insert = route->insert;
        r = vrrp_route_encode(route, m, ifindex_of, links);
        if (r >= 0)
                r = held_message_keep(f, form_size(value), m);
        nlmsg_free(m);
        return r;
}

/* Another value is another thing. */
static bool differs(const void *value, const void *form_) {
        return false;
}

static void add(struct vrrp_batch *b, const void *form_, void *cookie) {
        const struct held_message *f = form_;

        held_message_queue(b, f, RTM_NEWROUTE, (uint16_t) (NLM_F_CREATE | f->insert), cookie);
}

static void remove_(struct vrrp_batch *b, const void *form_, void *cookie) {
        held_message_queue(b, form_, RTM_DELROUTE, 0, cookie);
}

static bool is_there(int error) {
        return error == -EEXIST;
}

/* The kernel removes routes with their interface or source address, and says nothing. */
static bool is_gone(int error) {
        return error == -ESRCH || error == -ENODEV || error == -ENOENT;
}

static bool locate(const void *form_, struct vrrp_links *links, struct vrrp_link **ret_link,
                struct vrrp_held_key *ret) {
        return false;
}

static char *describe(const void *form_) {
        _cleanup_free_ char *words = route_dump_words(form_);
        char *text;

        return asprintf(&text, "route %s", words ?: "?") < 0 ? NULL : text;
}

static int marked(json_object **ret) {
        _Alignas(16) char room[VRRP_HELD_FORM_MAX];
        struct held_message *f = (struct held_message *) room;
        _cleanup_(route_dump_freep) struct route_dump *dump = NULL;
        json_object *lines;
        int r;

        r = route_dump_new(VRRP_ROUTE_PROTOCOL, &dump);
        if (r < 0)
                return r;
        lines = json_object_new_array();
        for (size_t i = 0; route_dump_form(dump, i, f, sizeof(room)); i++)
                if (f->size > 0)
                        json_object_array_add(lines, held_message_note(f, NULL));
        *ret = lines;
        return 0;
}

static int look(void **ret) {
        return route_dump_new(VRRP_ROUTE_PROTOCOL, (struct route_dump **) ret);
}

static void forget(void *seen) {
        (void) route_dump_free(seen);
}

static bool find(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                const void *seen, void *ret_form) {
        return seen && route_dump_has(seen, value) && form(value, link, links, ret_form) >= 0;
}

const struct vrrp_held_kind vrrp_held_route = {
        .nouns = "routes",
        .key = key,
        .value_size = value_size,
        .form_size = form_size,
        .device = device,
        .form = form,
        .differs = differs,
        .add = add,
        .remove = remove_,
        .is_there = is_there,
        .is_gone = is_gone,
        .note = held_message_note,
        .read = held_message_read,
        .locate = locate,
        .same = held_message_same,
        .describe = describe,
        .marked = marked,
        .look = look,
        .forget = forget,
        .find = find,
};
