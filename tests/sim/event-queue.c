/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "event-queue.h"

void event_queue_init(struct event_queue *q) {
        q->n = 0;
        q->order = 0;
        q->n_unused = EVENT_QUEUE_MAX;
        for (size_t k = 0; k < EVENT_QUEUE_MAX; k++)
                q->unused[k] = &q->pool[k];
}

static bool before(const struct event *a, const struct event *b) {
        return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void swap(struct event_queue *q, size_t a, size_t b) {
        struct event *e = q->heap[a];

        q->heap[a] = q->heap[b];
        q->heap[b] = e;
}

bool event_queue_add(struct event_queue *q, const struct event *e) {
        struct event *copy;
        size_t k = q->n;

        if (q->n_unused == 0)
                return false;
        copy = q->unused[--q->n_unused];
        *copy = *e;
        copy->order = q->order++;

        q->heap[q->n++] = copy;
        for (; k > 0 && before(q->heap[k], q->heap[(k - 1) / 2]); k = (k - 1) / 2)
                swap(q, k, (k - 1) / 2);
        return true;
}

bool event_queue_take(struct event_queue *q, usec_t until, struct event *ret) {
        size_t k = 0;

        if (q->n == 0 || q->heap[0]->at > until)
                return false;

        *ret = *q->heap[0];
        q->unused[q->n_unused++] = q->heap[0];
        q->heap[0] = q->heap[--q->n];
        for (;;) {
                size_t least = k, left = 2 * k + 1;

                for (size_t c = left; c < left + 2 && c < q->n; c++)
                        if (before(q->heap[c], q->heap[least]))
                                least = c;
                if (least == k)
                        return true;
                swap(q, k, least);
                k = least;
        }
}
