/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/http-words.h"

#include <stdio.h>
#include <string.h>

#include "checkd/socket.h"
#include "common/macro.h"

void http_words_clean(char *text) {
        for (char *s = text; *s; s++)
                if (*s < ' ' || *s > '~')
                        *s = '?';
}

bool http_words_own_want(CURLcode result, long error) {
        switch ((int) result) {
        case CURLE_COULDNT_CONNECT: return check_socket_own_want((int) error);
        case CURLE_FAILED_INIT:
        case CURLE_OUT_OF_MEMORY:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_URL_MALFORMAT: return true;
        default: return false;
        }
}

/* libcurl's name for it in front of OpenSSL's says nothing. */
static const char *without_prefix(const char *text) {
        static const char *const prefixes[] = { "SSL certificate problem: ", "SSL: " };

        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
                if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
                        return text + strlen(prefixes[i]);
        return text;
}

/* "error:0A00010B:SSL routines::wrong version number" is "wrong version number". */
static const char *without_code(const char *text) {
        const char *code = strstr(text, "error:"), *reason = code ? strstr(code, "::") : NULL;

        return reason && reason[2] ? reason + 2 : text;
}

static void say(char *buf, size_t n, const char *what, const char *details) {
        (void) snprintf(buf, n, "%s%s%s", what, details[0] ? ": " : "", details);
}

void http_words_failure(CURLcode result, long error, const char *details, char *buf, size_t n) {
        const char *words = details[0] ? details : curl_easy_strerror(result);

        switch ((int) result) {
        case CURLE_COULDNT_CONNECT:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
                if (error > 0)
                        (void) snprintf(buf, n, "%s", check_socket_words((int) error));
                else
                        (void) snprintf(buf, n, "%s", without_code(words));
                break;
        case CURLE_GOT_NOTHING:
                (void) snprintf(buf, n, "connection closed without an answer");
                break;
        case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9: an answer without a status line */
        case CURLE_WEIRD_SERVER_REPLY: (void) snprintf(buf, n, "the answer is not HTTP"); break;
        case CURLE_SSL_CONNECT_ERROR:
                if (error > 0)
                        say(buf, n, "TLS handshake", check_socket_words((int) error));
                else
                        say(buf, n, "TLS handshake", without_code(words));
                break;
        case CURLE_PEER_FAILED_VERIFICATION:
                (void) snprintf(buf, n, "%s", without_prefix(words));
                break;
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM: say(buf, n, "SSL", without_code(words)); break;
        default: (void) snprintf(buf, n, "%s", words); break;
        }
        http_words_clean(buf);
}
