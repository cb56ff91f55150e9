/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "vrrpd/vmac-kernel.h"

static const char *const kinds[_VRRP_VMAC_KIND_MAX] = {
        [VRRP_VMAC_MACVLAN] = "macvlan",
        [VRRP_VMAC_IPVLAN] = "ipvlan",
};

const char *vrrp_vmac_kind_to_string(enum vrrp_vmac_kind kind) {
        return kinds[kind];
}

enum vrrp_vmac_kind vrrp_vmac_kind_from_string(const char *word) {
        for (unsigned i = 0; i < _VRRP_VMAC_KIND_MAX; i++)
                if (streq_ptr(kinds[i], word))
                        return (enum vrrp_vmac_kind) i;
        return VRRP_VMAC_NONE;
}

static struct nl_msg *message_free(struct nl_msg *m) {
        nlmsg_free(m);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct nl_msg *, message_free);

/* A message about the link @ifindex (0: the attributes say which). NULL: no memory. */
static struct nl_msg *message_new(int type, int flags, int ifindex, unsigned up) {
        _cleanup_(message_freep) struct nl_msg *m = nlmsg_alloc_simple(type, flags);
        struct ifinfomsg body = {
                .ifi_family = AF_UNSPEC,
                .ifi_index = ifindex,
                .ifi_flags = up,
                .ifi_change = up,
        };

        if (!m || nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO) < 0)
                return NULL;
        return TAKE_PTR(m);
}

static int on_acknowledged(const struct nlmsghdr *h, void *userdata) {
        return 0;
}

static int ask(struct netlink *n, struct nl_msg *m) {
        return netlink_query(n, m, on_acknowledged, NULL);
}

/* Reading */

static uint32_t read_u32(const struct nlattr *a) {
        return a && nla_len(a) >= (int) sizeof(uint32_t) ? nla_get_u32(a) : 0;
}

static uint16_t read_u16(const struct nlattr *a) {
        return a && nla_len(a) >= (int) sizeof(uint16_t) ? nla_get_u16(a) : 0;
}

static void read_data(struct nlattr *data, struct vrrp_vmac_link *ret) {
        struct nlattr *attrs[MAX(IFLA_MACVLAN_MAX, IFLA_IPVLAN_MAX) + 1];

        if (nla_parse_nested(attrs, (int) ARRAY_SIZE(attrs) - 1, data, NULL) < 0)
                return;
        if (ret->kind == VRRP_VMAC_MACVLAN) {
                ret->mode = read_u32(attrs[IFLA_MACVLAN_MODE]);
        } else {
                ret->mode = read_u16(attrs[IFLA_IPVLAN_MODE]);
                ret->ipvlan_flags = read_u16(attrs[IFLA_IPVLAN_FLAGS]);
        }
}

static void read_info(struct nlattr *info, struct vrrp_vmac_link *ret) {
        struct nlattr *attrs[IFLA_INFO_MAX + 1];

        if (nla_parse_nested(attrs, IFLA_INFO_MAX, info, NULL) < 0 || !attrs[IFLA_INFO_KIND])
                return;
        ret->kind = vrrp_vmac_kind_from_string(nla_get_string(attrs[IFLA_INFO_KIND]));
        if (ret->kind != VRRP_VMAC_NONE && attrs[IFLA_INFO_DATA])
                read_data(attrs[IFLA_INFO_DATA], ret);
}

static bool read_link(const struct nlmsghdr *h, struct vrrp_vmac_link *ret) {
        struct nlattr *attrs[IFLA_MAX + 1];
        const struct ifinfomsg *m;

        if (h->nlmsg_type != RTM_NEWLINK ||
                        nlmsg_parse((struct nlmsghdr *) h, sizeof(*m), attrs, IFLA_MAX, NULL) < 0 ||
                        !attrs[IFLA_IFNAME])
                return false;
        m = nlmsg_data(h);
        *ret = (struct vrrp_vmac_link){
                .ifindex = m->ifi_index,
                .flags = m->ifi_flags,
                .parent = (int) read_u32(attrs[IFLA_LINK]),
                .group = read_u32(attrs[IFLA_GROUP]),
        };
        (void) nla_strlcpy(ret->name, attrs[IFLA_IFNAME], sizeof(ret->name));
        if (attrs[IFLA_IFALIAS])
                (void) nla_strlcpy(ret->mark, attrs[IFLA_IFALIAS], sizeof(ret->mark));
        if (attrs[IFLA_ADDRESS])
                (void) nla_memcpy(ret->mac, attrs[IFLA_ADDRESS], sizeof(ret->mac));
        if (attrs[IFLA_LINKINFO])
                read_info(attrs[IFLA_LINKINFO], ret);
        return true;
}

