/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The window slides: once it is full, it is searched as the beginning of something longer, and what a match may
 * still need of it stays: where a partial match begins, and before that what the pattern looks back at. The
 * byte in front of where a match may begin is always kept, so that ^ and \A, which ask for the beginning of
 * the text, do not find one in the middle of it. */

#include "checkd/pattern.h"

#include <errno.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/macro.h"

#define UTF8_BYTES_MAX 4U

struct pattern {
        unsigned n_refs;
        char *text;
        uint32_t options;
        pcre2_code *code;
        size_t lookbehind; /* bytes, at most half a window */
};

struct pattern_search {
        struct pattern *pattern; /* a reference */
        size_t min, max;
        pcre2_match_data *match;
        pcre2_match_context *context;
        enum pattern_result result;
        size_t base;  /* where in the body the window begins */
        size_t n;     /* bytes in it */
        size_t start; /* where in it a match may begin at the earliest */
        char window[PATTERN_WINDOW];
};

/* --- options --- */

static const struct {
        const char *word;
        uint32_t option;
} option_words[] = {
        { "allow_empty_class", PCRE2_ALLOW_EMPTY_CLASS },
        { "alt_bsux", PCRE2_ALT_BSUX },
        { "alt_circumflex", PCRE2_ALT_CIRCUMFLEX },
        { "alt_verbnames", PCRE2_ALT_VERBNAMES },
        { "auto_callout", PCRE2_AUTO_CALLOUT },
        { "caseless", PCRE2_CASELESS },
        { "dollar_endonly", PCRE2_DOLLAR_ENDONLY },
        { "dotall", PCRE2_DOTALL },
        { "dupnames", PCRE2_DUPNAMES },
        { "extended", PCRE2_EXTENDED },
        { "firstline", PCRE2_FIRSTLINE },
        { "match_unset_backref", PCRE2_MATCH_UNSET_BACKREF },
        { "multiline", PCRE2_MULTILINE },
        { "never_backslash_c", PCRE2_NEVER_BACKSLASH_C },
        { "never_ucp", PCRE2_NEVER_UCP },
        { "never_utf", PCRE2_NEVER_UTF },
        { "no_auto_capture", PCRE2_NO_AUTO_CAPTURE },
        { "no_auto_possess", PCRE2_NO_AUTO_POSSESS },
        { "no_dotstar_anchor", PCRE2_NO_DOTSTAR_ANCHOR },
        { "no_start_optimize", PCRE2_NO_START_OPTIMIZE },
        { "ucp", PCRE2_UCP },
        { "ungreedy", PCRE2_UNGREEDY },
        { "use_offset_limit", PCRE2_USE_OFFSET_LIMIT },
        { "utf", PCRE2_UTF },
};

uint32_t pattern_option_find(const char *word) {
        for (size_t i = 0; i < ARRAY_SIZE(option_words); i++)
                if (streq(option_words[i].word, word))
                        return option_words[i].option;
        return 0;
}

/* --- the pattern --- */

/* Pages of strangers are not always the UTF-8 that they say: without MATCH_INVALID_UTF one wrong byte would
 * end the search. */
static uint32_t compile_options(uint32_t options) {
        return options | PCRE2_USE_OFFSET_LIMIT |
                        (options & PCRE2_UTF ? PCRE2_MATCH_INVALID_UTF : 0);
}

static int compile(struct pattern *p, char *error) {
        size_t offset = 0;
        int number = 0;
        uint32_t characters = 0;

        p->code = pcre2_compile((PCRE2_SPTR) p->text, PCRE2_ZERO_TERMINATED,
                        compile_options(p->options), &number, &offset, NULL);
        if (!p->code) {
                char words[PATTERN_ERROR_MAX - 32] = "";

                (void) pcre2_get_error_message(number, (PCRE2_UCHAR *) words, sizeof(words));
                (void) snprintf(error, PATTERN_ERROR_MAX, "%s at offset %zu", words, offset);
                return -EINVAL;
        }
        (void) pcre2_pattern_info(p->code, PCRE2_INFO_MAXLOOKBEHIND, &characters);
        p->lookbehind = (size_t) characters * (p->options & PCRE2_UTF ? UTF8_BYTES_MAX : 1);
        p->lookbehind = CLAMP(p->lookbehind, 1U, PATTERN_WINDOW / 2);
        return 0;
}

