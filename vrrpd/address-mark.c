/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/address-mark.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "common/netlink.h"
#include "vrrpd/link-message.h"

#define RECEIVE_BYTES (1 << 20)

struct found {
        struct vrrp_address_record_entry *entries;
        size_t n;
        size_t room;
};

static int make_room(struct found *f) {
        struct vrrp_address_record_entry *entries;

        if (f->n < f->room)
                return 0;
        entries = reallocarray(f->entries, 2 * f->room + 16, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        f->entries = entries;
        f->room = 2 * f->room + 16;
        return 0;
}

static int on_address(const struct nlmsghdr *h, void *userdata) {
        struct found *f = userdata;
        struct address_news n;
        struct vrrp_address_record_entry *e;
        int r;

        if (h->nlmsg_type != RTM_NEWADDR || !link_message_parse_address(h, &n))
                return 0;
        if (n.address.protocol != VRRP_ADDRESS_PROTOCOL)
                return 0;
        r = make_room(f);
        if (r < 0)
                return r;
        e = &f->entries[f->n++];
        *e = (struct vrrp_address_record_entry){
                .addr = n.address.key.addr,
                .prefix = (uint8_t) n.address.key.prefix,
                .ifindex = n.ifindex,
        };
        if (!if_indextoname((unsigned) n.ifindex, e->ifname))
                (void) strcpy(e->ifname, "?");
        return 0;
}

static int ask(struct netlink *n, int family, struct found *f) {
        struct ifaddrmsg body = { .ifa_family = (uint8_t) family };
        struct nl_msg *m = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
        int r = -ENOMEM;

        if (m && nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO) == 0)
                r = netlink_query(n, m, on_address, f);
        nlmsg_free(m);
        return r;
}

int vrrp_address_mark_find(struct vrrp_address_record_entry **ret, size_t *ret_n) {
        struct netlink n = NETLINK_INIT;
        struct found f = {};
        int r;

        r = netlink_init(&n, NETLINK_ROUTE, RECEIVE_BYTES);
        for (int i = 0; r >= 0 && i < NETLINK_DUMP_TRIES; i++) {
                f.n = 0;
                r = ask(&n, AF_INET, &f);
                if (r >= 0)
                        r = ask(&n, AF_INET6, &f);
                if (r != -EINTR)
                        break;
                r = 0; /* in the end, what was seen is there */
        }
        netlink_done(&n);
        if (r < 0) {
                free(f.entries);
                return r;
        }
        *ret = f.entries;
        *ret_n = f.n;
        return 0;
}