static int on_found(const struct nlmsghdr *h, void *userdata) {
        (void) read_link(h, userdata);
        return 0;
}

int vrrp_vmac_kernel_find(struct netlink *n, const char *name, struct vrrp_vmac_link *ret) {
        _cleanup_(message_freep) struct nl_msg *m = message_new(RTM_GETLINK, 0, 0, 0);
        struct vrrp_vmac_link found = {};
        int r;

        if (!m || nla_put_string(m, IFLA_IFNAME, name) < 0 ||
                        nla_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0)
                return -ENOMEM;
        r = netlink_query(n, m, on_found, &found);
        if (r < 0)
                return r;
        if (found.ifindex == 0)
                return -ENODEV;
        *ret = found;
        return 0;
}

struct marked {
        const char *mark;
        int *found;
        size_t n;
};

static int on_listed(const struct nlmsghdr *h, void *userdata) {
        struct marked *q = userdata;
        struct vrrp_vmac_link l;
        int *found;

        if (!read_link(h, &l) || l.kind == VRRP_VMAC_NONE || !streq(l.mark, q->mark))
                return 0;
        found = reallocarray(q->found, q->n + 1, sizeof(*found));
        if (!found)
                return -ENOMEM;
        q->found = found;
        q->found[q->n++] = l.ifindex;
        return 0;
}

int vrrp_vmac_kernel_find_marked(struct netlink *n, const char *mark, int **ret, size_t *ret_n) {
        _cleanup_(message_freep) struct nl_msg *m = message_new(RTM_GETLINK, NLM_F_DUMP, 0, 0);
        struct marked q = { .mark = mark };
        int r = 0;

        if (!m || nla_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0)
                return -ENOMEM;
        for (int i = 0; i < NETLINK_DUMP_TRIES; i++) {
                q.n = 0;
                r = netlink_query(n, m, on_listed, &q);
                if (r != -EINTR)
                        break;
        }
        if (r < 0 && r != -EINTR) { /* in the end, what was seen is there */
                free(q.found);
                return r;
        }
        *ret = q.found;
        *ret_n = q.n;
        return 0;
}

/* Writing */

static int put_info(struct nl_msg *m, const struct vrrp_vmac_link *l) {
        struct nlattr *info, *data;

        info = nla_nest_start(m, IFLA_LINKINFO);
        if (!info || nla_put_string(m, IFLA_INFO_KIND, vrrp_vmac_kind_to_string(l->kind)) < 0)
                return -ENOMEM;
        data = nla_nest_start(m, IFLA_INFO_DATA);
        if (!data)
                return -ENOMEM;
        if (l->kind == VRRP_VMAC_MACVLAN && nla_put_u32(m, IFLA_MACVLAN_MODE, l->mode) < 0)
                return -ENOMEM;
        if (l->kind == VRRP_VMAC_IPVLAN &&
                        (nla_put_u16(m, IFLA_IPVLAN_MODE, (uint16_t) l->mode) < 0 ||
                                        nla_put_u16(m, IFLA_IPVLAN_FLAGS, l->ipvlan_flags) < 0))
                return -ENOMEM;
        nla_nest_end(m, data);
        nla_nest_end(m, info);
        return 0;
}

static int create(struct netlink *n, const struct vrrp_vmac_link *l) {
        _cleanup_(message_freep) struct nl_msg *m =
                        message_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, 0, 0);

        if (!m || nla_put_string(m, IFLA_IFNAME, l->name) < 0 ||
                        nla_put_u32(m, IFLA_LINK, (uint32_t) l->parent) < 0 ||
                        nla_put_u32(m, IFLA_GROUP, l->group) < 0 || put_info(m, l) < 0)
                return -ENOMEM;
        if (l->kind == VRRP_VMAC_MACVLAN && nla_put(m, IFLA_ADDRESS, sizeof(l->mac), l->mac) < 0)
                return -ENOMEM;
        return ask(n, m);
}

