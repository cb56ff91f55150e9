/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Conversations as text: "C:" is what we said, "S:" what the server did. */

#include "notifyd/smtp-talk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"

#define GREETING "S:220 mx\nC:EHLO r1\nS:250-mx\nS:250 STARTTLS\n"

static struct smtp_talk hear(const char *lines) {
        struct smtp_talk t = {};

        while (*lines) {
                size_t n = strcspn(lines, "\n");
                char line[256];

                (void) snprintf(line, sizeof(line), "%.*s\r\n", (int) n - 2, lines + 2);
                if (lines[0] == 'C')
                        smtp_talk_sent(&t, line, strlen(line));
                else
                        smtp_talk_received(&t, line, strlen(line));
                lines += n + 1;
        }
        return t;
}

static const struct talk_case {
        const char *name;
        const char *lines;
        enum smtp_fate fates[2];
        bool uncertain;
        bool far_end; /* only of interest when nothing was accepted or refused */
} cases[] = {
        { "accepted",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:251 ok\nC:DATA\nS:354 go\nS:250 queued\n"
                                 "C:QUIT\nS:221 bye\n",
                        { SMTP_ACCEPTED, SMTP_ACCEPTED }, false, false },
        { "one of two refused",
                        GREETING
                        "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:550 no such user\n"
                        "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\nS:354 go\nS:250 queued\n",
                        { SMTP_REFUSED, SMTP_ACCEPTED }, false, false },
        { "one of two greylisted",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:450 later\n"
                                 "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\nS:354 go\nS:250 queued\n",
                        { SMTP_LATER, SMTP_ACCEPTED }, false, false },
        { "all refused",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:550 no\n"
                                 "C:RCPT TO:<b@x>\nS:553-no\nS:553 no\nC:QUIT\nS:221 bye\n",
                        { SMTP_REFUSED, SMTP_REFUSED }, false, false },
        { "sender refused", GREETING "C:MAIL FROM:<r@x>\nS:550 not you\nC:QUIT\nS:221 bye\n",
                        { SMTP_REFUSED, SMTP_REFUSED }, false, false },
        { "sender deferred", GREETING "C:MAIL FROM:<r@x>\nS:451 busy\n", { SMTP_LATER, SMTP_LATER },
                        false, false },
        { "login wanted at MAIL", GREETING "C:MAIL FROM:<r@x>\nS:530 5.7.0 login first\n",
                        { SMTP_LATER, SMTP_LATER }, false, true },
        { "login wanted at RCPT",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:530 login\n",
                        { SMTP_LATER, SMTP_LATER }, false, true },
        { "login refused", GREETING "C:AUTH PLAIN\nS:334\nC:AHUAcA==\nS:535 wrong\n",
                        { SMTP_LATER, SMTP_LATER }, false, true },
        { "greeting refuses", "S:554 go away\n", { SMTP_LATER, SMTP_LATER }, false, true },
        { "never connected", "", { SMTP_LATER, SMTP_LATER }, false, true },
        { "silence after MAIL", GREETING "C:MAIL FROM:<r@x>\n", { SMTP_LATER, SMTP_LATER }, false,
                        true },
        { "silence after DATA",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\n",
                        { SMTP_LATER, SMTP_LATER }, false, true },
        { "silence after the text",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\nS:354 go\n",
                        { SMTP_LATER, SMTP_LATER }, true, true },
        { "half an answer to the text",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\nS:354 go\nS:250-queued\n",
                        { SMTP_LATER, SMTP_LATER }, true, true },
        { "text refused",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:450 later\nC:DATA\nS:354 go\nS:554 spam\n",
                        { SMTP_REFUSED, SMTP_LATER }, false, false },
        { "text deferred",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\nS:354 go\nS:452 disk\n",
                        { SMTP_LATER, SMTP_LATER }, false, false },
        { "DATA refused",
                        GREETING "C:MAIL FROM:<r@x>\nS:250 ok\nC:RCPT TO:<a@x>\nS:250 ok\n"
                                 "C:RCPT TO:<b@x>\nS:250 ok\nC:DATA\nS:503 no\n",
                        { SMTP_REFUSED, SMTP_REFUSED }, false, false },
        { "server closes down", GREETING "C:MAIL FROM:<r@x>\nS:421 closing\n",
                        { SMTP_LATER, SMTP_LATER }, false, true },
        { "nonsense", "S:hello\nS:99\nS:\nS:2x0 ok\nC:MAIL FROM:<r@x>\nS:ok\n",
                        { SMTP_LATER, SMTP_LATER }, false, true },
};

Test(smtp_talk, comes_to_a_fate_for_each_recipient) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct talk_case *c = &cases[i];
                struct smtp_talk t = hear(c->lines);

                cr_expect_eq(smtp_talk_fate(&t, 0), c->fates[0], "%s: first", c->name);
                cr_expect_eq(smtp_talk_fate(&t, 1), c->fates[1], "%s: second", c->name);
                cr_expect_eq(smtp_talk_uncertain(&t), c->uncertain, "%s: uncertain", c->name);
                if (c->fates[0] == SMTP_LATER && c->fates[1] == SMTP_LATER)
                        cr_expect_eq(smtp_talk_far_end(&t), c->far_end, "%s: far end", c->name);
        }
}

Test(smtp_talk, hears_the_same_in_any_pieces) {
        static const char reply[] = "250-first\r\n250 last\r\n";

        for (size_t cut = 0; cut < strlen(reply); cut++) {
                struct smtp_talk t = {};

                smtp_talk_sent(&t, "MAIL FROM:<a@b>\r\n", 17);
                smtp_talk_received(&t, reply, cut);
                smtp_talk_received(&t, reply + cut, strlen(reply) - cut);
                cr_expect_eq(t.code, 250);
                cr_expect_str_eq(t.text, "250 last");
        }
}

Test(smtp_talk, a_flood_of_a_line_is_cut) {
        struct smtp_talk t = {};

        for (size_t i = 0; i < 10000; i++)
                smtp_talk_received(&t, "5", 1);
        smtp_talk_received(&t, "\n550 x\x01y\n", 9);
        cr_expect_str_eq(t.text, "550 x y");
}

Test(smtp_talk, more_recipients_than_it_counts) {
        struct smtp_talk t = {};

        for (size_t i = 0; i < SMTP_TALK_RECIPIENTS_MAX + 10; i++) {
                smtp_talk_sent(&t, "RCPT TO:<a@b>\r\n", 15);
                smtp_talk_received(&t, "250 ok\r\n", 8);
        }
        smtp_talk_sent(&t, "DATA\r\n", 6);
        smtp_talk_received(&t, "354 go\r\n250 ok\r\n", 16);
        cr_expect_eq(smtp_talk_fate(&t, SMTP_TALK_RECIPIENTS_MAX - 1), SMTP_ACCEPTED);
        cr_expect_eq(smtp_talk_fate(&t, SMTP_TALK_RECIPIENTS_MAX), SMTP_LATER);
}
