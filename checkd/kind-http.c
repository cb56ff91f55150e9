/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* HTTP_GET and SSL_GET: a step is one url, a try one transfer of libcurl. Good when the status code is one of
 * those wanted, and the body has the digest and the pattern that are.
 *
 * Bounds, whatever the other side does: connecting, with TLS, takes at most connect_timeout, and so does each
 * silence later; the whole try takes at most delay_loop or TRY_TIMEOUTS times connect_timeout, whichever is
 * longer; headers and body have their limits. An answer that is shorter than it said is taken as it came, as
 * keepalived does; so libcurl does by itself where a TLS session just breaks off. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "checkd/body.h"
#include "checkd/http-request.h"
#include "checkd/http-words.h"
#include "checkd/kind.h"
#include "checkd/pattern.h"
#include "checkd/socket.h"
#include "common/conf.h"
#include "common/curl-loop.h"
#include "common/daemon.h"
#include "common/macro.h"

#define HEADER_BYTES_MAX 65536U
#define TRY_TIMEOUTS 4U
#define ACCURACY_USEC (10 * USEC_PER_MSEC)
#define CURL_TIMEOUT_USEC (60 * USEC_PER_SEC) /* beyond our own, which is the one that counts */

struct http_try {
        struct check_engine *engine;           /* borrowed */
        const struct check_checker_conf *conf; /* borrowed; check_kind.rebase */
        const struct check_url_conf *url;
        unsigned step;
        check_done_t done;
        void *userdata;

        CURL *easy;
        bool in_loop;
        struct http_lists lists;
        sd_event_source *
                        silence; /* fires when nothing has come for connect_timeout, or it is enough */
        usec_t begun_usec, end_usec;
        struct body body;
        size_t header_bytes;
        bool connected, headers_complete;
        bool unwanted;                /* the status says it all: no body is needed */
        char problem[CHECK_TEXT_MAX]; /* what we lack ourselves, or "" */
        char reason[CHECK_TEXT_MAX];  /* why we ended the transfer, or "" */
        char error[CURL_ERROR_SIZE];
};

static struct http_try *try_free(struct http_try *t) {
        if (!t)
                return NULL;
        if (t->in_loop)
                curl_loop_remove(t->engine->curl, t->easy);
        if (t->easy)
                curl_easy_cleanup(t->easy);
        http_lists_done(&t->lists);
        body_done(&t->body);
        (void) sd_event_source_disable_unref(t->silence);
        free(t);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct http_try *, try_free);

/* --- the end --- */

static void tell(struct http_try *t, enum check_result result, const char *format, ...)
                _printf_(3, 4);

static void tell(struct http_try *t, enum check_result result, const char *format, ...) {
        struct check_outcome o = { .result = result };
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(o.text, sizeof(o.text), format, ap);
        va_end(ap);
        t->done(&o, t->userdata);
        (void) try_free(t);
}

static long status_of(const struct http_try *t) {
        long code = 0;

        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
        return code;
}

/* "HTTP 301, redirect to http://elsewhere/, wanted 200-299" */
static void tell_status(struct http_try *t, long code) {
        char wanted[64], where[96] = "";
        struct curl_header *location = NULL;

        (void) check_codes_format(&t->url->codes, wanted, sizeof(wanted));
        if (code / 100 == 3 &&
                        curl_easy_header(t->easy, "Location", 0, CURLH_HEADER, -1, &location) ==
                                        CURLHE_OK)
                (void) snprintf(where, sizeof(where), "redirect to %s, ", location->value);
        http_words_clean(where);
        tell(t, CHECK_BAD, "HTTP %ld, %swanted %s", code, where, wanted);
}

static void judge_answer(struct http_try *t, bool cut_short) {
        long code = status_of(t);
        char why[CHECK_TEXT_MAX];

        if (!t->headers_complete)
                tell(t, CHECK_BAD, "connection closed within the headers");
        else if (!check_codes_have(&t->url->codes, code))
                tell_status(t, code);
        else if (!body_judge(&t->body, why, sizeof(why)))
                tell(t, CHECK_BAD, "%s", why);
        else
                tell(t, CHECK_GOOD, "HTTP %ld, %zu bytes%s in %.1f ms", code, t->body.n,
                                cut_short ? ", cut short," : "",
                                (double) (usec_now(CLOCK_MONOTONIC) - t->begun_usec) /
                                                (double) USEC_PER_MSEC);
}

