/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A regular expression that the body of a page must have, or must not have: the regex lines of a url. It is
 * compiled when the configuration is read, and then looked for in a body that comes in pieces of any size.
 *
 * A search holds at most PATTERN_WINDOW bytes, whatever comes. So a match that is longer than half of that
 * may be missed. How much work a match may be is bounded, too: what a stranger sends must not stop the loop.
 * pcre2api(3), pcre2partial(3) "Multi-segment matching". */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

#define PATTERN_WINDOW 32768U
#define PATTERN_STEPS_MAX 2000000U       /* of PCRE2's machine, for one window: some 20 ms */
#define PATTERN_HEAP_MAX_KIBIBYTES 4096U /* of PCRE2's machine */
#define PATTERN_ERROR_MAX 160U

struct pattern;

/* Which of PCRE2's options a word of regex_options is; 0: there is no such word. */
uint32_t pattern_option_find(const char *word);

/* Compile @text. 0; -ENOMEM; -EINVAL: @error (of PATTERN_ERROR_MAX bytes) says what is wrong with it, and where. */
int pattern_new(const char *text, uint32_t options, char *error, struct pattern **ret);
/* Shared: a search goes on while the configuration that its pattern came from is replaced. */
struct pattern *pattern_ref(struct pattern *p);
struct pattern *pattern_unref(struct pattern *p);
DEFINE_CLEANUP_FUNC(struct pattern *, pattern_unref);

/* The same expression with the same options? NULL equals only NULL. */
bool pattern_equal(const struct pattern *a, const struct pattern *b);

enum pattern_result {
        PATTERN_NOT_YET, /* not found so far */
        PATTERN_FOUND,
        PATTERN_GAVE_UP, /* it would be too much work to say */
};

/* A search through one body. */
struct pattern_search;

/* A match must begin in @min..@max, counted in bytes from the start of the body; SIZE_MAX: no limit. */
int pattern_search_new(struct pattern *p, size_t min, size_t max, struct pattern_search **ret);
struct pattern_search *pattern_search_free(struct pattern_search *s);
DEFINE_CLEANUP_FUNC(struct pattern_search *, pattern_search_free);

/* The next @n bytes of the body. What was found or given up stays so. */
enum pattern_result pattern_search_feed(struct pattern_search *s, const void *data, size_t n);
/* The body has ended. */
enum pattern_result pattern_search_end(struct pattern_search *s);
