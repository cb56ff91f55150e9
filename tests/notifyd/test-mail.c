/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/mail.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"

static const char *const one[] = { "a@example.org", NULL };

static char *format(const struct mail *m) {
        char *text = NULL;
        size_t n = 0;

        (void) setenv("TZ", "UTC0", 1);
        tzset();
        cr_assert_eq(mail_format(m, &text, &n), 0);
        cr_assert_eq(strlen(text), n);
        return text;
}

static struct mail plain(void) {
        return (struct mail){
                .from = "router@example.org",
                .to = one,
                .subject = "[r1] VRRP Instance VI_1 - Entering MASTER state",
                .body = "=> no advert for 3.6 s <=",
                .date_usec = 1700000000 * USEC_PER_SEC,
                .message_id = "1.2.mainstay@r1",
        };
}

Test(mail, has_keepalived_s_headers_and_an_id) {
        struct mail m = plain();
        _cleanup_free_ char *text = format(&m);

        cr_expect_str_eq(text,
                        "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                        "From: router@example.org\r\n"
                        "Subject: [r1] VRRP Instance VI_1 - Entering MASTER state\r\n"
                        "X-Mailer: Mainstay\r\n"
                        "To: a@example.org\r\n"
                        "Message-ID: <1.2.mainstay@r1>\r\n"
                        "\r\n"
                        "=> no advert for 3.6 s <=\r\n");
}

Test(mail, lists_all_recipients) {
        static const char *const two[] = { "\"A, B\" <a@x>", "b@x", NULL };
        struct mail m = plain();
        _cleanup_free_ char *text = NULL;

        m.to = two;
        text = format(&m);
        cr_expect_not_null(strstr(text, "\r\nTo: \"A, B\" <a@x>,\r\n b@x\r\n"));
}

Test(mail, marks_a_repeat) {
        struct mail m = plain();
        _cleanup_free_ char *text = NULL;

        m.repeat = true;
        text = format(&m);
        cr_expect_not_null(strstr(text, "\r\nX-Mainstay-Repeat: 1\r\n"));
}

Test(mail, cannot_be_made_to_have_other_headers) {
        static const char *const to[] = { "a@x\r\nBcc: eve@x", NULL };
        struct mail m = plain();
        _cleanup_free_ char *text = NULL;

        m.to = to;
        m.from = "r@x\nX-Evil: 1";
        m.subject = "a\r\nX-Evil: 2\r\n\r\nbody";
        m.body = "line\r\nanother\rand\x01more";
        text = format(&m);
        cr_expect_null(strstr(text, "\nX-Evil"));
        cr_expect_null(strstr(text, "\nBcc"));
        cr_expect_not_null(strstr(text, "\r\n\r\nline \r\nanother and more\r\n"));
}

Test(mail, encodes_what_is_not_ascii) {
        struct mail m = plain();
        _cleanup_free_ char *text = NULL;

        m.subject = "\xc3\xa4\xc3\xb6\xc3\xbc"; /* äöü */
        m.body = "\xc3\xa4";
        text = format(&m);
        cr_expect_not_null(strstr(text, "\r\nSubject: =?UTF-8?B?w6TDtsO8?=\r\n"));
        cr_expect_not_null(strstr(text, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
}

/* No word is longer than 75, no line than 998, no character is cut in two. */
Test(mail, folds_a_long_subject) {
        char subject[256] = "";
        struct mail m = plain();
        _cleanup_free_ char *text = NULL;
        char *p;

        for (size_t i = 0; i < 84; i++)
                strcat(subject, "\xe2\x82\xac"); /* € */
        m.subject = subject;
        text = format(&m);
        for (p = strstr(text, "=?UTF-8?B?"); p; p = strstr(p + 1, "=?UTF-8?B?")) {
                size_t n = strcspn(p, "\r");

                cr_expect_leq(n, 75);
                /* 45 bytes are 15 whole characters, 60 characters of base64. */
                cr_expect_eq((n - 12) % 4, 0);
        }
        cr_expect_not_null(strstr(text, "?=\r\n =?UTF-8?B?"));
}

Test(mail, survives_text_that_is_no_utf8) {
        char subject[200];
        struct mail m = plain();

        memset(subject, 0xbf, sizeof(subject));
        subject[sizeof(subject) - 1] = '\0';
        m.subject = subject;
        free(format(&m));
}

Test(mail, finds_the_address) {
        static const char *const pairs[][2] = {
                { "a@b", "a@b" },
                { "Name <a@b>", "a@b" },
                { "\"<odd>\" <a@b>", "a@b" },
                { "<a@b>", "a@b" },
                { "Name <a@b", "Name <a@b" },
                { "", "" },
        };

        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
                _cleanup_free_ char *address = mail_address(pairs[i][0]);

                cr_expect_str_eq(address, pairs[i][1]);
        }
}