static void on_done(CURL *easy, CURLcode result, void *userdata) {
        struct http_try *t = userdata;
        char words[CHECK_TEXT_MAX];
        long error = 0;

        t->in_loop = false;
        (void) curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
        if (t->problem[0])
                tell(t, CHECK_UNTRIED, "%s", t->problem);
        else if (t->unwanted)
                tell_status(t, status_of(t));
        else if (t->reason[0])
                tell(t, CHECK_BAD, "%s", t->reason);
        else if (result == CURLE_OK || result == CURLE_PARTIAL_FILE)
                judge_answer(t, result == CURLE_PARTIAL_FILE);
        else if (result == CURLE_OUT_OF_MEMORY && t->connected && !t->headers_complete)
                /* libcurl's word for a header that does not fit its buffer. */
                tell(t, CHECK_BAD, "a header is too long");
        else {
                http_words_failure(result, error, t->error, words, sizeof(words));
                tell(t, http_words_own_want(result, error) ? CHECK_UNTRIED : CHECK_BAD, "%s",
                                words);
        }
}

static int on_silence(sd_event_source *s, uint64_t usec, void *userdata) {
        struct http_try *t = userdata;
        char words[CHECK_TEXT_MAX];

        if (usec_now(CLOCK_MONOTONIC) >= t->end_usec)
                tell(t, CHECK_BAD, "no end after %g s, %zu bytes came",
                                (double) (t->end_usec - t->begun_usec) / (double) USEC_PER_SEC,
                                t->header_bytes + t->body.n);
        else {
                check_socket_timeout_words(t->conf->connect_timeout_usec, words, sizeof(words));
                tell(t, CHECK_BAD, "%s", words);
        }
        return 0;
}

/* --- what libcurl asks --- */

/* Something came: the silence begins anew. */
static void heard(struct http_try *t) {
        usec_t at = usec_add(usec_now(CLOCK_MONOTONIC), t->conf->connect_timeout_usec);

        (void) sd_event_source_set_time(t->silence, MIN(at, t->end_usec));
}

static int on_connected(void *userdata, char *ip, char *local_ip, int port, int local_port) {
        struct http_try *t = userdata;

        t->connected = true;
        heard(t);
        return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *data, size_t size, size_t n, void *userdata) {
        struct http_try *t = userdata;

        heard(t);
        t->header_bytes += n;
        if (t->header_bytes > HEADER_BYTES_MAX) {
                (void) snprintf(t->reason, sizeof(t->reason), "more than %u bytes of headers",
                                HEADER_BYTES_MAX);
                return 0;
        }
        if (n > 5 && memcmp(data, "HTTP/", 5) == 0)
                t->headers_complete = false; /* the one before was an interim answer, 1xx */
        else if ((n == 2 && memcmp(data, "\r\n", 2) == 0) || (n == 1 && data[0] == '\n'))
                t->headers_complete = true;
        return n;
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata) {
        struct http_try *t = userdata;

        heard(t);
        t->unwanted = !check_codes_have(&t->url->codes, status_of(t));
        if (t->unwanted)
                return 0;
        if (body_feed(&t->body, data, n))
                return n;
        (void) snprintf(t->reason, sizeof(t->reason), "the body has more than %u bytes",
                        BODY_BYTES_MAX);
        return 0;
}

static curl_socket_t on_open(void *userdata, curlsocktype purpose, struct curl_sockaddr *a) {
        struct http_try *t = userdata;
        union check_address target;
        socklen_t n;
        int fd;

        fd = check_socket_open(t->conf, a->family, a->socktype, a->protocol, t->problem);
        if (fd < 0)
                return CURL_SOCKET_BAD;
        /* The same address as libcurl's, but with the interface that a link-local one needs. */
        n = check_address_target(t->conf, t->conf->connect_port, &target);
        if (n <= a->addrlen)
                memcpy(&a->addr, &target, n);
        return fd;
}

/* --- the kind --- */

static const struct check_url_conf *find_url(const struct check_checker_conf *c, unsigned step) {
        const struct check_url_conf *u = c->http.urls;

        while (step-- > 0 && u->next)
                u = u->next;
        return u;
}

static unsigned http_n_steps(const struct check_checker_conf *c) {
        const struct check_url_conf *u;
        unsigned n = 0;

        LL_FOREACH (c->http.urls, u) {
                n++;
        }
        return n;
}

static void set_callbacks(struct http_try *t) {
        usec_t limit = t->conf->connect_timeout_usec + CURL_TIMEOUT_USEC;

        (void) curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long) (limit / USEC_PER_MSEC));
        (void) curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
        (void) curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
        (void) curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
        (void) curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_connected);
        (void) curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
        (void) curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
        (void) curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
        (void) curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
        (void) curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
}

static int set_request(struct http_try *t) {
        const struct check_checker_conf *c = t->conf;
        char target[IP_ADDR_STRLEN];

        return http_request_apply(
                        &(struct http_request){
                                        .ssl = c->kind == CHECK_CONF_SSL,
                                        .target = ip_addr_format(&c->connect_ip, target),
                                        .port = c->connect_port,
                                        .path = t->url->path,
                                        .virtualhost = t->url->virtualhost,
                                        .protocol = (enum check_http_protocol) c->http.protocol,
                                        .sni = c->http.enable_sni,
                                        .sni_name = c->http.sni_name,
                                        .verify = c->http.tls_verify,
                                        .files = &t->engine->conf->check->ssl,
                        },
                        t->easy, &t->lists);
}

