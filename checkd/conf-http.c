/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The blocks of HTTP_GET and SSL_GET, and checkd's keywords of global_defs. */

#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"
#include "checkd/http-host.h"

#define FIELD(f) .offset = offsetof(struct check_checker_conf, http.f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define MOOT .flags = CONF_ROW_TODO_NOTE

/* A name that goes into a Host header as it is: nothing in it may end the header or the name. */
static int parse_host(const struct conf_parse *p, void *field) {
        const char *word;

        if (conf_parse_n(p) == 0)
                return 0;
        word = conf_parse_word(p, 0);
        if (!*word || !check_http_host_is_valid(word)) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: \"%s\" is no name of a host",
                                p->row->key, word);
                return CONF_TYPE_REFUSED;
        }
        return conf_parse_text(p, field);
}

const struct conf_type check_conf_host = {
        .name = "the name of a host",
        .syntax = "NAME",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_host,
        .print = conf_print_text,
        .done = conf_done_text,
};

static const struct conf_type optional_host = {
        .name = "the name of a host, or nothing",
        .syntax = "[NAME]",
        .size = sizeof(char *),
        .max_args = 1,
        .parse = parse_host,
        .print = conf_print_text,
        .done = conf_done_text,
};

static const struct conf_name protocols[] = {
        { "1.0", CHECK_HTTP_1_0 },
        { "1.0C", CHECK_HTTP_1_0_CLOSE },
        { "1.1", CHECK_HTTP_1_1 },
        { "1.0c", CHECK_HTTP_1_0_CLOSE },
        {},
};

/* clang-format off */
static const struct conf_row http_rows[] = {
        { .key = "url", .type = &conf_block_only, .opens = CONF_BLOCK_HTTP_URL,
          .open = check_url_conf_open, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "One request and what its answer must be. With several, each try asks the next "
                  "one, and all must be good." },
        { .key = "virtualhost", .type = &check_conf_host, FIELD(virtualhost),
          .fallback_note = "that of the server, else of the service, else ADDRESS:PORT", KEEPALIVED,
          .help = "Host header of all requests." },
        { .key = "http_protocol", .type = &conf_word, FIELD(protocol), .names = protocols,
          .fallback = "1.0", KEEPALIVED,
          .help = "Protocol version; 1.0C and 1.1 send Connection: close." },
        { .key = "enable_sni", .type = &conf_boolean, FIELD(enable_sni), .fallback = "off",
          KEEPALIVED, .help = "Name the host in the TLS handshake." },
        { .key = "sni_name", .type = &optional_host, FIELD(sni_name),
          .fallback_note = "the Host header's name", KEEPALIVED,
          .help = "Name for that; turns enable_sni on." },
        { .key = "fast_recovery", .type = &conf_boolean,
          .offset = offsetof(struct check_checker_conf, fast_recovery), .fallback = "off",
          KEEPALIVED, .help = "No pause between the urls while coming up." },
};
/* clang-format on */

/* As above, but its urls are those of SSL_GET. */
/* clang-format off */
static const struct conf_row https_rows[] = {
        { .key = "url", .type = &conf_block_only, .opens = CONF_BLOCK_SSL_URL,
          .open = check_url_conf_open, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "One request and what its answer must be. With several, each try asks the next "
                  "one, and all must be good." },
        { .key = "tls_compliant", .type = &conf_boolean, .flags = CONF_ROW_MOOT, KEEPALIVED,
          .fallback_note = "always", .help = "End TLS sessions as the standard wants." },
        { .key = "tls_verify", .type = &conf_tristate, FIELD(tls_verify_given),
          .flags = CONF_ROW_EXTENSION, .fallback_note = "on if SSL has a ca, else off",
          .owner = CONF_OWNER_CHECKD, .source = "RFC 5280 §6, RFC 6125 §6",
          .help = "Verify the server's certificate: signed by SSL's ca, or else by an authority "
                  "that the system trusts; in force now; and for sni_name, else for the Host "
                  "header's name, else for the address." },
};
/* clang-format on */

