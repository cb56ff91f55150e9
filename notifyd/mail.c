/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/mail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

#define WORD_BYTES 45U /* 60 characters of base64; RFC 2047 §2 allows encoded words of 75 in all */

static bool is_ascii(const char *s) {
        for (; *s; s++)
                if (*s & 0x80)
                        return false;
        return true;
}

/* Without anything that could end the line. */
static void put_clean(FILE *f, const char *s) {
        for (; *s; s++)
                (void) fputc((unsigned char) *s < ' ' || *s == 0x7f ? ' ' : *s, f);
}

static void put_base64(FILE *f, const unsigned char *p, size_t n) {
        static const char digits[] =
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

        for (size_t i = 0; i < n; i += 3) {
                unsigned b = p[i] << 16;

                if (i + 1 < n)
                        b |= (unsigned) p[i + 1] << 8;
                if (i + 2 < n)
                        b |= p[i + 2];
                (void) fputc(digits[b >> 18], f);
                (void) fputc(digits[b >> 12 & 63], f);
                (void) fputc(i + 1 < n ? digits[b >> 6 & 63] : '=', f);
                (void) fputc(i + 2 < n ? digits[b & 63] : '=', f);
        }
}

/* So many bytes that no character is cut in two. */
static size_t word_length(const char *s) {
        size_t n = strlen(s);

        if (n <= WORD_BYTES)
                return n;
        for (n = WORD_BYTES; n > WORD_BYTES - 4 && (s[n] & 0xc0) == 0x80;)
                n--;
        return n;
}

/* RFC 2047: encoded words, one a line. */
static void put_text(FILE *f, const char *s) {
        if (is_ascii(s)) {
                put_clean(f, s);
                return;
        }
        for (size_t n; *s; s += n) {
                n = word_length(s);
                (void) fputs("=?UTF-8?B?", f);
                put_base64(f, (const unsigned char *) s, n);
                (void) fputs(s[n] ? "?=\r\n " : "?=", f);
        }
}

static void put_date(FILE *f, usec_t date_usec) {
        time_t t = (time_t) (date_usec / USEC_PER_SEC);
        char text[64];
        struct tm tm;

        if (localtime_r(&t, &tm) &&
                        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &tm) > 0)
                (void) fprintf(f, "Date: %s\r\n", text);
}

static void put_headers(FILE *f, const struct mail *m) {
        put_date(f, m->date_usec);
        (void) fputs("From: ", f);
        put_clean(f, m->from);
        (void) fputs("\r\nSubject: ", f);
        put_text(f, m->subject);
        (void) fputs("\r\nX-Mailer: Mainstay\r\nTo: ", f);
        for (const char *const *to = m->to; *to; to++) {
                put_clean(f, *to);
                (void) fputs(to[1] ? ",\r\n " : "\r\n", f);
        }
        (void) fprintf(f, "Message-ID: <%s>\r\n", m->message_id);
        if (m->repeat)
                (void) fputs("X-Mainstay-Repeat: 1\r\n", f);
        if (!is_ascii(m->body))
                (void) fputs("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                             "Content-Transfer-Encoding: 8bit\r\n",
                                f);
}

static void put_body(FILE *f, const char *s) {
        for (size_t n; *s; s += n + (s[n] == '\n')) {
                _cleanup_free_ char *line = NULL;

                n = strcspn(s, "\n");
                line = strndup(s, n);
                put_clean(f, line ? line : "");
                (void) fputs("\r\n", f);
        }
}

int mail_format(const struct mail *m, char **ret, size_t *ret_n) {
        _cleanup_free_ char *buf = NULL;
        _cleanup_fclose_ FILE *f = NULL;

        f = open_memstream(&buf, ret_n);
        if (!f)
                return -ENOMEM;
        put_headers(f, m);
        (void) fputs("\r\n", f);
        put_body(f, m->body);
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;
        *ret = TAKE_PTR(buf);
        return 0;
}

char *mail_address(const char *header) {
        const char *open = strrchr(header, '<'), *close = open ? strchr(open, '>') : NULL;

        if (close)
                return strndup(open + 1, (size_t) (close - open - 1));
        return strdup(header);
}