static usec_t http_limit(const struct check_checker_conf *c) {
        return MAX(c->delay_loop_usec, TRY_TIMEOUTS * c->connect_timeout_usec);
}

static int watch_silence(struct http_try *t) {
        int r;

        t->begun_usec = usec_now(CLOCK_MONOTONIC);
        t->end_usec = usec_add(t->begun_usec, http_limit(t->conf));
        r = sd_event_add_time(t->engine->event, &t->silence, CLOCK_MONOTONIC,
                        usec_add(t->begun_usec, t->conf->connect_timeout_usec), ACCURACY_USEC,
                        on_silence, t);
        return r < 0 ? r : sd_event_source_set_priority(t->silence, DAEMON_PRIORITY_TIMER);
}

static int try_begin(struct http_try *t) {
        int r;

        t->easy = curl_easy_init();
        if (!t->easy)
                return -ENOMEM;
        r = body_init(&t->body, t->url);
        if (r >= 0)
                r = set_request(t);
        if (r >= 0)
                r = watch_silence(t);
        if (r < 0)
                return r;
        set_callbacks(t);
        if (!t->engine->curl) {
                r = curl_loop_new(t->engine->event, DAEMON_PRIORITY_SOCKET, &t->engine->curl);
                if (r < 0)
                        return r;
        }
        r = curl_loop_add(t->engine->curl, t->easy, on_done, t);
        t->in_loop = r >= 0;
        return r;
}

static int http_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        _cleanup_(try_freep) struct http_try *t = malloc(sizeof(*t));
        int r;

        if (!t)
                return -ENOMEM;
        *t = (struct http_try){
                .engine = e,
                .conf = c,
                .url = find_url(c, step),
                .step = step,
                .done = done,
                .userdata = userdata,
        };
        r = try_begin(t);
        if (r < 0)
                return r;
        *ret = (struct check_try *) TAKE_PTR(t);
        return 0;
}

static void http_cancel(struct check_try *t) {
        (void) try_free((struct http_try *) t);
}

static void http_rebase(struct check_try *try, const struct check_checker_conf *c) {
        struct http_try *t = (struct http_try *) try;

        t->conf = c;
        t->url = t->body.url = find_url(c, t->step);
}

static bool url_same(const struct check_url_conf *a, const struct check_url_conf *b) {
        return streq(a->path, b->path) && streq_ptr(a->virtualhost, b->virtualhost) &&
                        memcmp(&a->codes, &b->codes, sizeof(a->codes)) == 0 &&
                        a->digest.given == b->digest.given &&
                        memcmp(a->digest.md5, b->digest.md5, sizeof(a->digest.md5)) == 0 &&
                        pattern_equal(a->pattern, b->pattern) &&
                        a->regex_no_match == b->regex_no_match &&
                        a->regex_min_offset == b->regex_min_offset &&
                        a->regex_max_offset == b->regex_max_offset;
}

static bool http_same(const struct check_checker_conf *a, const struct check_checker_conf *b) {
        const struct check_url_conf *x = a->http.urls, *y = b->http.urls;

        for (; x && y; x = x->next, y = y->next)
                if (!url_same(x, y))
                        return false;
        return !x && !y && a->http.protocol == b->http.protocol &&
                        a->http.enable_sni == b->http.enable_sni &&
                        streq_ptr(a->http.sni_name, b->http.sni_name) &&
                        a->http.tls_verify == b->http.tls_verify;
}

/* "http://10.0.0.11:80/health", "... and 2 more" */
static void http_describe(const struct check_checker_conf *c, char *buf, size_t n) {
        bool v6 = c->connect_ip.family == AF_INET6;
        char address[IP_ADDR_STRLEN], more[32] = "";
        unsigned n_urls = http_n_steps(c);

        if (n_urls > 1)
                (void) snprintf(more, sizeof(more), " and %u more", n_urls - 1);
        (void) snprintf(buf, n, "%s://%s%s%s:%u%s%s", c->kind == CHECK_CONF_SSL ? "https" : "http",
                        v6 ? "[" : "", ip_addr_format(&c->connect_ip, address), v6 ? "]" : "",
                        c->connect_port, c->http.urls->path, more);
        http_words_clean(buf);
}

#define HTTP_KIND                                                                                  \
        .n_steps = http_n_steps, .start = http_start, .cancel = http_cancel,                       \
        .rebase = http_rebase, .same = http_same, .describe = http_describe, .limit = http_limit

const struct check_kind check_kind_http = { .name = "HTTP_GET", HTTP_KIND };
const struct check_kind check_kind_ssl = { .name = "SSL_GET", HTTP_KIND };
