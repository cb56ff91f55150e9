/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/conf.h"
#include "tests/common/conf-text.h"

static struct conf *c;

static void forget(void) {
        c = conf_free(c);
}

TestSuite(notify_conf, .fini = forget);

static const struct notify_conf *load(const char *lines) {
        char text[1024];

        forget();
        snprintf(text, sizeof(text), "global_defs {\n%s\n}\n", lines);
        c = conf_of(text);
        return c->notify;
}

Test(notify_conf, without_a_word_there_is_no_mail) {
        const struct notify_conf *n = load("router_id x");

        cr_expect_eq(n->to.n, 0);
        cr_expect_null(n->smtp_server);
        cr_expect_eq(n->smtp_connect_timeout_usec, 30 * USEC_PER_SEC);
        cr_expect_eq(n->smtp_tls, NOTIFY_TLS_OFF);
        cr_expect_eq(n->smtp_alert, -1);
        cr_expect_eq(n->smtp_alert_vrrp, -1);
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
}

Test(notify_conf, recipients_are_all_words_of_all_lines) {
        const struct notify_conf *n = load(
                        "notification_email {\n a@b.example c@b.example\n \"Me, Myself <d@b.example>\"\n"
                        " \"Plain Name <e@b.example>\"\n <f@b.example>\n root\n }");

        cr_assert_eq(n->to.n, 6);
        cr_expect_str_eq(n->to.items[0].header, "a@b.example");
        cr_expect_str_eq(n->to.items[1].envelope, "c@b.example");
        cr_expect_str_eq(n->to.items[2].header, "\"Me, Myself\" <d@b.example>");
        cr_expect_str_eq(n->to.items[2].envelope, "d@b.example");
        cr_expect_str_eq(n->to.items[3].header, "Plain Name <e@b.example>");
        cr_expect_str_eq(n->to.items[4].header, "f@b.example");
        cr_expect_str_eq(n->to.items[5].envelope, "root");
        cr_expect_eq(n->to.items[1].pos.line, 3);
        cr_expect_eq(n->to.items[1].pos.column, 14);
}

Test(notify_conf, what_is_no_address_is_left_out) {
        const struct notify_conf *n = load(
                        "notification_email {\n \"a <b@c\"\n \"x <>\"\n @b\n a@\n a@b@c\n \"a b\"\n a,b@c\n ok@c\n }");

        cr_assert_eq(n->to.n, 1);
        cr_expect_str_eq(n->to.items[0].envelope, "ok@c");
        cr_expect_eq(conf_diags_count(&c->diags, CONF_COMPLAINT), 7);
}

Test(notify_conf, the_port_follows_the_encryption) {
        cr_expect_eq(load("smtp_server mail")->smtp_port, 25);
        cr_expect_eq(load("smtp_server mail\n smtp_tls starttls")->smtp_port, 587);
        cr_expect_eq(load("smtp_tls tls\n smtp_server mail")->smtp_port, 465);
        cr_expect_eq(load("smtp_server mail 2525\n smtp_tls tls")->smtp_port, 2525);
        cr_expect_eq(load("smtp_server mail 99999")->smtp_port, 25);
        cr_expect_str_eq(c->notify->smtp_server, "mail");
}

Test(notify_conf, logging_in_needs_name_and_password) {
        const struct notify_conf *n = load(
                        "smtp_user me\n smtp_password_file /etc/pw\n smtp_tls tls\n smtp_ca_file /ca.pem");

        cr_expect_str_eq(n->smtp_user, "me");
        cr_expect_str_eq(n->smtp_password_file, "/etc/pw");
        cr_expect_str_eq(n->smtp_ca_file, "/ca.pem");
        cr_expect_eq(conf_grade(c), CONF_CLEAN);
        load("smtp_user me");
        cr_expect(conf_says(c, CONF_COMPLAINT, "without a password"));
        load("smtp_user me\n smtp_password x");
        cr_expect(conf_says(c, CONF_NOTE, "unencrypted"));
}

Test(notify_conf, recipients_without_any_alert_are_told) {
        load("notification_email {\n a@b\n }\n smtp_server mail");
        cr_expect(conf_says(c, CONF_NOTE, "without any smtp_alert"));
        load("notification_email {\n a@b\n }\n smtp_alert");
        cr_expect(conf_says(c, CONF_NOTE, "without smtp_server"));
}

Test(notify_conf, encryption_has_words) {
        cr_expect_str_eq(notify_tls_to_string(NOTIFY_TLS_STARTTLS), "starttls");
        cr_expect_eq(load("smtp_tls perhaps")->smtp_tls, NOTIFY_TLS_OFF);
        cr_expect_eq(conf_grade(c), CONF_COMPLAINT);
}
