/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/routing.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include "common/macro.h"
#include "common/netlink.h"
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
        bool stirred, gone; /* by the datagrams of this wake-up */
};

static void name_of(int ifindex, char ret[static IF_NAMESIZE], void *userdata) {
        if (!if_indextoname((unsigned) ifindex, ret))
                ret[0] = '\0';
}

static struct vrrp_link_origin origin_of(const struct nlmsghdr *h) {
        return (struct vrrp_link_origin){ .portid = h->nlmsg_pid, .seq = h->nlmsg_seq };
}

static void stir(struct vrrp_routing *r, bool gone) {
        r->stirred = true;
        r->gone |= gone;
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
        /* The kernel's own doing: with an interface, most likely. */
        if (origin.portid == 0 || vrrp_route_decode(h, name_of, NULL, &route) < 0)
                stir(r, true);
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

static int on_notice(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_routing *r = userdata;

        switch (h->nlmsg_type) {
        case RTM_NEWROUTE:
        case RTM_DELROUTE: on_route(r, h); break;
        case RTM_DELRULE: on_rule(r, h); break;
        case RTM_NEWLINK:
        case RTM_DELLINK:
        case RTM_DELADDR: stir(r, true); break;
        case RTM_NEWADDR: stir(r, false); break;
        default: break;
        }
        return 0;
}

static int on_monitor(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct vrrp_routing *r = userdata;
        int e = 1;

        r->stirred = r->gone = false;
        for (int i = 0; i < BUDGET && e > 0; i++)
                e = netlink_receive(&r->monitor, on_notice, r);
        if (e < 0)
                stir(r, true);
        if (r->stirred)
                r->ops->stirred(r->gone, r->userdata);
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
