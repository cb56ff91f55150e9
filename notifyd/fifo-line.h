/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lines for FIFOs, to the byte as keepalived 2.4.3 writes them: those of instances and groups end with a newline, those
 * of services and servers with a newline and a NUL byte. (2.2.7 writes no NUL; all else is the same.)
 *
 * A line is never longer than what a FIFO takes in one piece (pipe(7), PIPE_BUF): a longer one loses what
 * is too much in front of its end. */

#include <limits.h>
#include <stddef.h>

#include "common/macro.h"

struct fifo_line {
        char text[PIPE_BUF];
        size_t n; /* bytes, the NUL included where there is one */
};

/* INSTANCE "VI_1" MASTER 100 */
void fifo_line_instance(
                struct fifo_line *l, const char *name, const char *state, unsigned priority);
/* GROUP "VG_1" MASTER 0 */
void fifo_line_group(struct fifo_line *l, const char *name, const char *state);
/* VS [192.0.2.1]:tcp:80 UP */
void fifo_line_service(struct fifo_line *l, const char *words, const char *state);
/* RS [192.0.2.10]:tcp:80 [192.0.2.1]:tcp:80 UP */
void fifo_line_server(struct fifo_line *l, const char *words, const char *service_words,
                const char *state);
