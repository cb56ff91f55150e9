/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An operation of a plan, and services and servers of a table, in words for people. */

#include "ipvsd/plan.h"

#define IPVS_SERVICE_NAME_MAX (IP_ADDR_STRLEN + 16U)
#define IPVS_SERVER_NAME_MAX (IP_ADDR_STRLEN + 8U)
#define IPVS_EXPLANATION_MAX 320U

/* "10.0.0.1 80 TCP", "fwmark 7", "fwmark 7 IPv6". Returns @buf. */
const char *ipvs_table_service_format(
                const struct ipvs_table_service *s, char buf[static IPVS_SERVICE_NAME_MAX]);

/* "10.0.0.11 80". Returns @buf. */
const char *ipvs_table_server_format(
                const struct ipvs_table_server *s, char buf[static IPVS_SERVER_NAME_MAX]);

/* What @error, the kernel's -errno, means for @o: "cannot add service 10.0.0.1 80 TCP: the kernel has no scheduler
 * twos". Returns @buf. */
const char *ipvs_operation_explain(
                const struct ipvs_operation *o, int error, char buf[static IPVS_EXPLANATION_MAX]);
