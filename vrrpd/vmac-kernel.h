/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's macvlan and ipvlan interfaces (rtnetlink(7)): found, made, marked, removed. Nothing waits. */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/netlink.h"

enum vrrp_vmac_kind {
        VRRP_VMAC_NONE, /* some other interface */
        VRRP_VMAC_MACVLAN,
        VRRP_VMAC_IPVLAN,
        _VRRP_VMAC_KIND_MAX,
};

/* The kernel's word, "macvlan"; NULL for the first. _from_string: VRRP_VMAC_NONE for any other. */
const char *vrrp_vmac_kind_to_string(enum vrrp_vmac_kind kind);
enum vrrp_vmac_kind vrrp_vmac_kind_from_string(const char *word);

/* The mark is the interface's alias: ip link show tells whose it is. */
#define VRRP_VMAC_MARK_MAX 64

/* An interface as it is, or is to be. */
struct vrrp_vmac_link {
        char name[IF_NAMESIZE];
        int ifindex;
        int parent; /* index */
        unsigned flags;
        uint32_t group;
        enum vrrp_vmac_kind kind;
        uint8_t mac[6];
        uint32_t mode;         /* MACVLAN_MODE_*, IPVLAN_MODE_* */
        uint16_t ipvlan_flags; /* IPVLAN_F_* */
        char mark[VRRP_VMAC_MARK_MAX];
};

/* The interface called @name. -ENODEV: there is none. */
int vrrp_vmac_kernel_find(struct netlink *n, const char *name, struct vrrp_vmac_link *ret);

/* The indices of all interfaces of our kinds that have @mark, in an array to be freed. */
int vrrp_vmac_kernel_find_marked(struct netlink *n, const char *mark, int **ret, size_t *ret_n);

/* Make @l, down, without an IPv6 address of the kernel's making, and mark it; its index is set. */
int vrrp_vmac_kernel_make(struct netlink *n, struct vrrp_vmac_link *l);

/* The second half of that, for one that was found without its mark. */
int vrrp_vmac_kernel_finish(struct netlink *n, const struct vrrp_vmac_link *l);

/* Give the interface with l->ifindex the mark of @l. */
int vrrp_vmac_kernel_mark(struct netlink *n, const struct vrrp_vmac_link *l);

/* Give the interface with l->ifindex the mode of @l. */
int vrrp_vmac_kernel_set_mode(struct netlink *n, const struct vrrp_vmac_link *l);

int vrrp_vmac_kernel_set_up(struct netlink *n, int ifindex);

/* Remove @n_links interfaces. One takes the kernel some 20 ms, and so do many together; together means that
 * they are put into a group first, VRRP_VMAC_DOOMED, which nothing else may be in. */
#define VRRP_VMAC_DOOMED 0x766d6163U
int vrrp_vmac_kernel_remove(struct netlink *n, const int *ifindices, size_t n_links);

/* All who listen are told of the interface, even where it is in the group already. */
int vrrp_vmac_kernel_set_group(struct netlink *n, int ifindex, uint32_t group);
