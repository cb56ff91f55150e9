/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* May the sender of a message change something? Asked of the bus without waiting for the answer: a
 * synchronous look-up would stop a daemon for as long as the bus hangs. */

#include <systemd/sd-bus.h>

/* Called once the sender is known to be allowed. Objects are looked up by the message's path again:
 * they may have gone meanwhile. What it returns is treated as an sd_bus_message_handler_t's result. */
typedef int (*bus_authorized_t)(sd_bus_message *m, void *userdata, sd_bus_error *ret_error);

/* Continue @m in @handler if its sender has uid 0, else answer AccessDenied. @userdata must live as
 * long as the bus connection. Every method of ours is marked UNPRIVILEGED in its vtable, because
 * sd-bus's own check is synchronous; methods that change something begin with this call. Returns 1. */
int bus_authorize(sd_bus_message *m, bus_authorized_t handler, void *userdata);
