/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/routing.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include "common/macro.h"
#include "common/netlink.h"
#include "vrrpd/link-message.h"
#include "vrrpd/route-message.h"

#define RECEIVE_BYTES (1 << 20)

/* Datagrams taken in during one wake-up, before sockets and timers have their turn again. */
#define BUDGET 64

struct vrrp_routing {
        struct netlink monitor; /* closed while nobody listens */
        sd_event *event;
        int64_t priority;
        sd_event_source *source;
        const struct vrrp_routing_ops *ops;
        void *userdata;
        bool stirred; /* by the datagrams of this wake-up */
};

static struct vrrp_link_origin origin_of(const struct nlmsghdr *h) {
        return (struct vrrp_link_origin){ .portid = h->nlmsg_pid, .seq = h->nlmsg_seq };
}

/* Only what may be in the place of one of ours is worth being taken apart. */
static bool may_concern(const struct nlmsghdr *h) {
        const struct rtmsg *m = nlmsg_data(h);

        if (nlmsg_datalen(h) < (int) sizeof(*m))
                return false;
        if (h->nlmsg_type == RTM_DELROUTE)
                return m->rtm_protocol == VRRP_ROUTE_PROTOCOL;
        return h->nlmsg_flags & NLM_F_REPLACE;
}

static void on_route(struct vrrp_routing *r, const struct nlmsghdr *h) {
        struct vrrp_link_origin origin = origin_of(h);
        _cleanup_free_ struct vrrp_route *route = NULL;

        if (!may_concern(h))
                return;
        if (vrrp_route_decode(h, vrrp_route_ifname, NULL, &route) < 0)
                r->ops->unsure(r->userdata);
        else if (origin.portid == 0)
                r->ops->route_expired(route, r->userdata);
        else if (h->nlmsg_type == RTM_DELROUTE)
                r->ops->route_removed(route, &origin, r->userdata);
        else
                r->ops->route_replaced(route, &origin, r->userdata);
}

static void on_rule(struct vrrp_routing *r, const struct nlmsghdr *h) {
        struct vrrp_link_origin origin = origin_of(h);
        struct vrrp_rule rule;

        if (vrrp_rule_decode(h, &rule) >= 0)
                r->ops->rule_removed(&rule, &origin, r->userdata);
}

static void on_link(struct vrrp_routing *r, const struct nlmsghdr *h) {
        struct link_news n;

        if (!link_message_parse(h, &n))
                return;
        r->ops->upset(&(struct vrrp_upset){ .ifindex = n.ifindex }, r->userdata);
        r->stirred |= h->nlmsg_type == RTM_NEWLINK;
}

static void on_address(struct vrrp_routing *r, const struct nlmsghdr *h) {
        struct address_news n;

        if (h->nlmsg_type == RTM_NEWADDR)
                r->stirred = true;
        else if (link_message_parse_address(h, &n))
                r->ops->upset(&(struct vrrp_upset){ n.ifindex, n.address.key.addr }, r->userdata);
}

static int on_notice(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_routing *r = userdata;

        switch (h->nlmsg_type) {
        case RTM_NEWROUTE:
        case RTM_DELROUTE: on_route(r, h); break;
        case RTM_DELRULE: on_rule(r, h); break;
        case RTM_NEWLINK:
        case RTM_DELLINK: on_link(r, h); break;
        case RTM_NEWADDR:
        case RTM_DELADDR: on_address(r, h); break;
        default: break;
        }
        return 0;
}

static int on_monitor(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct vrrp_routing *r = userdata;
        int e = 1;

        r->stirred = false;
        for (int i = 0; i < BUDGET && e > 0; i++)
                e = netlink_receive(&r->monitor, on_notice, r);
        if (e < 0)
                r->ops->unsure(r->userdata);
        if (r->stirred || e < 0)
                r->ops->stirred(r->userdata);
        return 0;
}

int vrrp_routing_new(sd_event *event, int64_t priority, const struct vrrp_routing_ops *ops,
                void *userdata, struct vrrp_routing **ret) {
        struct vrrp_routing *r = malloc(sizeof(*r));

        if (!r)
                return -ENOMEM;
        *r = (struct vrrp_routing){
                .monitor = NETLINK_INIT,
                .event = sd_event_ref(event),
                .priority = priority,
                .ops = ops,
                .userdata = userdata,
        };
        *ret = r;
        return 0;
}

struct vrrp_routing *vrrp_routing_free(struct vrrp_routing *r) {
        if (!r)
                return NULL;
        (void) vrrp_routing_listen(r, false);
        sd_event_unref(r->event);
        free(r);
        return NULL;
}

static int start(struct vrrp_routing *r) {
        static const unsigned groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE };
        int e;

        e = netlink_init(&r->monitor, NETLINK_ROUTE, RECEIVE_BYTES);
        for (size_t i = 0; i < ARRAY_SIZE(groups) && e >= 0; i++)
                e = netlink_subscribe(&r->monitor, groups[i]);
        if (e >= 0)
                e = sd_event_add_io(r->event, &r->source, r->monitor.fd, EPOLLIN, on_monitor, r);
        if (e >= 0)
                e = sd_event_source_set_priority(r->source, r->priority);
        return e;
}

int vrrp_routing_listen(struct vrrp_routing *r, bool on) {
        int e;

        if (on == (r->source != NULL))
                return 0;
        e = on ? start(r) : 0;
        if (on && e >= 0)
                return 0;
        r->source = sd_event_source_disable_unref(r->source);
        netlink_done(&r->monitor);
        return e;
}
