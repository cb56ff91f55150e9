/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The operator: what he orders is written down (vrrpd/orders.h), then told to the elections, by inputs as
 * everything else. */

#include <stdbool.h>
#include <stdint.h>

struct vrrpd;
struct vrrp_router;

/* Take the node out, or put it back. -errno: it could not be written down, and nothing is done. */
int vrrp_operator_set_maintenance(struct vrrpd *v, bool on);

/* 1..254 instead of the configured one, 0: that again. -EPERM: @r owns its addresses, or would by 255; else
 * as above. */
int vrrp_operator_set_priority(struct vrrp_router *r, uint8_t priority);

/* The configuration counts again: a reload, or the end. */
void vrrp_operator_forget_priorities(struct vrrpd *v);
