/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `check digest`: fetch a page as HTTP_GET and SSL_GET do, and tell what digest the url needs. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/body.h"
#include "checkd/http-request.h"
#include "checkd/http-words.h"
#include "common/cleanup.h"
#include "ctl/ctl.h"

#define TIMEOUT_USEC (60 * USEC_PER_SEC)

/* A URL in its parts, and where to connect to. */
struct page {
        bool ssl;
        char *name;   /* as in the URL, without brackets */
        char *host;   /* Host header, NULL where the URL has a bare address */
        char *path;   /* with the query */
        char *target; /* --connect, else the name */
        unsigned long port;
};

static void page_done(struct page *p) {
        free(p->name);
        free(p->host);
        free(p->path);
        free(p->target);
}

static void curl_url_freep(CURLU **u) {
        curl_url_cleanup(*u);
}

/* A copy of a part that free() may have; NULL: there is none. */
static char *part(CURLU *u, CURLUPart what, unsigned flags) {
        char *text = NULL, *copy;

        if (curl_url_get(u, what, &text, flags) != CURLUE_OK)
                return NULL;
        copy = strdup(text);
        curl_free(text);
        return copy;
}

static char *without_brackets(char *host) {
        size_t n = host ? strlen(host) : 0;

        if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
                memmove(host, host + 1, n - 2);
                host[n - 2] = '\0';
        }
        return host;
}

static bool is_address(const char *host) {
        struct ip_addr a;

        return ip_addr_parse(host, &a) == 0;
}

static int set_path(struct page *p, CURLU *u) {
        _cleanup_free_ char *path = part(u, CURLUPART_PATH, 0),
                            *query = part(u, CURLUPART_QUERY, 0);

        if (!path || asprintf(&p->path, "%s%s%s", path, query ? "?" : "", query ?: "") < 0)
                return -ENOMEM;
        return 0;
}

/* The name as the Host header has it: with the port, where the URL has one. */
static int set_host(struct page *p, CURLU *u) {
        _cleanup_free_ char *given = part(u, CURLUPART_PORT, 0);

        if (is_address(p->name))
                return 0;
        return asprintf(&p->host, "%s%s%s", p->name, given ? ":" : "", given ?: "") < 0 ? -ENOMEM
                                                                                        : 0;
}

static int page_of_url(const char *url, struct page *ret) {
        _cleanup_(curl_url_freep) CURLU *u = curl_url();
        _cleanup_(page_done) struct page p = {};
        _cleanup_free_ char *scheme = NULL, *port = NULL;

        if (!u)
                return -ENOMEM;
        if (curl_url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) != CURLUE_OK)
                return -EINVAL;
        scheme = part(u, CURLUPART_SCHEME, 0);
        port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        p.name = without_brackets(part(u, CURLUPART_HOST, 0));
        if (!scheme || !p.name || !port ||
                        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
                return -EINVAL;
        p.ssl = strcmp(scheme, "https") == 0;
        p.port = strtoul(port, NULL, 10);
        p.target = strdup(p.name);
        if (!p.target || set_path(&p, u) < 0 || set_host(&p, u) < 0)
                return -ENOMEM;
        *ret = p;
        p = (struct page){};
        return 0;
}

/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT */
static int set_target(struct page *p, const char *connect) {
        _cleanup_free_ char *text = strdup(connect);
        char *port = text ? strrchr(text, ':') : NULL, *end;

        if (!text)
                return -ENOMEM;
        if (!is_address(text) && port) {
                *port = '\0';
                p->port = strtoul(port + 1, &end, 10);
                if (*end || p->port < 1 || p->port > UINT16_MAX)
                        return -EINVAL;
        }
        (void) without_brackets(text);
        if (!is_address(text))
                return -EINVAL;
        free(p->target);
        p->target = TAKE_PTR(text);
        return 0;
}

/* --- the transfer --- */

static size_t on_body(char *data, size_t size, size_t n, void *userdata) {
        return body_feed(userdata, data, n) ? n : 0;
}

static int prepare(const struct page *p, CURL *easy, struct body *b, usec_t timeout,
                struct http_lists *ret) {
        (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) (timeout / USEC_PER_MSEC));
        (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, b);
        return http_request_apply(
                        &(struct http_request){
                                        .ssl = p->ssl,
                                        .target = p->target,
                                        .port = (uint16_t) p->port,
                                        .path = p->path,
                                        .virtualhost = p->host,
                                        .protocol = CHECK_HTTP_1_0,
                                        .sni = p->ssl && p->host,
                        },
                        easy, ret);
}

static int tell_failure(const char *url, CURL *easy, CURLcode result, const struct body *b,
                const char *details) {
        char words[CURL_ERROR_SIZE];
        long error = 0;

        (void) curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
        http_words_failure(result, error, details, words, sizeof(words));
        if (b->too_long)
                (void) snprintf(words, sizeof(words), "the body has more than %u bytes",
                                BODY_BYTES_MAX);
        (void) fprintf(stderr, "%s: %s\n", url, words);
        return CTL_FAILED;
}

static void tell_digest(const char *url, CURL *easy, struct body *b) {
        char digest[BODY_DIGEST_STRLEN];
        long code = 0;

        (void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
        body_digest(b, digest);
        printf("%s: HTTP %ld, %zu bytes\n", url, code, b->n);
        if (code / 100 != 2)
                printf("status_code %ld\n", code);
        printf("digest %s\n", digest);
}

static int fetch(const char *url, const struct page *p, CURL *easy, usec_t timeout) {
        _cleanup_(http_lists_done) struct http_lists lists = {};
        _cleanup_(body_done) struct body b = {};
        char details[CURL_ERROR_SIZE] = "";
        CURLcode result;
        int r;

        r = body_init(&b, NULL);
        if (r >= 0)
                r = prepare(p, easy, &b, timeout, &lists);
        if (r < 0)
                return r;
        (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details);
        result = curl_easy_perform(easy);
        (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
        if (result != CURLE_OK)
                return tell_failure(url, easy, result, &b, details);
        tell_digest(url, easy, &b);
        return CTL_OK;
}

static void curl_easy_freep(CURL **easy) {
        if (*easy)
                curl_easy_cleanup(*easy);
}

int verb_check_digest(const struct ctl *c, char **words) {
        _cleanup_(page_done) struct page p = {};
        _cleanup_(curl_easy_freep) CURL *easy = curl_easy_init();
        int r;

        if (!easy)
                return -ENOMEM;
        r = page_of_url(words[0], &p);
        if (r == -EINVAL) {
                (void) fprintf(stderr, "'%s' is no http:// or https:// URL.\n", words[0]);
                return CTL_USAGE;
        }
        if (r >= 0 && c->connect)
                r = set_target(&p, c->connect);
        if (r == -EINVAL) {
                (void) fprintf(stderr, "'%s' is no ADDRESS or ADDRESS:PORT.\n", c->connect);
                return CTL_USAGE;
        }
        if (r < 0)
                return r;
        return fetch(words[0], &p, easy,
                        c->timeout_usec == USEC_INFINITY ? TIMEOUT_USEC : c->timeout_usec);
}
