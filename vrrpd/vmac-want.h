/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the configuration says of VMACs (vrrpd/vmac.h), as wants. */

#include "vrrpd/conf.h"
#include "vrrpd/vmac.h"

/* The VMAC of the instance itself; NULL where it has none. 0 or what vrrp_vmac_want() returns. */
int vrrp_vmac_want_own(struct vrrp_vmacs *vs, const struct vrrp_conf *globals,
                const struct vrrp_instance_conf *conf, struct vrrp_vmac **ret);

/* The VMAC for one address: the instance's, one of the address's own, or NULL. Likewise. */
int vrrp_vmac_want_for_address(struct vrrp_vmacs *vs, const struct vrrp_conf *globals,
                const struct vrrp_instance_conf *conf, const struct vrrp_address_conf *address,
                struct vrrp_vmac **ret);
