/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"
#include "ipvsd/conf.h"
#include "notifyd/conf-rows.h"
#include "vrrpd/conf.h"

#define FIELD(f) NOTIFY_FIELD(f)
#define KEEPALIVED NOTIFY_KEEPALIVED
#define OURS .owner = CONF_OWNER_NOTIFYD, .source = "Mainstay", .flags = CONF_ROW_EXTENSION
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)

static const struct conf_name tls_names[] = {
        { "off", NOTIFY_TLS_OFF },
        { "starttls", NOTIFY_TLS_STARTTLS },
        { "tls", NOTIFY_TLS_TLS },
        {},
};

const char *notify_tls_to_string(enum notify_tls t) {
        return tls_names[t].name;
}

/* notification_email: all words of all lines are recipients. */

/* "a@b" or "Name <a@b>" as an envelope address. */
static char *envelope_of(const char *word) {
        const char *open = strrchr(word, '<'), *close = open ? strchr(open, '>') : NULL;

        if (!open)
                return strdup(word);
        return close ? strndup(open + 1, (size_t) (close - open - 1)) : strdup("");
}

/* One @, something on both sides, and nothing that could end the line or the address. */
static bool is_sound(const char *envelope) {
        const char *at = strchr(envelope, '@');

        if (!*envelope || strpbrk(envelope, " \t\r\n<>,;\""))
                return false;
        return !at || (at > envelope && at[1] && !strchr(at + 1, '@'));
}

/* A display name with special characters must stand in quotes, RFC 5322 §3.4. */
static char *header_of(const char *word, const char *envelope) {
        const char *open = strrchr(word, '<');
        size_t n = open ? (size_t) (open - word) : 0;
        char *header = NULL;

        while (n > 0 && conf_lex_is_blank(word[n - 1]))
                n--;
        if (n == 0)
                return strdup(envelope);
        if (strcspn(word, "()<>[]:;@\\,.\"") >= n)
                return asprintf(&header, "%.*s <%s>", (int) n, word, envelope) < 0 ? NULL : header;
        return asprintf(&header, "\"%.*s\" <%s>", (int) n, word, envelope) < 0 ? NULL : header;
}

static void recipient_done(struct notify_address_conf *a) {
        free(a->header);
        free(a->envelope);
}

static int take_recipient(const struct conf_parse *p, size_t i, struct notify_address_list *list) {
        struct notify_address_conf a = { .pos = conf_node_word_pos(p->node, p->first + i) }, *items;
        const char *word = conf_parse_word(p, i);

        a.envelope = envelope_of(word);
        if (!a.envelope)
                return -ENOMEM;
        if (!is_sound(a.envelope)) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL,
                                "notification_email: %s is no mail address", word);
                recipient_done(&a);
                return 0;
        }
        a.header = header_of(word, a.envelope);
        items = reallocarray(list->items, list->n + 1, sizeof(*items));
        if (items)
                list->items = items;
        if (!items || !a.header) {
                recipient_done(&a);
                return -ENOMEM;
        }
        list->items[list->n++] = a;
        return 0;
}

static int parse_recipients(const struct conf_parse *p, void *field) {
        int r = 0;

        for (size_t i = 0; i < conf_parse_n(p) && r >= 0; i++)
                r = take_recipient(p, i, field);
        return r;
}

static void done_recipients(void *field) {
        struct notify_address_list *list = field;

        for (size_t i = 0; i < list->n; i++)
                recipient_done(&list->items[i]);
        free(list->items);
        *list = (struct notify_address_list){};
}

static const struct conf_type recipients_type = {
        .name = "a list of mail addresses",
        .syntax = "{ ADDRESS ... }",
        .size = sizeof(struct notify_address_list),
        .list = true,
        .parse = parse_recipients,
        .done = done_recipients,
};

/* smtp_server HOST [PORT] */
static int parse_server(const struct conf_parse *p, void *field) {
        struct notify_server_conf *s = field;
        int64_t port = 0;

        if (conf_parse_n(p) > 1 && conf_parse_integer(p, 1, 1, UINT16_MAX, &port) != 0)
                port = 0;
        s->port = (uint16_t) port;
        s->host = strdup(conf_parse_word(p, 0));
        return s->host ? 0 : -ENOMEM;
}

