/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The checkers of real servers: what their blocks may contain, and what all kinds share. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"
#include "ipvsd/conf.h"

#define FIELD(f) .offset = offsetof(struct check_checker_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define TODO .flags = CONF_ROW_TODO
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)
#define DAY SECONDS(86400)

static const enum conf_block kind_blocks[_CHECK_CONF_MAX] = {
        [CHECK_CONF_TCP] = CONF_BLOCK_TCP_CHECK,
        [CHECK_CONF_HTTP] = CONF_BLOCK_HTTP_GET,
        [CHECK_CONF_SSL] = CONF_BLOCK_SSL_GET,
        [CHECK_CONF_SMTP] = CONF_BLOCK_SMTP_CHECK,
        [CHECK_CONF_DNS] = CONF_BLOCK_DNS_CHECK,
        [CHECK_CONF_UDP] = CONF_BLOCK_UDP_CHECK,
        [CHECK_CONF_PING] = CONF_BLOCK_PING_CHECK,
        [CHECK_CONF_MISC] = CONF_BLOCK_MISC_CHECK,
        [CHECK_CONF_FILE] = CONF_BLOCK_FILE_CHECK,
        [CHECK_CONF_BFD] = CONF_BLOCK_BFD_CHECK,
};

/* The block that @c was made of. */
static enum conf_block block_of(const struct check_checker_conf *c) {
        return c->outer ? CONF_BLOCK_SMTP_HOST : kind_blocks[c->kind];
}

struct check_checker_conf *check_checker_conf_free(struct check_checker_conf *c) {
        if (!c)
                return NULL;
        conf_build_object_done(conf_language(), &c->object, block_of(c));
        check_http_conf_done(c);
        free(c);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct check_checker_conf *, check_checker_conf_free);

