/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asking on the bus, with a bound on every wait: neither a hung bus nor a hung daemon holds the command
 * line for more than CLIENT_TIMEOUT_USEC a question. No question starts a daemon. */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "common/usec.h"

#define CLIENT_TIMEOUT_USEC (2 * USEC_PER_SEC)

/* Connect to the system bus, or to what DBUS_SYSTEM_BUS_ADDRESS says. 0, or -errno: -ETIMEDOUT when the
 * bus does not answer. */
int client_connect(sd_bus **ret);

/* The same, and say on stderr what is wrong. Returns 0 or CTL_NOT_THERE. */
int client_connect_or_tell(sd_bus **ret);

/* Call with arguments as sd_bus_message_append(3). -errno with @error filled. @ret may be NULL. */
int client_call(sd_bus *bus, const char *destination, const char *path, const char *interface,
                const char *member, sd_bus_error *error, sd_bus_message **ret, const char *types,
                ...);

/* Says the error of a call to a daemon that it is not there at all? */
bool client_error_is_absence(const sd_bus_error *error);

/* The words of an error for people: without the name where the message says enough. */
const char *client_error_words(const sd_bus_error *error, int r);
