/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* NAME or NAME:PORT, as it stands in a Host header. */

#include <stdbool.h>
#include <stddef.h>

/* Whether nothing in it could end the header or the name: no blanks, control characters, slashes and the like. */
bool check_http_host_is_valid(const char *host);

/* The name in @host, without its port and without the brackets of an IPv6 address. False: it does not fit. */
bool check_http_host_name(const char *host, char *buf, size_t n);
