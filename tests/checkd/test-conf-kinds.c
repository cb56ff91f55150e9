/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What HTTP_GET, SSL_GET, DNS_CHECK, MISC_CHECK and FILE_CHECK say, and what is said of it. */

#include "ipvsd/conf.h"
#include "tests/common/conf-text.h"

static struct conf *c;

static void forget(void) {
        c = conf_free(c);
}

TestSuite(conf_kinds, .fini = forget);

/* The first checker of a server with these blocks, or NULL; @head stands in front, @options in the server. */
static const struct check_checker_conf *checker_of(
                const char *head, const char *options, const char *blocks) {
        char text[4096];

        forget();
        (void) snprintf(text, sizeof(text),
                        "%s\nvirtual_server 10.0.0.1 80 {\n protocol TCP\n delay_loop 7\n"
                        " virtualhost service.example\n real_server 10.0.0.2 80 {\n weight 5\n%s\n%s\n }\n}\n",
                        head, options, blocks);
        c = conf_of(text);
        return c->ipvs->services->servers->checkers;
}

static const struct check_checker_conf *checker(const char *blocks) {
        return checker_of("", "", blocks);
}

static const struct check_url_conf *url(const char *lines) {
        char text[2048];
        const struct check_checker_conf *k;

        (void) snprintf(text, sizeof(text), "HTTP_GET {\n url {\n path /x\n%s\n}\n}", lines);
        k = checker(text);
        cr_assert(k && k->http.urls, "%s", lines);
        return k->http.urls;
}

Test(conf_kinds, a_url_has_the_defaults_of_keepalived) {
        const struct check_url_conf *u = url("");
        const struct check_checker_conf *k = c->ipvs->services->servers->checkers;

        cr_expect_str_eq(u->path, "/x");
        for (long code = 0; code < 1000; code++)
                cr_expect_eq(check_codes_have(&u->codes, code), code >= 200 && code <= 299, "%ld",
                                code);
        cr_expect_not(u->digest.given);
        cr_expect_null(u->pattern);
        cr_expect_eq(u->regex_max_offset, SIZE_MAX);
        cr_expect_str_eq(u->virtualhost, "service.example");
        cr_expect_eq(k->http.protocol, CHECK_HTTP_1_0);
        cr_expect_not(k->http.enable_sni || k->http.tls_verify || k->fast_recovery);
        cr_expect_eq(k->retry, 1);
        cr_expect_eq(k->delay_before_retry_usec, 3 * USEC_PER_SEC);
}

Test(conf_kinds, status_codes_are_codes_and_ranges) {
        const struct check_url_conf *u = url("status_code 200 404-410 100 599");
        char buf[64], small[8];

        cr_expect(check_codes_have(&u->codes, 200) && check_codes_have(&u->codes, 407) &&
                        check_codes_have(&u->codes, 100) && check_codes_have(&u->codes, 599));
        cr_expect_not(check_codes_have(&u->codes, 201) || check_codes_have(&u->codes, 99) ||
                        check_codes_have(&u->codes, 600) || check_codes_have(&u->codes, -1));
        cr_expect_str_eq(check_codes_format(&u->codes, buf, sizeof(buf)), "100 200 404-410 599");
        cr_expect_str_eq(check_codes_format(&u->codes, small, sizeof(small)), "100 200");
        u = url("status_code 200 700");
        cr_expect(conf_says(c, CONF_COMPLAINT, "status_code: 700 is no code in 100..599"));
        cr_expect(check_codes_have(&u->codes, 250), "the line is dropped, the default stays");
        (void) url("status_code 300-200");
        cr_expect(conf_says(c, CONF_COMPLAINT, "status_code: 300-200 is no code"));
}

Test(conf_kinds, the_host_is_the_urls_the_checkers_the_servers_the_services) {
        const char *block =
                        "HTTP_GET {\n virtualhost checker.example\n url {\n path /\n virtualhost url.example\n}\n"
                        "url {\n path /\n}\n}\nHTTP_GET {\n url {\n path /\n}\n}";
        const struct check_checker_conf *k = checker_of("", "virtualhost server.example", block);

        cr_expect_str_eq(k->http.urls->virtualhost, "url.example");
        cr_expect_str_eq(k->http.urls->next->virtualhost, "checker.example");
        cr_expect_str_eq(k->next->http.urls->virtualhost, "server.example");
        (void) checker("HTTP_GET {\n virtualhost \"a b\"\n url {\n path /\n}\n}");
        cr_expect(conf_says(c, CONF_COMPLAINT, "virtualhost: \"a b\" is no name of a host"));
}

Test(conf_kinds, a_pattern_is_compiled_at_once) {
        const struct check_url_conf *u =
                        url("regex \"^ok \\\\d\"\nregex_options caseless multiline");

        cr_expect_not_null(u->pattern);
        cr_expect_str_eq(u->regex, "^ok \\d");
        u = url("regex \"a(b\"");
        cr_expect_null(u->pattern);
        cr_expect(conf_says(c, CONF_COMPLAINT,
                        "regex: missing closing parenthesis at offset 3, the pattern is not looked for"));
        (void) url("regex a\nregex_options caseles");
        cr_expect(conf_says(c, CONF_COMPLAINT, "regex_options: unknown word caseles"));
        (void) url("regex a b");
        cr_expect(conf_says(c, CONF_COMPLAINT, "regex: b and what follows is ignored"));
        u = url("regex a\nregex_min_offset 5\nregex_max_offset 4");
        cr_expect(conf_says(c, CONF_COMPLAINT, "regex_max_offset is less than regex_min_offset"));
        cr_expect_eq(u->regex_max_offset, SIZE_MAX);
}

