/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/log-queue.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct log_queue queue;

static void done(void) {
        log_queue_done(&queue);
        cr_expect_eq(queue.bytes, 0U);
        cr_expect_eq(queue.lines, 0U);
        cr_expect_null(queue.last);
}

TestSuite(log_queue, .fini = done);

static int add(const char *line) {
        return log_queue_add(&queue, line, strlen(line));
}

static void expect_first(const char *line) {
        size_t n = 0;
        const void *first = log_queue_first(&queue, &n);

        cr_assert_not_null(first);
        cr_assert_eq(n, strlen(line));
        cr_expect_eq(memcmp(first, line, n), 0);
        log_queue_drop_first(&queue);
}

Test(log_queue, gives_lines_back_in_their_order) {
        size_t n;

        cr_expect_eq(add("one"), 0);
        cr_expect_eq(add("two"), 0);
        cr_expect_eq(add(""), 0);
        cr_expect_eq(queue.lines, 3U);
        expect_first("one");
        cr_expect_eq(add("four"), 0);
        expect_first("two");
        expect_first("");
        expect_first("four");
        cr_expect_null(log_queue_first(&queue, &n));
        cr_expect_eq(add("after it was empty"), 0);
        expect_first("after it was empty");
}

/* A line of the usual length, with its number. */
static int add_numbered(unsigned number) {
        char line[400];

        memset(line, 'x', sizeof(line));
        (void) snprintf(line, sizeof(line), "%u", number);
        return log_queue_add(&queue, line, sizeof(line));
}

Test(log_queue, keeps_the_oldest_when_it_is_full) {
        unsigned kept = 0, number;
        size_t n;

        while (add_numbered(kept) == 0)
                kept++;
        cr_expect_geq(kept, 4500U);
        cr_expect_leq(queue.bytes, (size_t) LOG_QUEUE_BYTES_MAX);
        cr_expect_eq(add_numbered(kept), -ENOBUFS);
        cr_expect_eq(queue.lines, kept);

        cr_assert_eq(sscanf(log_queue_first(&queue, &n), "%u", &number), 1);
        cr_expect_eq(number, 0U);
        log_queue_drop_first(&queue);
        cr_expect_eq(add_numbered(kept), 0, "there is room for one again");
        cr_expect_eq(add_numbered(kept + 1), -ENOBUFS);
}