static void print_server(FILE *to, const struct conf_row *row, const void *field) {
        const struct notify_server_conf *s = field;

        if (!s->host)
                return;
        fputc(' ', to);
        conf_print_word(to, s->host);
        if (s->port > 0)
                fprintf(to, " %u", s->port);
}

static void done_server(void *field) {
        struct notify_server_conf *s = field;

        free(s->host);
        *s = (struct notify_server_conf){};
}

static const struct conf_type server_type = {
        .name = "a host and perhaps a port",
        .syntax = "HOST [PORT]",
        .size = sizeof(struct notify_server_conf),
        .min_args = 1,
        .max_args = 2,
        .parse = parse_server,
        .print = print_server,
        .done = done_server,
};

/* clang-format off */
static const struct conf_row mail_rows[] = {
        { .key = "notification_email", .type = &recipients_type, FIELD(to), KEEPALIVED,
          .fallback_note = "nobody: no mail", .help = "Who gets mail." },
        { .key = "notification_email_from", .type = &conf_text, FIELD(from),
          .fallback_note = "USER@HOST", KEEPALIVED, .help = "Who sends it." },
        { .key = "smtp_server", .type = &server_type, FIELD(server),
          .fallback_note = "none: no mail; port 25, 587 with smtp_tls starttls, 465 with "
                           "smtp_tls tls", KEEPALIVED, .help = "The mail server to hand it to." },
        { .key = "smtp_helo_name", .type = &conf_text, FIELD(smtp_helo_name),
          .fallback_note = "the host name", KEEPALIVED, .help = "The name to greet it with." },
        { .key = "smtp_connect_timeout", .type = &conf_whole_seconds,
          FIELD(smtp_connect_timeout_usec), .min = SECONDS(1), .max = SECONDS(3600),
          .fallback = "30", .flags = CONF_ROW_ZERO_IS_ONE, .unit = "seconds", KEEPALIVED,
          .help = "How long it may take to connect, and to answer." },
        { .key = "smtp_tls", .type = &conf_word, FIELD(smtp_tls), .names = tls_names,
          .fallback = "off", OURS,
          .help = "Encrypt the connection: starttls after the greeting (and not without), tls "
                  "from the first byte." },
        { .key = "smtp_user", .type = &conf_text, FIELD(smtp_user), .fallback_note = "no login",
          OURS,
          .help = "Log in to the mail server with this name. Needs smtp_password or "
                  "smtp_password_file." },
        { .key = "smtp_password", .type = &conf_text, FIELD(smtp_password), .fallback_note = "none",
          OURS, .help = "Password for smtp_user. smtp_password_file keeps it out of this file." },
        { .key = "smtp_password_file", .type = &conf_text, FIELD(smtp_password_file),
          .fallback_note = "none", OURS,
          .help = "File whose first line is the password for smtp_user." },
        { .key = "smtp_ca_file", .type = &conf_text, FIELD(smtp_ca_file),
          .fallback_note = "the system's", OURS,
          .help = "PEM file of the authorities that may vouch for the mail server." },
        { .key = "smtp_alert", .type = &conf_tristate, FIELD(smtp_alert), .fallback_note = "unset",
          KEEPALIVED, .help = "Default for smtp_alert of everything." },
        { .key = "smtp_alert_vrrp", .type = &conf_tristate, FIELD(smtp_alert_vrrp),
          .fallback_note = "smtp_alert, else off", KEEPALIVED,
          .help = "Default for smtp_alert of VRRP instances." },
        { .key = "smtp_alert_checker", .type = &conf_tristate, FIELD(smtp_alert_checker),
          .fallback_note = "smtp_alert, else off for virtual, on for real servers", KEEPALIVED,
          .help = "Default for smtp_alert of virtual and real servers." },
        { .key = "no_email_faults", .type = &conf_flag, FIELD(no_email_faults), KEEPALIVED,
          .help = "No mail about FAULT." },
        { .key = "no_checker_emails", .type = &conf_boolean, FIELD(no_checker_emails),
          KEEPALIVED, .fallback = "off",
          .help = "Mail about a real server when it goes down or up, not for each of its checks." },
        { .key = "rs_init_notifies", .type = &conf_boolean, FIELD(rs_init_notifies),
          KEEPALIVED, .fallback = "off",
          .help = "Tell scripts and FIFOs of real servers that are up from the start, too." },
};
/* clang-format on */

