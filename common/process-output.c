/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "common/macro.h"

struct process_output {
        char *tag;
        int fd;
        sd_event_source *source;
        struct process_budget budget;
        struct process_budget *shared; /* borrowed */
        const struct process_output_ops *ops;
        void *userdata;

        char line[PROCESS_LINE_MAX + 1]; /* the one being gathered */
        size_t n;
        size_t cut; /* bytes of it beyond PROCESS_LINE_MAX */

        uint64_t untold_lines; /* not yet said to be missing */
        uint64_t untold_bytes;
};

void process_budget_init(struct process_budget *b, unsigned burst, unsigned per_sec, usec_t now) {
        *b = (struct process_budget){
                .burst = burst, .per_sec = per_sec, .left = burst, .filled_usec = now
        };
}

bool process_budget_take(struct process_budget *b, usec_t now) {
        usec_t each = USEC_PER_SEC / b->per_sec;
        usec_t due = usec_sub(now, b->filled_usec) / each;

        if (due >= b->burst - b->left) {
                b->left = b->burst;
                b->filled_usec = now;
        } else {
                b->left += (unsigned) due;
                b->filled_usec += due * each;
        }
        if (b->left == 0)
                return false;
        b->left--;
        return true;
}

static void tell_untold(struct process_output *o) {
        char text[128];

        if (o->untold_lines == 0)
                return;
        (void) snprintf(text, sizeof(text),
                        "(%" PRIu64 " more lines, %" PRIu64 " bytes, not logged)", o->untold_lines,
                        o->untold_bytes);
        o->untold_lines = o->untold_bytes = 0;
        o->ops->line(o->tag, text, o->userdata);
}

static void finish_line(struct process_output *o, usec_t now) {
        bool own = process_budget_take(&o->budget, now);

        o->line[o->n] = '\0';
        if (own && process_budget_take(o->shared, now)) {
                tell_untold(o);
                o->ops->line(o->tag, o->line, o->userdata);
        } else {
                o->untold_lines++;
                o->untold_bytes += o->n + o->cut + 1;
        }
        o->n = o->cut = 0;
}

static void add_to_line(struct process_output *o, const char *p, size_t n) {
        size_t k = MIN(n, PROCESS_LINE_MAX - o->n);

        memcpy(o->line + o->n, p, k);
        o->n += k;
        o->cut += n - k;
}

static void feed(struct process_output *o, const char *p, size_t n, usec_t now) {
        while (n > 0) {
                const char *end = memchr(p, '\n', n);
                size_t k = end ? (size_t) (end - p) : n;

                add_to_line(o, p, k);
                if (end)
                        finish_line(o, now);
                k += end ? 1 : 0;
                p += k;
                n -= k;
        }
}

/* Returns 1 at the end of the output, 0 when there is no more just now or enough was read. */
static int read_some(struct process_output *o) {
        static char buf[PROCESS_OUTPUT_READ_BYTES];
        ssize_t n;

        n = read(o->fd, buf, sizeof(buf));
        if (n < 0)
                return errno != EAGAIN && errno != EINTR;
        if (n == 0)
                return 1;
        feed(o, buf, (size_t) n, usec_now(CLOCK_MONOTONIC));
        return 0;
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        struct process_output *o = userdata;

        if (read_some(o) > 0)
                o->ops->end(o, o->userdata);
        return 0;
}

void process_output_drain(struct process_output *o) {
        (void) read_some(o);
}

int process_output_new(sd_event *event, int fd, const char *tag, struct process_budget *shared,
                const struct process_output_ops *ops, void *userdata, struct process_output **ret) {
        _cleanup_(process_output_freep) struct process_output *o = NULL;
        usec_t now = usec_now(CLOCK_MONOTONIC);
        int r;

        o = malloc(sizeof(*o));
        if (!o) {
                (void) close(fd);
                return -ENOMEM;
        }
        *o = (struct process_output){
                .fd = fd, .shared = shared, .ops = ops, .userdata = userdata
        };
        process_budget_init(&o->budget, PROCESS_OUTPUT_BURST, PROCESS_OUTPUT_PER_SEC, now);
        o->tag = strdup(tag);
        if (!o->tag)
                return -ENOMEM;

        r = sd_event_add_io(event, &o->source, fd, EPOLLIN, on_readable, o);
        if (r < 0)
                return r;
        /* A flood is no reason to keep anything else waiting, and the bus takes turns with it. But whoever writes it must
         * not wait for ever, beside a daemon that always has something better to do: a script would come to its
         * timeout. */
        r = sd_event_source_set_priority(o->source, DAEMON_PRIORITY_BUS);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(o);
        return 0;
}

struct process_output *process_output_free(struct process_output *o) {
        if (!o)
                return NULL;
        if (o->n > 0)
                finish_line(o, usec_now(CLOCK_MONOTONIC));
        tell_untold(o);
        (void) sd_event_source_disable_unref(o->source);
        (void) close(o->fd);
        free(o->tag);
        free(o);
        return NULL;
}
