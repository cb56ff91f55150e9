/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/kind.h"

static const struct check_kind *const kinds[_CHECK_CONF_MAX] = {
        [CHECK_CONF_TCP] = &check_kind_tcp,
        [CHECK_CONF_SMTP] = &check_kind_smtp,
        [CHECK_CONF_UDP] = &check_kind_udp,
        [CHECK_CONF_PING] = &check_kind_ping,
};

const struct check_kind *check_kind_find(enum check_kind_conf k) {
        return kinds[k];
}