int vrrp_vmac_kernel_mark(struct netlink *n, const struct vrrp_vmac_link *l) {
        _cleanup_(message_freep) struct nl_msg *m =
                        message_new(RTM_NEWLINK, NLM_F_ACK, l->ifindex, 0);

        if (!m || nla_put_string(m, IFLA_IFALIAS, l->mark) < 0)
                return -ENOMEM;
        return ask(n, m);
}

/* RFC 9568 §7.4: no address derived from the virtual MAC address. */
static int set_no_own_address(struct netlink *n, int ifindex) {
        _cleanup_(message_freep) struct nl_msg *m = message_new(RTM_NEWLINK, NLM_F_ACK, ifindex, 0);
        struct nlattr *families, *inet6;

        if (!m)
                return -ENOMEM;
        families = nla_nest_start(m, IFLA_AF_SPEC);
        inet6 = families ? nla_nest_start(m, AF_INET6) : NULL;
        if (!inet6 || nla_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE) < 0)
                return -ENOMEM;
        nla_nest_end(m, inet6);
        nla_nest_end(m, families);
        return ask(n, m);
}

/* A kernel without IPv6 refuses the first, and is right. */
int vrrp_vmac_kernel_finish(struct netlink *n, const struct vrrp_vmac_link *l) {
        (void) set_no_own_address(n, l->ifindex);
        return vrrp_vmac_kernel_mark(n, l);
}

int vrrp_vmac_kernel_make(struct netlink *n, struct vrrp_vmac_link *l) {
        struct vrrp_vmac_link made;
        int r;

        r = create(n, l);
        if (r < 0)
                return r;
        r = vrrp_vmac_kernel_find(n, l->name, &made);
        if (r < 0)
                return r;
        l->ifindex = made.ifindex;
        return vrrp_vmac_kernel_finish(n, l);
}

int vrrp_vmac_kernel_set_mode(struct netlink *n, const struct vrrp_vmac_link *l) {
        _cleanup_(message_freep) struct nl_msg *m =
                        message_new(RTM_NEWLINK, NLM_F_ACK, l->ifindex, 0);

        if (!m || put_info(m, l) < 0)
                return -ENOMEM;
        return ask(n, m);
}

int vrrp_vmac_kernel_set_up(struct netlink *n, int ifindex) {
        _cleanup_(message_freep) struct nl_msg *m =
                        message_new(RTM_NEWLINK, NLM_F_ACK, ifindex, IFF_UP);

        return m ? ask(n, m) : -ENOMEM;
}

int vrrp_vmac_kernel_set_group(struct netlink *n, int ifindex, uint32_t group) {
        _cleanup_(message_freep) struct nl_msg *m = message_new(RTM_NEWLINK, NLM_F_ACK, ifindex, 0);

        if (!m || nla_put_u32(m, IFLA_GROUP, group) < 0)
                return -ENOMEM;
        return ask(n, m);
}

static int remove_one(struct netlink *n, int ifindex) {
        _cleanup_(message_freep) struct nl_msg *m = message_new(RTM_DELLINK, NLM_F_ACK, ifindex, 0);

        return m ? ask(n, m) : -ENOMEM;
}

static int remove_doomed(struct netlink *n) {
        _cleanup_(message_freep) struct nl_msg *m = message_new(RTM_DELLINK, NLM_F_ACK, 0, 0);

        if (!m || nla_put_u32(m, IFLA_GROUP, VRRP_VMAC_DOOMED) < 0)
                return -ENOMEM;
        return ask(n, m);
}

int vrrp_vmac_kernel_remove(struct netlink *n, const int *ifindices, size_t n_links) {
        size_t doomed = 0;

        if (n_links == 1)
                return remove_one(n, ifindices[0]);
        for (size_t i = 0; i < n_links; i++)
                doomed += vrrp_vmac_kernel_set_group(n, ifindices[i], VRRP_VMAC_DOOMED) >= 0;
        return doomed > 0 ? remove_doomed(n) : 0;
}
