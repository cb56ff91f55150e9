/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libcurl in our loop: transfers run side by side and nothing waits. libcurl-multi(3), the multi_socket
 * interface. */

#include <curl/curl.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"

struct curl_loop;

/* The transfer of @easy is over, and it is not in the loop any more. */
typedef void (*curl_loop_done_t)(CURL *easy, CURLcode result, void *userdata);

/* @priority: of sockets and timer in @event. */
int curl_loop_new(sd_event *event, int64_t priority, struct curl_loop **ret);
/* All transfers must have been removed. */
struct curl_loop *curl_loop_free(struct curl_loop *l);
DEFINE_CLEANUP_FUNC(struct curl_loop *, curl_loop_free);

/* Begin the transfer of @easy (borrowed until @done or curl_loop_remove()). Its CURLOPT_PRIVATE becomes
 * ours. Never calls back before it returns. -ENOMEM, -EIO. */
int curl_loop_add(struct curl_loop *l, CURL *easy, curl_loop_done_t done, void *userdata);
/* End it before its time; @done is not called. */
void curl_loop_remove(struct curl_loop *l, CURL *easy);
