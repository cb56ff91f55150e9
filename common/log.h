/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Messages for people: one line each, to the journal with fields, or to stderr where that is not the
 * journal (see JOURNAL_STREAM in systemd.exec(5)).
 *
 * Logging never blocks: a hung journal never costs an advert. What the journal cannot take just now waits (log-queue.h)
 * until the loop sends it, by log_continue(); what there is no room for, or nobody to send it, is lost and counted, and
 * the count is reported in its place. Whoever decides, logs, once; libraries and cores return errors instead. */

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "common/macro.h"

/* A field of a message beside its text, such as MAINSTAY_INSTANCE=VI_1. Borrowed for the call. */
struct log_field {
        const char *key; /* without '='; NULL ends the list; capitals, digits, underscores */
        const char *value;
};

/* The catalogue of MESSAGE_IDs: 128 random bits each, for journalctl MESSAGE_ID= and journalctl -x. */
#define LOG_MESSAGE_STATE_CHANGED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a01"
#define LOG_MESSAGE_CONFIG_COMPLAINT "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a02"
#define LOG_MESSAGE_CONFIG_REFUSED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a03"
#define LOG_MESSAGE_PEER_STALE "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a04"
#define LOG_MESSAGE_ADDRESS_RESTORED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a05"
#define LOG_MESSAGE_PACKET_DROPPED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a06"
#define LOG_MESSAGE_TRACKER_CHANGED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a07"
#define LOG_MESSAGE_DELIVERY_FAILED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a08"
#define LOG_MESSAGE_SCRIPT_OUTPUT "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a09"
#define LOG_MESSAGE_CHECKER_CHANGED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a0a"
#define LOG_MESSAGE_ADDRESS_CONFLICT "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a0c"
#define LOG_MESSAGE_CHECK_FAILED "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a0b"

/* Choose the destination. @identifier (borrowed for ever) becomes SYSLOG_IDENTIFIER. */
void log_open(const char *identifier);

/* Messages above this syslog level are dropped; LOG_INFO at the start. */
void log_set_max_level(int level);

/* Messages that were lost since the start because the journal did not read. */
uint64_t log_dropped(void);

/* --- what waits for the journal --- */

/* The journal's socket, the same one for ever: writable when the journal takes messages again. -1: there is none. */
int log_fd(void);

/* @waiting is called when the first message has to wait; from then on, until log_continue() returns 0, somebody has to call
 * that. NULL: nobody will. */
void log_on_waiting(void (*waiting)(void *userdata), void *userdata);

/* Send at most @most of what waits. 0: nothing waits any more; 1: there is more, and it can go on at once; -EAGAIN: when
 * log_fd() is writable; another -errno: there is no journal to be seen, try again after a while. */
int log_continue(unsigned most);

/* Messages of this process that nobody has been told of: those that wait, and lost ones that were not reported. */
uint64_t log_untold(void);

/* Log one line. @message_id and @fields may be NULL. */
_printf_(4, 5) void log_emit(int level, const char *message_id, const struct log_field *fields,
                const char *format, ...);

#define LOG_FIELDS(...) ((const struct log_field[]){ __VA_ARGS__, {} })
#define LOG_INSTANCE(name) LOG_FIELDS({ "MAINSTAY_INSTANCE", (name) })

#define log_error(...) log_emit(LOG_ERR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_emit(LOG_WARNING, NULL, NULL, __VA_ARGS__)
#define log_notice(...) log_emit(LOG_NOTICE, NULL, NULL, __VA_ARGS__)
#define log_info(...) log_emit(LOG_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...) log_emit(LOG_DEBUG, NULL, NULL, __VA_ARGS__)
