/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lines that the journal could not take yet, in their order. Bounded: a journal that hangs for an hour costs lines, not the
 * machine's memory. The oldest are kept, because they say how it began. */

#include <stddef.h>

enum {
        LOG_QUEUE_BYTES_MAX = 4
                        << 20, /* some ten thousand lines: 1,020 routers that change three times */
};

struct log_line;

/* All zero: empty. */
struct log_queue {
        struct log_line *first, *last;
        size_t bytes;
        unsigned lines;
};

void log_queue_done(struct log_queue *q);

/* Keep a copy of @line. 0, -ENOBUFS when there is no room, or -ENOMEM. */
int log_queue_add(struct log_queue *q, const void *line, size_t n);

/* The oldest, or NULL; borrowed until it is dropped. */
const void *log_queue_first(const struct log_queue *q, size_t *ret_n);
void log_queue_drop_first(struct log_queue *q);
