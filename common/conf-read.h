/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From files to the tree: includes, @id lines, variables, ~SEQ and ~LST. Whatever is wrong is said
 * in the tree's diagnostics, and reading goes on to the end. */

#include <stddef.h>
#include <stdint.h>

#include "common/conf-tree.h"
#include "common/conf.h"

#define CONF_INCLUDE_DEPTH_MAX 32U
/* Lines that variables and sequences may give altogether, and replacements in one line. */
#define CONF_EXPANDED_LINES_MAX 250000U
#define CONF_LINE_REPLACEMENTS_MAX 1000U
#define CONF_VARIABLE_BYTES_MAX 65536U
/* Expansions inside each other. */
#define CONF_EXPANSION_DEPTH_MAX 32U

/* Read the main file @path (which may be a pattern) and what it includes. @ret_digest is the
 * SHA-256 over @config_id and the bytes of all files in the order of reading, in hex. 0 or -ENOMEM. */
int conf_read_files(struct conf_tree *t, const struct conf_schema *schema, const char *path,
                const char *config_id, char ret_digest[static CONF_DIGEST_STRLEN]);

/* The same for a text called @name; includes are taken relative to the working directory. */
int conf_read_text(struct conf_tree *t, const struct conf_schema *schema, const char *name,
                const char *text, size_t n, const char *config_id,
                char ret_digest[static CONF_DIGEST_STRLEN]);
