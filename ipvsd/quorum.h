/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether the good servers of a service are enough. Up and down have different limits, so that one server
 * that comes and goes does not turn the service with it. Pure. */

#include <stdbool.h>
#include <stdint.h>

/* A service begins down. @up: what it is now; @weight: of its good servers together. Up from quorum +
 * hysteresis on, down below quorum - hysteresis and always at 0, else as before: as keepalived. */
bool ipvs_quorum_next(bool up, uint64_t weight, unsigned quorum, unsigned hysteresis);
