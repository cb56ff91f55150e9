/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The reverse path filter (rp_filter), which drops what comes in by another interface than the answer would leave
 * by: all that comes for a virtual MAC address. It must be off on a VMAC, and what is set for "all" holds for each
 * interface. So the setting for all is handed down to those that there are and, by "default", to those that come,
 * and is then taken off; and set back when no VMAC needs that any more. */

#include <stdbool.h>

#include "common/cleanup.h"
#include "vrrpd/sysctl.h"

struct vrrp_rp_filter;

/* Hand it down to all interfaces but those that @keeps says yes to. Happens with the next commit of @ss.
 * -ENOMEM; what cannot be read is left as it is. */
int vrrp_rp_filter_new(struct vrrp_sysctls *ss, bool (*keeps)(const char *ifname, void *userdata),
                void *userdata, struct vrrp_rp_filter **ret);
struct vrrp_rp_filter *vrrp_rp_filter_free(struct vrrp_rp_filter *f);
DEFINE_CLEANUP_FUNC(struct vrrp_rp_filter *, vrrp_rp_filter_free);
