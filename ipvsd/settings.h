/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel's balancer has once for all services: its timeouts, as lvs_timeouts wants them. What was there
 * before is written down first, and is put back when nothing is wanted any more. */

#include <stdbool.h>

#include "ipvsd/conf.h"
#include "ipvsd/kernel.h"
#include "ipvsd/ownership.h"

bool ipvs_settings_wanted(const struct ipvs_timeouts_conf *c);

/* @owned is kept at @path. 0 or -errno. */
int ipvs_settings_apply(const struct ipvs_timeouts_conf *c, struct ipvs_kernel *k,
                struct ipvs_ownership *owned, const char *path);

/* As it was before. */
int ipvs_settings_restore(struct ipvs_kernel *k, struct ipvs_ownership *owned, const char *path);
