/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The blocks in which keywords can stand. The engine tells them apart by number only; what they are
 * is said by the rows. Lists of entries (virtual_ipaddress, track_script, ...) are values, not
 * blocks. */

enum conf_block {
        CONF_BLOCK_NONE,
        CONF_BLOCK_ROOT,
        CONF_BLOCK_GLOBAL_DEFS,
        CONF_BLOCK_TRACK_GROUP,
        CONF_BLOCK_VRRP_SYNC_GROUP,
        CONF_BLOCK_GARP_GROUP,
        CONF_BLOCK_VRRP_INSTANCE,
        CONF_BLOCK_AUTHENTICATION,
        CONF_BLOCK_AUTH_HMAC,
        CONF_BLOCK_VRRP_SCRIPT,
        CONF_BLOCK_VRRP_TRACK_PROCESS,
        CONF_BLOCK_TRACK_FILE,
        CONF_BLOCK_BFD_INSTANCE,
        CONF_BLOCK_VIRTUAL_SERVER,
        CONF_BLOCK_REAL_SERVER,
        CONF_BLOCK_TCP_CHECK,
        CONF_BLOCK_PING_CHECK,
        CONF_BLOCK_UDP_CHECK,
        CONF_BLOCK_HTTP_GET,
        CONF_BLOCK_HTTP_URL,
        CONF_BLOCK_SSL_GET,
        CONF_BLOCK_SSL_URL,
        CONF_BLOCK_SMTP_CHECK,
        CONF_BLOCK_SMTP_HOST,
        CONF_BLOCK_DNS_CHECK,
        CONF_BLOCK_MISC_CHECK,
        CONF_BLOCK_FILE_CHECK,
        CONF_BLOCK_BFD_CHECK,
        CONF_BLOCK_SSL,
        _CONF_BLOCK_MAX,
};

/* "vrrp_instance", ...; "top level" for the root. */
const char *conf_block_to_string(enum conf_block b);
