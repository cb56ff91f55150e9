/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One line of text: comments, braces, words. The rules are keepalived's; double quotes are the only
 * quotes and there is no escape but \# and \! outside them. Pure functions on strings. */

#include <stdbool.h>
#include <stddef.h>

/* A line, after expansion too, has at most this many bytes; a longer one is reported and ignored. */
#define CONF_LINE_BYTES_MAX 1023U

/* What ${_HASH} and ${_BANG} put into a line: no comment begins with them. No line of a file may
 * contain control characters, so these are free. */
#define CONF_LEX_HASH '\x01'
#define CONF_LEX_BANG '\x02'

struct conf_word {
        char *text;
        unsigned offset; /* of its first byte (or opening quote) in the line */
        bool quoted;
};

struct conf_words {
        struct conf_word *items;
        size_t n;
        bool unclosed; /* a quote was not closed: what followed it is not in @items */
};

void conf_words_done(struct conf_words *w);

/* Cut @line where a comment begins. */
void conf_lex_strip_comment(char *line);

/* Replace blanks of Unicode outside quotes by as many ASCII blanks. True when there were any. */
bool conf_lex_normalize_blanks(char *line);

/* Whether @line has typographic quotation marks. */
bool conf_lex_has_smart_quotes(const char *line);

/* The first brace outside quotes in @line, or NULL. */
const char *conf_lex_find_brace(const char *line);

/* Turn \# and \! outside quotes and the marks above into the characters meant. */
void conf_lex_unescape(char *line);

/* The opposite, so that @text can stand outside quotes in a file: a new string, or NULL without
 * memory. */
char *conf_lex_escape(const char *text);

/* Split a line without comment and braces into words. 0 or -ENOMEM. */
int conf_lex_words(const char *line, struct conf_words *ret);

/* A word as it must be written so that conf_lex_words() reads it back: quoted where needed. A new
 * string, or NULL without memory. A word with a double quote in it cannot be written; the quote is
 * left out. */
char *conf_lex_quote(const char *word);

static inline bool conf_lex_is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static inline const char *conf_lex_skip_blanks(const char *s) {
        while (conf_lex_is_blank(*s))
                s++;
        return s;
}
