/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carrying out what an election wants: a switch without decisions. Everything goes into a queue that
 * vrrpd_settle() empties; an effect that cannot be carried out comes back as an input. */

#include "vrrpd/effect.h"
#include "vrrpd/input.h"
#include "vrrpd/router.h"

/* @before is the election as it was when it got @in, for telling why. */
void vrrp_apply(struct vrrp_router *r, const struct vrrp_effects *effects,
                const struct vrrp_instance *before, const struct vrrp_input *in);