static int new_checker(struct conf_build *b, struct conf_node *n, enum check_kind_conf kind,
                const struct check_checker_conf *outer, struct check_checker_conf **ret) {
        _cleanup_(check_checker_conf_freep) struct check_checker_conf *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return -ENOMEM;
        c->pos = n->pos;
        c->kind = kind;
        c->outer = outer;
        c->http.tls_verify_given = -1;
        r = conf_build_object(b, &c->object, block_of(c), n);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

static int open_checker(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        struct ipvs_server_conf *server = (struct ipvs_server_conf *) parent;
        enum check_kind_conf kind = 0;
        struct check_checker_conf *c;
        int r;

        while (!streq(check_kind_conf_to_string(kind), conf_node_key(n)))
                kind++;
        r = new_checker(b, n, kind, NULL, &c);
        if (r < 0)
                return r;
        LL_APPEND(server->checkers, c);
        *ret = &c->object;
        return 0;
}

int check_conf_open_host(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        struct check_checker_conf *outer = (struct check_checker_conf *) parent, *last = outer, *c;
        int r;

        r = new_checker(b, n, outer->kind, outer, &c);
        if (r < 0)
                return r;
        while (last->next && last->next->outer == outer)
                last = last->next;
        c->next = last->next;
        last->next = c;
        *ret = &c->object;
        return 0;
}

#define OPENER(name, id, text)                                                                     \
        {                                                                                          \
                .key = name, .type = &conf_block_only, .opens = id, .open = open_checker,          \
                .flags = CONF_ROW_REPEATS, KEEPALIVED, .help = text                                \
        }

/* clang-format off */
static const struct conf_row opener_rows[] = {
        OPENER("TCP_CHECK", CONF_BLOCK_TCP_CHECK, "Good when a TCP connection is accepted."),
        OPENER("HTTP_GET", CONF_BLOCK_HTTP_GET,
               "Good when HTTP requests are answered as wanted."),
        OPENER("SSL_GET", CONF_BLOCK_SSL_GET,
               "Good when HTTPS requests are answered as wanted."),
        OPENER("SMTP_CHECK", CONF_BLOCK_SMTP_CHECK,
               "Good when a mail server greets and answers HELO."),
        OPENER("DNS_CHECK", CONF_BLOCK_DNS_CHECK,
               "Good when a name server answers a query."),
        OPENER("UDP_CHECK", CONF_BLOCK_UDP_CHECK,
               "Good when a datagram is not refused, or is answered."),
        OPENER("PING_CHECK", CONF_BLOCK_PING_CHECK, "Good when an ICMP echo comes back."),
        OPENER("MISC_CHECK", CONF_BLOCK_MISC_CHECK,
               "Good when a command ends with status 0."),
        OPENER("FILE_CHECK", CONF_BLOCK_FILE_CHECK,
               "A tracked file moves the weight."),
        { .key = "BFD_CHECK", .type = &conf_block_only, .opens = CONF_BLOCK_BFD_CHECK,
          .open = open_checker, .flags = CONF_ROW_REPEATS | CONF_ROW_TODO, KEEPALIVED,
          .instead = "its server is judged without it", .help = "Good while a BFD session is up." },
};
/* clang-format on */

/* Where to connect to, and from. */
/* clang-format off */
static const struct conf_row connection_rows[] = {
        { .key = "connect_ip", .type = &conf_address, FIELD(connect_ip),
          .fallback_note = "the server's address", KEEPALIVED, .help = "Address to check." },
        { .key = "connect_port", .type = &conf_u16, FIELD(connect_port), .min = 1, .max = 65535,
          .fallback_note = "the server's port", KEEPALIVED, .help = "Port to check." },
        { .key = "bindto", .type = &conf_address, FIELD(bind_ip), .fallback_note = "any",
          KEEPALIVED, .help = "Source address." },
        { .key = "bind_port", .type = &conf_u16, FIELD(bind_port), .min = 1, .max = 65535,
          .fallback_note = "any", KEEPALIVED, .help = "Source port." },
        { .key = "bind_if", .type = &conf_text, FIELD(bind_if), .fallback_note = "any",
          KEEPALIVED, .help = "Interface to send from." },
        { .key = "fwmark", .type = &conf_u32, FIELD(fwmark), .fallback = "0", KEEPALIVED,
          .help = "Mark of the packets sent." },
        { .key = "connect_timeout", .type = &conf_seconds, FIELD(connect_timeout_usec), .min = 1,
          .max = DAY, .unit = "seconds", .fallback_note = "the server's", KEEPALIVED,
          .help = "How long connecting, and each answer, may take." },
};
/* clang-format on */

/* How often. */
/* clang-format off */
static const struct conf_row schedule_rows[] = {
        { .key = "retry", .old_alias = "nb_get_retry", .type = &conf_unsigned, FIELD(retry),
          .fallback_note = "the server's, else 1 (DNS 3, MISC 0)", KEEPALIVED,
          .help = "Further tries before the server is bad." },
        { .key = "delay_before_retry", .type = &conf_seconds, FIELD(delay_before_retry_usec),
          .max = DAY, .unit = "seconds",
          .fallback_note = "the server's, else 1 (HTTP and SSL 3, DNS delay_loop)", KEEPALIVED,
          .help = "Pause between tries." },
        { .key = "warmup", .type = &conf_seconds, FIELD(warmup_usec), .max = DAY, .unit = "seconds",
          .fallback_note = "the server's, else delay_loop", KEEPALIVED,
          .help = "The first check comes at random within this time." },
        { .key = "delay_loop", .type = &conf_seconds, FIELD(delay_loop_usec), .min = 1, .max = DAY,
          .unit = "seconds", .fallback_note = "the server's", KEEPALIVED,
          .help = "From one check to the next." },
        { .key = "alpha", .type = &conf_boolean, FIELD(alpha),
          .fallback_note = "the server's", KEEPALIVED, .help = "Bad until proved good." },
        { .key = "log_all_failures", .type = &conf_boolean, FIELD(log_all_failures),
          .fallback_note = "checker_log_all_failures", KEEPALIVED,
          .help = "Log every try that fails." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row bfd_rows[] = {
        { .key = "name", .type = &conf_text, .fallback_note = "none: required", TODO, KEEPALIVED,
          .help = "Name of a bfd_instance." },
        { .key = "alpha", .type = &conf_boolean, FIELD(alpha), .fallback_note = "the server's",
          TODO, KEEPALIVED, .help = "Bad until proved good." },
};
/* clang-format on */

#define SECTION(c_name, id, table, number)                                                         \
        const struct conf_section c_name = {                                                       \
                .block = id,                                                                       \
                .rows = table,                                                                     \
                .n_rows = ARRAY_SIZE(table),                                                       \
                .first = number,                                                                   \
        }

SECTION(check_conf_openers_section, CONF_BLOCK_REAL_SERVER, opener_rows, 32);
SECTION(check_conf_tcp_section, CONF_BLOCK_TCP_CHECK, connection_rows, 0);
SECTION(check_conf_tcp_schedule_section, CONF_BLOCK_TCP_CHECK, schedule_rows, 8);
SECTION(check_conf_ping_section, CONF_BLOCK_PING_CHECK, connection_rows, 0);
SECTION(check_conf_ping_schedule_section, CONF_BLOCK_PING_CHECK, schedule_rows, 8);
SECTION(check_conf_udp_section, CONF_BLOCK_UDP_CHECK, connection_rows, 0);
SECTION(check_conf_udp_schedule_section, CONF_BLOCK_UDP_CHECK, schedule_rows, 8);
SECTION(check_conf_http_section, CONF_BLOCK_HTTP_GET, connection_rows, 0);
SECTION(check_conf_http_schedule_section, CONF_BLOCK_HTTP_GET, schedule_rows, 8);
SECTION(check_conf_https_section, CONF_BLOCK_SSL_GET, connection_rows, 0);
SECTION(check_conf_https_schedule_section, CONF_BLOCK_SSL_GET, schedule_rows, 8);
SECTION(check_conf_smtp_section, CONF_BLOCK_SMTP_CHECK, connection_rows, 0);
SECTION(check_conf_smtp_schedule_section, CONF_BLOCK_SMTP_CHECK, schedule_rows, 8);
SECTION(check_conf_smtp_host_section, CONF_BLOCK_SMTP_HOST, connection_rows, 0);
SECTION(check_conf_smtp_host_schedule_section, CONF_BLOCK_SMTP_HOST, schedule_rows, 8);
SECTION(check_conf_dns_section, CONF_BLOCK_DNS_CHECK, connection_rows, 0);
SECTION(check_conf_dns_schedule_section, CONF_BLOCK_DNS_CHECK, schedule_rows, 8);
SECTION(check_conf_misc_section, CONF_BLOCK_MISC_CHECK, schedule_rows, 8);
SECTION(check_conf_bfd_check_section, CONF_BLOCK_BFD_CHECK, bfd_rows, 0);

const struct conf_section *const check_conf_sections[] = {
        &check_conf_root_section,
        &check_conf_global_section,
        &check_conf_script_section,
        &check_conf_file_section,
        &check_conf_process_section,
        &check_conf_bfd_section,
        &check_conf_ssl_section,
        &check_conf_openers_section,
        &check_conf_tcp_section,
        &check_conf_tcp_schedule_section,
        &check_conf_http_section,
        &check_conf_http_schedule_section,
        &check_conf_http_own_section,
        &check_conf_url_section,
        &check_conf_https_section,
        &check_conf_https_schedule_section,
        &check_conf_https_own_section,
        &check_conf_https_http_section,
        &check_conf_https_url_section,
        &check_conf_https_url_own_section,
        &check_conf_smtp_section,
        &check_conf_smtp_schedule_section,
        &check_conf_smtp_own_section,
        &check_conf_smtp_host_section,
        &check_conf_smtp_host_schedule_section,
        &check_conf_dns_section,
        &check_conf_dns_schedule_section,
        &check_conf_dns_own_section,
        &check_conf_udp_section,
        &check_conf_udp_schedule_section,
        &check_conf_udp_own_section,
        &check_conf_ping_section,
        &check_conf_ping_schedule_section,
        &check_conf_misc_section,
        &check_conf_misc_own_section,
        &check_conf_file_check_section,
        &check_conf_bfd_check_section,
        NULL,
};

int check_checker_conf_complete(struct conf_build *b, struct check_checker_conf *c,
                const struct check_inherited_conf *from) {
        switch (c->kind) {
        case CHECK_CONF_HTTP:
        case CHECK_CONF_SSL: return check_http_conf_complete(b, c, from);
        case CHECK_CONF_MISC: return check_misc_conf_complete(b, c, from);
        case CHECK_CONF_FILE: return check_file_check_conf_complete(b, c);
        /* Nobody would ever report on it, and with alpha its server would be bad for ever. */
        case CHECK_CONF_BFD: return CONF_BUILD_DROPPED;
        case CHECK_CONF_TCP:
        case CHECK_CONF_SMTP:
        case CHECK_CONF_DNS:
        case CHECK_CONF_UDP:
        case CHECK_CONF_PING:
        case _CHECK_CONF_MAX: break;
        }
        return 0;
}
