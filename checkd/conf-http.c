/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The blocks of HTTP_GET and SSL_GET and their urls, and checkd's keywords of global_defs. */

#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"

#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define TODO .flags = CONF_ROW_TODO
#define MOOT .flags = CONF_ROW_TODO_NOTE

/* 200, 200-299, 301 404-410 */
static int parse_status_codes(const struct conf_parse *p, void *field) {
        for (size_t i = 0; i < conf_parse_n(p); i++) {
                const char *word = conf_parse_word(p, i);
                char *end;
                long low = strtol(word, &end, 10),
                     high = *end == '-' ? strtol(end + 1, &end, 10) : low;

                if (!*end && low >= 100 && high <= 599 && low <= high)
                        continue;
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "status_code: %s is no code in 100..599",
                                word);
                return CONF_TYPE_REFUSED;
        }
        return 0;
}

static const struct conf_type status_codes_type = {
        .name = "codes and ranges of codes",
        .syntax = "N[-M] ...",
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_status_codes,
};

static int parse_digest(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);

        if (strlen(word) == 32 && word[strspn(word, "0123456789abcdefABCDEF")] == '\0')
                return 0;
        conf_parse_say(p, CONF_COMPLAINT, 0, "take it from md5sum",
                        "digest: %s is not 32 hexadecimal digits", word);
        return CONF_TYPE_REFUSED;
}

static const struct conf_type digest_type = {
        .name = "32 hexadecimal digits",
        .syntax = "HEX",
        .min_args = 1,
        .max_args = 1,
        .parse = parse_digest,
};

static int parse_raw(const struct conf_parse *p, void *field) {
        return 0;
}

static const struct conf_type pattern_type = {
        .name = "a pattern, quoted as a script is",
        .syntax = "PATTERN",
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .raw = true,
        .parse = parse_raw,
};

static const struct conf_name protocols[] = {
        { "1.0", 0 },
        { "1.0C", 1 },
        { "1.1", 2 },
        { "1.0c", 1 },
        {},
};

/* clang-format off */
static const struct conf_row http_rows[] = {
        { .key = "url", .type = &conf_block_only, .opens = CONF_BLOCK_HTTP_URL,
          .flags = CONF_ROW_TODO | CONF_ROW_REPEATS, KEEPALIVED,
          .help = "One request and what its answer must be." },
        { .key = "virtualhost", .type = &conf_text,
          .fallback_note = "that of the server, else of the service", TODO, KEEPALIVED,
          .help = "Host header of all requests." },
        { .key = "http_protocol", .type = &conf_word, .names = protocols, .fallback_note = "1.0",
          TODO, KEEPALIVED, .help = "Protocol version; 1.0C and 1.1 send Connection: close." },
        { .key = "enable_sni", .type = &conf_boolean, .fallback_note = "off", TODO, KEEPALIVED,
          .help = "Name the host in the TLS handshake." },
        { .key = "sni_name", .type = &conf_optional_text, .fallback_note = "the Host header's name",
          TODO, KEEPALIVED, .help = "Name for that." },
        { .key = "fast_recovery", .type = &conf_boolean, .fallback_note = "off", TODO, KEEPALIVED,
          .help = "No pause between the urls while coming up." },
};
/* clang-format on */

/* As above, but its urls are those of SSL_GET. */
/* clang-format off */
static const struct conf_row https_rows[] = {
        { .key = "url", .type = &conf_block_only, .opens = CONF_BLOCK_SSL_URL,
          .flags = CONF_ROW_TODO | CONF_ROW_REPEATS, KEEPALIVED,
          .help = "One request and what its answer must be." },
        { .key = "tls_compliant", .type = &conf_boolean, .fallback_note = "off", TODO, KEEPALIVED,
          .help = "End TLS sessions as the standard wants." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row url_rows[] = {
        { .key = "path", .type = &conf_text, .fallback_note = "none: required", TODO, KEEPALIVED,
          .help = "Path to ask for." },
        { .key = "status_code", .type = &status_codes_type, .fallback_note = "200-299", TODO,
          KEEPALIVED, .help = "Status codes that are good." },
        { .key = "digest", .type = &digest_type, .fallback_note = "not compared", TODO, KEEPALIVED,
          .help = "MD5 of the body." },
        { .key = "virtualhost", .type = &conf_text, .fallback_note = "that of the checker", TODO,
          KEEPALIVED, .help = "Host header of this request." },
        { .key = "regex", .type = &pattern_type, .fallback_note = "not looked for", TODO,
          KEEPALIVED, .help = "Perl-compatible pattern that the body must have." },
        { .key = "regex_no_match", .type = &conf_flag, TODO, KEEPALIVED,
          .help = "The body must not have it." },
        { .key = "regex_options", .type = &conf_some, TODO, KEEPALIVED,
          .help = "PCRE2 options, in lower case." },
        { .key = "regex_min_offset", .type = &conf_u32, .unit = "bytes", .fallback_note = "0", TODO,
          KEEPALIVED, .help = "Where a match may begin at the earliest." },
        { .key = "regex_max_offset", .type = &conf_u32, .unit = "bytes",
          .fallback_note = "no limit", TODO, KEEPALIVED,
          .help = "Where a match may begin at the latest." },
        { .key = "regex_stack", .type = &conf_some, .unit = "bytes", TODO, KEEPALIVED,
          .help = "Stack of the pattern's machine: at first, and at most." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row ssl_url_rows[] = {
        { .key = "tls_compliant", .type = &conf_boolean, .fallback_note = "that of the checker",
          TODO, KEEPALIVED, .help = "End TLS sessions as the standard wants." },
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
        { .key = "checker_priority", .type = &conf_int, .min = -20, .max = 19, .fallback_note = "0",
          MOOT, KEEPALIVED, .instead = "set Nice= in the unit",
          .help = "Nice value of the checker process." },
        { .key = "checker_no_swap", .type = &conf_flag, MOOT, KEEPALIVED,
          .help = "Keep the checker process in memory." },
        { .key = "checker_rt_priority", .type = &conf_int, .min = 1, .max = 99,
          .flags = CONF_ROW_TODO_NOTE | CONF_ROW_CLAMP, KEEPALIVED,
          .instead = "set CPUSchedulingPriority= in the unit",
          .help = "Realtime priority of the checker process." },
        { .key = "checker_cpu_affinity", .type = &conf_some, MOOT, KEEPALIVED,
          .instead = "set CPUAffinity= in the unit",
          .help = "Processors that the checker process may use." },
        { .key = "checker_rlimit_rttime", .old_alias = "checker_rlimit_rtime", .type = &conf_u32,
          .min = 1, .max = UINT32_MAX, .unit = "microseconds", .fallback_note = "10000", MOOT,
          KEEPALIVED, .instead = "set LimitRTTIME= in the unit",
          .help = "How long the checker process may run in realtime without a pause." },
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
const struct conf_section check_conf_url_section = {
        .block = CONF_BLOCK_HTTP_URL,
        .rows = url_rows,
        .n_rows = ARRAY_SIZE(url_rows),
};
const struct conf_section check_conf_https_url_section = {
        .block = CONF_BLOCK_SSL_URL,
        .rows = url_rows,
        .n_rows = ARRAY_SIZE(url_rows),
};
const struct conf_section check_conf_https_url_own_section = {
        .block = CONF_BLOCK_SSL_URL,
        .rows = ssl_url_rows,
        .n_rows = ARRAY_SIZE(ssl_url_rows),
        .first = 16,
};
