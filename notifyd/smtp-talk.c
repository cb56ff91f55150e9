/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/smtp-talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/macro.h"

static bool begins_with(const char *line, size_t n, const char *word) {
        return n >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

static void sent_line(struct smtp_talk *t, const char *line, size_t n) {
        if (begins_with(line, n, "QUIT")) {
                t->quitting = true;
                return;
        }
        t->code = 0;
        if (begins_with(line, n, "MAIL FROM"))
                t->stage = SMTP_MAIL;
        else if (begins_with(line, n, "RCPT TO")) {
                t->stage = SMTP_RCPT;
                t->n_recipients++;
        } else if (begins_with(line, n, "DATA"))
                t->stage = SMTP_DATA;
        else
                t->stage = SMTP_SESSION;
}

void smtp_talk_sent(struct smtp_talk *t, const char *text, size_t n) {
        const char *end;

        t->partial_n = 0;
        for (; n > 0; n -= (size_t) (end - text), text = end) {
                end = memchr(text, '\n', n);
                end = end ? end + 1 : text + n;
                sent_line(t, text, (size_t) (end - text));
        }
}

/* The last line of a reply: three digits and no hyphen behind them. RFC 5321 §4.2.1 */
static bool parse_reply(const char *line, int *ret_code) {
        for (size_t i = 0; i < 3; i++)
                if (line[i] < '0' || line[i] > '9')
                        return false;
        if (line[3] == '-')
                return false;
        *ret_code = atoi(line);
        return true;
}

static void received_line(struct smtp_talk *t, const char *line) {
        int code;

        if (t->quitting || !parse_reply(line, &code))
                return;
        t->code = code;
        (void) snprintf(t->text, sizeof(t->text), "%.255s", line);

        if (t->stage == SMTP_RCPT && t->n_recipients <= SMTP_TALK_RECIPIENTS_MAX) {
                t->recipient_codes[t->n_recipients - 1] = code;
                (void) snprintf(t->recipient_texts[t->n_recipients - 1],
                                sizeof(t->recipient_texts[0]), "%.63s", line);
        } else if (t->stage == SMTP_DATA && code == 354)
                t->stage = SMTP_TEXT;
        else if (t->stage == SMTP_TEXT)
                t->final_code = code;
}

/* Lines longer than the buffer (RFC 5321 §4.5.3.1.5: 512) are cut. */
void smtp_talk_received(struct smtp_talk *t, const char *text, size_t n) {
        for (size_t i = 0; i < n; i++) {
                if (text[i] == '\n') {
                        t->partial[t->partial_n] = '\0';
                        received_line(t, t->partial);
                        t->partial_n = 0;
                } else if (text[i] != '\r' && t->partial_n < sizeof(t->partial) - 1)
                        t->partial[t->partial_n++] = (unsigned char) text[i] < ' ' ? ' ' : text[i];
        }
}

/* 5yz that are about us, not about the message: RFC 4954 §6, RFC 3207 §4. */
static bool wants_login(int code) {
        return code == 530 || code == 534 || code == 535 || code == 538;
}

static bool is_permanent(int code) {
        return code >= 500 && code <= 599 && !wants_login(code);
}

bool smtp_talk_far_end(const struct smtp_talk *t) {
        if (t->stage == SMTP_SESSION || wants_login(t->code) || t->code == 421)
                return true;
        return t->code < 400; /* no answer to what was said last */
}

bool smtp_talk_uncertain(const struct smtp_talk *t) {
        return t->stage == SMTP_TEXT && t->final_code == 0;
}

enum smtp_fate smtp_talk_fate(const struct smtp_talk *t, size_t i) {
        int code = i < MIN(t->n_recipients, SMTP_TALK_RECIPIENTS_MAX) ? t->recipient_codes[i] : 0;

        if (code >= 400)
                return is_permanent(code) ? SMTP_REFUSED : SMTP_LATER;

        /* Nothing was said against the recipient, so what counts was said about the message. */
        if (t->final_code >= 200 && t->final_code <= 299)
                return code > 0 ? SMTP_ACCEPTED : SMTP_LATER;
        if (t->stage == SMTP_MAIL || t->stage == SMTP_DATA || t->stage == SMTP_TEXT)
                return is_permanent(t->code) ? SMTP_REFUSED : SMTP_LATER;
        return SMTP_LATER;
}
