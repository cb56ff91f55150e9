/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/body.h"

#include <errno.h>
#include <stdio.h>

#include "checkd/pattern.h"
#include "common/macro.h"

int body_init(struct body *b, const struct check_url_conf *url) {
        *b = (struct body){ .url = url };
        MD5Init(&b->md5);
        if (!url || !url->pattern)
                return 0;
        return pattern_search_new(
                        url->pattern, url->regex_min_offset, url->regex_max_offset, &b->search);
}

void body_done(struct body *b) {
        b->search = pattern_search_free(b->search);
}

bool body_feed(struct body *b, const void *data, size_t n) {
        if (n > BODY_BYTES_MAX - b->n) {
                b->too_long = true;
                return false;
        }
        b->n += n;
        MD5Update(&b->md5, data, n);
        if (b->search)
                (void) pattern_search_feed(b->search, data, n);
        return true;
}

void body_digest(struct body *b, char buf[static BODY_DIGEST_STRLEN]) {
        uint8_t raw[MD5_DIGEST_LENGTH];

        MD5Final(raw, &b->md5);
        check_digest_format(raw, buf);
}

static bool judge_digest(struct body *b, char *why, size_t n) {
        char wanted[BODY_DIGEST_STRLEN], seen[BODY_DIGEST_STRLEN];

        if (!b->url->digest.given)
                return true;
        check_digest_format(b->url->digest.md5, wanted);
        body_digest(b, seen);
        if (streq(seen, wanted))
                return true;
        (void) snprintf(why, n, "digest is %s, wanted %s", seen, wanted);
        return false;
}

static bool judge_pattern(struct body *b, char *why, size_t n) {
        enum pattern_result result;

        if (!b->search)
                return true;
        result = pattern_search_end(b->search);
        switch (result) {
        case PATTERN_FOUND:
                if (!b->url->regex_no_match)
                        return true;
                (void) snprintf(why, n, "pattern found, which must not be there");
                return false;
        case PATTERN_NOT_YET:
                if (b->url->regex_no_match)
                        return true;
                (void) snprintf(why, n, "pattern not found in %zu bytes", b->n);
                return false;
        case PATTERN_GAVE_UP:
                (void) snprintf(why, n, "looking for the pattern takes too much work");
                return false;
        }
        return false;
}

bool body_judge(struct body *b, char *why, size_t n) {
        return !b->url || (judge_digest(b, why, n) && judge_pattern(b, why, n));
}
