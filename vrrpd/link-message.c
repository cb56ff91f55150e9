/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "vrrpd/link-message.h"

static struct ip_addr read_ip(int family, const struct nlattr *attr) {
        struct ip_addr a = { .family = family };

        if ((unsigned) nla_len(attr) >= ip_addr_bits(family) / 8)
                memcpy(&a.in6, nla_data(attr), ip_addr_bits(family) / 8);
        return a;
}

/* False: not for us. IFA_LOCAL is the address itself; IPv6 has it only where there is a peer. */
bool link_message_parse_address(const struct nlmsghdr *h, struct address_news *ret) {
        struct nlattr *attrs[IFA_MAX + 1];
        const struct ifaddrmsg *m;
        const struct nlattr *local;
        struct ip_addr addr;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(*m), attrs, IFA_MAX, NULL) < 0)
                return false;
        m = nlmsg_data(h);
        if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
                return false;
        local = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
        if (!local)
                return false;

        addr = read_ip(m->ifa_family, local);
        *ret = (struct address_news) {
                .ifindex = (int) m->ifa_index,
                .address = {
                        .key = vrrp_link_address_key(&addr, m->ifa_prefixlen),
                        .scope = m->ifa_scope,
                        .protocol = attrs[IFA_PROTO] ? nla_get_u8(attrs[IFA_PROTO]) : 0,
                        .flags = attrs[IFA_FLAGS] ? nla_get_u32(attrs[IFA_FLAGS]) : m->ifa_flags,
                },
        };
        if (attrs[IFA_LABEL])
                (void) nla_strlcpy(
                                ret->address.label, attrs[IFA_LABEL], sizeof(ret->address.label));
        return true;
}

/* False: not for us; a bridge tells of its ports with AF_BRIDGE, which is no news of the link. */
bool link_message_parse(const struct nlmsghdr *h, struct link_news *ret) {
        struct nlattr *attrs[IFLA_MAX + 1];
        const struct ifinfomsg *m;
        struct link_news n;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(*m), attrs, IFLA_MAX, NULL) < 0)
                return false;
        m = nlmsg_data(h);
        if (m->ifi_family != AF_UNSPEC || !attrs[IFLA_IFNAME])
                return false;

        n = (struct link_news){
                .ifindex = m->ifi_index,
                .flags = m->ifi_flags,
                .type = m->ifi_type,
                .mtu = attrs[IFLA_MTU] ? nla_get_u32(attrs[IFLA_MTU]) : 0,
                .carrier_changes = attrs[IFLA_CARRIER_CHANGES]
                                ? nla_get_u32(attrs[IFLA_CARRIER_CHANGES])
                                : 0,
        };
        (void) nla_strlcpy(n.name, attrs[IFLA_IFNAME], sizeof(n.name));
        if (attrs[IFLA_ADDRESS])
                n.hwaddr_size = (uint8_t) nla_memcpy(
                                n.hwaddr, attrs[IFLA_ADDRESS], sizeof(n.hwaddr));
        *ret = n;
        return true;
}
