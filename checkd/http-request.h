/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A GET request as checks make it: one page, from one address, by one connection. No redirect is followed, no
 * proxy asked, no name resolved, no cookie kept, no connection or TLS session used again. */

#include <curl/curl.h>

#include "checkd/conf.h"

struct http_request {
        bool ssl;
        const char *target; /* a literal address, or a name that libcurl is to resolve */
        uint16_t port;
        const char *path;
        const char *virtualhost; /* Host header; NULL: TARGET:PORT */
        enum check_http_protocol protocol;

        /* TLS. The name that is verified is sni_name, else the virtualhost's, else the target; to verify a
         * name it must be told to the server, too. */
        bool sni;
        const char *sni_name; /* or NULL */
        bool verify;
        const struct check_ssl_conf *files; /* or NULL */
};

/* What libcurl borrows while the transfer runs. */
struct http_lists {
        struct curl_slist *headers, *connect_to;
};
void http_lists_done(struct http_lists *l);

/* Set up @easy, a fresh one. 0; -ENOMEM; -EINVAL: libcurl refuses something. */
int http_request_apply(const struct http_request *r, CURL *easy, struct http_lists *ret);
