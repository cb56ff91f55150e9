/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a transfer of libcurl ended, in words for people: "connection refused", "certificate has expired". */

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* Does @result mean that we ourselves lack something, so that it says nothing about the server? @error: the
 * system's, positive, or 0. */
bool http_words_own_want(CURLcode result, long error);

/* @details: what libcurl put into its CURLOPT_ERRORBUFFER. Nothing but printable ASCII comes out. */
void http_words_failure(CURLcode result, long error, const char *details, char *buf, size_t n);

/* Replace what is not printable ASCII: what strangers sent goes to logs and on the bus. */
void http_words_clean(char *text);
