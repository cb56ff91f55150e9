/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Times and lists as people read them. The buffers are the caller's and are returned. */

#include <json-c/json.h>
#include <stddef.h>

#include "common/usec.h"

/* CLOCK_REALTIME: "2026-11-21 03:12:44"; "-" for 0. */
const char *words_time(char *buf, size_t n, usec_t realtime_usec);
/* With milliseconds. */
const char *words_time_exact(char *buf, size_t n, usec_t realtime_usec);
/* A span: "250 ms", "3.6 s", "12 min", "5 h 3 min", "12 days". */
const char *words_span(char *buf, size_t n, usec_t usec);
