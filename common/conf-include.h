/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The forms of include and what each demands of the files it names. */

#include <stdbool.h>

enum {
        CONF_INCLUDE_READ = 1 << 0,           /* each match must be usable */
        CONF_INCLUDE_MATCH = 1 << 1,          /* a name without wildcards must exist */
        CONF_INCLUDE_WILDCARD_MATCH = 1 << 2, /* a pattern with wildcards must match something */
        CONF_INCLUDE_BRACE_MATCH = 1 << 3,    /* each of {a,b} must match something */
        CONF_INCLUDE_ALL = 0xf,
};

/* The checks that the keyword @word adds to those in force; -ENOENT when it is no include. */
int conf_include_checks(const char *word);

/* Apply one word of include_check (read, +match, -wildcard_match, ...) to @checks. A word without
 * sign sets and is allowed only as the first. 0 or -EINVAL. */
int conf_include_check_word(const char *word, bool first, unsigned *checks);

#define CONF_INCLUDE_ALTERNATIVES_MAX 256U

/* The patterns that @pattern's braces stand for, NULL-terminated. 0, -ENOMEM, or -E2BIG for too
 * many. */
int conf_include_alternatives(const char *pattern, char ***ret);
