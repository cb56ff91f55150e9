/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-output.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/daemon.h"
#include "common/macro.h"

Test(process_budget, is_spent_and_fills_up_with_time) {
        struct process_budget b;

        process_budget_init(&b, 3, 2, 0);
        for (int i = 0; i < 3; i++)
                cr_expect(process_budget_take(&b, 0));
        cr_expect_not(process_budget_take(&b, 0));
        cr_expect_not(process_budget_take(&b, 499999));
        cr_expect(process_budget_take(&b, 500000));
        cr_expect_not(process_budget_take(&b, 999999));
        cr_expect(process_budget_take(&b, 1000000), "the rest of a fill was lost");
}

Test(process_budget, never_holds_more_than_a_burst) {
        struct process_budget b;

        process_budget_init(&b, 2, 10, 0);
        cr_expect(process_budget_take(&b, 3600 * USEC_PER_SEC));
        cr_expect(process_budget_take(&b, 3600 * USEC_PER_SEC));
        cr_expect_not(process_budget_take(&b, 3600 * USEC_PER_SEC));
}

struct seen {
        char text[65536];
        size_t lines;
        bool ended;
};

static void on_line(const char *tag, const char *line, void *userdata) {
        struct seen *seen = userdata;
        size_t n = strlen(seen->text);

        (void) snprintf(seen->text + n, sizeof(seen->text) - n, "%s|%s\n", tag, line);
        seen->lines++;
}

static void on_end(struct process_output *o, void *userdata) {
        ((struct seen *) userdata)->ended = true;
        (void) process_output_free(o);
}

/* What comes of @writes when each is read by itself, with room for @shared lines. */
static void read_all(struct seen *seen, const char *const *writes, unsigned shared) {
        static const struct process_output_ops ops = { .line = on_line, .end = on_end };
        struct process_output *o;
        struct process_budget budget;
        sd_event *event;
        int fds[2];

        *seen = (struct seen){};
        process_budget_init(&budget, shared, 1, usec_now(CLOCK_MONOTONIC));
        cr_assert_geq(sd_event_new(&event), 0);
        cr_assert_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        cr_assert_eq(process_output_new(event, fds[0], "t", &budget, &ops, seen, &o), 0);
        for (; *writes; writes++) {
                cr_assert_eq(write(fds[1], *writes, strlen(*writes)), (ssize_t) strlen(*writes));
                cr_assert_gt(sd_event_run(event, USEC_PER_SEC), 0);
        }
        (void) close(fds[1]);
        while (!seen->ended)
                cr_assert_gt(sd_event_run(event, USEC_PER_SEC), 0);
        (void) sd_event_unref(event);
}

Test(process_output, makes_lines_of_whatever_pieces_come) {
        static struct seen seen;

        read_all(&seen, (const char *const[]){ "a", "b\nc", "d\n\ne", NULL }, 100);
        cr_expect_str_eq(seen.text, "t|ab\nt|cd\nt|\nt|e\n");
}

Test(process_output, cuts_long_lines) {
        static struct seen seen;
        static char line[3 * PROCESS_LINE_MAX];

        memset(line, 'x', sizeof(line) - 1);
        read_all(&seen, (const char *const[]){ line, "\nnext\n", NULL }, 100);
        cr_expect_eq(seen.lines, 2);
        cr_expect_eq(strlen(seen.text), 2 + PROCESS_LINE_MAX + 1 + strlen("t|next\n"));
}

Test(process_output, says_once_what_it_did_not_tell) {
        static struct seen seen;
        static char many[4 * 1000 + 1];

        for (size_t i = 0; i < 1000; i++)
                memcpy(many + 4 * i, "abc\n", 4);
        read_all(&seen, (const char *const[]){ many, NULL }, PROCESS_OUTPUTS_BURST);
        cr_expect_eq(seen.lines, PROCESS_OUTPUT_BURST + 1);
        cr_expect(strstr(seen.text, "t|(900 more lines, 3600 bytes, not logged)\n"));
}

Test(process_output, shares_a_budget_with_others) {
        static struct seen seen;

        read_all(&seen, (const char *const[]){ "1\n2\n3\n", NULL }, 2);
        cr_expect_str_eq(seen.text, "t|1\nt|2\nt|(1 more lines, 2 bytes, not logged)\n");
}

static int go_on(sd_event_source *s, uint64_t usec, void *userdata) {
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

/* checkd with more checks than the machine can do: the writer waits in its write() until we have read. */
Test(process_output, is_read_while_there_is_always_something_else_to_do) {
        static const struct process_output_ops ops = { .line = on_line, .end = on_end };
        static struct seen seen;
        struct process_budget budget;
        struct process_output *o;
        sd_event_source *busy = NULL;
        sd_event *event;
        int fds[2];

        process_budget_init(&budget, 1, 1, 0);
        cr_assert_geq(sd_event_new(&event), 0);
        cr_assert_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        cr_assert_eq(process_output_new(event, fds[0], "t", &budget, &ops, &seen, &o), 0);
        cr_assert_geq(sd_event_add_time(event, &busy, CLOCK_MONOTONIC, 0, 1, go_on, NULL), 0);
        cr_assert_geq(sd_event_source_set_priority(busy, DAEMON_PRIORITY_BUS), 0);
        (void) close(fds[1]);
        for (int i = 0; i < 10 && !seen.ended; i++)
                cr_assert_gt(sd_event_run(event, USEC_PER_SEC), 0);
        cr_expect(seen.ended);
        (void) sd_event_source_disable_unref(busy);
        (void) sd_event_unref(event);
}
