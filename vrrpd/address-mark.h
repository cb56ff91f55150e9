/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The second record: our addresses carry IFA_PROTO (VRRP_ADDRESS_PROTOCOL), so that the kernel knows which
 * they are when the file that says so is torn. It cannot tell two vrrpd of one machine apart (-i ID), and
 * kernels before 5.18 do not keep the mark; so it is asked only when there is nothing better. */

#include <stddef.h>

#include "vrrpd/address-record.h"

/* All marked addresses of this network namespace, as an array to be freed. 0 or -errno. */
int vrrp_address_mark_find(struct vrrp_address_record_entry **ret, size_t *ret_n);
