/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Hearing: from a packet to the election's input. Bad packets are counted by kind at their router, and
 * logged at most once a second for each. */

#include "vrrpd/port.h"

void vrrp_hear(struct vrrp_port *p, const struct vrrp_received *packet);

/* A packet for a VRID that nobody here has. */
void vrrp_hear_stray(struct vrrp_port *p, const struct vrrp_received *packet);
