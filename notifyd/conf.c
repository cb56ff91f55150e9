/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/conf.h"

static const char *const tls_names[_NOTIFY_TLS_MAX] = {
        [NOTIFY_TLS_OFF] = "off",
        [NOTIFY_TLS_STARTTLS] = "starttls",
        [NOTIFY_TLS_TLS] = "tls",
};

const char *notify_tls_to_string(enum notify_tls t) {
        return tls_names[t];
}
