/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ha_suspend: a service that says so is checked only while its address is on this node, that is, while an
 * instance of vrrpd that has the address is MASTER. A group counts as here when one of its addresses is; a
 * mark has no address and is never suspended, nor is a service whose address no instance has.
 *
 * vrrpd not heard (yet) is no news: checkers stay as they are, at a fresh start they are checked. */

#include <systemd/sd-bus.h>

#include "common/cleanup.h"

struct checkd;
struct suspension;

int suspension_new(struct checkd *c, struct suspension **ret);
struct suspension *suspension_free(struct suspension *s);
DEFINE_CLEANUP_FUNC(struct suspension *, suspension_free);

/* Hear vrrpd on this connection; NULL: on none. */
int suspension_attach(struct suspension *s, sd_bus *bus);

/* Suspend and wake checkers by the configuration in force and what is known of its instances. */
void suspension_update(struct suspension *s);
