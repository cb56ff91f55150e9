/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a value can be: how it is read, printed and released. A keyword that no type fits gets a
 * type of its own beside its rows. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/conf-diag.h"
#include "common/conf-schema.h"
#include "common/conf-tree.h"

#define CONF_TYPE_BYTES_MAX 256U /* the largest field that is not a list */
#define CONF_ARGS_ANY UINT32_MAX

/* One value being read: the words of @node from @first on. */
struct conf_parse {
        struct conf_diags *diags;
        const struct conf_row *row;
        struct conf_node *node;
        size_t first;     /* 1 behind a keyword, 0 in a list */
        const char *name; /* what the value is called; NULL: the row's keyword */
};

enum {
        CONF_TYPE_REFUSED = 1, /* complained; the value is not used, the field not touched */
};

struct conf_type {
        const char *name;   /* "a whole number" */
        const char *syntax; /* "N", "[BOOL]", ... */
        size_t size;        /* of the field */
        unsigned min_args, max_args;
        bool list; /* a block, an entry a line; parse is called for each and appends to the field */
        bool raw;  /* reads the text itself: quotes are its own business */

        /* 0, CONF_TYPE_REFUSED, -ENOMEM. @field is zeroed for all types but lists. */
        int (*parse)(const struct conf_parse *p, void *field);

        /* Print the arguments, each after a blank. NULL, and for lists: the text is printed as it
         * was read. */
        void (*print)(FILE *to, const struct conf_row *row, const void *field);
        void (*done)(void *field);
};

static inline size_t conf_parse_n(const struct conf_parse *p) {
        return p->node->words.n > p->first ? p->node->words.n - p->first : 0;
}

static inline const char *conf_parse_name(const struct conf_parse *p) {
        return p->name ? p->name : p->row->key;
}

static inline const char *conf_parse_word(const struct conf_parse *p, size_t i) {
        return p->node->words.items[p->first + i].text;
}

/* Say something about the @i-th word of the value, or the line when there is none. */
_printf_(5, 6) void conf_parse_say(const struct conf_parse *p, enum conf_grade grade, size_t i,
                const char *advice, const char *format, ...);

/* The @i-th word as a number, checked against @min and @max. Leading digits count where junk
 * follows, with a complaint. 0 or CONF_TYPE_REFUSED. */
int conf_parse_integer(
                const struct conf_parse *p, size_t i, int64_t min, int64_t max, int64_t *ret);

/* The @i-th word as seconds with decimals, checked against @min and @max microseconds. */
int conf_parse_seconds(const struct conf_parse *p, size_t i, unsigned decimals, int64_t min,
                int64_t max, uint64_t *ret);

/* true/on/yes, false/off/no. 0 or CONF_TYPE_REFUSED, which it complains about. */
int conf_parse_boolean(const struct conf_parse *p, size_t i, bool *ret);

/* The @i-th word as an address, of @family unless that is AF_UNSPEC. */
struct ip_addr;
int conf_parse_address(const struct conf_parse *p, size_t i, int family, struct ip_addr *ret);

/* A word as it must be written. */
void conf_print_word(FILE *to, const char *word);
void conf_print_seconds(FILE *to, uint64_t usec);

/* What conf_text is made of, for types of words that are judged: a field char *. */
int conf_parse_text(const struct conf_parse *p, void *field);
void conf_print_text(FILE *to, const struct conf_row *row, const void *field);
void conf_done_text(void *field);

extern const struct conf_type conf_flag, /* bool: the bare word is true */
                conf_boolean,            /* bool: [BOOL] */
                conf_tristate,           /* int: [BOOL], -1 when not given */
                conf_u8, conf_u16, conf_u32, conf_int, conf_unsigned, /* whole numbers */
                conf_seconds,        /* usec_t: seconds with up to 6 decimals, or .decimals */
                conf_whole_seconds,  /* usec_t: whole seconds */
                conf_text,           /* char *: one word */
                conf_optional_text,  /* char *: one word or none */
                conf_nftables_table, /* char *: a name, "" when bare */
                conf_address,        /* struct ip_addr */
                conf_address4, conf_address6, conf_multicast4, conf_multicast6,
                conf_word,                          /* int: one of .names */
                conf_script,                        /* struct conf_script: command and identity */
                conf_optional_script, conf_command, /* struct conf_script: command only */
                conf_user,                          /* struct conf_script: identity only */
                conf_any,                           /* nothing stored: any words, none too */
                conf_some,                          /* nothing stored: at least one word */
                conf_block_only,  /* nothing stored: opens a block without a name */
                conf_block_named, /* nothing stored: opens a block with a name */
                conf_block_words, /* nothing stored: opens a block with one or two words of its own */
                conf_lines;       /* nothing stored: a block of lines kept as they are */
