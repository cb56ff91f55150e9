/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libcurl makes SNI and the name to verify of the URL's host. So that is a name where one matters, while
 * CONNECT_TO says where it is; and the path, which must go out as it was written, is not in the URL at all. */

#include "checkd/http-request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "checkd/http-host.h"
#include "common/cleanup.h"

#define NAME_MAX_BYTES 256U

void http_lists_done(struct http_lists *l) {
        curl_slist_free_all(l->headers);
        curl_slist_free_all(l->connect_to);
        *l = (struct http_lists){};
}

static const char *bracket(const char *host, const char *which) {
        return strchr(host, ':') ? which : "";
}

/* "10.0.0.1:80", "[2001:db8::1]:80" */
static char *endpoint(const char *prefix, const char *host, uint16_t port) {
        char *text = NULL;

        if (asprintf(&text, "%s%s%s%s:%u", prefix, bracket(host, "["), host, bracket(host, "]"),
                            port) < 0)
                return NULL;
        return text;
}

static int append(struct curl_slist **list, const char *text) {
        struct curl_slist *longer = curl_slist_append(*list, text);

        if (!longer)
                return -ENOMEM;
        *list = longer;
        return 0;
}

/* The name that TLS is about, in @buf; NULL: none but the target. */
static const char *tls_name(const struct http_request *r, char *buf, size_t n) {
        const char *host = r->sni_name ?: r->virtualhost;

        if (!r->ssl || !(r->sni || r->verify) || !host || !check_http_host_name(host, buf, n))
                return NULL;
        return buf;
}

static int set_url(const struct http_request *r, CURL *easy, struct http_lists *l) {
        char buf[NAME_MAX_BYTES];
        const char *name = tls_name(r, buf, sizeof(buf));
        _cleanup_free_ char *to = endpoint("::", r->target, r->port);
        _cleanup_free_ char *url =
                        endpoint(r->ssl ? "https://" : "http://", name ?: r->target, r->port);

        if (!to || !url || (name && append(&l->connect_to, to) < 0))
                return -ENOMEM;
        return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
                                        curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, r->path) ==
                                                        CURLE_OK &&
                                        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, l->connect_to) ==
                                                        CURLE_OK
                        ? 0
                        : -EINVAL;
}

static int set_headers(const struct http_request *r, CURL *easy, struct http_lists *l) {
        _cleanup_free_ char *target = endpoint("", r->target, r->port), *host = NULL;

        if (!target || asprintf(&host, "Host: %s", r->virtualhost ?: target) < 0)
                return -ENOMEM;
        if (append(&l->headers, host) < 0 || append(&l->headers, "Accept:") < 0)
                return -ENOMEM;
        if (r->protocol != CHECK_HTTP_1_0 && append(&l->headers, "Connection: close") < 0)
                return -ENOMEM;
        (void) curl_easy_setopt(easy, CURLOPT_USERAGENT, "mainstay/" MAINSTAY_VERSION);
        (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, l->headers);
        (void) curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                        (long) (r->protocol == CHECK_HTTP_1_1 ? CURL_HTTP_VERSION_1_1
                                                              : CURL_HTTP_VERSION_1_0));
        return 0;
}

/* What the environment or a server could make of the request. */
static void set_caution(CURL *easy) {
        (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_PROXY, "");
        (void) curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        (void) curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
        (void) curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
        (void) curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
}

static int set_file(CURL *easy, CURLoption option, const char *text) {
        return !text || curl_easy_setopt(easy, option, text) == CURLE_OK ? 0 : -ENOMEM;
}

/* With a ca, it alone is trusted: libcurl would look into the system's directory, too; and would not notice for
 * a day that the file has been replaced. A key without its password must not make OpenSSL ask for one on a
 * terminal. */
static int set_tls(const struct http_request *r, CURL *easy) {
        const struct check_ssl_conf *f = r->files;

        (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, r->verify ? 1L : 0L);
        (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, r->verify ? 2L : 0L);
        if (!f)
                return 0;
        if (r->verify && f->ca) {
                (void) curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
                (void) curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
        }
        return set_file(easy, CURLOPT_CAINFO, r->verify ? f->ca : NULL)
                        ?: set_file(easy, CURLOPT_SSLCERT, f->certificate)
                        ?: set_file(easy, CURLOPT_SSLKEY, f->key)
                        ?: set_file(easy, CURLOPT_KEYPASSWD, f->password ?: "");
}

int http_request_apply(const struct http_request *r, CURL *easy, struct http_lists *ret) {
        _cleanup_(http_lists_done) struct http_lists l = {};
        int s;

        set_caution(easy);
        s = set_url(r, easy, &l);
        if (s >= 0)
                s = set_headers(r, easy, &l);
        if (s >= 0 && r->ssl)
                s = set_tls(r, easy);
        if (s < 0)
                return s;
        *ret = l;
        l = (struct http_lists){};
        return 0;
}
