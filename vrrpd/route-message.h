/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Routes as the kernel is told of them and tells of them (rtnetlink(7)). Pure, but for the names of
 * interfaces, which the caller looks up. By hand, because libnl knows no wrapped nexthops but MPLS, and no
 * way to send many of its messages at once. */

#include <linux/netlink.h>

#include "vrrpd/route.h"

struct nl_msg;

/* The index of @name, or 0. */
typedef int (*vrrp_ifindex_t)(const char *name, void *userdata);
/* The name of @ifindex; left empty when there is none. */
typedef void (*vrrp_ifname_t)(int ifindex, char ret[static IF_NAMESIZE], void *userdata);

/* As the kernel calls it now. */
void vrrp_route_ifname(int ifindex, char ret[static IF_NAMESIZE], void *userdata);

/* Append @r to the empty message @m. 0; -ENODEV: an interface is missing; -EMSGSIZE. */
int vrrp_route_encode(const struct vrrp_route *r, struct nl_msg *m, vrrp_ifindex_t ifindex,
                void *userdata);

/* Read RTM_NEWROUTE or RTM_DELROUTE. 0 and a new route; -EPROTONOSUPPORT: nothing that we could have made;
 * -EBADMSG; -ENOMEM. */
int vrrp_route_decode(const struct nlmsghdr *h, vrrp_ifname_t ifname, void *userdata,
                struct vrrp_route **ret);

/* Tell the interfaces of the route in @h, each once or more. 0 or -EBADMSG. */
int vrrp_route_interfaces(const struct nlmsghdr *h, void (*tell)(int ifindex, void *userdata),
                void *userdata);
