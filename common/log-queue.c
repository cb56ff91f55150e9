/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/log-queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct log_line {
        struct log_line *next;
        size_t n;
        char bytes[];
};

static size_t line_cost(size_t n) {
        return sizeof(struct log_line) + n;
}

void log_queue_done(struct log_queue *q) {
        while (q->first)
                log_queue_drop_first(q);
}

int log_queue_add(struct log_queue *q, const void *line, size_t n) {
        struct log_line *l;

        if (q->bytes + line_cost(n) > LOG_QUEUE_BYTES_MAX)
                return -ENOBUFS;
        l = malloc(line_cost(n));
        if (!l)
                return -ENOMEM;

        *l = (struct log_line){ .n = n };
        memcpy(l->bytes, line, n);
        if (q->last)
                q->last->next = l;
        else
                q->first = l;
        q->last = l;
        q->bytes += line_cost(n);
        q->lines++;
        return 0;
}

const void *log_queue_first(const struct log_queue *q, size_t *ret_n) {
        if (!q->first)
                return NULL;
        *ret_n = q->first->n;
        return q->first->bytes;
}

void log_queue_drop_first(struct log_queue *q) {
        struct log_line *l = q->first;

        assert(l);
        q->first = l->next;
        if (!q->first)
                q->last = NULL;
        q->bytes -= line_cost(l->n);
        q->lines--;
        free(l);
}
