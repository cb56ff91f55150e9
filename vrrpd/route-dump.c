/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/route-dump.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <string.h>

#include "common/macro.h"
#include "common/netlink.h"
#include "vrrpd/route-message.h"

#define RECEIVE_BYTES (1 << 20)

struct route_dump {
        bool (*is)(const void *value, const void *found);
        unsigned protocol; /* of the routes */
        void **items;
        size_t n, room, n_marked; /* those that carry our mark come first */
};

static int append(struct route_dump *d, void *item, unsigned protocol) {
        void **items = d->items;

        if (d->n == d->room) {
                items = reallocarray(d->items, 2 * d->room + 16, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                d->items = items;
                d->room = 2 * d->room + 16;
        }
        d->items[d->n++] = item;
        if (protocol == VRRP_ROUTE_PROTOCOL) {
                d->items[d->n - 1] = d->items[d->n_marked];
                d->items[d->n_marked++] = item;
        }
        return 0;
}

static void forget(struct route_dump *d) {
        while (d->n > 0)
                free(d->items[--d->n]);
        d->n_marked = 0;
}

struct route_dump *route_dump_free(struct route_dump *d) {
        if (!d)
                return NULL;
        forget(d);
        free(d->items);
        free(d);
        return NULL;
}

const void *route_dump_find(const struct route_dump *d, const void *value) {
        for (size_t i = 0; i < d->n; i++)
                if (d->is(value, d->items[i]))
                        return d->items[i];
        return NULL;
}

const void *route_dump_get(const struct route_dump *d, size_t i) {
        return i < d->n_marked ? d->items[i] : NULL;
}

static int ask(struct netlink *n, uint16_t type, const void *body, size_t size,
                netlink_handler_t handler, struct route_dump *d) {
        struct nl_msg *m = nlmsg_alloc_simple(type, NLM_F_DUMP);
        int r = -ENOMEM;

        if (m && nlmsg_append(m, (void *) body, size, NLMSG_ALIGNTO) == 0)
                r = netlink_query(n, m, handler, d);
        nlmsg_free(m);
        /* There are none of this family at all. */
        return r == -ENOENT || r == -EOPNOTSUPP || r == -EAFNOSUPPORT ? 0 : r;
}

/* Both families with one socket, as often as it takes to see them all as they are at one time. */
static int read_all(struct route_dump *d,
                int (*read)(struct netlink *n, int family, struct route_dump *d)) {
        struct netlink n = NETLINK_INIT;
        int r;

        r = netlink_init(&n, NETLINK_ROUTE, RECEIVE_BYTES);
        for (int i = 0; r >= 0 && i < NETLINK_DUMP_TRIES; i++) {
                forget(d);
                r = read(&n, AF_INET, d);
                if (r >= 0)
                        r = read(&n, AF_INET6, d);
                if (r != -EINTR)
                        break;
                r = 0; /* in the end, what was seen is there */
        }
        netlink_done(&n);
        return r;
}

static int dump_new(unsigned protocol, bool (*is)(const void *value, const void *found),
                int (*read)(struct netlink *n, int family, struct route_dump *d),
                struct route_dump **ret) {
        _cleanup_(route_dump_freep) struct route_dump *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return -ENOMEM;
        d->is = is;
        d->protocol = protocol;
        r = read_all(d, read);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

/* Routes */

static int on_route(const struct nlmsghdr *h, void *userdata) {
        const struct rtmsg *m = nlmsg_data(h);
        struct route_dump *d = userdata;
        struct vrrp_route *route;
        int r;

        if (h->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(h) < (int) sizeof(*m) ||
                        m->rtm_protocol != d->protocol)
                return 0;
        r = vrrp_route_decode(h, vrrp_route_ifname, NULL, &route);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = append(d, route, route->protocol);
        if (r < 0)
                free(route);
        return r;
}

/* A kernel that knows no filters sends more, which is passed over. */
static int read_routes(struct netlink *n, int family, struct route_dump *d) {
        struct rtmsg body = {
                .rtm_family = (uint8_t) family,
                .rtm_protocol = (uint8_t) d->protocol,
        };

        return ask(n, RTM_GETROUTE, &body, sizeof(body), on_route, d);
}

static bool is_route(const void *value, const void *found) {
        return vrrp_route_matches(value, found);
}

int route_dump_new(unsigned protocol, struct route_dump **ret) {
        return dump_new(protocol, is_route, read_routes, ret);
}

/* Rules */

static int on_rule(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_rule rule, *copy;
        int r;

        if (h->nlmsg_type != RTM_NEWRULE || vrrp_rule_decode(h, &rule) < 0)
                return 0;
        copy = malloc(sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        memcpy(copy, &rule, sizeof(rule));
        r = append(userdata, copy, rule.protocol);
        if (r < 0)
                free(copy);
        return r;
}

static int read_rules(struct netlink *n, int family, struct route_dump *d) {
        struct fib_rule_hdr body = { .family = (uint8_t) family };

        return ask(n, RTM_GETRULE, &body, sizeof(body), on_rule, d);
}

static bool is_rule(const void *value, const void *found) {
        return vrrp_rule_equal(value, found);
}

int rule_dump_new(struct route_dump **ret) {
        return dump_new(VRRP_ROUTE_PROTOCOL, is_rule, read_rules, ret);
}
