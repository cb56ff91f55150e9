/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/journal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/json.h"
#include "common/macro.h"
#include "notifyd/entry.h"

#define PRODUCER "org.mainstay.Vrrp1"
#define SPOOL _cleanup_(spool_freep)
#define JOURNAL _cleanup_(journal_freep)

static char directory[] = "/tmp/test-journal-XXXXXX";
static char path[sizeof(directory) + 8], bad[sizeof(directory) + 16];

static void make_directory(void) {
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/spool", directory);
        (void) snprintf(bad, sizeof(bad), "%s.bad", path);
}

static void remove_directory(void) {
        char command[128];

        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(journal, .init = make_directory, .fini = remove_directory, .timeout = 60);

static struct journal *open_journal(struct spool *s, int expected) {
        struct journal *j = NULL;

        cr_assert_eq(journal_open(path, s, &j), expected);
        return j;
}

static int put(struct journal *j, json_object *entry) {
        int r = journal_put(j, entry);

        (void) json_object_put(entry);
        return r;
}

/* Event number @sequence and the one script it orders. */
static json_object *event(const struct spool *s, uint64_t sequence) {
        json_object *entry = entry_cursor(PRODUCER, "g", sequence);

        cr_assert_eq(entry_add_action(entry, spool_next_id(s), "script", "/o", "o", sequence,
                                     json_object_new_object()),
                        0);
        return entry;
}

static uint64_t cursor(const struct spool *s) {
        const char *generation;
        uint64_t sequence = 0;

        (void) spool_cursor(s, PRODUCER, &generation, &sequence);
        return sequence;
}

static off_t file_size(void) {
        struct stat st;

        cr_assert_eq(stat(path, &st), 0);
        return st.st_size;
}

static void fill(unsigned n) {
        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);

        for (unsigned i = 1; i <= n; i++)
                cr_assert_eq(put(j, event(s, i)), 0);
}

Test(journal, gives_back_what_was_put) {
        fill(3);

        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);

        cr_expect_eq(spool_pending(s), 3);
        cr_expect_eq(cursor(s), 3);
        cr_expect_eq(put(j, entry_ended(1)), 0);
        cr_expect(journal_dirty(j));
        cr_expect_eq(journal_sync(j), 0);
        cr_expect_not(journal_dirty(j));
}

/* Cut at any byte: the events before the cut are whole, cursor and action together, and no other. */
Test(journal, cut_at_any_byte_is_sound) {
        _cleanup_free_ char *copy = NULL;
        off_t size;
        FILE *f;

        fill(3);
        size = file_size();
        copy = malloc((size_t) size);
        f = fopen(path, "r");
        cr_assert_eq(fread(copy, 1, (size_t) size, f), (size_t) size);
        (void) fclose(f);

        for (off_t n = size; n >= 17; n--) {
                SPOOL struct spool *s = spool_new();
                JOURNAL struct journal *j = NULL;

                f = fopen(path, "w");
                cr_assert_eq(fwrite(copy, 1, (size_t) n, f), (size_t) n);
                cr_assert_eq(fclose(f), 0);
                j = open_journal(s, 0);
                cr_expect_eq(cursor(s), spool_pending(s));
                cr_expect_leq(cursor(s), 3);
        }
}

/* Any one byte changed: at most one line is lost, and never half of one. */
Test(journal, a_changed_byte_costs_at_most_its_line) {
        _cleanup_free_ char *copy = NULL, *text = NULL;
        size_t size, whole = 0, total = 0;
        FILE *f;

        fill(4);
        size = (size_t) file_size();
        copy = malloc(size + 1);
        text = malloc(size + 1);
        f = fopen(path, "r");
        cr_assert_eq(fread(copy, 1, size, f), size);
        (void) fclose(f);

        for (size_t i = 17; i < size; i++) {
                SPOOL struct spool *s = spool_new();
                size_t n_bad = 0;

                memcpy(text, copy, size);
                text[size] = '\0';
                text[i] = (char) (text[i] ^ 0x11);
                cr_assert_eq(journal_parse(text, size, s, &n_bad), 0);
                total++;
                whole += spool_pending(s) == 4;
                cr_expect_geq(spool_pending(s), 2, "byte %zu", i); /* a lost newline joins two */
        }
        /* Lines that are not about actions (the snapshot's own) may be hit without loss. */
        cr_expect_lt(whole, total / 2);
}

Test(journal, a_bad_line_is_passed_over_and_kept_for_inspection) {
        FILE *f;

        fill(2);
        f = fopen(path, "a");
        (void) fputs("0123456789abcdef {\"ended\":1}\n", f);
        cr_assert_eq(fclose(f), 0);
        {
                SPOOL struct spool *s = spool_new();
                JOURNAL struct journal *j = open_journal(s, JOURNAL_DAMAGED);

                cr_expect_eq(spool_pending(s), 2);
                cr_expect_eq(access(bad, F_OK), 0);
        }

        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);

        cr_expect_eq(spool_pending(s), 2);
}

