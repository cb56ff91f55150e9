/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The record of the addresses that vrrpd has put on this machine, for whoever has to remove them when
 * vrrpd cannot: a file in the runtime directory, written before an address is added and after it was
 * removed, so that it never says too little. It means nothing after a reboot. */

#include <stddef.h>

#include "vrrpd/address.h"

struct vrrp_address_record_entry {
        struct ip_addr addr;
        uint8_t prefix;
        struct ip_addr peer;      /* unset: none */
        int ifindex;              /* where it is, whatever the interface is called by then */
        char ifname[IF_NAMESIZE]; /* for people */
};

#define VRRP_ADDRESS_RECORD_TEXT_MAX (2 * IP_ADDR_STRLEN + IF_NAMESIZE + 32)

/* An entry's line, "192.0.2.9/32 4 ppp0 peer 192.0.2.8", and back. -EINVAL: it is none. */
const char *vrrp_address_record_format(const struct vrrp_address_record_entry *e,
                char buf[static VRRP_ADDRESS_RECORD_TEXT_MAX]);
int vrrp_address_record_parse(const char *text, struct vrrp_address_record_entry *ret);

/* Replace the record at @path. 0 or -errno. */
int vrrp_address_record_write(
                const char *path, const struct vrrp_address_record_entry *entries, size_t n);

/* Read it. 0 and an array to be freed; -ENOENT: there is none; -EBADMSG: it is torn. Entries that cannot
 * be understood are left out. */
int vrrp_address_record_read(
                const char *path, struct vrrp_address_record_entry **ret, size_t *ret_n);
