/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lexical rules of one line, keepalived.conf(5) "PARAMETER SYNTAX" and what the program does
 * beyond it. Everything works on bytes; UTF-8 passes through, except that blanks of Unicode, which
 * look like blanks to whoever wrote the file, are taken as such. */

#include "common/conf-lex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

void conf_words_done(struct conf_words *w) {
        for (size_t i = 0; i < w->n; i++)
                free(w->items[i].text);
        free(w->items);
        *w = (struct conf_words){};
}

static bool is_comment_mark(char c) {
        return c == '#' || c == '!';
}

void conf_lex_strip_comment(char *line) {
        bool quoted = false;

        for (char *s = line; *s; s++) {
                if (*s == '"')
                        quoted = !quoted;
                else if (!quoted && is_comment_mark(*s) && (s == line || s[-1] != '\\')) {
                        *s = '\0';
                        return;
                }
        }
}

/* Length of the blank of Unicode at @s, 0 when there is none: U+00A0, U+2000 to U+200B, U+202F,
 * U+3000 and U+FEFF. */
static size_t unicode_blank(const char *s) {
        const unsigned char *u = (const unsigned char *) s;

        if (u[0] == 0xc2 && u[1] == 0xa0)
                return 2;
        if (u[0] == 0xe2 && u[1] == 0x80 && ((u[2] >= 0x80 && u[2] <= 0x8b) || u[2] == 0xaf))
                return 3;
        if (u[0] == 0xe3 && u[1] == 0x80 && u[2] == 0x80)
                return 3;
        if (u[0] == 0xef && u[1] == 0xbb && u[2] == 0xbf)
                return 3;
        return 0;
}

bool conf_lex_normalize_blanks(char *line) {
        bool quoted = false, found = false;

        for (char *s = line; *s; s++) {
                size_t n = 0;

                if (*s == '"')
                        quoted = !quoted;
                else if (!quoted)
                        n = unicode_blank(s);
                if (n == 0)
                        continue;
                memset(s, ' ', n);
                s += n - 1;
                found = true;
        }
        return found;
}

bool conf_lex_has_smart_quotes(const char *line) {
        for (const char *s = strstr(line, "\xe2\x80"); s; s = strstr(s + 2, "\xe2\x80")) {
                unsigned char c = (unsigned char) s[2];

                if (c >= 0x98 && c <= 0x9f)
                        return true;
        }
        return false;
}

const char *conf_lex_find_brace(const char *line) {
        bool quoted = false;

        for (const char *s = line; *s; s++) {
                if (*s == '"')
                        quoted = !quoted;
                else if (!quoted && (*s == '{' || *s == '}'))
                        return s;
        }
        return NULL;
}

void conf_lex_unescape(char *line) {
        bool quoted = false;
        char *to = line;

        for (const char *s = line; *s; s++) {
                if (*s == '"')
                        quoted = !quoted;
                if (!quoted && *s == '\\' && is_comment_mark(s[1]))
                        s++;
                *to++ = *s == CONF_LEX_HASH ? '#' : *s == CONF_LEX_BANG ? '!' : *s;
        }
        *to = '\0';
}

char *conf_lex_escape(const char *text) {
        char *escaped = malloc(2 * strlen(text) + 1), *to = escaped;
        bool quoted = false;

        if (!escaped)
                return NULL;
        for (const char *s = text; *s; s++) {
                if (*s == '"')
                        quoted = !quoted;
                if (!quoted && is_comment_mark(*s))
                        *to++ = '\\';
                *to++ = *s;
        }
        *to = '\0';
        return escaped;
}

static int words_append(
                struct conf_words *w, const char *from, size_t n, size_t offset, bool quoted) {
        struct conf_word *items;
        char *text;

        items = reallocarray(w->items, w->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        w->items = items;
        text = strndup(from, n);
        if (!text)
                return -ENOMEM;
        w->items[w->n++] = (struct conf_word){
                .text = text,
                .offset = (unsigned) offset,
                .quoted = quoted,
        };
        return 0;
}

/* Append the word at @s and set @ret_end behind it. Positive: its quote is not closed. */
static int take_word(struct conf_words *w, const char *line, const char *s, const char **ret_end) {
        const char *end = s;
        int r;

        if (*s == '"') {
                end = strchr(s + 1, '"');
                if (!end)
                        return 1;
                r = words_append(w, s + 1, (size_t) (end - s - 1), (size_t) (s - line), true);
                *ret_end = end + 1;
                return r;
        }
        while (*end && *end != '"' && !conf_lex_is_blank(*end))
                end++;
        r = words_append(w, s, (size_t) (end - s), (size_t) (s - line), false);
        *ret_end = end;
        return r;
}

int conf_lex_words(const char *line, struct conf_words *ret) {
        struct conf_words w = {};
        const char *s = conf_lex_skip_blanks(line);

        while (*s) {
                int r = take_word(&w, line, s, &s);

                if (r < 0) {
                        conf_words_done(&w);
                        return r;
                }
                if (r > 0) {
                        w.unclosed = true;
                        break;
                }
                s = conf_lex_skip_blanks(s);
        }
        *ret = w;
        return 0;
}

char *conf_lex_quote(const char *word) {
        bool needed = !*word || word[strcspn(word, " \t\r\n\f\v#!{}\"\\")];
        char *quoted, *to;

        if (!needed)
                return strdup(word);

        quoted = to = malloc(strlen(word) + 3);
        if (!quoted)
                return NULL;
        *to++ = '"';
        for (const char *s = word; *s; s++)
                if (*s != '"')
                        *to++ = *s;
        *to++ = '"';
        *to = '\0';
        return quoted;
}
