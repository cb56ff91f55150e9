/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <unistd.h>

#include "common/macro.h"
#include "common/netlink.h"
#include "vrrpd/link-message.h"
#include "vrrpd/link.h"

/* A takeover of a thousand routers comes back as thousands of notifications at once. */
#define RECEIVE_BYTES (4 << 20)

/* Datagrams taken in during one wake-up, before sockets and timers have their turn again. */
#define BUDGET 64

/* A reading that others interrupt all the time is tried so often in a row, and then again after a while. */
#define READ_TRIES 3
#define READ_AGAIN_USEC (100 * USEC_PER_MSEC)

/* More than the socket's buffer can hold. */
#define OUTDATED_MAX 100000

struct vrrp_links {
        struct netlink monitor; /* notifications only */
        struct netlink query;   /* questions and their answers only */
        sd_event *event;
        sd_event_source *source;
        sd_event_source *delays; /* at the first of debounce.due */
        sd_event_source *again;  /* for links that are unsure */
        struct vrrp_link *by_name;
        struct vrrp_link *by_ifindex; /* those that exist */
        const struct vrrp_links_ops *ops;
        void *userdata;
};

static void set_ifindex(struct vrrp_link *l, int ifindex) {
        struct vrrp_links *ls = l->links;

        if (l->ifindex == ifindex)
                return;
        if (l->ifindex > 0)
                HASH_DELETE(hh_ifindex, ls->by_ifindex, l);
        l->ifindex = ifindex;
        if (ifindex > 0)
                HASH_ADD(hh_ifindex, ls->by_ifindex, ifindex, sizeof(l->ifindex), l);
}

struct vrrp_link *vrrp_links_find(struct vrrp_links *ls, int ifindex) {
        struct vrrp_link *l;

        HASH_FIND(hh_ifindex, ls->by_ifindex, &ifindex, sizeof(ifindex), l);
        return l;
}

struct vrrp_link *vrrp_links_find_name(struct vrrp_links *ls, const char *name) {
        struct vrrp_link *l;

        HASH_FIND(hh, ls->by_name, name, strlen(name), l);
        return l;
}

/* Addresses */

static void forget_address(struct vrrp_link *l, struct vrrp_link_address *a) {
        HASH_DEL(l->addresses, a);
        free(a);
}

static void forget_addresses(struct vrrp_link *l) {
        struct vrrp_link_address *a, *next;

        HASH_ITER (hh, l->addresses, a, next)
                forget_address(l, a);
}

static struct vrrp_link_address *find_address(
                const struct vrrp_link *l, const struct vrrp_link_address_key *key) {
        struct vrrp_link_address *a;

        HASH_FIND(hh, l->addresses, key, sizeof(*key), a);
        return a;
}

const struct vrrp_link_address *vrrp_link_find_address(
                const struct vrrp_link *l, const struct ip_addr *addr, unsigned prefix) {
        struct vrrp_link_address_key key = vrrp_link_address_key(addr, prefix);

        return find_address(l, &key);
}

bool vrrp_link_has(const struct vrrp_link *l, const struct ip_addr *addr) {
        for (const struct vrrp_link_address *a = l->addresses; a; a = a->hh.next)
                if (ip_addr_equal(&a->key.addr, addr))
                        return true;
        return false;
}

