/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The record of the addresses that vrrpd has put on this machine, for whoever has to remove them when
 * vrrpd cannot: a file in the runtime directory, written before an address is added and after it was
 * removed, so that it never says too little. It means nothing after a reboot.
 *
 * When a thousand addresses come one after the other, writing all of them again for each would take longer than
 * the takeover: what is added goes to the end of a second file, PATH.added, until the whole is written next. */

#include <stddef.h>

#include "vrrpd/address.h"

struct vrrp_address_record_entry {
        struct ip_addr addr;
        uint8_t prefix;
        struct ip_addr peer;      /* unset: none */
        int ifindex;              /* where it is, whatever the interface is called by then */
        char ifname[IF_NAMESIZE]; /* for people */
};

/* Replace the record at @path, what was added included. 0 or -errno. */
int vrrp_address_record_write(
                const char *path, const struct vrrp_address_record_entry *entries, size_t n);

/* Add to it. 0 or -errno; what is recorded then is not known, and the whole has to be written. */
int vrrp_address_record_add(
                const char *path, const struct vrrp_address_record_entry *entries, size_t n);

/* There is nothing to be recorded any more. 0 or -errno. */
int vrrp_address_record_remove(const char *path);

/* Read it. 0 and an array to be freed; -ENOENT: there is none; -EBADMSG: it is torn. Entries that cannot
 * be understood are left out, and so is the end of an addition that was cut short: nothing had been put there yet. */
int vrrp_address_record_read(
                const char *path, struct vrrp_address_record_entry **ret, size_t *ret_n);
