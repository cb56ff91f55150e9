/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bodies of pages from strangers. The first byte chooses a pattern, the second where the window of the search ends
 * in the rest. The search, which sees the body through its window, finds what PCRE2 finds in all of it. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/pattern.h"
#include "common/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define BODY_MAX 8192U

static const struct {
        const char *text;
        uint32_t options;
} patterns[] = {
        { "ab?c", 0 },
        { "^ab", 0 },
        { "^ab", PCRE2_MULTILINE },
        { "ab$", 0 },
        { "ab$", PCRE2_MULTILINE },
        { "\\bab\\b", PCRE2_CASELESS },
        { "(?<=aa)b", 0 },
        { "(?<!a)bb", 0 },
        { "a[^-]{3,40}b", PCRE2_DOTALL },
        { "(a+)(b+)\\1", 0 },
        { "\\Aab|bc\\z", 0 },
        { "a(?=bb)", 0 },
        { "a.b", PCRE2_UTF },
        { "\\R\\R", 0 },
};

static void must(bool condition) {
        if (!condition)
                abort();
}

static bool is_in(const char *text, uint32_t options, const uint8_t *body, size_t n) {
        int error;
        size_t at;
        pcre2_code *code = pcre2_compile((PCRE2_SPTR) text, PCRE2_ZERO_TERMINATED,
                        options | (options & PCRE2_UTF ? PCRE2_MATCH_INVALID_UTF : 0), &error, &at,
                        NULL);
        pcre2_match_data *match = pcre2_match_data_create(1, NULL);
        int r;

        must(code && match);
        r = pcre2_match(code, body, n, 0, 0, match, NULL);
        must(r >= 0 || r == PCRE2_ERROR_NOMATCH);
        pcre2_match_data_free(match);
        pcre2_code_free(code);
        return r >= 0;
}

static bool search(const char *text, uint32_t options, const uint8_t *body, size_t n) {
        _cleanup_(pattern_unrefp) struct pattern *p = NULL;
        _cleanup_(pattern_search_freep) struct pattern_search *s = NULL;
        char error[PATTERN_ERROR_MAX];
        enum pattern_result result;

        must(pattern_new(text, options, error, &p) == 0);
        must(pattern_search_new(p, 0, SIZE_MAX, &s) == 0);
        (void) pattern_search_feed(s, body, n / 2);
        (void) pattern_search_feed(s, body + n / 2, n - n / 2);
        result = pattern_search_end(s);
        must(result != PATTERN_GAVE_UP);
        return result == PATTERN_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static uint8_t body[PATTERN_WINDOW + BODY_MAX];
        size_t which, before;

        if (n < 2)
                return 0;
        which = data[0] % ARRAY_SIZE(patterns);
        n = MIN(n, BODY_MAX);
        /* 0: nothing stands in front; else the window ends so many bytes into the data. */
        before = data[1] == 0 ? 0 : PATTERN_WINDOW - data[1];
        data += 2;
        n -= 2;
        memset(body, '-', before);
        memcpy(body + before, data, n);
        must(search(patterns[which].text, patterns[which].options, body, before + n) ==
                        is_in(patterns[which].text, patterns[which].options, body, before + n));
        return 0;
}
