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

/* What is read, of either kind. */
struct list {
        void **items;
        size_t n, room;
};

struct route_dump {
        struct list routes;
};

struct rule_dump {
        struct list rules;
};

static int append(struct list *l, void *item) {
        void **items = l->items;

        if (l->n == l->room) {
                items = reallocarray(l->items, 2 * l->room + 16, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                l->items = items;
                l->room = 2 * l->room + 16;
        }
        l->items[l->n++] = item;
        return 0;
}

static void list_done(struct list *l) {
        for (size_t i = 0; i < l->n; i++)
                free(l->items[i]);
        free(l->items);
}

static void name_of(int ifindex, char ret[static IF_NAMESIZE], void *userdata) {
        if (!if_indextoname((unsigned) ifindex, ret))
                ret[0] = '\0';
}

static int number_of(const char *name, void *userdata) {
        return (int) if_nametoindex(name);
}

static int ask(uint16_t type, const void *body, size_t size, netlink_handler_t handler,
                void *userdata) {
        struct nl_msg *m = nlmsg_alloc_simple(type, NLM_F_DUMP);
        struct netlink n = NETLINK_INIT;
        int r = -ENOMEM;

        if (m && nlmsg_append(m, (void *) body, size, NLMSG_ALIGNTO) == 0) {
                r = netlink_init(&n, NETLINK_ROUTE, RECEIVE_BYTES);
                if (r >= 0)
                        r = netlink_query(&n, m, handler, userdata);
        }
        netlink_done(&n);
        nlmsg_free(m);
        return r == -EINTR ? 0 : r; /* it changed meanwhile, as everything may at any time */
}

/* Routes */

struct route_reading {
        struct route_dump *dump;
        unsigned protocol;
};

static int on_route(const struct nlmsghdr *h, void *userdata) {
        struct route_reading *reading = userdata;
        const struct rtmsg *m = nlmsg_data(h);
        struct vrrp_route *route;
        int r;

        if (h->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(h) < (int) sizeof(*m) ||
                        m->rtm_protocol != reading->protocol)
                return 0;
        r = vrrp_route_decode(h, name_of, NULL, &route);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = append(&reading->dump->routes, route);
        if (r < 0)
                free(route);
        return r;
}

/* A kernel that knows no filters sends more, which is passed over. */
static int ask_routes(int family, struct route_reading *reading) {
        struct rtmsg body = {
                .rtm_family = (uint8_t) family,
                .rtm_protocol = (uint8_t) reading->protocol,
        };
        int r = ask(RTM_GETROUTE, &body, sizeof(body), on_route, reading);

        return r == -ENOENT || r == -EOPNOTSUPP ? 0 : r; /* no routes of this family at all */
}

int route_dump_new(unsigned protocol, struct route_dump **ret) {
        _cleanup_(route_dump_freep) struct route_dump *d = calloc(1, sizeof(*d));
        struct route_reading reading = { d, protocol };
        int r;

        if (!d)
                return -ENOMEM;
        r = ask_routes(AF_INET, &reading);
        if (r >= 0)
                r = ask_routes(AF_INET6, &reading);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

struct route_dump *route_dump_free(struct route_dump *d) {
        if (d)
                list_done(&d->routes);
        free(d);
        return NULL;
}

bool route_dump_has(const struct route_dump *d, const struct vrrp_route *r) {
        for (size_t i = 0; i < d->routes.n; i++)
                if (vrrp_route_matches(r, d->routes.items[i]))
                        return true;
        return false;
}

/* An empty message, to be filled and kept. */
static struct nl_msg *workshop(void) {
        struct nl_msg *m = nlmsg_alloc_size(VRRP_BATCH_MESSAGE_MAX);

        if (m)
                nlmsg_hdr(m)->nlmsg_len = NLMSG_HDRLEN;
        return m;
}

bool route_dump_form(const struct route_dump *d, size_t i, struct held_message *ret, size_t room) {
        struct nl_msg *m;

        if (i >= d->routes.n)
                return false;
        m = workshop();
        *ret = (struct held_message){};
        if (m && vrrp_route_encode(d->routes.items[i], m, number_of, NULL) >= 0 &&
                        held_message_keep(ret, room, m) < 0)
                ret->size = 0;
        nlmsg_free(m);
        return true;
}

/* Rules */

static int on_rule(const struct nlmsghdr *h, void *userdata) {
        struct rule_dump *d = userdata;
        struct vrrp_rule rule, *copy;
        int r;

        if (h->nlmsg_type != RTM_NEWRULE || vrrp_rule_decode(h, &rule) < 0)
                return 0;
        copy = malloc(sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        memcpy(copy, &rule, sizeof(rule));
        r = append(&d->rules, copy);
        if (r < 0)
                free(copy);
        return r;
}

static int ask_rules(int family, struct rule_dump *d) {
        struct fib_rule_hdr body = { .family = (uint8_t) family };
        int r = ask(RTM_GETRULE, &body, sizeof(body), on_rule, d);

        return r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}

int rule_dump_new(struct rule_dump **ret) {
        _cleanup_(rule_dump_freep) struct rule_dump *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return -ENOMEM;
        r = ask_rules(AF_INET, d);
        if (r >= 0)
                r = ask_rules(AF_INET6, d);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

struct rule_dump *rule_dump_free(struct rule_dump *d) {
        if (d)
                list_done(&d->rules);
        free(d);
        return NULL;
}

bool rule_dump_has(const struct rule_dump *d, const struct vrrp_rule *r) {
        for (size_t i = 0; i < d->rules.n; i++)
                if (vrrp_rule_equal(r, d->rules.items[i]))
                        return true;
        return false;
}

bool rule_dump_form(const struct rule_dump *d, size_t i, struct held_message *ret, size_t room) {
        const struct vrrp_rule *rule;
        struct nl_msg *m;

        if (i >= d->rules.n)
                return false;
        rule = d->rules.items[i];
        *ret = (struct held_message){};
        if (rule->protocol != VRRP_ROUTE_PROTOCOL)
                return true;
        m = workshop();
        if (m && vrrp_rule_encode(rule, m) >= 0 && held_message_keep(ret, room, m) < 0)
                ret->size = 0;
        nlmsg_free(m);
        return true;
}

/* Words */

static struct nl_msg *message_of(const struct held_message *f) {
        struct nl_msg *m = workshop();

        if (m && nlmsg_append(m, (void *) f->data, f->size, NLMSG_ALIGNTO) < 0) {
                nlmsg_free(m);
                return NULL;
        }
        return m;
}

char *route_dump_words(const struct held_message *f) {
        _cleanup_free_ struct vrrp_route *route = NULL;
        struct nl_msg *m = message_of(f);
        char *words = NULL;

        if (m && vrrp_route_decode(nlmsg_hdr(m), name_of, NULL, &route) >= 0)
                words = vrrp_route_format(route);
        nlmsg_free(m);
        return words;
}

char *rule_dump_words(const struct held_message *f) {
        struct nl_msg *m = message_of(f);
        struct vrrp_rule rule;
        char *words = NULL;

        if (m && vrrp_rule_decode(nlmsg_hdr(m), &rule) >= 0)
                words = vrrp_rule_format(&rule);
        nlmsg_free(m);
        return words;
}
