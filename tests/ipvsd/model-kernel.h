/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A model of the kernel's table, as strict as ip_vs_ctl.c is: adding what is there, changing or deleting what is
 * not are errors. */

#include "ipvsd/plan.h"

struct model_kernel {
        struct ipvs_table table; /* sorted */
};

void model_kernel_done(struct model_kernel *k);

/* Carry out @o. 0, or the kernel's -errno. */
int model_kernel_apply(struct model_kernel *k, const struct ipvs_operation *o);
