/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All virtual routers and their groups in vrrpd's compact answer (org.mainstay.Vrrp1.Manager.Summary), in the form of the full one:
 * { path: { interface: { property: value } } }. */

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "ctl/producers.h"

/* Ask @p. A new reference; -errno with @error filled where it was the daemon that refused. */
int summary_take(sd_bus *bus, const struct producer *p, sd_bus_error *error, json_object **ret);
