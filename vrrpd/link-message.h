/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel says of interfaces and addresses (rtnetlink(7)), taken apart. Pure: bytes in, news out. */

#include <linux/netlink.h>
#include <stdbool.h>

#include "vrrpd/link.h"

struct link_news {
        int ifindex;
        char name[IF_NAMESIZE];
        unsigned flags;
        uint16_t type;
        uint32_t mtu;
        uint32_t carrier_changes;
        uint8_t hwaddr[VRRP_LINK_HWADDR_MAX];
        uint8_t hwaddr_size;
};

struct address_news {
        int ifindex;
        struct vrrp_link_address address;
};

/* Read RTM_NEWLINK or RTM_DELLINK. False: it says nothing of a link as such, or is damaged. */
bool link_message_parse(const struct nlmsghdr *h, struct link_news *ret);

/* Read RTM_NEWADDR or RTM_DELADDR of either family. False likewise. */
bool link_message_parse_address(const struct nlmsghdr *h, struct address_news *ret);
