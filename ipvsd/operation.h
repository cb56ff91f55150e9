/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An operation of a plan that failed, in words for people. */

#include "ipvsd/plan.h"

#define IPVS_EXPLANATION_MAX 320U

/* What @error, the kernel's -errno, means for @o: "cannot add service 10.0.0.1 80 TCP: the kernel has no scheduler
 * twos". Returns @buf. */
const char *ipvs_operation_explain(
                const struct ipvs_operation *o, int error, char buf[static IPVS_EXPLANATION_MAX]);
