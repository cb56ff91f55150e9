/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/http-host.h"

#include <string.h>

#include "common/macro.h"

bool check_http_host_is_valid(const char *host) {
        if (!*host)
                return false;
        for (const char *s = host; *s; s++)
                if ((unsigned char) *s <= ' ' || *s == 127 || strchr("/?#@\\\"<>", *s))
                        return false;
        return true;
}

bool check_http_host_name(const char *host, char *buf, size_t n) {
        size_t length = strcspn(host, ":");

        if (host[0] == '[') {
                host++;
                length = strcspn(host, "]");
        } else if (strchr(host + MIN(length + 1, strlen(host)), ':'))
                length = strlen(host); /* an IPv6 address without brackets */
        if (length >= n)
                return false;
        memcpy(buf, host, length);
        buf[length] = '\0';
        return true;
}
