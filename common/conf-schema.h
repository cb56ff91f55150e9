/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The schema: one row per keyword and block. From the rows come parser, dump, explanation, the
 * fuzzer's dictionary and the manual's tables; adding a keyword is adding a row and the code that
 * uses it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf-block.h"
#include "common/conf-object.h"

struct conf;
struct conf_build;
struct conf_node;
struct conf_type;

enum conf_owner {
        CONF_OWNER_ALL,
        CONF_OWNER_VRRPD,
        CONF_OWNER_CHECKD,
        CONF_OWNER_IPVSD,
        CONF_OWNER_NOTIFYD,
        _CONF_OWNER_MAX,
};

/* "all daemons", "vrrpd", ... */
const char *conf_owner_to_string(enum conf_owner o);

enum {
        /* Known and judged, but nothing acts on it yet, which is said: */
        CONF_ROW_TODO = 1 << 0,      /* something that was wanted does not happen: a complaint */
        CONF_ROW_TODO_NOTE = 1 << 1, /* it has no meaning here, or cannot matter: a note */
        CONF_ROW_MOOT = 1 << 2,      /* accepted without a word: what it asks for is always so */

        CONF_ROW_REPEATS = 1 << 3,    /* may stand several times in a block */
        CONF_ROW_FIRST_WINS = 1 << 4, /* given twice, the first counts; else the last */
        CONF_ROW_INLINE = 1 << 5,     /* the block it opens writes to the object around it */
        CONF_ROW_OBSOLETE = 1 << 6,   /* a note tells to write something else */
        CONF_ROW_EXTENSION = 1 << 7,  /* ours: keepalived does not know it */

        CONF_ROW_ZERO_IS_ONE = 1 << 8, /* 0 is taken as 1 */
        CONF_ROW_ZERO_IS_DEFAULT = 1
                        << 9, /* 0 is out of range but says what the default does: only a note */
        CONF_ROW_CLAMP = 1 << 10, /* out of range is brought into it */
};

#define CONF_ROW_UNIMPLEMENTED (CONF_ROW_TODO | CONF_ROW_TODO_NOTE)

/* A word that stands for a value. Tables end with a NULL name. */
struct conf_name {
        const char *name;
        int value;
};

struct conf_row {
        const char *key;
        const char *alias;     /* another spelling, as good */
        const char *old_alias; /* another spelling, deprecated */
        const struct conf_type *type;
        enum conf_block opens; /* the block between its braces, or CONF_BLOCK_NONE */
        size_t offset;         /* of the field in the object; 0: judged, not stored */
        int64_t min, max;      /* both 0: as the type; microseconds for times */
        unsigned decimals;     /* of a time; 0: as the type */
        const struct conf_name *names;
        const char *unit;     /* "seconds", "milliseconds", "bytes", ... where that is a question */
        const char *fallback; /* as it would be written; NULL: nothing, or see fallback_note */
        const char *fallback_note; /* what it is when not given, in words */
        unsigned flags;
        enum conf_owner owner;
        const char *source;  /* where it is defined */
        const char *help;    /* one or two sentences */
        const char *instead; /* with CONF_ROW_TODO*, _OBSOLETE: what to write or know instead */

        /* Make the object of the block it opens and hang it into the model. 0; CONF_BUILD_DROPPED
         * after a complaint; -errno. NULL: the block has no object, its keywords are judged only. */
        int (*open)(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                        struct conf_object **ret);
};

/* Rows that stand in one block and belong to one object. */
struct conf_section {
        enum conf_block block;
        const struct conf_row *rows;
        size_t n_rows;
        unsigned first; /* number of the first row among the rows of the object */

        /* The object written to when it is not the block's own: the globals. */
        struct conf_object *(*globals)(struct conf *c);
};

/* A word that once was one, or that people write for another. */
struct conf_history {
        const char *word;
        const char *what;
        const char *advice;
};

struct conf_schema {
        const struct conf_section *const *const
                        *parts;             /* lists of sections; NULL at the end of each */
        const struct conf_history *history; /* a NULL word at the end */
};

/* For each section, a const struct conf_section *const *. */
#define CONF_SCHEMA_FOREACH(i, schema)                                                             \
        for (const struct conf_section *const *const *_part = (schema)->parts; *_part; _part++)    \
                for (const struct conf_section *const *i = *_part; *i; i++)

/* Words that a keyword needs a { } block. */
bool conf_row_needs_block(const struct conf_row *row);

/* The row of @key (any spelling) in @block, or NULL. */
const struct conf_row *conf_schema_find(
                const struct conf_schema *s, enum conf_block block, const char *key);

/* The section that @row is in. */
const struct conf_section *conf_schema_section(
                const struct conf_schema *s, const struct conf_row *row);

/* The keyword nearest to @word among those of @block, or of all blocks with CONF_BLOCK_NONE; NULL
 * when none is near. Optimal string alignment distance: one letter wrong, missing, too many, or two
 * exchanged count 1. */
const char *conf_schema_nearest(
                const struct conf_schema *s, enum conf_block block, const char *word);

unsigned conf_spelling_distance(const char *a, const char *b);

/* Call @each for every row, in the order of sections; stop and return what it returns when that is
 * not 0. */
int conf_schema_each(const struct conf_schema *s,
                int (*each)(const struct conf_section *section, const struct conf_row *row,
                                void *userdata),
                void *userdata);

/* The row's number among the rows of its object, and whether the file gave it. */
unsigned conf_row_number(const struct conf_section *section, const struct conf_row *row);
bool conf_object_is_set(const struct conf_object *o, const struct conf_section *section,
                const struct conf_row *row);
void conf_object_mark(struct conf_object *o, const struct conf_section *section,
                const struct conf_row *row, bool set);