static const struct conf_section mail_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = mail_rows,
        .n_rows = ARRAY_SIZE(mail_rows),
        .globals = notify_conf_object,
};

const struct conf_section *const notify_conf_sections[] = {
        &mail_section,
        &notify_conf_fifo_section,
        NULL,
};

struct conf_object *notify_conf_object(struct conf *c) {
        return &c->notify->object;
}

struct notify_conf *notify_conf_new(void) {
        struct notify_conf *n = calloc(1, sizeof(*n));

        if (n)
                n->smtp_alert = n->smtp_alert_vrrp = n->smtp_alert_checker = -1;
        return n;
}

/* What needs the whole file. */

static bool has(struct conf_build *b, const char *key) {
        return conf_build_has(b, &b->conf->notify->object, CONF_BLOCK_GLOBAL_DEFS, key);
}

const struct conf_node *notify_conf_line_of(struct conf_build *b, const char *key) {
        const struct conf_node *n;

        DL_FOREACH (b->tree->root->children, n) {
                const struct conf_node *found;

                if (n->dropped || !streq(conf_node_key(n), "global_defs"))
                        continue;
                found = conf_node_find(n, key);
                if (found)
                        return found;
        }
        return b->tree->root;
}

static bool somebody_alerts(const struct conf *c) {
        for (const struct vrrp_instance_conf *i = c->vrrp->instances; i; i = i->hh.next)
                if (i->smtp_alert)
                        return true;
        for (const struct vrrp_group_conf *g = c->vrrp->groups; g; g = g->hh.next)
                if (g->smtp_alert)
                        return true;
        for (const struct ipvs_service_conf *s = c->ipvs->services; s; s = s->next) {
                if (s->smtp_alert)
                        return true;
                for (const struct ipvs_server_conf *rs = s->servers; rs; rs = rs->next)
                        if (rs->smtp_alert)
                                return true;
        }
        return false;
}

static void check_mail(struct conf_build *b) {
        const struct notify_conf *n = b->conf->notify;

        if (n->to.n > 0 && !somebody_alerts(b->conf))
                conf_build_say(b, CONF_NOTE, notify_conf_line_of(b, "notification_email"),
                                "add smtp_alert to the instances, or to global_defs",
                                "notification_email without any smtp_alert: no mail will be sent");
        if (n->to.n > 0 && !n->server.host)
                conf_build_say(b, CONF_NOTE, notify_conf_line_of(b, "notification_email"),
                                "add smtp_server",
                                "notification_email without smtp_server: no mail will be sent");
}

static void check_login(struct conf_build *b) {
        const struct notify_conf *n = b->conf->notify;
        bool password = n->smtp_password || n->smtp_password_file;

        if (n->smtp_user && !password)
                conf_build_say(b, CONF_COMPLAINT, notify_conf_line_of(b, "smtp_user"),
                                "add smtp_password_file", "smtp_user without a password: no login");
        if (!n->smtp_user && password)
                conf_build_say(b, CONF_NOTE,
                                notify_conf_line_of(b,
                                                has(b, "smtp_password") ? "smtp_password"
                                                                        : "smtp_password_file"),
                                "add smtp_user", "a password without smtp_user: no login");
        if (n->smtp_password && n->smtp_password_file)
                conf_build_say(b, CONF_COMPLAINT, notify_conf_line_of(b, "smtp_password"), NULL,
                                "smtp_password and smtp_password_file are both given, the file counts");
        if (n->smtp_user && n->smtp_tls == NOTIFY_TLS_OFF)
                conf_build_say(b, CONF_NOTE, notify_conf_line_of(b, "smtp_user"),
                                "add smtp_tls starttls", "the password is sent unencrypted");
}

int notify_conf_check(struct conf_build *b) {
        struct notify_conf *n = b->conf->notify;

        if (n->server.host)
                n->smtp_port = n->server.port                        ? n->server.port
                                : n->smtp_tls == NOTIFY_TLS_TLS      ? 465
                                : n->smtp_tls == NOTIFY_TLS_STARTTLS ? 587
                                                                     : 25;
        n->smtp_server = n->server.host;
        check_mail(b);
        check_login(b);
        notify_conf_check_fifos(b);
        return 0;
}
