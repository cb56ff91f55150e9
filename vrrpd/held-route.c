/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Routes as things that are held. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>

#include "common/macro.h"
#include "vrrpd/held-message.h"
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

static int index_of_link(const char *name, void *userdata) {
        const struct vrrp_link *l = vrrp_links_find_name(userdata, name);

        return l ? l->ifindex : 0;
}

static int index_of_any(const char *name, void *userdata) {
        return (int) if_nametoindex(name);
}

static int encode(const void *value, struct nl_msg *m, void *links) {
        return vrrp_route_encode(value, m, links ? index_of_link : index_of_any, links);
}

static int form(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                void *ret_form) {
        const struct vrrp_route *route = value;
        struct held_message *f = ret_form;

        f->insert = route->insert;
        return held_message_form(f, form_size(value), value, encode, links);
}

/* The kernel is asked to say where it has put it: it looks for the interface of a gateway by itself. */
static void add(struct vrrp_batch *b, const void *form_, void *cookie) {
        const struct held_message *f = form_;

        held_message_queue(b, f, RTM_NEWROUTE, (uint16_t) (NLM_F_CREATE | NLM_F_ECHO | f->insert),
                        cookie);
}

static void remove_(struct vrrp_batch *b, const void *form_, void *cookie) {
        held_message_queue(b, form_, RTM_DELROUTE, 0, cookie);
}

static void add_place(int ifindex, void *form_) {
        struct held_message *f = form_;

        if (ifindex > 0 && f->n_on < ARRAY_SIZE(f->on))
                f->on[f->n_on++] = ifindex;
}

static void heard(void *form_, const struct nlmsghdr *h) {
        struct held_message *f = form_;

        f->n_on = 0;
        f->placed = vrrp_route_interfaces(h, add_place, f) >= 0;
}

static bool is_on(const struct held_message *f, int ifindex) {
        for (uint32_t i = 0; i < f->n_on; i++)
                if (f->on[i] == ifindex)
                        return true;
        return !f->placed;
}

/* IPv4 routes go with their interface, with the last IPv4 address of it (was that the last? another may have come
 * since) and, from the main table, with their source address; before Linux 6.6 without a word in all cases. That the
 * network of a gateway is not there any more moves none that is. IPv6 routes stay without addresses, but lose their
 * source for good when it is removed from their interface; with that they go with notice, unless
 * net.ipv6.route.skip_notify_on_dev_down is set. */
static enum vrrp_harm harm(const void *value, const void *form_, const struct vrrp_upset *u) {
        const struct vrrp_route *r = value;
        const struct held_message *f = form_;

        if (!ip_addr_is_set(&u->address))
                return is_on(f, u->ifindex) ? VRRP_HARM_GONE : VRRP_HARM_NONE;
        if (u->address.family != r->family)
                return VRRP_HARM_NONE;
        if (r->family == AF_INET6)
                return ip_addr_equal(&r->prefsrc, &u->address) && is_on(f, u->ifindex)
                                ? VRRP_HARM_SPOILT
                                : VRRP_HARM_NONE;
        return ip_addr_equal(&r->prefsrc, &u->address) || is_on(f, u->ifindex) ? VRRP_HARM_GONE
                                                                               : VRRP_HARM_NONE;
}

static bool is_there(int error) {
        return error == -EEXIST;
}

/* The kernel removes routes with their interface or source address, and says nothing. */
static bool is_gone(int error) {
        return error == -ESRCH || error == -ENODEV || error == -ENOENT;
}

static char *describe(const void *form_) {
        _cleanup_free_ struct vrrp_route *route = NULL;
        struct nl_msg *m = held_message_open(form_);
        _cleanup_free_ char *words = NULL;
        char *text;

        if (m && vrrp_route_decode(nlmsg_hdr(m), vrrp_route_ifname, NULL, &route) >= 0)
                words = vrrp_route_format(route);
        nlmsg_free(m);
        return asprintf(&text, "route %s", words ?: "?") < 0 ? NULL : text;
}

static int marked(json_object **ret) {
        struct route_dump *dump = NULL;
        int r = route_dump_new(VRRP_ROUTE_PROTOCOL, &dump);

        return r < 0 ? r : held_message_note_all(dump, encode, NULL, ret);
}

static int look(void **ret) {
        return route_dump_new(VRRP_ROUTE_PROTOCOL, (struct route_dump **) ret);
}

static void forget(void *seen) {
        (void) route_dump_free(seen);
}

static bool find(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                const void *seen, void *ret_form) {
        const struct vrrp_route *found = seen ? route_dump_find(seen, value) : NULL;
        struct held_message *f = ret_form;

        if (!found || form(value, link, links, f) < 0)
                return false;
        f->n_on = 0;
        f->placed = true;
        for (unsigned i = 0; i < found->n_nexthops; i++)
                add_place((int) if_nametoindex(found->nexthops[i].dev), f);
        return true;
}

const struct vrrp_held_kind vrrp_held_route = {
        .nouns = "routes",
        .key = key,
        .value_size = value_size,
        .form_size = form_size,
        .device = device,
        .form = form,
        .differs = held_message_differs,
        .add = add,
        .remove = remove_,
        .heard = heard,
        .harm = harm,
        .is_there = is_there,
        .is_gone = is_gone,
        .note = held_message_note,
        .read = held_message_read,
        .locate = held_message_locate,
        .same = held_message_same,
        .describe = describe,
        .marked = marked,
        .look = look,
        .forget = forget,
        .find = find,
};