#define HOST_ROWS(name, unit_name)                                                                 \
        { .key = name "_process_name",                                                             \
                .type = &conf_text,                                                                \
                MOOT,                                                                              \
                KEEPALIVED,                                                                        \
                .help = "Name of the " unit_name " process." },                                    \
                        { .key = name "_priority",                                                 \
                                .type = &conf_int,                                                 \
                                .min = -20,                                                        \
                                .max = 19,                                                         \
                                .fallback_note = "0",                                              \
                                MOOT,                                                              \
                                KEEPALIVED,                                                        \
                                .instead = "set Nice= in the unit",                                \
                                .help = "Nice value of the " unit_name " process." },              \
                        { .key = name "_no_swap",                                                  \
                                .type = &conf_flag,                                                \
                                MOOT,                                                              \
                                KEEPALIVED,                                                        \
                                .help = "Keep the " unit_name " process in memory." },             \
                        { .key = name "_rt_priority",                                              \
                                .type = &conf_int,                                                 \
                                .min = 1,                                                          \
                                .max = 99,                                                         \
                                .flags = CONF_ROW_TODO_NOTE | CONF_ROW_CLAMP,                      \
                                KEEPALIVED,                                                        \
                                .instead = "set CPUSchedulingPriority= in the unit",               \
                                .help = "Realtime priority of the " unit_name " process." },       \
                        { .key = name "_cpu_affinity",                                             \
                                .type = &conf_some,                                                \
                                MOOT,                                                              \
                                KEEPALIVED,                                                        \
                                .instead = "set CPUAffinity= in the unit",                         \
                                .help = "Processors that the " unit_name " process may use." },    \
        {                                                                                          \
                .key = name "_rlimit_rttime", .old_alias = name "_rlimit_rtime",                   \
                .type = &conf_u32, .min = 1, .max = UINT32_MAX, .unit = "microseconds",            \
                .fallback_note = "10000", MOOT, KEEPALIVED,                                        \
                .instead = "set LimitRTTIME= in the unit",                                         \
                .help = "How long the " unit_name " process may run in realtime without a pause."  \
        }

/* clang-format off */
static const struct conf_row global_rows[] = {
        HOST_ROWS("bfd", "BFD"),
        { .key = "checker_log_all_failures", .type = &conf_boolean,
          .offset = offsetof(struct check_conf, log_all_failures), .fallback = "off",
          KEEPALIVED, .help = "Log every failed try of a checker." },
        { .key = "checker_process_name", .old_alias = "lvs_process_name", .type = &conf_text, MOOT,
          KEEPALIVED, .help = "Name of the checker process." },
        { .key = "process_monitor_rcv_bufs", .type = &conf_u32, .unit = "bytes", MOOT, KEEPALIVED,
          .help = "Receive buffer of the socket that tells of processes." },
        { .key = "process_monitor_rcv_bufs_force", .type = &conf_boolean, MOOT, KEEPALIVED,
          .help = "Let that buffer be larger than the system's limit." },
};
/* clang-format on */

const struct conf_section check_conf_global_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = global_rows,
        .n_rows = ARRAY_SIZE(global_rows),
        .first = 16,
        .globals = check_conf_object,
};
const struct conf_section check_conf_http_own_section = {
        .block = CONF_BLOCK_HTTP_GET,
        .rows = http_rows,
        .n_rows = ARRAY_SIZE(http_rows),
        .first = 16,
};
const struct conf_section check_conf_https_own_section = {
        .block = CONF_BLOCK_SSL_GET,
        .rows = https_rows,
        .n_rows = ARRAY_SIZE(https_rows),
        .first = 24,
};
const struct conf_section check_conf_https_http_section = {
        .block = CONF_BLOCK_SSL_GET,
        .rows = http_rows,
        .n_rows = ARRAY_SIZE(http_rows),
        .first = 16,
};

/* Completing */

void check_http_conf_done(struct check_checker_conf *c) {
        while (c->http.urls) {
                struct check_url_conf *u = c->http.urls;

                LL_DELETE(c->http.urls, u);
                check_url_conf_free(u);
        }
}

static int complete_urls(struct conf_build *b, struct check_http_conf *http, const char *host) {
        struct check_url_conf *u, *tmp;

        LL_FOREACH_SAFE (http->urls, u, tmp) {
                int r = check_url_conf_complete(b, u, host);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                LL_DELETE(http->urls, u);
                conf_build_drop(&u->object);
                check_url_conf_free(u);
        }
        return 0;
}

int check_http_conf_complete(struct conf_build *b, struct check_checker_conf *c,
                const struct check_inherited_conf *from) {
        struct check_http_conf *http = &c->http;
        const char *host = http->virtualhost ?: from->virtualhost;
        int r;

        if (host && !check_http_host_is_valid(host)) {
                conf_build_say(b, CONF_COMPLAINT, c->object.node, NULL,
                                "virtualhost: \"%s\" is no name of a host, it is not used", host);
                host = NULL;
        }
        r = complete_urls(b, http, host);
        if (r < 0)
                return r;
        if (!http->urls) {
                conf_build_say(b, CONF_COMPLAINT, c->object.node, NULL,
                                "it has no url with a path, the checker is left out");
                return CONF_BUILD_DROPPED;
        }
        http->enable_sni |= http->sni_name != NULL;
        http->tls_verify = http->tls_verify_given >= 0 ? http->tls_verify_given > 0
                                                       : b->conf->check->ssl.ca != NULL;
        return 0;
}
