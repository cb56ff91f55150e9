/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is going to happen, ordered by time and, at equal times, by the order of adding. Bounded:
 * a network that fills it is a storm, and a failure of the run. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/usec.h"

#define PACKET_BYTES_MAX 64

struct packet {
        uint8_t bytes[PACKET_BYTES_MAX];
        size_t n;
        usec_t received; /* on the receiver's clock */
};

enum event_type {
        EVENT_PACKET,  /* arrives at .router */
        EVENT_WAKE,    /* the timer of .router, if its generation is still .generation */
        EVENT_START,   /* a process of .router starts, likewise */
        EVENT_GO_ON,   /* a paused or frozen one goes on, likewise */
        EVENT_RELEASE, /* the guard of .router lets its addresses go, likewise */
        EVENT_ACTION,  /* the schedule wants something: number .action */
};

struct event {
        usec_t at;
        uint64_t order;
        enum event_type type;
        unsigned router;
        unsigned generation;
        unsigned action;
        struct packet packet;
};

#define EVENT_QUEUE_MAX 4096

struct event_queue {
        struct event *heap[EVENT_QUEUE_MAX]; /* smallest first */
        struct event pool[EVENT_QUEUE_MAX];
        struct event *unused[EVENT_QUEUE_MAX];
        size_t n, n_unused;
        uint64_t order;
};

void event_queue_init(struct event_queue *q);

/* False when it is full. */
bool event_queue_add(struct event_queue *q, const struct event *e);

/* The next one at or before @until into @ret; false when there is none. */
bool event_queue_take(struct event_queue *q, usec_t until, struct event *ret);
