/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Watching without end: a loop on the bus that survives the bus. */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct live_ops {
        /* There is a connection, driven by the loop. -errno: it cannot be used. */
        int (*attach)(sd_bus *bus, void *userdata);
        /* It is gone. */
        void (*detach)(void *userdata);
};

/* Connect, again and again when the connection goes, and run @event until it is asked to exit, or what is written
 * cannot be. Without
 * a bus at the start: says so and returns CTL_NOT_THERE. */
int live_run(sd_event *event, const struct live_ops *ops, void *userdata);
