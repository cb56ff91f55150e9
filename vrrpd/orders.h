/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Orders: what the operator wants otherwise than the configuration says. The node in maintenance; other
 * priorities than the configured ones. Written down before they are followed, in the runtime directory, so
 * that they outlive the process, its restart and its crash, but not the boot. */

#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct vrrp_orders;

/* Those in the file at @path, or none. Always makes a table, unless -ENOMEM; -EBADMSG and others: the
 * file cannot be read, and there are none. A file of another boot counts as none. */
int vrrp_orders_open(const char *path, struct vrrp_orders **ret);
struct vrrp_orders *vrrp_orders_free(struct vrrp_orders *o);
DEFINE_CLEANUP_FUNC(struct vrrp_orders *, vrrp_orders_free);

/* CLOCK_REALTIME since when the node is in maintenance; 0: it is not. */
usec_t vrrp_orders_maintenance_since(const struct vrrp_orders *o);

/* That of @router; 0: the configured one. */
uint8_t vrrp_orders_priority(const struct vrrp_orders *o, const char *router);

/* Change, and write it down. -errno: it could not be, and nothing has changed. */
int vrrp_orders_set_maintenance(struct vrrp_orders *o, usec_t since);
int vrrp_orders_set_priority(struct vrrp_orders *o, const char *router, uint8_t priority);
int vrrp_orders_clear_priorities(struct vrrp_orders *o);