int pattern_new(const char *text, uint32_t options, char *error, struct pattern **ret) {
        _cleanup_(pattern_unrefp) struct pattern *p = calloc(1, sizeof(*p));
        int r;

        if (!p)
                return -ENOMEM;
        p->n_refs = 1;
        p->options = options;
        p->text = strdup(text);
        if (!p->text)
                return -ENOMEM;
        r = compile(p, error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

struct pattern *pattern_ref(struct pattern *p) {
        p->n_refs++;
        return p;
}

struct pattern *pattern_unref(struct pattern *p) {
        if (!p || --p->n_refs > 0)
                return NULL;
        pcre2_code_free(p->code);
        free(p->text);
        free(p);
        return NULL;
}

bool pattern_equal(const struct pattern *a, const struct pattern *b) {
        if (!a || !b)
                return a == b;
        return streq(a->text, b->text) && a->options == b->options;
}

/* --- a search --- */

int pattern_search_new(struct pattern *p, size_t min, size_t max, struct pattern_search **ret) {
        _cleanup_(pattern_search_freep) struct pattern_search *s = malloc(sizeof(*s));

        if (!s)
                return -ENOMEM;
        /* The window is not cleared: nothing behind n is ever read. */
        s->pattern = pattern_ref(p);
        s->min = min;
        s->max = max;
        s->result = PATTERN_NOT_YET;
        s->base = s->n = s->start = 0;
        s->context = NULL; /* for the cleanup */
        s->match = pcre2_match_data_create(1, NULL);
        if (!s->match)
                return -ENOMEM;
        s->context = pcre2_match_context_create(NULL);
        if (!s->context)
                return -ENOMEM;
        (void) pcre2_set_match_limit(s->context, PATTERN_STEPS_MAX);
        (void) pcre2_set_heap_limit(s->context, PATTERN_HEAP_MAX_KIBIBYTES);
        *ret = TAKE_PTR(s);
        return 0;
}

struct pattern_search *pattern_search_free(struct pattern_search *s) {
        if (!s)
                return NULL;
        pcre2_match_data_free(s->match);
        pcre2_match_context_free(s->context);
        s->pattern = pattern_unref(s->pattern);
        free(s);
        return NULL;
}

static bool is_inside_character(const struct pattern_search *s, size_t at) {
        return s->pattern->options & PCRE2_UTF && at < s->n && (s->window[at] & 0xc0) == 0x80;
}

/* The window without the beginning of a character whose end is still to come. */
static size_t whole_characters(const struct pattern_search *s) {
        if (!(s->pattern->options & PCRE2_UTF))
                return s->n;
        for (size_t back = 1; back < UTF8_BYTES_MAX && back <= s->n; back++) {
                unsigned char c = (unsigned char) s->window[s->n - back];

                if ((c & 0xc0) == 0x80)
                        continue;
                if ((c >= 0xc0 && back < 2) || (c >= 0xe0 && back < 3) || c >= 0xf0)
                        return s->n - back;
                return s->n;
        }
        return s->n;
}

/* Go on with what is in the window from @from on, where a match may begin next. */
static void slide(struct pattern_search *s, size_t from) {
        size_t drop;

        from = MAX(from, s->start);
        if (from > s->n)
                from = s->n;
        drop = from > s->pattern->lookbehind ? from - s->pattern->lookbehind : 0;
        while (drop > 0 && is_inside_character(s, drop))
                drop--;
        /* Something longer than half of the window is not waited for. */
        if (s->n - drop > PATTERN_WINDOW / 2)
                drop = s->n - PATTERN_WINDOW / 2;
        while (drop < s->n && is_inside_character(s, drop))
                drop++;
        memmove(s->window, s->window + drop, s->n - drop);
        s->base += drop;
        s->n -= drop;
        s->start = from > drop ? from - drop : MIN(1U, s->n);
}

/* Look for it in what there is; @last: nothing will follow. */
static void search(struct pattern_search *s, bool last) {
        size_t n = last ? s->n : whole_characters(s), from = s->start;
        int r;

        if (s->min > s->base + from)
                from = MIN(s->min - s->base, n);
        while (from < n && is_inside_character(s, from))
                from++;
        if ((s->min > s->base + n) || s->max < s->base + from) {
                if (!last)
                        slide(s, n);
                return;
        }
        if (s->max != SIZE_MAX)
                (void) pcre2_set_offset_limit(s->context, s->max - s->base);
        r = pcre2_match(s->pattern->code, (PCRE2_SPTR) s->window, n, MIN(from, n),
                        last ? 0 : PCRE2_PARTIAL_HARD, s->match, s->context);
        if (r >= 0)
                s->result = PATTERN_FOUND;
        else if (r == PCRE2_ERROR_PARTIAL)
                slide(s, pcre2_get_ovector_pointer(s->match)[0]);
        else if (r != PCRE2_ERROR_NOMATCH)
                s->result = PATTERN_GAVE_UP;
        else if (!last)
                slide(s, n);
}

enum pattern_result pattern_search_feed(struct pattern_search *s, const void *data, size_t n) {
        const char *p = data;

        while (n > 0 && s->result == PATTERN_NOT_YET) {
                size_t k = MIN(n, PATTERN_WINDOW - s->n);

                memcpy(s->window + s->n, p, k);
                s->n += k;
                p += k;
                n -= k;
                if (s->n == PATTERN_WINDOW)
                        search(s, false);
        }
        return s->result;
}

enum pattern_result pattern_search_end(struct pattern_search *s) {
        if (s->result == PATTERN_NOT_YET)
                search(s, true);
        return s->result;
}
