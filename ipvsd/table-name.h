/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Services and servers of a table as words: in messages, and as keys in files. */

#include "ipvsd/table.h"

#define IPVS_SERVICE_NAME_MAX (IP_ADDR_STRLEN + 16U)
#define IPVS_SERVER_NAME_MAX (IP_ADDR_STRLEN + 8U)

/* "10.0.0.1 80 TCP", "fwmark 7", "fwmark 7 IPv6"; a protocol without a word is its number. Returns @buf. */
const char *ipvs_table_service_format(
                const struct ipvs_table_service *s, char buf[static IPVS_SERVICE_NAME_MAX]);

/* The other way: the key that these words say, nothing else. 0 or -EINVAL. */
int ipvs_table_service_parse(const char *text, struct ipvs_table_service *ret);

/* "10.0.0.11 80". Returns @buf. */
const char *ipvs_table_server_format(
                const struct ipvs_table_server *s, char buf[static IPVS_SERVER_NAME_MAX]);
