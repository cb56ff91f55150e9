/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Waiting until the connections of draining servers are gone. */

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "common/usec.h"

/* Wait for @servers (an array with their Path, Name and Service), and say how it goes. CTL_OK: they are drained, or gone;
 * CTL_FAILED: @timeout_usec has passed, or somebody has undone it; CTL_NOT_THERE. */
int drain_wait(sd_bus *bus, json_object *servers, usec_t timeout_usec);
