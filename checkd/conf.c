/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/conf.h"

static const char *const kind_names[_CHECK_CONF_MAX] = {
        [CHECK_CONF_TCP] = "TCP_CHECK",
        [CHECK_CONF_HTTP] = "HTTP_GET",
        [CHECK_CONF_SSL] = "SSL_GET",
        [CHECK_CONF_SMTP] = "SMTP_CHECK",
        [CHECK_CONF_DNS] = "DNS_CHECK",
        [CHECK_CONF_UDP] = "UDP_CHECK",
        [CHECK_CONF_PING] = "PING_CHECK",
        [CHECK_CONF_MISC] = "MISC_CHECK",
        [CHECK_CONF_FILE] = "FILE_CHECK",
        [CHECK_CONF_BFD] = "BFD_CHECK",
};

const char *check_kind_conf_to_string(enum check_kind_conf k) {
        return kind_names[k];
}

struct check_script_conf *check_conf_find_script(const struct check_conf *c, const char *name) {
        struct check_script_conf *s = NULL;

        HASH_FIND_STR(c->scripts, name, s);
        return s;
}