bool vrrp_link_source(const struct vrrp_link *l, int family,
                bool (*skip)(const struct vrrp_link_address *a, void *userdata), void *userdata,
                struct ip_addr *ret) {
        for (const struct vrrp_link_address *a = l->addresses; a; a = a->hh.next) {
                if (a->key.addr.family != family)
                        continue;
                if (a->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
                        continue;
                if (family == AF_INET6 && !ip_addr_is_linklocal(&a->key.addr))
                        continue;
                if (skip && skip(a, userdata))
                        continue;
                *ret = a->key.addr;
                return true;
        }
        return false;
}

/* Take the news in; false: there was nothing new (or no memory: then it is as if it was not said). */
static bool note_address(struct vrrp_link *l, const struct vrrp_link_address *news) {
        struct vrrp_link_address *a = find_address(l, &news->key);
        bool known = a;

        if (!known) {
                a = calloc(1, sizeof(*a));
                if (!a)
                        return false;
                a->key = news->key;
                HASH_ADD(hh, l->addresses, key, sizeof(a->key), a);
        }
        a->scope = news->scope;
        a->protocol = news->protocol;
        a->flags = news->flags;
        memcpy(a->label, news->label, sizeof(a->label));
        a->seen = true;
        return !known;
}

static void tell_added(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin) {
        struct vrrp_links *ls = l->links;

        if (ls->ops->address_added)
                ls->ops->address_added(l, a, origin, ls->userdata);
}

static void remove_address(struct vrrp_link *l, struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin) {
        struct vrrp_links *ls = l->links;
        struct vrrp_link_address gone = *a;

        forget_address(l, a);
        if (ls->ops->address_removed)
                ls->ops->address_removed(l, &gone, origin, ls->userdata);
}

/* Up or down */

static void arm_delays(struct vrrp_links *ls) {
        usec_t next = USEC_INFINITY;

        for (const struct vrrp_link *l = ls->by_name; l; l = l->hh.next)
                next = MIN(next, l->debounce.due);
        (void) sd_event_source_set_time(ls->delays, next);
        (void) sd_event_source_set_enabled(
                        ls->delays, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void tell_judged(const struct vrrp_link *l) {
        const struct vrrp_links *ls = l->links;

        if (ls->ops->judged)
                ls->ops->judged(l, ls->userdata);
}

static bool believe(struct vrrp_link *l, bool up, bool same_interface) {
        struct vrrp_links *ls = l->links;
        usec_t waiting = l->debounce.due, now = 0;
        bool changed;

        l->debounce.active |= up && !same_interface;
        if (!same_interface)
                return debounce_set(&l->debounce, up);
        (void) sd_event_now(ls->event, CLOCK_MONOTONIC, &now);
        l->debounce.down_delay = l->down_delay;
        if (!up && l->down_delay > 0 && ls->ops->down_limit)
                l->debounce.down_delay = MIN(l->down_delay, ls->ops->down_limit(l, ls->userdata));
        changed = debounce_feed(&l->debounce, up, now);
        l->debounce.active |= up;
        if (l->debounce.due != waiting)
                arm_delays(ls);
        return changed;
}

/* Take in what flags and driver say. True: users see another state. */
static bool judge(struct vrrp_link *l, bool same_interface) {
        bool up = l->ifindex > 0 && l->flags & IFF_UP && l->flags & IFF_RUNNING && !l->beat_down;
        struct debounce before = l->debounce;
        bool changed = believe(l, up, same_interface);

        if (changed || !same_interface || before.due != l->debounce.due ||
                        before.active != l->debounce.active)
                tell_judged(l);
        return changed;
}

void vrrp_link_set_delays(struct vrrp_link *l, usec_t down, usec_t up) {
        bool same = l->down_delay == down && l->debounce.up_delay == up;

        l->down_delay = down;
        l->debounce.up_delay = up;
        if (!same)
                tell_judged(l);
}

void vrrp_link_restore(struct vrrp_link *l, bool up, usec_t due) {
        debounce_restore(&l->debounce, up, due);
        (void) judge(l, true);
        arm_delays(l->links);
        tell_judged(l);
}

void vrrp_links_each(struct vrrp_links *ls, void (*each)(struct vrrp_link *l, void *userdata),
                void *userdata) {
        struct vrrp_link *l, *next;

        HASH_ITER (hh, ls->by_name, l, next)
                each(l, userdata);
}

/* News of the interface itself */

static void note_hwaddr(struct vrrp_link *l, const struct link_news *n) {
        memcpy(l->hwaddr, n->hwaddr, sizeof(l->hwaddr));
        l->hwaddr_size = n->hwaddr_size;
}

/* True: something that users care about is different. */
static bool note_link(struct vrrp_link *l, const struct link_news *n) {
        bool same_interface = l->ifindex == n->ifindex;
        bool other_hwaddr = l->hwaddr_size != n->hwaddr_size ||
                        memcmp(l->hwaddr, n->hwaddr, sizeof(l->hwaddr)) != 0;
        bool changed = !same_interface || l->flags != n->flags || l->type != n->type ||
                        l->mtu != n->mtu || other_hwaddr;

        if (l->ifindex != n->ifindex)
                forget_addresses(l);
        set_ifindex(l, n->ifindex);
        l->flags = n->flags;
        l->type = n->type;
        l->mtu = n->mtu;
        l->carrier_changes = n->carrier_changes;
        note_hwaddr(l, n);
        if (same_interface && other_hwaddr && l->links->ops->rehoused)
                l->links->ops->rehoused(l, l->links->userdata);
        return judge(l, same_interface) || changed;
}

static bool note_missing(struct vrrp_link *l) {
        struct link_news nothing = {};

        return note_link(l, &nothing);
}

static void tell_changed(struct vrrp_link *l) {
        struct vrrp_links *ls = l->links;

        ls->ops->changed(l, ls->userdata);
}

static int on_delays(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_links *ls = userdata;
        struct vrrp_link *l, *next;
        usec_t now = usec;

        (void) sd_event_now(ls->event, CLOCK_MONOTONIC, &now);
        HASH_ITER (hh, ls->by_name, l, next)
                if (debounce_tick(&l->debounce, now)) {
                        tell_judged(l);
                        tell_changed(l);
                }
        arm_delays(ls);
        return 0;
}

void vrrp_link_set_beat(struct vrrp_link *l, bool beats) {
        if (l->beat_down == !beats)
                return;
        l->beat_down = !beats;
        if (judge(l, true) && l->users > 0)
                tell_changed(l);
}

/* Questions */

static int on_link_answer(const struct nlmsghdr *h, void *userdata) {
        struct link_news *ret = userdata;

        if (h->nlmsg_type == RTM_NEWLINK)
                (void) link_message_parse(h, ret);
        return 0;
}

static int ask_link(struct vrrp_links *ls, const char *name, struct link_news *ret) {
        struct ifinfomsg body = { .ifi_family = AF_UNSPEC };
        struct nl_msg *m = nlmsg_alloc_simple(RTM_GETLINK, 0);
        int r = -ENOMEM;

        *ret = (struct link_news){};
        if (m && nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO) == 0 &&
                        nla_put_string(m, IFLA_IFNAME, name) == 0 &&
                        nla_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0)
                r = netlink_query(&ls->query, m, on_link_answer, ret);
        nlmsg_free(m);
        return r;
}

struct address_reading {
        struct vrrp_link *link;
        bool tell;
};

static int on_address_answer(const struct nlmsghdr *h, void *userdata) {
        static const struct vrrp_link_origin unknown = {};
        struct address_reading *reading = userdata;
        struct vrrp_link *l = reading->link;
        struct address_news n;

        if (h->nlmsg_type != RTM_NEWADDR || !link_message_parse_address(h, &n) ||
                        n.ifindex != l->ifindex)
                return 0;
        if (note_address(l, &n.address) && reading->tell)
                tell_added(l, find_address(l, &n.address.key), &unknown);
        return 0;
}

static int ask_addresses(struct vrrp_link *l, int family, struct address_reading *reading) {
        struct ifaddrmsg body = {
                .ifa_family = (uint8_t) family,
                .ifa_index = (unsigned) l->ifindex,
        };
        struct nl_msg *m = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
        int r = -ENOMEM;

        if (m && nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO) == 0)
                r = netlink_query(&l->links->query, m, on_address_answer, reading);
        nlmsg_free(m);
        return r;
}

static void read_again_later(struct vrrp_link *l) {
        struct vrrp_links *ls = l->links;

        l->unsure = true;
        (void) sd_event_source_set_time_relative(ls->again, READ_AGAIN_USEC);
        (void) sd_event_source_set_enabled(ls->again, SD_EVENT_ONESHOT);
}

/* Read the link's addresses; those that are no longer there are taken out. A dump that the kernel calls inconsistent
 * may lack some that have been there all the time, when others before them went: it is repeated, and what is never seen
 * whole takes nothing out. */
static void read_addresses(struct vrrp_link *l, bool tell) {
        static const struct vrrp_link_origin unknown = {};
        struct address_reading reading = { .link = l, .tell = tell };
        struct vrrp_link_address *a, *next;
        int r = 0;

        for (a = l->addresses; a; a = a->hh.next)
                a->seen = false;
        for (int tries = 0; tries < READ_TRIES; tries++) {
                r = ask_addresses(l, AF_INET, &reading);
                if (r >= 0)
                        r = ask_addresses(l, AF_INET6, &reading);
                if (r != -EINTR)
                        break;
        }
        l->unsure = false;
        if (r < 0) {
                read_again_later(l);
                return;
        }
        HASH_ITER (hh, l->addresses, a, next)
                if (!a->seen) {
                        if (tell)
                                remove_address(l, a, &unknown);
                        else
                                forget_address(l, a);
                }
}

static void read_link(struct vrrp_link *l, bool tell) {
        struct link_news n;
        int r = ask_link(l->links, l->name, &n);
        bool changed;

        /* Any refusal but 'no such interface' tells nothing. */
        if (r < 0 && r != -ENODEV) {
                read_again_later(l);
                return;
        }
        changed = note_link(l, &n);
        if (l->ifindex > 0)
                read_addresses(l, tell);
        if (changed && tell)
                tell_changed(l);
}

static int on_again(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_links *ls = userdata;
        struct vrrp_link *l, *next;

        HASH_ITER (hh, ls->by_name, l, next)
                if (l->unsure)
                        read_link(l, true);
        return 0;
}

/* Notifications */

static void on_link_notice(struct vrrp_links *ls, const struct nlmsghdr *h) {
        struct vrrp_link *l, *old;
        struct link_news n;

        if (!link_message_parse(h, &n))
                return;

        /* Gone, or renamed: another link's now, or nobody's. */
        old = vrrp_links_find(ls, n.ifindex);
        if (old && (h->nlmsg_type == RTM_DELLINK || !streq(old->name, n.name))) {
                (void) note_missing(old);
                tell_changed(old);
        }
        if (h->nlmsg_type == RTM_DELLINK)
                return;

        l = vrrp_links_find_name(ls, n.name);
        if (!l)
                return;
        if (l->ifindex != n.ifindex) {
                read_link(l, true); /* new here: its addresses were never told */
                return;
        }
        if (note_link(l, &n))
                tell_changed(l);
}

/* The kernel removes the addresses of an interface that goes before it says that it goes. Addresses
 * that nobody removed (no requester) may be that: better ask. */
static bool went_with_link(struct vrrp_link *l, const struct vrrp_link_origin *origin) {
        struct link_news n;

        if (origin->portid != 0 || ask_link(l->links, l->name, &n) != -ENODEV)
                return false;
        if (note_missing(l))
                tell_changed(l);
        return true;
}

static void on_address_notice(struct vrrp_links *ls, const struct nlmsghdr *h) {
        struct vrrp_link_origin origin = { .portid = h->nlmsg_pid, .seq = h->nlmsg_seq };
        struct vrrp_link_address *a;
        struct address_news n;
        struct vrrp_link *l;

        if (!link_message_parse_address(h, &n))
                return;
        l = vrrp_links_find(ls, n.ifindex);
        if (!l)
                return;

        if (h->nlmsg_type == RTM_DELADDR) {
                a = find_address(l, &n.address.key);
                if (a && !went_with_link(l, &origin))
                        remove_address(l, a, &origin);
        } else if (note_address(l, &n.address))
                tell_added(l, find_address(l, &n.address.key), &origin);
}

static int on_notice(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_links *ls = userdata;

        if (h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK)
                on_link_notice(ls, h);
        else if (h->nlmsg_type == RTM_NEWADDR || h->nlmsg_type == RTM_DELADDR)
                on_address_notice(ls, h);
        return 0;
}

static void read_all(struct vrrp_links *ls) {
        struct vrrp_link *l, *next;

        HASH_ITER (hh, ls->by_name, l, next)
                read_link(l, true);
}

static int on_outdated(const struct nlmsghdr *h, void *userdata) {
        return 0;
}

/* The kernel had to drop notices. Those before the gap are outdated by what is read now: an address
 * that went and came back must not be seen to go. */
static void start_over(struct vrrp_links *ls) {
        for (int i = 0; i < OUTDATED_MAX && netlink_receive(&ls->monitor, on_outdated, NULL) != 0;
                        i++)
                ;
        read_all(ls);
}

void vrrp_links_process(struct vrrp_links *ls) {
        for (int i = 0; i < BUDGET; i++) {
                int r = netlink_receive(&ls->monitor, on_notice, ls);

                if (r == 0)
                        break;
                if (r < 0) {
                        start_over(ls);
                        break;
                }
        }
}

static int on_monitor(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        vrrp_links_process(userdata);
        return 0;
}

/* The table */

static int open_monitor(struct vrrp_links *ls, int64_t priority) {
        static const unsigned groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR };
        int r;

        r = netlink_init(&ls->monitor, NETLINK_ROUTE, RECEIVE_BYTES);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
                r = netlink_subscribe(&ls->monitor, groups[i]);
                if (r < 0)
                        return r;
        }
        r = sd_event_add_io(ls->event, &ls->source, ls->monitor.fd, EPOLLIN, on_monitor, ls);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(ls->source, priority);
}

