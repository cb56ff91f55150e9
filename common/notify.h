/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a daemon tells its service manager, as sd_notify(3), but never blocking: sd_notify() waits when
 * the manager does not read. Without $NOTIFY_SOCKET every call succeeds and does nothing. */

#include <stddef.h>

/* Send one datagram of newline separated assignments ("READY=1\nSTATUS=..."). Returns 0, -EAGAIN when
 * the manager does not read just now (the caller decides whether to try again), or -errno. */
int notify_send(const char *state);

/* The same with descriptors, for FDSTORE=1. The descriptors stay the caller's. */
int notify_send_fds(const char *state, const int *fds, size_t n_fds);
