/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The record of the interfaces that vrrpd has made, for whoever has to remove them when vrrpd cannot: a
 * file in the runtime directory, written before one is made and after it was removed. Their mark says the
 * same on the machine itself, and helps where the record is torn. */

#include <stddef.h>

#include "vrrpd/vmac-kernel.h"

struct vrrp_vmac_record_entry {
        char name[IF_NAMESIZE];
        enum vrrp_vmac_kind kind;
        uint8_t mac[6]; /* of a macvlan */
};

/* The mark of the vrrpd that runs with the option -i @config_id (NULL: without). */
const char *vrrp_vmac_mark(const char *config_id, char buf[static VRRP_VMAC_MARK_MAX]);

/* Is @l what @e was written for, made by the vrrpd whose mark is @mark? One that was killed while it made the
 * interface could not mark it any more. */
bool vrrp_vmac_record_is(const struct vrrp_vmac_record_entry *e, const struct vrrp_vmac_link *l,
                const char *mark);

/* Replace the record at @path. 0 or -errno. */
int vrrp_vmac_record_write(
                const char *path, const struct vrrp_vmac_record_entry *entries, size_t n);

/* Read it. 0 and an array to be freed; -ENOENT: there is none; -EBADMSG: it is torn. Entries that cannot
 * be understood are left out. */
int vrrp_vmac_record_read(const char *path, struct vrrp_vmac_record_entry **ret, size_t *ret_n);

/* Remove everything in the record of a dead vrrpd, whatever has its mark, and the record itself. 0 or
 * -errno, logged. */
int vrrp_vmac_record_release(const char *path, const char *config_id);