static int add_timer(struct vrrp_links *ls, int64_t priority, sd_event_time_handler_t handler,
                sd_event_source **ret) {
        int r;

        r = sd_event_add_time(ls->event, ret, CLOCK_MONOTONIC, USEC_INFINITY, 1, handler, ls);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
        return sd_event_source_set_priority(*ret, priority);
}

int vrrp_links_new(sd_event *event, int64_t priority, const struct vrrp_links_ops *ops,
                void *userdata, struct vrrp_links **ret) {
        _cleanup_(vrrp_links_freep) struct vrrp_links *ls = malloc(sizeof(*ls));
        int r;

        if (!ls)
                return -ENOMEM;
        *ls = (struct vrrp_links){
                .monitor = NETLINK_INIT,
                .query = NETLINK_INIT,
                .event = sd_event_ref(event),
                .ops = ops,
                .userdata = userdata,
        };
        r = netlink_init(&ls->query, NETLINK_ROUTE, RECEIVE_BYTES);
        if (r < 0)
                return r;
        r = open_monitor(ls, priority);
        if (r < 0)
                return r;
        r = add_timer(ls, priority, on_delays, &ls->delays);
        if (r >= 0)
                r = add_timer(ls, priority, on_again, &ls->again);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(ls);
        return 0;
}