Test(conf_kinds, a_lost_backslash_is_told) {
        const struct check_url_conf *u = url("regex \"\\d\"");

        cr_expect_str_eq(u->regex, "d", "as keepalived has it");
        cr_expect(conf_says(c, CONF_COMPLAINT, "regex: \\d means only d here"));
}

Test(conf_kinds, what_is_wrong_leaves_the_rest) {
        const struct check_url_conf *u = url("digest abc");

        cr_expect(conf_says(c, CONF_COMPLAINT, "digest: abc is not 32 hexadecimal digits"));
        cr_expect_not(u->digest.given);
        cr_expect_null(checker("HTTP_GET {\n}"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "it has no url with a path"));
        cr_expect_null(checker("HTTP_GET {\n url {\n}\n}"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "it has no path, the url is left out"));
        cr_expect_eq(checker("HTTP_GET {\n url {\n}\n}\nTCP_CHECK {\n}")->kind, CHECK_CONF_TCP);
        cr_expect_null(checker("HTTP_GET {\n url {\n path \"/a b\"\n}\n}"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "path: it has a blank"));
}

Test(conf_kinds, certificates_are_verified_with_a_ca_or_if_asked_for) {
        static const char get[] = "SSL_GET {\n url {\n path /\n}\n}";

        cr_expect_not(checker(get)->http.tls_verify);
        cr_expect(checker_of("SSL {\n ca /ca.pem\n}", "", get)->http.tls_verify);
        cr_expect_str_eq(c->check->ssl.ca, "/ca.pem");
        cr_expect(checker("SSL_GET {\n tls_verify\n url {\n path /\n}\n}")->http.tls_verify);
        cr_expect_not(checker_of("SSL {\n ca /ca.pem\n}", "",
                        "SSL_GET {\n tls_verify off\n url {\n path /\n}\n}")
                                        ->http.tls_verify);
        cr_expect(checker("SSL_GET {\n sni_name a.example\n url {\n path /\n}\n}")
                                        ->http.enable_sni);
}

Test(conf_kinds, a_name_server_is_asked_for_the_roots_soa) {
        const struct check_checker_conf *k = checker("DNS_CHECK {\n}");

        cr_expect_eq(k->dns.type, 6);
        cr_expect_str_eq(k->dns.name, ".");
        cr_expect_eq(k->retry, 3);
        cr_expect_eq(k->delay_before_retry_usec, 7 * USEC_PER_SEC);
        k = checker("DNS_CHECK {\n type aaaa\n name www.example.com.\n}");
        cr_expect_eq(k->dns.type, 28);
        cr_expect_str_eq(check_dns_type_to_string(k->dns.type), "AAAA");
        cr_expect_str_eq(k->dns.name, "www.example.com.");
        k = checker("DNS_CHECK {\n name www..example\n}");
        cr_expect(conf_says(c, CONF_COMPLAINT, "name: www..example is no domain name"));
        cr_expect_str_eq(k->dns.name, ".");
}

Test(conf_kinds, a_command_has_the_services_delay_loop) {
        const struct check_checker_conf *k = checker(
                        "MISC_CHECK {\n misc_path \"/bin/check 1\"\n user nobody\n delay_loop 3\n}");

        cr_expect_eq(k->misc.timeout_usec, 7 * USEC_PER_SEC);
        cr_expect_str_eq(k->misc.script.argv[1], "1");
        cr_expect_str_eq(k->misc.script.user, "nobody");
        cr_expect_eq(k->misc.weight, 5);
        cr_expect_eq(k->retry, 0);
        cr_expect_eq(checker("MISC_CHECK {\n misc_path /x\n misc_timeout 2\n}")->misc.timeout_usec,
                        2 * USEC_PER_SEC);
        cr_expect_null(checker("MISC_CHECK {\n}"));
        cr_expect(conf_says(c, CONF_COMPLAINT, "it has no misc_path, the checker is left out"));
}

Test(conf_kinds, a_file_check_names_a_track_file) {
        static const char file[] = "track_file f {\n file /f\n weight 3 reverse\n}";
        const struct check_checker_conf *k =
                        checker_of(file, "retry 4", "FILE_CHECK {\n track_file f\n}");

        cr_expect_str_eq(k->file.file->file, "/f");
        cr_expect_eq(k->file.weight.value, 3);
        cr_expect(k->file.weight.reverse);
        cr_expect_eq(k->retry, 0, "what a file says is so at once");
        k = checker_of(file, "", "FILE_CHECK {\n track_file f\n weight -2147483647\n}");
        cr_expect_eq(k->file.weight.value, -INT32_MAX);
        cr_expect_not(k->file.weight.reverse);
        cr_expect_null(checker_of(file, "", "FILE_CHECK {\n track_file g\n}"));
        cr_expect(conf_says(
                        c, CONF_COMPLAINT, "there is no track_file g, the checker is left out"));
        cr_expect_null(checker_of(file, "", "FILE_CHECK {\n}"));
}

Test(conf_kinds, a_check_that_does_not_exist_yet_does_not_count) {
        const struct check_checker_conf *k =
                        checker_of("", "alpha", "BFD_CHECK {\n name x\n}\nPING_CHECK {\n}");

        cr_assert_not_null(k);
        cr_expect_eq(k->kind, CHECK_CONF_PING);
        cr_expect_null(k->next);
}
