/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf-language.h"

#include <errno.h>
#include <stdlib.h>

#include "checkd/conf.h"
#include "common/conf-global.h"
#include "common/conf.h"
#include "ipvsd/conf.h"
#include "notifyd/conf.h"
#include "vrrpd/conf.h"

static const char *const block_names[_CONF_BLOCK_MAX] = {
        [CONF_BLOCK_NONE] = "",
        [CONF_BLOCK_ROOT] = "top level",
        [CONF_BLOCK_GLOBAL_DEFS] = "global_defs",
        [CONF_BLOCK_TRACK_GROUP] = "track_group",
        [CONF_BLOCK_VRRP_SYNC_GROUP] = "vrrp_sync_group",
        [CONF_BLOCK_GARP_GROUP] = "garp_group",
        [CONF_BLOCK_VRRP_INSTANCE] = "vrrp_instance",
        [CONF_BLOCK_AUTHENTICATION] = "authentication",
        [CONF_BLOCK_AUTH_HMAC] = "auth_hmac",
        [CONF_BLOCK_VRRP_SCRIPT] = "vrrp_script",
        [CONF_BLOCK_VRRP_TRACK_PROCESS] = "vrrp_track_process",
        [CONF_BLOCK_TRACK_FILE] = "track_file",
        [CONF_BLOCK_BFD_INSTANCE] = "bfd_instance",
        [CONF_BLOCK_VIRTUAL_SERVER] = "virtual_server",
        [CONF_BLOCK_REAL_SERVER] = "real_server",
        [CONF_BLOCK_TCP_CHECK] = "TCP_CHECK",
        [CONF_BLOCK_PING_CHECK] = "PING_CHECK",
        [CONF_BLOCK_UDP_CHECK] = "UDP_CHECK",
        [CONF_BLOCK_HTTP_GET] = "HTTP_GET",
        [CONF_BLOCK_HTTP_URL] = "url of HTTP_GET",
        [CONF_BLOCK_SSL_GET] = "SSL_GET",
        [CONF_BLOCK_SSL_URL] = "url of SSL_GET",
        [CONF_BLOCK_SMTP_CHECK] = "SMTP_CHECK",
        [CONF_BLOCK_SMTP_HOST] = "host of SMTP_CHECK",
        [CONF_BLOCK_DNS_CHECK] = "DNS_CHECK",
        [CONF_BLOCK_MISC_CHECK] = "MISC_CHECK",
        [CONF_BLOCK_FILE_CHECK] = "FILE_CHECK",
        [CONF_BLOCK_BFD_CHECK] = "BFD_CHECK",
        [CONF_BLOCK_SSL] = "SSL",
};

const char *conf_block_to_string(enum conf_block b) {
        return block_names[b];
}

/* keepalived 1.x, Alibaba's and DPVS's dialects, and what instructions on the net get wrong. */
static const struct conf_history history[] = {
        { "nat_mask", "has meant nothing since keepalived 1.x", "remove the line" },
        { "lvs_id", "was keepalived 1.1's name for router_id", "write router_id" },
        { "lvs_sync_daemon_inteface", "was a misspelling that keepalived 1.x required",
                        "write lvs_sync_daemon INTERFACE INSTANCE in global_defs" },
        { "MISC", "is no checker", "write MISC_CHECK" },
        { "misc_check", "is no checker", "write MISC_CHECK: capitals matter" },
        { "TCP", "is no checker", "write TCP_CHECK" },
        { "HTTP_CHECK", "is no checker", "write HTTP_GET" },
        { "SSL_CHECK", "is no checker", "write SSL_GET" },
        { "virtual_ipaddresses", "is no keyword", "write virtual_ipaddress" },
        { "auth-type", "is no keyword", "write auth_type" },
        { "vrrp_track_script", "is no keyword",
                        "write vrrp_script to define, track_script to use" },
        { "check_script", "is no keyword", "write track_script" },
        { "interface_name", "is no keyword", "write interface" },
        { "static_route", "is no keyword", "write static_routes" },
        { "enable_filesystem", "is no keyword of a released keepalived", "remove the line" },
        { "lvs_weight", "is no keyword of a released keepalived", "write weight" },
        { "quorum_weight", "is no keyword of a released keepalived", NULL },
        { "ipvs_process_name", "is no keyword", "write checker_process_name" },
        { "enable_snmp_rfc2", "is no keyword", "write enable_snmp_rfcv2" },
        { "local_address_group", "belongs to Alibaba's LVS and DPVS (FULLNAT)", NULL },
        { "laddr_group_name", "belongs to Alibaba's LVS and DPVS (FULLNAT)", NULL },
        { "daddr_group_name", "belongs to DPVS", NULL },
        { "deny_address_group", "belongs to DPVS", NULL },
        { "dpdk_interface", "belongs to DPVS", NULL },
        { "establish_timeout", "belongs to DPVS", NULL },
        {},
};

static const struct conf_section *const *const parts[] = {
        global_conf_sections,
        vrrp_conf_sections,
        check_conf_sections,
        ipvs_conf_sections,
        notify_conf_sections,
        NULL,
};

static const struct conf_schema language = {
        .parts = parts,
        .history = history,
};

const struct conf_schema *conf_language(void) {
        return &language;
}

static int default_globals(struct conf_build *b) {
        CONF_SCHEMA_FOREACH(s, &language) {
                int r;

                if (!(*s)->globals)
                        continue;
                r = conf_build_globals(b, (*s)->globals(b->conf), *s);
                if (r < 0)
                        return r;
        }
        return 0;
}

int conf_language_new_models(struct conf_build *b) {
        struct conf *c = b->conf;

        c->global = calloc(1, sizeof(*c->global));
        c->vrrp = calloc(1, sizeof(*c->vrrp));
        c->check = calloc(1, sizeof(*c->check));
        c->ipvs = calloc(1, sizeof(*c->ipvs));
        c->notify = notify_conf_new();
        if (!c->global || !c->vrrp || !c->check || !c->ipvs || !c->notify)
                return -ENOMEM;
        return default_globals(b);
}

int conf_language_check(struct conf_build *b) {
        int r;

        r = global_conf_check(b);
        if (r < 0)
                return r;
        r = check_conf_check(b);
        if (r < 0)
                return r;
        r = vrrp_conf_check(b);
        if (r < 0)
                return r;
        check_conf_check_use(b);
        r = ipvs_conf_check(b);
        if (r < 0)
                return r;
        check_conf_check_checkers(b);
        return notify_conf_check(b);
}

void conf_language_free_models(struct conf *c) {
        if (c->global && c->vrrp && c->check && c->ipvs && c->notify)
                CONF_SCHEMA_FOREACH(s, &language)
        if ((*s)->globals)
                conf_build_globals_done((*s)->globals(c), *s);
        free(c->global);
        c->vrrp = vrrp_conf_free(c->vrrp);
        c->check = check_conf_free(c->check);
        c->ipvs = ipvs_conf_free(c->ipvs);
        free(c->notify);
}