struct vrrp_links *vrrp_links_free(struct vrrp_links *ls) {
        if (!ls)
                return NULL;
        assert(!ls->by_name);
        ls->source = sd_event_source_disable_unref(ls->source);
        ls->delays = sd_event_source_disable_unref(ls->delays);
        ls->again = sd_event_source_disable_unref(ls->again);
        netlink_done(&ls->monitor);
        netlink_done(&ls->query);
        sd_event_unref(ls->event);
        free(ls);
        return NULL;
}

int vrrp_links_want(struct vrrp_links *ls, const char *name, struct vrrp_link **ret) {
        struct vrrp_link *l = vrrp_links_find_name(ls, name);

        if (!l) {
                if (strlen(name) >= sizeof(l->name))
                        return -ENAMETOOLONG;
                l = malloc(sizeof(*l));
                if (!l)
                        return -ENOMEM;
                *l = (struct vrrp_link){ .links = ls, .debounce = DEBOUNCE_INIT };
                (void) strcpy(l->name, name);
                HASH_ADD_STR(ls->by_name, name, l);
                read_link(l, false);
                if (ls->ops->wanted)
                        ls->ops->wanted(l, ls->userdata);
        }
        l->users++;
        *ret = l;
        return 0;
}

void vrrp_link_unwant(struct vrrp_link *l) {
        struct vrrp_links *ls;

        if (!l || --l->users > 0)
                return;
        ls = l->links;
        set_ifindex(l, 0);
        tell_judged(l);
        forget_addresses(l);
        HASH_DEL(ls->by_name, l);
        free(l);
}
