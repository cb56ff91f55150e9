/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who owns a bus name, by unique name, as it changes. Asked and followed without waiting and without
 * starting anybody.
 *
 * The unique name is the only trustworthy mark of a signal's origin: any local user may send a signal
 * directed at us, which no match keeps out, and sd-bus lets it pass a match on a well-known sender. */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "common/cleanup.h"

struct bus_owner;

/* @owner is the new one, or NULL for none. Also called when the first answer is "none", and with NULL
 * when the connection goes away, if there was an owner. */
typedef void (*bus_owner_changed_t)(struct bus_owner *o, const char *owner, void *userdata);

/* Follow @name (borrowed for the object's life), first on no connection. Returns 0 or -ENOMEM. */
int bus_owner_new(const char *name, bus_owner_changed_t changed, void *userdata,
                struct bus_owner **ret);
struct bus_owner *bus_owner_free(struct bus_owner *o);
DEFINE_CLEANUP_FUNC(struct bus_owner *, bus_owner_free);

/* Use this connection, which has a loop attached, from now on; NULL: none. Returns 0 or -errno, and
 * then there is none. */
int bus_owner_attach(struct bus_owner *o, sd_bus *bus);

/* The owner's unique name, or NULL while there is none or it is not known yet. */
const char *bus_owner_get(const struct bus_owner *o);

/* Was @m sent by the owner, and to everybody? For signals. */
bool bus_owner_broadcast(const struct bus_owner *o, sd_bus_message *m);
