/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words by which people name a real server: ADDRESS, [ADDRESS], ADDRESS:PORT, [ADDRESS]:PORT, or ADDRESS PORT as
 * it is shown, in one word or two. */

#include <stdbool.h>

#include "common/ip-addr.h"

#define SERVER_NAME_FORMS "ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or ADDRESS PORT"

struct server_name {
        struct ip_addr addr;
        int port; /* -1: any */
};

/* All of @words, one or two. 0 or -EINVAL. */
int server_name_parse(char **words, struct server_name *ret);

/* Is the server whose Name is @name meant, "ADDRESS PORT"? */
bool server_name_match(const struct server_name *wanted, const char *name);
