/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/kind.h"

static const struct check_kind *const kinds[_CHECK_CONF_MAX] = {
        [CHECK_CONF_TCP] = &check_kind_tcp,
        [CHECK_CONF_HTTP] = &check_kind_http,
        [CHECK_CONF_SSL] = &check_kind_ssl,
        [CHECK_CONF_DNS] = &check_kind_dns,
        [CHECK_CONF_MISC] = &check_kind_misc,
        [CHECK_CONF_FILE] = &check_kind_file,
        [CHECK_CONF_SMTP] = &check_kind_smtp,
        [CHECK_CONF_UDP] = &check_kind_udp,
        [CHECK_CONF_PING] = &check_kind_ping,
};

const struct check_kind *check_kind_find(enum check_kind_conf k) {
        return kinds[k];
}
