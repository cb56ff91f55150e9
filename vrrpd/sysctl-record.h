/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One setting of the kernel's network (/proc/sys/net), and the record of those that vrrpd has changed: a file in
 * the runtime directory, written before a change and after it was undone, so that it never says too little. */

#include <limits.h>
#include <net/if.h>
#include <stddef.h>

#define VRRP_SYSCTL_ROOT "/proc/sys/net"

/* Compared byte by byte: what is not text is zero. */
struct vrrp_sysctl_name {
        char family[8];           /* "ipv4" or "ipv6" */
        char ifname[IF_NAMESIZE]; /* whose it is; "all", "default"; "": nobody's */
        char key[40];             /* "arp_ignore" */
};

struct vrrp_sysctl_entry {
        struct vrrp_sysctl_name name;
        int ifindex; /* of the interface when it was changed, whatever that is called now; 0: none */
        int before;
        int now;
};

/* The file of a setting below @root: "/proc/sys/net/ipv4/conf/eth0/arp_ignore". */
const char *vrrp_sysctl_path(
                const char *root, const struct vrrp_sysctl_name *name, char buf[static PATH_MAX]);

/* -ENOENT: no such setting, or no such interface; -EBADMSG: it is no number. */
int vrrp_sysctl_get(const char *root, const struct vrrp_sysctl_name *name, int *ret);
int vrrp_sysctl_set(const char *root, const struct vrrp_sysctl_name *name, int value);

/* Undo what @e says, unless the interface is gone or somebody has changed the setting since, who knows
 * better. 0 or -errno. */
int vrrp_sysctl_restore(const char *root, const struct vrrp_sysctl_entry *e);

/* Replace the record at @path. 0 or -errno. */
int vrrp_sysctl_record_write(const char *path, const struct vrrp_sysctl_entry *entries, size_t n);

/* Read it. 0 and an array to be freed; -ENOENT: there is none; -EBADMSG: it is torn. Entries that cannot
 * be understood are left out. */
int vrrp_sysctl_record_read(const char *path, struct vrrp_sysctl_entry **ret, size_t *ret_n);

/* Undo everything in the record of a dead vrrpd, and remove it unless something could not be undone. 0 or
 * -errno, logged. */
int vrrp_sysctl_record_release(const char *path, const char *root);
