/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of the reader: conf-read.c has the files, conf-read-line.c what becomes of one line. */

#include <sha256.h>

#include "common/conf-read.h"
#include "common/conf-variable.h"

struct conf_reader {
        struct conf_tree *tree;
        struct conf_tree_builder builder;
        struct conf_variables variables;
        const char *config_id;
        SHA2_CTX digest;

        const char *directory;       /* of the file being read, absolute */
        const char *shown_directory; /* the same as it was written; NULL: none was */
        unsigned include_depth;
        unsigned include_check; /* CONF_INCLUDE_*, set by include_check */
        unsigned n_files;
        size_t n_bytes;

        char *definition_name; /* a multi-line definition that goes on, or NULL */
        char *definition;
        bool definition_begun; /* @definition has a line */

        unsigned n_expanded;
        bool expansion_ended; /* the bound was hit, and that was said */
        bool blanks_told, bom_told, quotes_told;
};

/* One line on its way. */
struct conf_line {
        struct conf_pos pos; /* of text[0] when not expanded */
        bool expanded;       /* came from a variable or sequence */
        bool conditional;    /* stood behind an @id */
        unsigned depth;
};

_printf_(5, 6) void conf_reader_say(struct conf_reader *r, enum conf_grade grade,
                const struct conf_pos *pos, const char *advice, const char *format, ...);

/* Send one line, without comment, through all steps. 0 or -ENOMEM. */
int conf_reader_take_line(struct conf_reader *r, const char *text, const struct conf_line *l);

/* An include line: read the files it names. @ret_rest is what stands behind the name, "" as a rule. */
int conf_reader_take_include(struct conf_reader *r, const char *text, const struct conf_line *l,
                const char **ret_rest);

/* End a multi-line definition that goes on, if there is one: the variable gets what came so far. */
int conf_reader_end_definition(struct conf_reader *r, const struct conf_pos *pos);
void conf_reader_forget_definition(struct conf_reader *r);
