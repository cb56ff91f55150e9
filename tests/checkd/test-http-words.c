/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/http-words.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "checkd/http-host.h"
#include "common/macro.h"

static const char *words(CURLcode result, long error, const char *details) {
        static char buf[200];

        http_words_failure(result, error, details, buf, sizeof(buf));
        return buf;
}

Test(http_words, say_what_happened) {
        cr_expect_str_eq(
                        words(CURLE_COULDNT_CONNECT, ECONNREFUSED, "Failed to connect to 10.0.0.1"),
                        "connection refused");
        cr_expect_str_eq(words(CURLE_RECV_ERROR, ECONNRESET, "Recv failure"), "connection reset");
        cr_expect_str_eq(words(CURLE_GOT_NOTHING, 0, "Empty reply from server"),
                        "connection closed without an answer");
        cr_expect_str_eq(words(CURLE_PEER_FAILED_VERIFICATION, 0,
                                         "SSL certificate problem: certificate has expired"),
                        "certificate has expired");
        cr_expect_str_eq(words(CURLE_SSL_CONNECT_ERROR, 0,
                                         "error:0A00010B:SSL routines::wrong version number"),
                        "TLS handshake: wrong version number");
        cr_expect_str_eq(words(CURLE_WEIRD_SERVER_REPLY, 0, ""), "the answer is not HTTP");
        cr_expect(strlen(words(CURLE_TOO_MANY_REDIRECTS, 0, "")) > 0);
}

Test(http_words, are_printable_whatever_came) {
        char text[] = "a\nb\377c\033[1m";

        http_words_clean(text);
        cr_expect_str_eq(text, "a?b?c?[1m");
        cr_expect_str_eq(words(CURLE_TOO_MANY_REDIRECTS, 0, "x\001\200"), "x??");
}

Test(http_words, our_own_want_is_not_the_servers_fault) {
        cr_expect(http_words_own_want(CURLE_COULDNT_CONNECT, EADDRNOTAVAIL));
        cr_expect_not(http_words_own_want(CURLE_COULDNT_CONNECT, ECONNREFUSED));
        cr_expect(http_words_own_want(CURLE_SSL_CACERT_BADFILE, 0));
        cr_expect_not(http_words_own_want(CURLE_PEER_FAILED_VERIFICATION, 0));
}

Test(http_host, the_name_is_what_is_left_without_the_port) {
        static const char *const cases[][2] = { { "example.com", "example.com" },
                { "example.com:8080", "example.com" }, { "[2001:db8::1]:80", "2001:db8::1" },
                { "2001:db8::1", "2001:db8::1" }, { "10.0.0.1:80", "10.0.0.1" } };
        char buf[32];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                cr_expect(check_http_host_name(cases[i][0], buf, sizeof(buf)));
                cr_expect_str_eq(buf, cases[i][1]);
        }
        cr_expect_not(check_http_host_name(
                        "a-name-that-does-not-fit.example.com", buf, sizeof(buf)));
}

Test(http_host, nothing_in_it_ends_the_header) {
        cr_expect(check_http_host_is_valid("example.com:80"));
        cr_expect_not(check_http_host_is_valid(""));
        cr_expect_not(check_http_host_is_valid("a b"));
        cr_expect_not(check_http_host_is_valid("a\r\nX: y"));
        cr_expect_not(check_http_host_is_valid("a/b"));
        cr_expect_not(check_http_host_is_valid("user@host"));
}
