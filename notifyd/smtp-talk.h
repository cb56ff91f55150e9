/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A conversation with a mail server, RFC 5321, as a bystander hears it: libcurl speaks, and this finds
 * out what came of it for each recipient. One transaction on one connection.
 *
 * Permanent is only what the server says about the message or a recipient (5yz to MAIL, RCPT, DATA or the
 * text). That it wants a login or TLS, does not take ours, or is not there, is trouble of the far end,
 * which somebody will mend. */

#include <stdbool.h>
#include <stddef.h>

#include "notifyd/carrier.h"

#define SMTP_TALK_RECIPIENTS_MAX 256U

enum smtp_stage {
        SMTP_SESSION, /* up to the greeting's end, STARTTLS and AUTH included */
        SMTP_MAIL,
        SMTP_RCPT,
        SMTP_DATA,
        SMTP_TEXT, /* the message is being sent, or has been */
};

struct smtp_talk {
        enum smtp_stage stage;
        bool quitting;
        size_t n_recipients;                           /* asked for so far */
        int recipient_codes[SMTP_TALK_RECIPIENTS_MAX]; /* 0: no answer */
        char recipient_texts[SMTP_TALK_RECIPIENTS_MAX][64];
        int code;                    /* of the reply to the last command before QUIT; 0: none yet */
        char text[CARRIED_TEXT_MAX]; /* and its last line */
        int final_code;              /* of the reply to the text */
        char partial[512];           /* a line that is not whole yet */
        size_t partial_n;
};

/* @text of @n bytes was sent or received: any number of lines, the last one perhaps not whole. */
void smtp_talk_sent(struct smtp_talk *t, const char *text, size_t n);
void smtp_talk_received(struct smtp_talk *t, const char *text, size_t n);

enum smtp_fate {
        SMTP_ACCEPTED,
        SMTP_REFUSED, /* for good */
        SMTP_LATER,
};

/* What became of recipient number @i. */
enum smtp_fate smtp_talk_fate(const struct smtp_talk *t, size_t i);
/* Was the message sent, but no answer received? */
bool smtp_talk_uncertain(const struct smtp_talk *t);
/* Would another message fare the same? Asked when this one was not accepted. */
bool smtp_talk_far_end(const struct smtp_talk *t);