Test(journal, what_is_no_journal_is_put_aside) {
        FILE *f = fopen(path, "w");

        (void) fputs("something else\n", f);
        cr_assert_eq(fclose(f), 0);
        {
                SPOOL struct spool *s = spool_new();
                JOURNAL struct journal *j = open_journal(s, JOURNAL_REPLACED);

                cr_expect_eq(spool_pending(s), 0);
                cr_expect_eq(put(j, event(s, 1)), 0);
        }
        cr_expect_eq(access(bad, F_OK), 0);

        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);

        cr_expect_eq(spool_pending(s), 1);
}

Test(journal, does_not_follow_a_link) {
        cr_assert_eq(symlink("/etc/passwd", path), 0);

        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, JOURNAL_REPLACED);
        struct stat st;

        cr_assert_eq(lstat(path, &st), 0);
        cr_expect(S_ISREG(st.st_mode));
        cr_expect_eq(st.st_mode & 0777, 0600);
}

Test(journal, stays_short_however_long_it_runs) {
        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);
        off_t largest = 0;

        for (uint64_t i = 1; i <= 10000; i++) {
                cr_assert_eq(put(j, event(s, i)), 0);
                cr_assert_eq(put(j, entry_began(i)), 0);
                cr_assert_eq(put(j, entry_ended(i)), 0);
                largest = MAX(largest, file_size());
        }
        cr_expect_lt(largest, 250000);
        cr_expect_eq(cursor(s), 10000);
        j = journal_free(j);
        s = spool_free(s);
        s = spool_new();
        j = open_journal(s, 0);
        cr_expect_eq(cursor(s), 10000);
        cr_expect_eq(spool_next_id(s), 10001);
}

Test(journal, refuses_what_the_spool_refuses) {
        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);
        off_t size = file_size();

        cr_expect_eq(put(j, json_tokener_parse("{\"ended\":-1}")), -EBADMSG);
        cr_expect_eq(file_size(), size);
}

static void limit_file_size(rlim_t bytes) {
        struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

        cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(journal, a_full_disk_does_not_stop_the_spool) {
        {
                SPOOL struct spool *s = spool_new();
                JOURNAL struct journal *j = open_journal(s, 0);

                cr_assert_eq(put(j, event(s, 1)), 0);
                limit_file_size((rlim_t) file_size() + 10);
                cr_expect_eq(put(j, event(s, 2)), JOURNAL_UNWRITTEN);
                cr_expect_eq(journal_error(j), -EFBIG);
                cr_expect_eq(put(j, event(s, 3)), JOURNAL_UNWRITTEN);
                cr_expect_eq(spool_pending(s), 3);
                cr_expect(journal_dirty(j));
                {
                        /* What the disk has is what was before. */
                        SPOOL struct spool *t = spool_new();
                        JOURNAL struct journal *k = NULL;

                        cr_expect_eq(journal_open(path, t, &k), 0);
                        cr_expect_eq(spool_pending(t), 1);
                }
                limit_file_size(RLIM_INFINITY);
                (void) usleep(1100 * 1000);
                cr_expect_eq(journal_sync(j), 0);
                cr_expect_eq(journal_error(j), 0);
        }

        SPOOL struct spool *s = spool_new();
        JOURNAL struct journal *j = open_journal(s, 0);

        cr_expect_eq(spool_pending(s), 3);
}

/* A writer killed anywhere: each event's cursor and action are both there or both not. */
Test(journal, a_killed_writer_leaves_a_sound_file) {
        for (unsigned round = 0; round < 20; round++) {
                pid_t pid = fork();
                int status;

                cr_assert_geq(pid, 0);
                if (pid == 0) {
                        struct spool *s = spool_new();
                        struct journal *j = NULL;

                        if (journal_open(path, s, &j) < 0)
                                _exit(1);
                        for (uint64_t i = cursor(s) + 1;; i++)
                                if (put(j, event(s, i)) < 0)
                                        _exit(1);
                }
                (void) usleep(3000 + round * 700);
                (void) kill(pid, SIGKILL);
                cr_assert_eq(waitpid(pid, &status, 0), pid);
                cr_assert(WIFSIGNALED(status));

                SPOOL struct spool *s = spool_new();
                JOURNAL struct journal *j = NULL;

                cr_assert_eq(journal_open(path, s, &j), 0);
                cr_expect_eq(cursor(s), spool_pending(s));
                if (spool_pending(s) > 5000)
                        break;
        }
}
