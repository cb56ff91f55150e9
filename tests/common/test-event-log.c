/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/event-log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/json.h"
#include "common/macro.h"

#define OBJECT "/org/mainstay/vrrp1/instance/VI_5f1"
#define LOG_CLEANUP _cleanup_(event_log_freep)

static char directory[] = "/tmp/test-event-log-XXXXXX";
static char path[sizeof(directory) + 16];

static void make_directory(void) {
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/events", directory);
}

static void remove_directory(void) {
        char command[128];

        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(event_log, .init = make_directory, .fini = remove_directory);

static struct event_log *open_log(int expected) {
        struct event_log *l = NULL;

        cr_assert_eq(event_log_open(path, &l), expected);
        return l;
}

static void add_n(struct event_log *l, uint64_t n) {
        for (uint64_t i = 0; i < n; i++) {
                _cleanup_(json_object_putp) json_object *data = json_object_new_object();

                (void) json_object_object_add(
                                data, "number", json_object_new_uint64(event_log_last(l) + 1));
                cr_assert_eq(event_log_add(l, "instance-state", OBJECT, data, 1000 + i), 0);
        }
}

static void append_n(struct event_log *l, uint64_t n) {
        for (uint64_t i = 0; i < n; i++) {
                _cleanup_(json_object_putp) json_object *data = json_object_new_object();
                const struct event *e;

                (void) json_object_object_add(
                                data, "number", json_object_new_uint64(event_log_last(l) + 1));
                cr_assert_eq(event_log_append(l, "instance-state", OBJECT, data, 1000 + i, &e), 0);
                cr_assert_eq(e->sequence, event_log_last(l));
        }
}

/* The kept events are exactly @first to @last, whole. */
static void expect_kept(struct event_log *l, uint64_t first, uint64_t last) {
        const struct event *e;
        uint64_t s = first;

        for (e = event_log_next(l, 0); e; e = event_log_next(l, s++)) {
                json_object *number;

                cr_assert_eq(e->sequence, s);
                cr_assert_str_eq(e->type, "instance-state");
                cr_assert_str_eq(e->object_path, OBJECT);
                cr_assert(json_object_object_get_ex(e->data, "number", &number));
                cr_assert_eq(json_object_get_uint64(number), s);
        }
        cr_assert_eq(s, last + 1);
}

static off_t file_size(void) {
        struct stat st;

        cr_assert_eq(stat(path, &st), 0);
        return st.st_size;
}

static void append_text(const char *text) {
        _cleanup_fclose_ FILE *f = fopen(path, "a");

        cr_assert_not_null(f);
        cr_assert_geq(fputs(text, f), 0);
}

Test(event_log, begins_empty) {
        LOG_CLEANUP struct event_log *l = open_log(0);

        cr_expect_eq(event_log_last(l), 0);
        cr_expect_eq(strlen(event_log_generation(l)), 32);
        cr_expect_null(event_log_next(l, 0));
        cr_expect_not(event_log_truncated(l, event_log_generation(l), 0));
        cr_expect_not(event_log_truncated(l, "", 0));
        cr_expect_not(event_log_truncated(l, "another", 77));
}

Test(event_log, hands_out_what_was_appended) {
        LOG_CLEANUP struct event_log *l = open_log(0);
        const struct event *e;

        cr_assert_eq(event_log_append(l, "daemon-started", "/o", NULL, 4711, &e), 0);
        cr_expect_eq(e->sequence, 1);
        cr_expect_eq(e->realtime_usec, 4711);
        cr_expect_str_eq(e->type, "daemon-started");
        cr_expect_str_eq(e->object_path, "/o");
        cr_expect_eq(json_object_object_length(e->data), 0);

        e = event_log_next(l, 0);
        cr_assert_not_null(e);
        cr_expect_eq(e->realtime_usec, 4711);
        cr_expect_str_eq(e->type, "daemon-started");
        cr_expect_null(event_log_next(l, 1));
        cr_expect_null(event_log_next(l, UINT64_MAX));
}

Test(event_log, survives_a_restart_with_its_numbering) {
        char generation[33];

        {
                LOG_CLEANUP struct event_log *l = open_log(0);

                append_n(l, 10);
                strcpy(generation, event_log_generation(l));
        }
        {
                LOG_CLEANUP struct event_log *l = open_log(0);

                cr_expect_str_eq(event_log_generation(l), generation);
                expect_kept(l, 1, 10);
                append_n(l, 1);
        }

        LOG_CLEANUP struct event_log *l = open_log(0);

        expect_kept(l, 1, 11);
}

Test(event_log, what_is_added_is_saved_together_without_a_gap) {
        /* Less than is kept, as much, more, and more than the file takes. */
        static const unsigned batches[] = { 3, EVENT_LOG_KEEP, EVENT_LOG_KEEP + 1, 1,
                2 * EVENT_LOG_KEEP + 7, EVENT_LOG_KEEP - 1, 5 };
        LOG_CLEANUP struct event_log *l = open_log(0);

        for (size_t i = 0; i < ARRAY_SIZE(batches); i++) {
                uint64_t last = event_log_last(l) + batches[i];
                off_t size = file_size();

                add_n(l, batches[i]);
                cr_assert_eq(event_log_last(l), last);
                cr_assert_eq(file_size(), size, "not one by one");
                cr_assert_eq(event_log_save(l), 0);
                size = file_size();
                cr_assert_eq(event_log_save(l), 0);
                cr_assert_eq(file_size(), size, "nor twice");

                LOG_CLEANUP struct event_log *next = open_log(0);

                expect_kept(next, last > EVENT_LOG_KEEP ? last - EVENT_LOG_KEEP + 1 : 1, last);
        }
}

Test(event_log, generations_differ) {
        LOG_CLEANUP struct event_log *first = open_log(0);

        cr_assert_eq(unlink(path), 0);

        LOG_CLEANUP struct event_log *second = open_log(0);

        cr_expect_str_neq(event_log_generation(first), event_log_generation(second));
}

/* Whatever byte the writing ended at, the whole lines before it are there and the next one is sound. */
Test(event_log, drops_a_torn_last_line) {
        off_t whole, more;

        {
                LOG_CLEANUP struct event_log *l = open_log(0);

                append_n(l, 2);
                whole = file_size();
                append_n(l, 1);
                more = file_size();
        }

        for (off_t size = more - 1; size >= whole; size--) {
                LOG_CLEANUP struct event_log *l = NULL;

                cr_assert_eq(truncate(path, size), 0);
                l = open_log(0);
                expect_kept(l, 1, 2);
                cr_expect_eq(file_size(), whole);
                append_n(l, 1);
                expect_kept(l, 1, 3);
                cr_expect_eq(file_size(), more);
        }
}

Test(event_log, begins_anew_when_damaged) {
        static const char *const damages[] = {
                "garbage\n",
                "{\"sequence\":4,\"time\":1\n", /* cut inside, yet followed by more */
                "{\"sequence\":5,\"time\":1,\"type\":\"x\"}\n", /* a gap */
                "{\"sequence\":3,\"time\":1,\"type\":\"x\"}\n", /* a number again */
                "{\"sequence\":0,\"time\":1,\"type\":\"x\"}\n",
                "{\"sequence\":18446744073709551615,\"time\":1}\n",
                "{\"sequence\":9223372036854775808,\"time\":1}\n",
                "{\"sequence\":99999999999999999999999,\"time\":1}\n",
                "{\"sequence\":-4,\"time\":1}\n",
                "\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
                char bad[sizeof(path) + 8];

                (void) unlink(path);
                {
                        LOG_CLEANUP struct event_log *l = open_log(0);
                        append_n(l, 3);
                }
                append_text(damages[i]);

                LOG_CLEANUP struct event_log *l = open_log(EVENT_LOG_REPLACED);
                cr_expect_eq(event_log_last(l), 0, "damage %zu", i);
                append_n(l, 2);
                expect_kept(l, 1, 2);
                (void) snprintf(bad, sizeof(bad), "%s.bad", path);
                cr_expect_eq(access(bad, F_OK), 0);
        }
}

Test(event_log, begins_anew_without_a_header) {
        static const char *const files[] = {
                "",
                "{\"mainstay-events\":1,\"generation\":\"00112233445566778899aabbccddeeff\"}",
                "{\"mainstay-events\":2,\"generation\":\"00112233445566778899aabbccddeeff\"}\n",
                "{\"mainstay-events\":1,\"generation\":\"xyz\"}\n",
                "{\"mainstay-events\":1,\"generation\":7}\n",
                "{\"mainstay-events\":1}\n",
                "[]\n",
                "\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                (void) unlink(path);
                append_text(files[i]);

                LOG_CLEANUP struct event_log *l = open_log(EVENT_LOG_REPLACED);
                cr_expect_eq(event_log_last(l), 0, "file %zu", i);
        }
}

Test(event_log, does_not_follow_what_is_no_file) {
        cr_assert_eq(symlink("/etc/passwd", path), 0);
        {
                LOG_CLEANUP struct event_log *l = open_log(EVENT_LOG_REPLACED);
                append_n(l, 1);
        }

        LOG_CLEANUP struct event_log *l = NULL;

        cr_assert_eq(unlink(path), 0);
        cr_assert_eq(mkfifo(path, 0600), 0);
        l = open_log(EVENT_LOG_REPLACED);
}

Test(event_log, keeps_the_newest_thousands_and_bounds_its_file) {
        off_t largest = 0;

        {
                LOG_CLEANUP struct event_log *l = open_log(0);

                for (size_t i = 0; i < 25; i++) {
                        append_n(l, 1000);
                        largest = MAX(largest, file_size());
                }
                expect_kept(l, 25001 - EVENT_LOG_KEEP, 25000);
                cr_expect(event_log_truncated(l, event_log_generation(l), 24999 - EVENT_LOG_KEEP));
                cr_expect_not(event_log_truncated(
                                l, event_log_generation(l), 25000 - EVENT_LOG_KEEP));
                cr_expect_not(event_log_truncated(l, event_log_generation(l), 25000));
                cr_expect(event_log_truncated(l, "", 0));
                cr_expect(event_log_truncated(l, "another", 25000));
        }
        cr_expect_leq(largest, (off_t) (2 * EVENT_LOG_KEEP + 1) * 140);

        LOG_CLEANUP struct event_log *l = open_log(0);

        expect_kept(l, 25001 - EVENT_LOG_KEEP, 25000);
        append_n(l, 5000);
        expect_kept(l, 30001 - EVENT_LOG_KEEP, 30000);
}

Test(event_log, a_number_never_given_out_is_a_truncation) {
        LOG_CLEANUP struct event_log *l = open_log(0);

        append_n(l, 3);
        cr_expect_not(event_log_truncated(l, event_log_generation(l), 3));
        cr_expect(event_log_truncated(l, event_log_generation(l), 4));
}

/* RLIMIT_FSIZE plays the full disk: a write that crosses it is short, the next one fails. */
static void limit_file_size(rlim_t bytes) {
        struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

        cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(event_log, tells_what_it_cannot_save_and_saves_it_later) {
        off_t whole;

        {
                LOG_CLEANUP struct event_log *l = open_log(0);
                const struct event *e = NULL;

                append_n(l, 5);
                whole = file_size();

                limit_file_size((rlim_t) whole + 20);
                cr_expect_eq(event_log_append(l, "a", "/a", NULL, 6, &e), -EFBIG);
                cr_assert_not_null(e);
                cr_expect_eq(e->sequence, 6);
                cr_expect_eq(file_size(), whole);
                cr_expect_eq(event_log_append(l, "b", "/b", NULL, 7, NULL), -EFBIG);
                cr_expect_eq(file_size(), whole);
                e = event_log_next(l, 5);
                cr_assert_not_null(e);
                cr_expect_str_eq(e->type, "a");

                limit_file_size(RLIM_INFINITY);
                cr_expect_eq(event_log_append(l, "c", "/c", NULL, 8, NULL), 0);
        }

        LOG_CLEANUP struct event_log *l = open_log(0);

        cr_expect_eq(event_log_last(l), 8);
        cr_expect_str_eq(event_log_next(l, 6)->type, "b");
        cr_expect_str_eq(event_log_next(l, 7)->type, "c");
}

Test(event_log, odd_text_comes_back_as_it_was) {
        static const char text[] = "tab\t \"quote\" back\\slash\nnewline \xc3\xa4 {}[]";
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        (void) json_object_object_add(data, "reason", json_object_new_string(text));
        {
                LOG_CLEANUP struct event_log *l = open_log(0);
                cr_assert_eq(event_log_append(l, "t", "/o", data, 1, NULL), 0);
        }

        LOG_CLEANUP struct event_log *l = open_log(0);
        const struct event *e = event_log_next(l, 0);

        cr_assert_not_null(e);
        cr_expect_str_eq(json_object_get_string(json_object_object_get(e->data, "reason")), text);
}

/* A line that is in order by its number but is no JSON is passed over, not stumbled over. */
Test(event_log, passes_over_an_unreadable_line) {
        {
                LOG_CLEANUP struct event_log *l = open_log(0);
                append_n(l, 1);
        }
        append_text("{\"sequence\":2,nonsense}\n");
        append_text("{\"sequence\":3,\"time\":1,\"type\":\"x\",\"object\":\"/\",\"data\":{}}\n");

        LOG_CLEANUP struct event_log *l = open_log(0);

        cr_expect_eq(event_log_last(l), 3);
        cr_expect_eq(event_log_next(l, 1)->sequence, 3);
        cr_expect_null(event_log_next(l, 3));
}

/* A whole line, and yet not what an event is: nobody may be held up by it, nor told nonsense. */
Test(event_log, passes_over_what_is_no_event) {
        static const char *const lines[] = {
                "{\"sequence\":2,\"time\":1,\"type\":null,\"object\":\"/x\",\"data\":{}}\n",
                "{\"sequence\":2,\"time\":1,\"type\":\"x\",\"object\":null,\"data\":{}}\n",
                "{\"sequence\":2,\"time\":1,\"type\":5,\"object\":\"/x\",\"data\":{}}\n",
                "{\"sequence\":2,\"time\":1,\"type\":\"x\",\"object\":\"/x\",\"data\":null}\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                (void) unlink(path);
                {
                        LOG_CLEANUP struct event_log *l = open_log(0);
                        append_n(l, 1);
                }
                append_text(lines[i]);

                LOG_CLEANUP struct event_log *l = open_log(0);
                append_n(l, 1);
                cr_expect_eq(event_log_next(l, 1)->sequence, 3, "line %zu", i);
        }
}

Test(event_log, the_number_of_an_event_is_that_of_its_line) {
        LOG_CLEANUP struct event_log *l = open_log(0);

        append_n(l, 1);
        l = event_log_free(l);
        append_text("{\"sequence\":2,\"sequence\":1,\"time\":1,\"type\":\"x\","
                    "\"object\":\"/x\",\"data\":{}}\n");
        l = open_log(0);
        cr_expect_eq(event_log_next(l, 1)->sequence, 2);
        cr_expect_null(event_log_next(l, 2));
}

Test(event_log, an_unwritable_directory_is_an_error) {
        struct event_log *l = NULL;

        (void) snprintf(path, sizeof(path), "%s/no/events", directory);
        cr_expect_eq(event_log_open(path, &l), -ENOENT);
        cr_expect_null(l);
}
