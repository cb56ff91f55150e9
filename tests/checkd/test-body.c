/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/body.h"

#include "ipvsd/conf.h"
#include "tests/common/conf-text.h"

static struct conf *c;
static char why[256];

static void forget(void) {
        c = conf_free(c);
}

TestSuite(body, .fini = forget);

/* A url with some lines. */
static const struct check_url_conf *url(const char *lines) {
        char text[1024];

        forget();
        (void) snprintf(text, sizeof(text),
                        "virtual_server 10.0.0.1 80 {\n protocol TCP\n real_server 10.0.0.2 80 {\n"
                        " HTTP_GET {\n url {\n path /\n%s\n}\n}\n}\n}\n",
                        lines);
        c = conf_of(text);
        cr_assert(c->ipvs->services->servers->checkers, "%s", lines);
        return c->ipvs->services->servers->checkers->http.urls;
}

static bool judge(const struct check_url_conf *u, const char *text) {
        struct body b;
        bool good;

        cr_assert_eq(body_init(&b, u), 0);
        for (const char *s = text; *s; s++)
                cr_assert(body_feed(&b, s, 1));
        why[0] = '\0';
        good = body_judge(&b, why, sizeof(why));
        body_done(&b);
        return good;
}

Test(body, anything_is_good_when_nothing_is_asked) {
        cr_expect(judge(url(""), ""));
        cr_expect(judge(url(""), "anything"));
}

Test(body, the_digest_is_the_md5) {
        const char *hello = "digest 5d41402abc4b2a76b9719d911017c592";

        cr_expect(judge(url(hello), "hello"));
        cr_expect_not(judge(url(hello), "hello\n"));
        cr_expect_str_eq(why,
                        "digest is b1946ac92492d2347c6235b4d2611184, wanted 5d41402abc4b2a76b9719d911017c592");
        cr_expect(judge(url("digest 5D41402ABC4B2A76B9719D911017C592"), "hello"), "in capitals");
}

Test(body, the_pattern_must_be_there_or_must_not) {
        cr_expect(judge(url("regex l+o"), "hello"));
        cr_expect_not(judge(url("regex l+o$\nregex_min_offset 4"), "hello"));
        cr_expect_str_eq(why, "pattern not found in 5 bytes");
        cr_expect(judge(url("regex jam\nregex_no_match"), "hello"));
        cr_expect_not(judge(url("regex l+o\nregex_no_match"), "hello"));
        cr_expect_str_eq(why, "pattern found, which must not be there");
}

Test(body, the_digest_comes_first) {
        cr_expect_not(judge(url("regex jam\ndigest 5d41402abc4b2a76b9719d911017c592"), "jelly"));
        cr_expect(strncmp(why, "digest is ", 10) == 0);
}

Test(body, more_than_the_limit_is_not_taken) {
        static char block[BODY_BYTES_MAX / 4];
        struct body b;

        cr_assert_eq(body_init(&b, NULL), 0);
        for (int i = 0; i < 4; i++)
                cr_expect(body_feed(&b, block, sizeof(block)));
        cr_expect_not(body_feed(&b, block, 1));
        cr_expect(b.too_long);
        body_done(&b);
}
