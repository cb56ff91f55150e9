/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The store: sockets that the service manager keeps for a successor (sd_pid_notify_with_fds(3),
 * FDSTORE=1), and those that it has kept for us. Without a manager there is none, and nothing happens.
 * The manager is told without waiting for it; what it did not take is told again. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "vrrpd/receiver.h"

struct vrrp_port;
struct vrrp_store;

/* Take over what the manager has handed to this process. @ports is the head of the table of ports, whose
 * sockets are to be stored (struct vrrp_port.unstored). */
int vrrp_store_new(sd_event *event, struct vrrp_port *const *ports, struct vrrp_store **ret);
struct vrrp_store *vrrp_store_free(struct vrrp_store *s);
DEFINE_CLEANUP_FUNC(struct vrrp_store *, vrrp_store_free);

/* The kept socket of @kind bound to @ifindex, which is the caller's now; -ENOENT. */
int vrrp_store_take(struct vrrp_store *s, struct raw_socket_kind kind, int ifindex);

/* Nobody wants what is left: close it, and let the manager forget it. */
void vrrp_store_discard(struct vrrp_store *s);

/* Give the manager what it does not have yet. */
void vrrp_store_flush(struct vrrp_store *s);

/* The receiver's socket is going to be closed (or is closed already: then nothing happens, as
 * without a store, NULL). */
void vrrp_store_remove(struct vrrp_store *s, const struct vrrp_receiver *r);
