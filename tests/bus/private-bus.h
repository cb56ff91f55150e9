/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A message bus of a test's own: a dbus-daemon that lives until it is stopped or the test ends. */

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/usec.h"

struct private_bus {
        pid_t pid;
        char directory[32];
        char address[64];
};

/* Any failure ends the test. */
void private_bus_start(struct private_bus *b);
void private_bus_stop(struct private_bus *b);
/* Start again at the same address, after private_bus_kill(). */
void private_bus_kill(struct private_bus *b);
void private_bus_restart(struct private_bus *b);

/* A new connection, ready, driven by @event. */
sd_bus *private_bus_connect(const struct private_bus *b, sd_event *event);

/* Run the loop until *@counter is @wanted (or more), at most ten seconds; returns whether it is. */
bool event_run_until(sd_event *event, const unsigned *counter, unsigned wanted);
/* Run the loop for this long: to see that nothing happens. */
void event_run_for(sd_event *event, usec_t usec);
